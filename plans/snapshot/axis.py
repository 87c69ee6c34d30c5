"""The time axis of a problem: where tick 0 lies, how far it goes, and calendars as windows on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from plans.clock import Clock
from plant.calendars import open_windows_by_calendar
from plant.models import Calendar
from solver.calendars import Windows, normalise
from solver.problem import Interval

QUARTER_HOUR = timedelta(minutes=15)
HISTORY = timedelta(days=14)  # calendars and downtime are known at most so far back
FARTHEST = timedelta(weeks=12)  # behind the planned time; most problems are cut shorter, see `extent`


@dataclass(frozen=True, slots=True)
class Axis:
    """`begin` ≤ tick 0 ≤ `planned_until` ≤ `horizon`, in ticks of `clock`.

    Orders released before `planned_until` are planned; the axis goes on to `horizon`.
    """

    clock: Clock
    zone: ZoneInfo
    begin: int
    planned_until: int
    horizon: int

    @classmethod
    def lay(cls, now: datetime, horizon_days: int, zone: ZoneInfo, earliest: datetime | None) -> Axis:
        """Tick 0 is the quarter hour at or after `now`; `horizon_days` are days on the wall clock of the plant.

        `earliest`: the first actual start that the problem tells of, if any.
        """
        epoch = next_quarter(now)
        clock = Clock(epoch)
        until = (epoch.astimezone(zone) + timedelta(days=horizon_days)).astimezone(UTC)
        end = until + FARTHEST
        history = max(epoch - HISTORY, min(epoch, earliest or epoch))
        midnight = history.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(clock, zone, clock.floor(midnight), clock.floor(until), clock.floor(end))

    @property
    def span(self) -> Interval:
        return self.begin, self.horizon

    def clip(self, begin: datetime, end: datetime) -> Interval:
        """[begin, end) in ticks, widened to whole ones and cut off at the ends of the axis; empty when it lies outside."""
        return max(self.begin, self.clock.floor(begin)), min(self.horizon, self.clock.ceil(end))

    def windows(self, calendars: Iterable[Calendar]) -> Mapping[int, Windows]:
        """Open time of each calendar by primary key; each is expanded once, whoever follows it."""
        expanded = open_windows_by_calendar(calendars, self.clock.at(self.begin), self.clock.at(self.horizon))
        return {
            pk: normalise((self.clock.ceil(opens), self.clock.floor(closes)) for opens, closes in windows)
            for pk, windows in expanded.items()
        }


def next_quarter(moment: datetime) -> datetime:
    """The first quarter of an hour at or after the moment, in UTC: a question asked twice within it is the same question."""
    instant = moment.astimezone(UTC)
    past = instant - datetime.min.replace(tzinfo=UTC)
    return instant + (-past) % QUARTER_HOUR
