"""Setup families and what it takes to change over between them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import F, Q

from plant.models.row import Row


class SetupFamily(Row):
    """A class of operations that need the same setup: going on within a family costs nothing unless its matrix says so."""

    code = models.CharField(max_length=20, unique=True, help_text="Short and unique, such as ALU-S.")
    name = models.CharField(max_length=100, help_text="Such as “Aluminium, small chuck”.")

    class Meta:
        verbose_name_plural = "setup families"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SetupMatrix(Row):
    """Changeover minutes from family to family, shared by machines of one kind."""

    name = models.CharField(max_length=100, unique=True, help_text="Such as “Lathes”.")
    default_minutes = models.PositiveIntegerField(
        default=0, help_text="What a changeover between two families takes when no cell of the grid says otherwise."
    )

    class Meta:
        verbose_name_plural = "setup matrices"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def grid(self, families: Sequence[SetupFamily | None]) -> list[list[int]]:
        """`[i][j]`: minutes from `families[i]` to `families[j]`. The most specific cell wins: the pair itself; staying within a
        family (0); from any family to this one; from this family to any; from any to any; `default_minutes`.
        """
        cells = {(time.from_family_id, time.to_family_id): time.minutes for time in self.times.all()}
        ids = [family.pk if family else None for family in families]
        return [[self._minutes(cells, a, b) for b in ids] for a in ids]

    def _minutes(self, cells: dict[tuple[int | None, int | None], int], a: int | None, b: int | None) -> int:
        if (a, b) in cells:
            return cells[a, b]
        if a == b and a is not None:
            return 0
        return next((cells[pair] for pair in ((None, b), (a, None), (None, None)) if pair in cells), self.default_minutes)


class SetupTime(Row):
    """One cell of a matrix. An empty family stands for any."""

    matrix = models.ForeignKey(SetupMatrix, on_delete=models.CASCADE, related_name="times")
    from_family = models.ForeignKey(
        SetupFamily,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="from",
        help_text="Empty: from any family.",
    )
    to_family = models.ForeignKey(
        SetupFamily,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="to",
        help_text="Empty: to any family.",
    )
    minutes = models.PositiveIntegerField()

    class Meta:
        ordering = ["matrix", F("from_family__code").asc(nulls_first=True), F("to_family__code").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["matrix", "from_family", "to_family"],
                nulls_distinct=False,
                name="plant_setup_time_once",
                violation_error_code="to_family",
                violation_error_message="The matrix has this changeover already.",
            ),
            models.CheckConstraint(
                condition=Q(minutes__lte=10_080),
                name="plant_setup_time_within_a_week",
                violation_error_code="minutes",
                violation_error_message="A changeover takes a week (10,080 minutes) at most.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matrix}: {self.from_family or 'any'} → {self.to_family or 'any'}, {self.minutes} min"
