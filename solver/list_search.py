"""Local search over the decoder's lists, in rounds: one that others have overtaken begins anew from what they found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from solver.incumbent import Incumbent
from solver.local_search import Pace, improve
from solver.schedule import Schedule, measure, objective_value

PATIENCE_SECONDS = 4.0
"""How long a round that is behind goes on, since annealing has to fall back before it gets ahead."""


@dataclass
class Round:
    """One run of `improve`. `objective`: the best that the round has found or begun with."""

    incumbent: Incumbent
    objective: int
    is_over: Callable[[], bool]
    has_improved: bool = False
    began: float = field(default_factory=time.monotonic)

    def should_stop(self) -> bool:
        return self.is_over() or (self._is_behind() and time.monotonic() - self.began > PATIENCE_SECONDS)

    def take(self, schedule: Schedule) -> None:
        problem = self.incumbent.problem
        self.objective = objective_value(problem.objective, measure(problem, schedule))
        self.has_improved = self.incumbent.offer(schedule, "local search") or self.has_improved

    def _is_behind(self) -> bool:
        best = self.incumbent.best()
        return best is not None and best[1] < self.objective


class ListSearch:
    """One thread's rounds, each with a seed of its own."""

    def __init__(self, incumbent: Incumbent, seed: int) -> None:
        self._incumbent = incumbent
        self._seed = seed

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Round after round until `is_over`, or until lists have nothing to change; whether it has improved anything."""
        has_improved = False
        while not is_over():
            best = self._incumbent.best()
            if best is None:
                break
            attempt = Round(self._incumbent, best[1], is_over)
            improve(self._incumbent.problem, best[0], Pace(self._seed), attempt.should_stop, attempt.take)
            has_improved = has_improved or attempt.has_improved
            self._seed += 1
            if not attempt.should_stop():
                break
        return has_improved
