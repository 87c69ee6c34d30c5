"""Ticks of a problem ↔ aware datetimes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from solver.problem import Problem


@dataclass(frozen=True, slots=True)
class Clock:
    """`epoch`: the instant of tick 0, aware. `tick`: the length of one."""

    epoch: datetime
    tick: timedelta = timedelta(minutes=1)

    @classmethod
    def of(cls, problem: Problem) -> Clock:
        return cls(datetime.fromisoformat(problem.epoch), timedelta(seconds=problem.tick_seconds))

    def at(self, tick: int) -> datetime:
        return self.epoch + tick * self.tick

    def floor(self, moment: datetime) -> int:
        """The last tick at or before the moment."""
        return (moment - self.epoch) // self.tick

    def ceil(self, moment: datetime) -> int:
        """The first tick at or after the moment."""
        return -((self.epoch - moment) // self.tick)
