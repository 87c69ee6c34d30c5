"""The plant itself: one row."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import holidays
from django.core.exceptions import ValidationError
from django.db import models

from plant.models.row import Row


@cache
def _subdivisions_by_country() -> dict[str, list[str]]:
    known: dict[str, list[str]] = holidays.list_supported_countries()
    return known


def _check_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is no time zone. Write it like Europe/Berlin or America/New_York.")


class Site(Row):
    """The plant: its name, its one time zone, and the country whose public holidays it keeps."""

    name = models.CharField(
        max_length=100, default="My plant", help_text="What the plant is called, shown at the top of every page."
    )
    time_zone = models.CharField(
        max_length=64,
        default="Europe/Berlin",
        validators=[_check_time_zone],
        help_text="IANA name such as Europe/Berlin. Shifts are wall-clock times in this zone, and every page shows times in it.",
    )
    country = models.CharField(
        max_length=2,
        blank=True,
        help_text="Two letters such as DE. Calendars that observe holidays close on the public holidays of this country.",
    )
    subdivision = models.CharField(
        max_length=10,
        blank=True,
        help_text="State or province with holidays of its own, such as BW for Baden-Württemberg. Usually two letters.",
    )

    origin = models.CharField(
        max_length=100,
        blank=True,
        editable=False,
        help_text="What loaded the plant's rows: the demo, a named instance; empty: people did.",
    )

    class Meta:
        verbose_name = "site"
        verbose_name_plural = "site"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="plant_site_is_one_row",
                violation_error_message="There is one site only; change the one that exists.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> Site:
        """The one row, made with its defaults when the database is new."""
        return cls.objects.get_or_create(pk=1)[0]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def clean(self) -> None:
        self.country = self.country.upper()
        self.subdivision = self.subdivision.upper()
        known = _subdivisions_by_country()
        if self.country and self.country not in known:
            raise ValidationError(
                {"country": f"No public holidays are known for “{self.country}”. Write two letters such as DE, or nothing."}
            )
        if self.subdivision and self.subdivision not in known.get(self.country, []):
            states = ", ".join(known.get(self.country, [])) or "none"
            raise ValidationError(
                {"subdivision": f"“{self.subdivision}” is no subdivision of {self.country or 'no country'}. Known are: {states}."}
            )
