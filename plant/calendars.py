"""From wall-clock rules to instants: when a calendar is open, in UTC.

Which rule wins, from weakest to strongest:

1. the weekly shifts of the calendar's pattern;
2. public holidays, for calendars that observe them: a shift that *begins* on one does not take place, a night shift that
   began the evening before is worked to its end;
3. exceptions, in the order in which they were made: of two that overlap the one made last counts, and an open one also
   opens a holiday.

Shifts are wall-clock times of the site's zone. When the clocks change, a time that happens twice means its first time and a
time that is skipped means the moment of the jump. So a night shift over the change to summer time is an hour shorter, and one
shift ends where the next begins on every day of the year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import holidays

from plant.models import Calendar, CalendarException, Shift, Site

Window = tuple[datetime, datetime]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeeklyShift:
    """`weekday` 0 is Monday; `end` at or before `start` is on the next day; `week` counts from 1 in the pattern."""

    week: int
    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class OpenOrClosed:
    """A stretch of time that is open or closed whatever else says."""

    start: datetime
    end: datetime
    says: Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides when one calendar is open. `exceptions` in the order in which they were made."""

    zone: ZoneInfo
    shifts: tuple[WeeklyShift, ...]
    cycle_weeks: int = 1
    cycle_anchor: date = date(2024, 1, 1)
    days_off: Mapping[date, str] | None = None
    exceptions: tuple[OpenOrClosed, ...] = ()


def open_windows(calendar: Calendar, begin: datetime, end: datetime) -> list[Window]:
    """When `calendar` is open in [begin, end): UTC, sorted, disjoint, touching windows merged."""
    return open_windows_by_calendar([calendar], begin, end)[calendar.pk]


def open_windows_by_calendar(calendars: Iterable[Calendar], begin: datetime, end: datetime) -> dict[int, list[Window]]:
    """`open_windows` of many calendars by primary key, in three queries."""
    return {pk: windows_by_rules(rules, begin, end) for pk, rules in rules_by_calendar(calendars, begin, end).items()}


def rules_by_calendar(calendars: Iterable[Calendar], begin: datetime, end: datetime) -> dict[int, Rules]:
    """The rules of saved calendars by primary key, with the exceptions and holidays that matter in [begin, end)."""
    by_pk = {calendar.pk: calendar for calendar in calendars}
    site = Site.load()
    days_off = holidays_by_day(site, begin, end)
    shifts: defaultdict[int, list[WeeklyShift]] = defaultdict(list)
    for shift in Shift.objects.filter(calendar__in=by_pk):
        shifts[shift.calendar_id].append(WeeklyShift(shift.week, shift.weekday, shift.start_time, shift.end_time))
    exceptions: defaultdict[int, list[OpenOrClosed]] = defaultdict(list)
    for made in CalendarException.objects.filter(calendar__in=by_pk, start__lt=end, end__gt=begin).order_by("id"):
        exceptions[made.calendar_id].append(OpenOrClosed(made.start, made.end, "open" if made.is_open else "closed"))
    return {
        pk: Rules(
            zone=site.zone,
            shifts=tuple(shifts[pk]),
            cycle_weeks=calendar.cycle_weeks,
            cycle_anchor=calendar.cycle_anchor,
            days_off=days_off if calendar.observes_holidays else None,
            exceptions=tuple(exceptions[pk]),
        )
        for pk, calendar in by_pk.items()
    }


def holidays_by_day(site: Site, begin: datetime, end: datetime) -> Mapping[date, str]:
    """Public holidays of the site in the years that [begin, end) touches, by local day, with their names."""
    if not site.country:
        return {}
    return _holidays(site.country, site.subdivision, range(begin.year - 1, end.year + 2))


@lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str, years: range) -> Mapping[date, str]:
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=years))


def windows_by_rules(rules: Rules, begin: datetime, end: datetime) -> list[Window]:
    """When `rules` are open in [begin, end); see `open_windows`."""
    windows = merged(_shift_windows(rules, begin, end))
    for exception in rules.exceptions:
        stretch = (exception.start.astimezone(UTC), exception.end.astimezone(UTC))
        windows = merged([*windows, stretch]) if exception.says == "open" else _without(windows, stretch)
    clipped = ((max(start, begin), min(stop, end)) for start, stop in windows)
    return [(start.astimezone(UTC), stop.astimezone(UTC)) for start, stop in clipped if start < stop]


def merged(windows: Iterable[Window]) -> list[Window]:
    """The same time, sorted, with windows that overlap or touch made one."""
    joined: list[Window] = []
    for start, stop in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined


@lru_cache(maxsize=16_384)  # a hundred days of eighty shifts: the next question asks for most of them again
def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which the clocks of `zone` show `wall` on `day`; see the module for doubled and skipped times."""
    local = datetime.combine(day, wall, zone)
    there = local.astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return there
    return _jump(local.replace(fold=1).astimezone(UTC), there, zone)


def _shift_windows(rules: Rules, begin: datetime, end: datetime) -> list[Window]:
    by_day: defaultdict[tuple[int, int], list[WeeklyShift]] = defaultdict(list)
    for shift in rules.shifts:
        by_day[shift.week, shift.weekday].append(shift)
    first_week = rules.cycle_anchor - rules.cycle_anchor.weekday() * DAY
    windows: list[Window] = []
    for day in _days(begin.astimezone(rules.zone).date() - 2 * DAY, end.astimezone(rules.zone).date() + DAY):
        if rules.days_off and day in rules.days_off:
            continue
        week = (day - first_week).days // 7 % rules.cycle_weeks + 1
        windows += [_shift_window(shift, day, rules.zone) for shift in by_day[week, day.weekday()]]
    return [(start, stop) for start, stop in windows if start < stop]


def _shift_window(shift: WeeklyShift, day: date, zone: ZoneInfo) -> Window:
    last_day = day if shift.end > shift.start else day + DAY
    return instant(day, shift.start, zone), instant(last_day, shift.end, zone)


def _days(first: date, last: date) -> Sequence[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def _without(windows: Iterable[Window], stretch: Window) -> list[Window]:
    start, stop = stretch
    parts = [part for window in windows for part in ((window[0], min(window[1], start)), (max(window[0], stop), window[1]))]
    return [part for part in parts if part[0] < part[1]]


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment, to the second, in (before, after] at which the zone's offset from UTC changes."""
    offset = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
