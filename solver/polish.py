"""Improving a schedule a neighbourhood at a time: CP-SAT rearranges a few operations, then what follows moves up."""

from __future__ import annotations

import time
from collections.abc import Callable

from solver.compaction import compacted
from solver.formulation.build import build
from solver.formulation.extract import extract
from solver.formulation.grounds import Grounds
from solver.formulation.solving import Effort, Result
from solver.formulation.variables import Formulation
from solver.incumbent import Incumbent
from solver.neighbourhoods import Lesson, Neighbourhoods
from solver.schedule import Schedule, measure, objective_value

SECONDS = 1.2

Solver = Callable[[Formulation, Effort], Result]


class Polish:
    """One thread's neighbourhood search. `solve` runs CP-SAT, so that whoever owns it can stop it."""

    def __init__(self, incumbent: Incumbent, grounds: Grounds, seed: int, solve: Solver) -> None:
        self._incumbent = incumbent
        self._grounds = grounds
        self._seed = seed
        self._solve = solve
        self._neighbourhoods = Neighbourhoods(grounds.problem, seed)

    @property
    def can_move(self) -> bool:
        """Whether there is anything to rearrange."""
        return bool(self._neighbourhoods.movable)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Step after step until `is_over`; returns at once when nothing can move."""
        while self.can_move and not is_over():
            self.step(SECONDS)

    def step(self, seconds: float) -> None:
        """Try one neighbourhood of the best schedule."""
        best = self._incumbent.best()
        if best is None:
            return
        began = time.monotonic()
        schedule, objective = best
        chosen = self._neighbourhoods.choose(schedule)
        formulation = build(self._grounds, free=chosen.free, incumbent=schedule, upper_bound=objective)
        result = self._solve(formulation, Effort(seconds, 1, self._seed))
        found = schedule if result.picks is None else extract(formulation, result.picks)
        self._incumbent.offer(found, chosen.kind.name)
        after = self._close_gaps(found) if found != schedule else objective
        is_finished = result.verdict in {"optimal", "infeasible"}
        self._neighbourhoods.learn(chosen, Lesson(objective - after, time.monotonic() - began, is_finished))

    def _close_gaps(self, found: Schedule) -> int:
        """Move up what now can; the objective that was reached."""
        problem = self._grounds.problem
        closer = compacted(self._grounds, found)
        if closer != found and not self._incumbent.verifier.verify(closer):
            self._incumbent.offer(closer, "closing gaps")
        else:
            closer = found
        return objective_value(problem.objective, measure(problem, closer))
