"""The days of the demo's tables as instants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plant.calendars import instant

DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """`now`, and working days counted from it: 0 is today, or the next working day when today is none."""

    now: datetime
    zone: ZoneInfo
    days_off: Collection[date]

    def day(self, number: int) -> date:
        """The working day so many days after day 0, or before it."""
        day = self.now.astimezone(self.zone).date()
        while not self._is_worked(day):
            day += DAY
        step = DAY if number > 0 else -DAY
        for _ in range(abs(number)):
            day += step
            while not self._is_worked(day):
                day += step
        return day

    @property
    def monday(self) -> date:
        """Monday of the week of day 0."""
        first = self.day(0)
        return first - first.weekday() * DAY

    def at(self, day: date, clock: str) -> datetime:
        """The instant of a wall-clock time such as "06:00"; "24:00" is the midnight after the day."""
        if clock == "24:00":
            return instant(day + DAY, time(), self.zone)
        return instant(day, time.fromisoformat(clock), self.zone)

    def moment(self, text: str) -> datetime:
        """The instant of "3 06:00" (working day and time) or "now -3" (hours)."""
        first, second = text.split()
        if first == "now":
            return self.now.replace(second=0, microsecond=0) + timedelta(hours=int(second))
        return self.at(self.day(int(first)), second)

    def _is_worked(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.days_off
