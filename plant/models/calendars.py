"""Wall-clock rules of when something works: weekly shifts in a cycle of weeks, holidays, and exceptions.

`plant.calendars` turns them into instants and documents which rule wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from plant.models.row import Row

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
FIRST_MONDAY = date(2024, 1, 1)


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Calendar(Row):
    """When cells, machines or operators work: a pattern of one or more weeks that repeats."""

    name = models.CharField(max_length=100, unique=True, help_text="Such as “Two shifts” or “Late–early–night, crew B”.")
    cycle_weeks = models.PositiveSmallIntegerField(
        "weeks in the pattern",
        default=1,
        help_text="1: every week is the same. 3: a pattern of three weeks that repeats, such as early, late, night.",
    )
    cycle_anchor = models.DateField(
        "pattern starts in the week of",
        default=FIRST_MONDAY,
        help_text="Any day of a week that is week 1 of the pattern. It counts into the past and into the future from there.",
    )
    observes_holidays = models.BooleanField(
        default=True,
        help_text="Shifts that begin on a public holiday of the site do not take place, unless an exception opens the time.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cycle_weeks__gte=1, cycle_weeks__lte=52),
                name="plant_calendar_cycle_weeks",
                violation_error_code="cycle_weeks",
                violation_error_message="A pattern has between 1 and 52 weeks.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.pk and self.cycle_weeks and (beyond := self.shifts.filter(week__gt=self.cycle_weeks).first()):
            raise ValidationError(
                {"cycle_weeks": f"Shift “{beyond}” is in week {beyond.week}; delete it before the pattern gets shorter."}
            )


class Shift(Row):
    """One weekly shift. When it ends at or before its start it ends on the next day."""

    checks_siblings = True  # off when a form checks all shifts of the calendar together

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="shifts")
    week = models.PositiveSmallIntegerField("week of the pattern", default=1, help_text="1 unless the pattern has more weeks.")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, help_text="The day on which it starts.")
    start_time = models.TimeField("from")
    end_time = models.TimeField(
        "to", help_text="At or before the start: it ends on the next day. 00:00 to 00:00 is the whole day."
    )
    name = models.CharField(max_length=50, blank=True, help_text="Such as Early, Late or Night.")

    class Meta:
        ordering = ["calendar", "week", "weekday", "start_time"]
        constraints = [
            models.CheckConstraint(
                condition=Q(week__gte=1),
                name="plant_shift_week",
                violation_error_code="week",
                violation_error_message="Weeks count from 1.",
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6),
                name="plant_shift_weekday",
                violation_error_code="weekday",
                violation_error_message="A weekday is Monday (0) to Sunday (6).",
            ),
            models.UniqueConstraint(
                fields=["calendar", "week", "weekday", "start_time"],
                name="plant_shift_once",
                violation_error_code="start_time",
                violation_error_message="Another shift of this calendar starts at the same time.",
            ),
        ]

    def __str__(self) -> str:
        label = f"{self.name} " if self.name else ""
        return f"{label}{Weekday(self.weekday).label} {self.start_time:%H:%M}–{self.end_time:%H:%M}"

    @property
    def minutes(self) -> tuple[int, int]:
        """From and to in wall-clock minutes since Monday 00:00 of week 1; `to` may lie in the next day or cycle."""
        begin = (self.week - 1) * WEEK_MINUTES + self.weekday * DAY_MINUTES + _minute(self.start_time)
        length = (_minute(self.end_time) - _minute(self.start_time)) % DAY_MINUTES or DAY_MINUTES
        return begin, begin + length

    def clean(self) -> None:
        if None in (self.week, self.weekday, self.start_time, self.end_time) or not self.calendar_id:
            return
        if self.week > self.calendar.cycle_weeks:
            raise ValidationError({"week": f"The pattern of “{self.calendar}” has {self.calendar.cycle_weeks} weeks only."})
        others = self.calendar.shifts.exclude(pk=self.pk) if self.checks_siblings else []
        if clash := overlapping_shift(self, others, self.calendar.cycle_weeks):
            raise ValidationError({"start_time": f"It overlaps with {clash}."})


class CalendarException(Row):
    """A stretch of time that is closed or open whatever the shifts and the holidays say."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="exceptions")
    start = models.DateTimeField("from")
    end = models.DateTimeField("to")
    is_open = models.BooleanField(
        "open",
        default=False,
        help_text="On: open, for overtime or a worked holiday. Off: closed. Of exceptions that overlap the one made last counts.",
    )
    reason = models.CharField(max_length=200, help_text="Such as “Works meeting” or “Saturday overtime”.")

    class Meta:
        verbose_name = "exception"
        ordering = ["calendar", "start", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="plant_exception_ends_after_start",
                violation_error_code="end",
                violation_error_message="An exception ends after it starts.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar}: {'open' if self.is_open else 'closed'}, {self.reason}"


def overlapping_shift(shift: Shift, others: Iterable[Shift], cycle_weeks: int) -> Shift | None:
    """The first of `others` that shares wall-clock time with `shift`, the turn of the cycle included."""
    cycle = cycle_weeks * WEEK_MINUTES
    begin, end = shift.minutes
    for other in others:
        other_begin, other_end = other.minutes
        if any(begin < other_end + turn and other_begin + turn < end for turn in (-cycle, 0, cycle)):
            return other
    return None


def clashing_shifts(shifts: Iterable[Shift], cycle_weeks: int) -> list[tuple[Shift, Shift]]:
    """Neighbouring shifts that overlap, for many shifts that are not saved yet."""
    ordered = sorted(shifts, key=lambda shift: shift.minutes)
    around = [*pairwise(ordered), (ordered[-1], ordered[0])] if len(ordered) > 1 else []
    return [(a, b) for a, b in around if overlapping_shift(b, [a], cycle_weeks)]


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
