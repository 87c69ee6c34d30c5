"""People: what they can do, since when and how well, and when they are away."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from plant.models.calendars import Calendar
from plant.models.resources import TimeRange
from plant.models.row import Row


class DateRange(Func):
    """Both days included; an empty day is unbounded."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Skill(Row):
    """Something that a person must be able to do at a machine."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100, help_text="Such as “CNC turning”.")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Operator(Row):
    """A person on the shop floor. They work by their calendar and are in one place at a time."""

    code = models.CharField("staff number", max_length=20, unique=True)
    name = models.CharField(max_length=100)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="operators", help_text="Their shifts.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="operator",
        verbose_name="user account",
        help_text="The account they log in with, if they have one.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Off: takes part in no new plan; what they did stays on record."
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class OperatorSkill(Row):
    """A skill that a person holds at a level, from a day to a day."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="holders")
    level = models.PositiveSmallIntegerField(
        default=1, help_text="1 is a beginner, 5 an expert. Work that asks for a level accepts higher ones."
    )
    valid_from = models.DateField(null=True, blank=True, help_text="First day. Empty: always held.")
    valid_until = models.DateField(
        null=True, blank=True, help_text="Last day, such as the end of a welding certificate. Empty: does not expire."
    )

    class Meta:
        verbose_name = "skill held"
        verbose_name_plural = "skills held"
        ordering = ["operator", "skill", "valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=5),
                name="plant_operator_skill_level",
                violation_error_code="level",
                violation_error_message="Levels go from 1 to 5.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="plant_operator_skill_valid",
                violation_error_code="valid_until",
                violation_error_message="The last day cannot come before the first day.",
            ),
            ExclusionConstraint(
                name="plant_operator_skill_no_overlap",
                expressions=[
                    ("operator", RangeOperators.EQUAL),
                    ("skill", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_until", Value("[]")), RangeOperators.OVERLAPS),
                ],
                violation_error_code="skill",
                violation_error_message="The operator already holds this skill on some of these days. Change that entry instead.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator.name}: {self.skill.name}, level {self.level}"

    def held_between(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """[from, until) as instants: from the first midnight to the midnight after the last day; None is unbounded."""
        begin = datetime.combine(self.valid_from, time(), zone) if self.valid_from else None
        end = datetime.combine(self.valid_until + timedelta(days=1), time(), zone) if self.valid_until else None
        return begin, end


class Absence(Row):
    """A person is away in this time: holiday, illness, training."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="absences")
    start = models.DateTimeField("from")
    end = models.DateTimeField("to")
    reason = models.CharField(max_length=200, blank=True, help_text="Shown to planners. Leave medical reasons out.")

    class Meta:
        ordering = ["start", "operator"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="plant_absence_ends_after_start",
                violation_error_code="end",
                violation_error_message="An absence ends after it starts.",
            ),
            # Its index also serves "the absences of these operators from now on", which every snapshot asks.
            ExclusionConstraint(
                name="plant_absence_no_overlap",
                expressions=[("operator", RangeOperators.EQUAL), (TimeRange("start", "end"), RangeOperators.OVERLAPS)],
                violation_error_code="start",
                violation_error_message="The operator is already absent during part of this time. Change that absence instead.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator.name}: absent{f', {self.reason}' if self.reason else ''}"
