"""The next days of a calendar, machine or person as bars of open time, for the admin pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from plant.calendars import Window, holidays_by_day, instant, open_windows
from plant.models import Calendar, CalendarException, Machine, Operator, Site

DAYS = 14
DAY = timedelta(days=1)
BAR = 1440  # width of a bar: a day, whatever its length

Stretch = tuple[datetime, datetime, str]


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day: where it starts and how wide it is on a bar of 1440, and what it is (`open` or `down`)."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Day:
    """One local day with its open minutes and what is special about it."""

    day: date
    bars: tuple[Bar, ...]
    open_minutes: int
    notes: tuple[str, ...]

    @property
    def open_hours(self) -> str:
        return f"{self.open_minutes / 60:g} h"

    @property
    def is_weekend(self) -> bool:
        return self.day.weekday() >= 5


@dataclass(frozen=True, slots=True)
class Preview:
    """Fourteen days from today."""

    days: tuple[Day, ...]

    @property
    def open_hours(self) -> str:
        return f"{sum(day.open_minutes for day in self.days) / 60:g} h"


def preview_calendar(calendar: Calendar, now: datetime) -> Preview:
    """A calendar with the holidays it observes and its exceptions."""
    return _preview(calendar, [], now)


def preview_machine(machine: Machine, now: datetime) -> Preview:
    """A machine's calendar with its downtimes."""
    down = [(row.start, row.end, row.reason or row.get_kind_display()) for row in machine.downtimes.all()]
    return _preview(machine.working_calendar, down, now)


def preview_operator(operator: Operator, now: datetime) -> Preview:
    """A person's calendar with their absences."""
    away = [(row.start, row.end, row.reason or "absent") for row in operator.absences.all()]
    return _preview(operator.calendar, away, now)


def _preview(calendar: Calendar, away: list[Stretch], now: datetime) -> Preview:
    site = Site.load()
    first = now.astimezone(site.zone).date()
    midnights = [instant(first + number * DAY, time(), site.zone) for number in range(DAYS + 1)]
    windows = open_windows(calendar, midnights[0], midnights[-1])
    named = [*away, *_exceptions(calendar, midnights[0], midnights[-1])]
    holidays = holidays_by_day(site, midnights[0], midnights[-1]) if calendar.observes_holidays else {}
    days = []
    for number in range(DAYS):
        day, span = first + number * DAY, (midnights[number], midnights[number + 1])
        opened = list(_within(windows, span))
        down = [part for window in opened for part in _within([(start, stop) for start, stop, _ in away], window)]
        notes = [reason for start, stop, reason in named if start < span[1] and stop > span[0]]
        days.append(
            Day(
                day=day,
                bars=(*(_bar(part, span, "open") for part in opened), *(_bar(part, span, "down") for part in down)),
                open_minutes=_minutes(opened) - _minutes(down),
                notes=(*([holidays[day]] if day in holidays else []), *notes),
            )
        )
    return Preview(tuple(days))


def _exceptions(calendar: Calendar, begin: datetime, end: datetime) -> list[Stretch]:
    made = CalendarException.objects.filter(calendar=calendar, start__lt=end, end__gt=begin).order_by("start")
    return [(row.start, row.end, f"{'open' if row.is_open else 'closed'}: {row.reason}") for row in made]


def _within(windows: Iterable[Window], span: Window) -> Iterator[Window]:
    for start, stop in windows:
        if start < span[1] and stop > span[0]:
            yield max(start, span[0]).astimezone(UTC), min(stop, span[1]).astimezone(UTC)


def _bar(part: Window, span: Window, kind: str) -> Bar:
    begin, end = (round((moment - span[0]) / (span[1] - span[0]) * BAR) for moment in part)
    return Bar(begin, end - begin, kind)


def _minutes(windows: Iterable[Window]) -> int:
    return sum(round((stop - start).total_seconds() / 60) for start, stop in windows)
