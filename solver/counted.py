"""Search by count, on the calling thread: the same steps give the same schedule again, since no clock decides anything.

    plain shop        turns of tabu search
    project           lists that are bred
    everything else   tries of annealing, a share of them urging
    no schedule yet   CP-SAT on the whole, on one thread, until there is one

Bounds are those that are known before anything is searched. Only a stop and the end of the time, which are heard between slices,
may make it end elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from solver.elites import Elites
from solver.halt import Halt
from solver.incumbent import Incumbent, conclude
from solver.limits import Limits
from solver.local_search import SLICE_TRIES, Annealing, Pace
from solver.project_search import ProjectSearch, is_project
from solver.tabu_search import ShopSearch, is_plain_shop

SLICE_WORK = 20_000
"""Operations that the steps of a slice look at, about."""

TELLING = 4
"""What is better is told once there are so much more steps as are one of so many: to write a schedule out and to verify it takes
time."""


class Steps(Protocol):
    """A search that goes on by as many steps as it is told to, and finds the same whatever these are cut into."""

    def advance(self, most: int) -> int:
        """At most so many steps; how many were made, 0 when there is nothing more to do."""

    def tell(self) -> None:
        """The incumbent the best schedule, if it is better."""


def search_by_count(incumbent: Incumbent, halt: Halt, limits: Limits, iterations: int) -> None:
    """So many steps from the best schedule so far, or until it is good enough; then say the last word."""
    if incumbent.best() is None:
        _find_any(incumbent, halt, limits)

    def is_over() -> bool:
        return halt.over or incumbent.is_within(limits.gap)

    if incumbent.best() is not None and not is_over():
        incumbent.stage("improving")
        at_once = max(1, SLICE_WORK // len(incumbent.problem.operations))
        run(_steps(incumbent, limits.seed, iterations, lambda: halt.over), iterations, at_once, is_over)
    conclude(incumbent)


def run(steps: Steps, iterations: int, at_once: int, is_over: Callable[[], bool]) -> None:
    """Make the steps, `at_once` in a slice. When to tell is counted as well: what is told may end the search."""
    made, next_telling = 0, 1
    while made < iterations and not is_over():
        advanced = steps.advance(min(at_once, iterations - made, next_telling - made))
        made += advanced
        if not advanced:
            break
        if made == next_telling:
            steps.tell()
            next_telling += 1 + made // TELLING
    steps.tell()


def _find_any(incumbent: Incumbent, halt: Halt, limits: Limits) -> None:
    incumbent.stage("building")
    from solver.portfolio import Portfolio  # noqa: PLC0415 - loads OR-Tools, which few problems need here

    Portfolio(incumbent, halt, replace(limits, threads=1)).find_any()


def _steps(incumbent: Incumbent, seed: int, iterations: int, should_stop: Callable[[], bool]) -> Steps:
    """Of the search that knows everything that binds."""
    if is_plain_shop(incumbent.problem):
        return ShopSearch(incumbent, seed, Elites())
    if is_project(incumbent.problem):
        return ProjectSearch(incumbent, seed)
    return Tries(incumbent, Pace(seed, iterations, aimed=incumbent.aimed), should_stop)


class Tries:
    """One annealing, which cools down over all tries of the pace. It does so slice by slice: the slices count, too."""

    def __init__(self, incumbent: Incumbent, pace: Pace, should_stop: Callable[[], bool]) -> None:
        self._incumbent = incumbent
        self._annealing = Annealing(incumbent.decoder.twin(), pace.seed, incumbent.lists)
        self._pace = pace
        self._should_stop = should_stop
        self._has_begun = False

    def advance(self, most: int) -> int:
        if not self._has_begun and not self._begin():
            return 0
        self._pace.slice = min(most, SLICE_TRIES)
        made = self._pace.slice
        self._annealing.go_on(self._pace)
        return made

    def tell(self) -> None:
        best = self._incumbent.best()
        if not self._has_begun or (best is not None and self._annealing.best_value >= best[1]):
            return
        if self._incumbent.offer(self._annealing.best(), "local search"):
            self._incumbent.left.extend(self._annealing.lists())

    def _begin(self) -> bool:
        """False when there is nothing to begin with, or nothing to change."""
        best = self._incumbent.best()
        self._has_begun = best is not None and self._annealing.begin(best[0], self._should_stop)
        if self._has_begun and not self._annealing.is_urging:
            self._pace.leave_out_urging()
        return self._has_begun
