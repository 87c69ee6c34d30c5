"""The best schedule so far and the best bound, shared by everything that searches, and told to whoever listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from solver.events import BoundRaised, Event, Finished, Improved, Outcome, Stage, StageName
from solver.problem import Problem
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify


class BrokenSchedule(RuntimeError):
    """A search has made a schedule that breaks a rule. It is a bug in the search, and the schedule is never shown."""


class Incumbent:
    """Safe to use from several threads. Events come one at a time, each schedule strictly better and each bound strictly higher
    than the one before, and none after `finish`."""

    def __init__(self, problem: Problem, emit: Callable[[Event], None]) -> None:
        self.problem = problem
        self.schedule: Schedule | None = None
        self.objective: int | None = None
        self.bound: int | None = None
        self._emit = emit
        self._began = time.monotonic()
        self._lock = threading.RLock()
        self._finished = False

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self._began

    def best(self) -> tuple[Schedule, int] | None:
        """The best schedule with its objective, as one."""
        with self._lock:
            return None if self.schedule is None or self.objective is None else (self.schedule, self.objective)

    def stage(self, name: StageName) -> None:
        with self._lock:
            self._emit(Stage(self.elapsed, name))

    def accept_hint(self, schedule: Schedule) -> bool:
        """Take over a schedule from elsewhere if it is legal; whether it was."""
        return self._is_complete(schedule) and not verify(self.problem, schedule) and self._keep(schedule, "hint")

    def offer(self, schedule: Schedule, source: str) -> bool:
        """Keep the schedule if it is better than the best one; whether it was. Raises BrokenSchedule if it breaks a rule."""
        objective = objective_value(self.problem.objective, measure(self.problem, schedule))
        if self.objective is not None and objective >= self.objective:
            return False
        violations = verify(self.problem, schedule)
        if violations:
            raise BrokenSchedule(f"{source}: {violations[0].message} ({len(violations)} rules broken)")
        return self._keep(schedule, source)

    def raise_bound(self, bound: int) -> None:
        """No schedule of the problem is better than this. A bound above the best objective says that the best is optimal."""
        with self._lock:
            if self.objective is not None:
                bound = min(bound, self.objective)
            if not self._finished and (self.bound is None or bound > self.bound):
                self.bound = bound
                self._emit(BoundRaised(self.elapsed, bound))

    @property
    def is_optimal(self) -> bool:
        with self._lock:
            return self.objective is not None and self.bound is not None and self.bound >= self.objective

    def is_within(self, gap: float) -> bool:
        """Whether the best schedule is proven to be at most this far (relatively) from the optimum."""
        with self._lock:
            if self.objective is None or self.bound is None:
                return False
            return self.objective - self.bound <= gap * max(1, abs(self.objective))

    def finish(self, outcome: Outcome, reasons: tuple[str, ...] = ()) -> None:
        """Say the last word."""
        with self._lock:
            if not self._finished:
                self._finished = True
                self._emit(Finished(self.elapsed, outcome, self.objective, self.bound, reasons))

    def _keep(self, schedule: Schedule, source: str) -> bool:
        measures = measure(self.problem, schedule)
        objective = objective_value(self.problem.objective, measures)
        with self._lock:
            if self._finished or (self.objective is not None and objective >= self.objective):
                return False
            self.schedule, self.objective = schedule, objective
            self._emit(Improved(self.elapsed, schedule, objective, measures, source))
            return True

    def _is_complete(self, schedule: Schedule) -> bool:
        return [assignment.operation for assignment in schedule.assignments] == [o.id for o in self.problem.operations]


def conclude(incumbent: Incumbent) -> None:
    """Finish with what is known; infeasibility is for those who have proved it."""
    if incumbent.is_optimal:
        incumbent.finish("optimal")
    else:
        incumbent.finish("unknown" if incumbent.best() is None else "feasible")
