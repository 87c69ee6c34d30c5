"""When something that repeats by the plant's clock is due, over the changes of the clocks too.

A wall-clock time that does not exist (the hour skipped in spring) is due at the next instant that does; one that exists twice
(the hour doubled in autumn) is due the first time only. Two wall-clock times that fall on one instant are one occurrence.

    CrontabError(ValueError)    what is wrong with a crontab, as a sentence
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plant.calendars import instant as plant_instant

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
YEARS_AHEAD = 8  # 29 February may be eight years away


class CrontabError(ValueError):
    """What is wrong with a crontab, as a sentence."""


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five columns: its name, its range, and the words that stand for numbers."""

    name: str
    first: int
    last: int
    words: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, part: str) -> range:
        span, slash, step_text = part.partition("/")
        step = self._step(step_text) if slash else 1
        if span == "*":
            return range(self.first, self.last + 1, step)
        start_text, dash, end_text = span.partition("-")
        start = self._number(start_text)
        end = self._number(end_text) if dash else (self.last if slash else start)
        if end < start:
            raise CrontabError(f"The {self.name} “{part}” ends before it begins.")
        return range(start, end + 1, step)

    def _step(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= 1):
            raise CrontabError(f"The {self.name} has a step “{text}” that is not a number above zero.")
        return int(text)

    def _number(self, text: str) -> int:
        word = text.lower()
        if word in self.words:
            return self.words.index(word) + (1 if self.first == 1 else 0)
        if not (text.isascii() and text.isdigit()):
            raise CrontabError(f"The {self.name} “{text}” is not understood.")
        if not self.first <= int(text) <= self.last:
            raise CrontabError(f"The {self.name} {text} is not between {self.first} and {self.last}.")
        return int(text)


MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day of month", 1, 31)
MONTH = Field("month", 1, 12, MONTHS)
WEEKDAY = Field("day of week", 0, 7, WEEKDAYS)


@dataclass(frozen=True, slots=True)
class Crontab:
    """Five columns as in Unix: with both a day of month and a day of week given, either of them is enough."""

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Monday, as in `date.weekday`
    either_day: bool

    @classmethod
    def parse(cls, text: str) -> Crontab:
        """Raises CrontabError."""
        columns = text.split()
        if len(columns) != 5:
            raise CrontabError(f"A crontab has five columns, this one has {len(columns)}.")
        minute, hour, day, month, weekday = columns
        minutes = sorted(MINUTE.parse(minute))
        crontab = cls(
            times=tuple(time(h, m) for h in sorted(HOUR.parse(hour)) for m in minutes),
            days=DAY.parse(day),
            months=MONTH.parse(month),
            weekdays=frozenset((number - 1) % 7 for number in WEEKDAY.parse(weekday)),
            either_day=not day.startswith("*") and not weekday.startswith("*"),
        )
        if not crontab.either_day and not any(_exists(d, m) for m in crontab.months for d in crontab.days):
            raise CrontabError("No such day ever comes.")
        return crontab

    def falls_on(self, day: date) -> bool:
        by_day, by_weekday = day.day in self.days, day.weekday() in self.weekdays
        return day.month in self.months and ((by_day or by_weekday) if self.either_day else (by_day and by_weekday))

    def after(self, instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every occurrence later than `instant` (aware), in UTC, ascending, for eight years."""
        last = instant
        begin = instant.astimezone(zone).date() - timedelta(days=1)
        for offset in range(366 * YEARS_AHEAD):
            day = begin + timedelta(days=offset)
            if not self.falls_on(day):
                continue
            for wall in self.times:
                occurrence = plant_instant(day, wall, zone)
                if occurrence > last:
                    yield occurrence
                    last = occurrence


def every(minutes: int, anchor: datetime, after: datetime) -> Iterator[datetime]:
    """Every occurrence later than `after` of what comes each `minutes` after `anchor` (itself left out), in UTC, without end."""
    step = timedelta(minutes=minutes)
    count = max(1, (after - anchor) // step + 1)
    while True:
        yield (anchor + count * step).astimezone(UTC)
        count += 1


def _exists(day: int, month: int) -> bool:
    return day <= (29 if month == 2 else 30 if month in {4, 6, 9, 11} else 31)
