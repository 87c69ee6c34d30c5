"""The best schedule so far and the best bound, shared by everything that searches, and told to whoever listens."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf

from solver.aim import Aim
from solver.decode import Decoder, Wish
from solver.events import BoundRaised, Event, Finished, Improved, Outcome, Stage, StageName
from solver.problem import Problem
from solver.schedule import Measures, Schedule, measure, objective_value, rank
from solver.verify import Verifier

LISTS = 8
"""Of local search that are remembered, the newest."""


class BrokenSchedule(RuntimeError):
    """A search has made a schedule that breaks a rule. It is a bug in the search, and the schedule is never shown."""


class Incumbent:
    """Safe to use from several threads. Events come one at a time, each schedule strictly better by rank and each bound strictly
    higher than the one before, and none after `finish`. `objective` and `bound` are of the first tier.

    `aim`: what part of the objective is to become smaller now; None: all of it. `lists`: what local search came to before, to
    begin with; `left`: what it comes to now.
    """

    def __init__(
        self, problem: Problem, emit: Callable[[Event], None], aim: Aim | None = None, lists: Sequence[Wish] = ()
    ) -> None:
        self.problem = problem
        self.lists = lists
        self.left: deque[Wish] = deque(maxlen=LISTS)
        self.schedule: Schedule | None = None
        self.objective: int | None = None
        self.bound: int | None = None
        self.aim = aim
        self._part_bound = -inf if aim is None else aim.least
        self._measures: Measures | None = None
        self._emit = emit
        self._began = time.monotonic()
        self._lock = threading.RLock()
        self._making = threading.Lock()  # of the decoder: that takes long, and nobody else shall wait for it
        self._preparing = threading.Lock()  # of the verifier: nor shall a schedule wait for the decoder
        self._finished = False
        self._decoder: Decoder | None = None
        self._verifier: Verifier | None = None

    @property
    def decoder(self) -> Decoder:
        """Of the problem, for whoever has the first plan to make; others take twins of it."""
        with self._making:
            self._decoder = self._decoder or Decoder(self.problem)
            return self._decoder

    @property
    def verifier(self) -> Verifier:
        """Of the problem, for every schedule that is better than those before it."""
        with self._preparing:
            self._verifier = self._verifier or Verifier(self.problem)
            return self._verifier

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self._began

    @property
    def is_finished(self) -> bool:
        """Whether the last word has been said: nobody hears anything that is found from now on."""
        with self._lock:
            return self._finished

    def best(self) -> tuple[Schedule, int] | None:
        """The best schedule with its objective, as one."""
        with self._lock:
            return None if self.schedule is None or self.objective is None else (self.schedule, self.objective)

    def stage(self, name: StageName) -> None:
        with self._lock:
            if not self._finished:
                self._emit(Stage(self.elapsed, name))

    def accept_hint(self, schedule: Schedule) -> bool:
        """Take over a schedule from elsewhere if it is legal; whether it was."""
        is_complete = [assignment.operation for assignment in schedule.assignments] == [o.id for o in self.problem.operations]
        if not is_complete or self.verifier.verify(schedule):
            return False
        return self.keep(schedule, measure(self.problem, schedule), "hint")

    def offer(self, schedule: Schedule, source: str) -> bool:
        """Keep the schedule if it is better than the best one; whether it was. Raises BrokenSchedule if it breaks a rule."""
        if self.is_finished:
            return False
        measures = measure(self.problem, schedule)
        if not self._is_better(measures):
            return False
        violations = self.verifier.verify(schedule)
        if violations:
            raise BrokenSchedule(f"{source}: {violations[0].message} ({len(violations)} rules broken)")
        return self.keep(schedule, measures, source)

    def raise_bound(self, bound: int) -> None:
        """No schedule of the problem is better than this. A bound above the best objective says that the best is optimal."""
        with self._lock:
            if self.objective is not None:
                bound = min(bound, self.objective)
            if not self._finished and (self.bound is None or bound > self.bound):
                self.bound = bound
                self._emit(BoundRaised(self.elapsed, bound))

    def raise_part_bound(self, bound: int) -> None:
        """No schedule that is guarded as well as the one to begin with is better than this by the aim."""
        if self.aim is None:
            self.raise_bound(bound)
            return
        if self.aim.standing == "proven":
            self.raise_bound(self.aim.guarded + bound)
        with self._lock:
            self._part_bound = max(bound, self._part_bound)

    @property
    def is_optimal(self) -> bool:
        with self._lock:
            return self.objective is not None and self.bound is not None and self.bound >= self.objective

    def is_within(self, gap: float) -> bool:
        """Whether the best schedule is proven to be at most this far (relatively) from the optimum, or from the least by what is
        aimed at where that decides."""
        with self._lock:
            if self.objective is None:
                return False
            part = self.objective if self.aimed is None else self.aimed
            doubts: list[float] = [] if self.bound is None else [self.objective - self.bound]
            if self.aim is not None and self.aim.decides and self._is_as_guarded:
                doubts.append(part - self._part_bound)
            return min(doubts, default=inf) <= gap * max(1, abs(part))

    @property
    def aimed(self) -> int | None:
        """What the best schedule is worth by the aim; None when that is all of the objective, or without a schedule."""
        with self._lock:
            return None if self.aim is None or self._measures is None else objective_value(self.aim.part, self._measures)

    @property
    def is_kept(self) -> bool:
        """Whether nothing better is looked for in what is guarded, although it may exist."""
        return self.aim is not None and self.aim.standing == "enough" and self._is_as_guarded

    @property
    def _is_as_guarded(self) -> bool:
        """Whether what is guarded is worth as much as it was to begin with: then what is known of the aim holds."""
        with self._lock:
            if self.aim is None or self._measures is None:
                return False
            return objective_value(self.aim.guard, self._measures) == self.aim.guarded

    @property
    def aimed_problem(self) -> Problem:
        """As if nothing but the aim counted."""
        return self.problem if self.aim is None else replace(self.problem, objective=self.aim.part)

    def finish(self, outcome: Outcome, reasons: tuple[str, ...] = ()) -> None:
        """Say the last word."""
        with self._lock:
            if not self._finished:
                self._finished = True
                self._emit(Finished(self.elapsed, outcome, self.objective, self.bound, reasons))

    def keep(self, schedule: Schedule, measures: Measures, source: str) -> bool:
        """The same as `offer` for a schedule that is known to break no rule."""
        with self._lock:
            if self._finished or not self._is_better(measures):
                return False
            objective = objective_value(self.problem.objective, measures)
            self.schedule, self.objective, self._measures = schedule, objective, measures
            self._emit(Improved(self.elapsed, schedule, objective, measures, source))
            return True

    def _is_better(self, measures: Measures) -> bool:
        """By rank: a sum whose scales do not guard may like what is worse tier by tier."""
        known, objective = self._measures, self.problem.objective if self.aim is None else self.aim.order
        return known is None or rank(objective, measures) < rank(objective, known)


def conclude(incumbent: Incumbent) -> None:
    """Finish with what is known; infeasibility is for those who have proved it, and so is the optimum of several tiers."""
    if incumbent.is_optimal and not incumbent.problem.objective.tiers:
        incumbent.finish("optimal")
    else:
        incumbent.finish("unknown" if incumbent.best() is None else "feasible")
