"""Local search over the decoder's lists, in rounds: one that others have overtaken begins anew from what they found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from solver.incumbent import Incumbent
from solver.local_search import Annealing, Pace, anneal
from solver.schedule import Schedule, measure, objective_value
from solver.urgings import Urgings

PATIENCE_SECONDS, PATIENCE_OF_EACH = 4.0, 0.002
"""How long a round that is behind goes on, and longer for each operation: annealing has to fall back before it gets ahead, and to
begin anew takes time, too."""
SEARCH_SHARE = 0.95
"""Of the time that there is, the first two cycles."""
URGING_LEAST, URGING_MOST, MANY = 0.1, 0.9, 10_000
"""Of these, urging; most from so many operations on, where annealing has hardly begun in that time."""
SHORTEST_SECONDS, LONGEST_CYCLE_SECONDS = 0.1, 60.0
RESERVE = 1.5
"""So many times what the last schedule took to be told is left for the last one."""


@dataclass
class Round:
    """One annealing until an instant at the latest. `objective`: the best that the round has found or begun with."""

    incumbent: Incumbent
    annealing: Annealing
    objective: int
    is_over: Callable[[], bool]
    until: float
    reserve: float = 0.0
    has_improved: bool = False
    began: float = field(default_factory=time.monotonic)

    def should_stop(self) -> bool:
        patience = PATIENCE_SECONDS + PATIENCE_OF_EACH * len(self.incumbent.problem.operations)
        return self.is_last() or (self._is_behind() and time.monotonic() - self.began > patience)

    def is_last(self) -> bool:
        """Whether there is no time for another one."""
        return self.is_over() or time.monotonic() > self.until - self.reserve

    def take(self, schedule: Schedule) -> None:
        began = time.monotonic()
        problem = self.incumbent.problem
        self.objective = objective_value(problem.objective, measure(problem, schedule))
        if self.incumbent.offer(schedule, "local search"):
            self.has_improved = True
            self.incumbent.left.extend(self.annealing.lists())
        self.reserve = RESERVE * (time.monotonic() - began)

    def _is_behind(self) -> bool:
        best = self.incumbent.best()
        return best is not None and best[1] < self.objective


class ListSearch:
    """One thread's rounds, each with a seed of its own. They share a time for urging and one cooling that takes most of the
    `seconds` that there are: it gains more than several of them. `urgings`: of all threads. `cold_at`: when that is over, by
    `monotonic`."""

    def __init__(self, incumbent: Incumbent, seed: int, seconds: float, urgings: Urgings) -> None:
        self._incumbent = incumbent
        self._decoder = incumbent.decoder
        self._seed = seed
        self._urgings = urgings
        self._began = time.monotonic()
        self._until = self._began + seconds
        both = max(SHORTEST_SECONDS, min(LONGEST_CYCLE_SECONDS, SEARCH_SHARE * seconds))
        size = min(1.0, len(incumbent.problem.operations) / MANY)
        urging = URGING_LEAST + size * (URGING_MOST - URGING_LEAST)
        self._cycles = urging * both, (1 - urging) * both
        self.cold_at = self._began + both

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Round after round until `is_over`, or until lists have nothing to change; whether it has improved anything."""
        incumbent, lists, has_improved = self._incumbent, self._incumbent.lists, False
        while not is_over():
            best = incumbent.best()
            if best is None:
                break
            annealing = Annealing(self._decoder.twin(), self._seed, lists, self._urgings)
            attempt = Round(incumbent, annealing, best[1], is_over, self._until)
            pace = Pace(self._seed, cycles=self._cycles, began=self._began, aimed=incumbent.aimed)
            has_begun = anneal(annealing, best[0], pace, attempt.should_stop, attempt.take)
            lists = tuple(incumbent.left)[-1:] or lists
            has_improved = has_improved or attempt.has_improved
            self._seed += 1
            if attempt.is_last() or not has_begun:
                break
        return has_improved
