"""Improving a schedule a neighbourhood at a time: CP-SAT rearranges a few operations, then the decoder closes the gaps."""

from __future__ import annotations

import time
from collections.abc import Callable

from solver.decode import Decoder
from solver.formulation.build import build
from solver.formulation.extract import extract
from solver.formulation.grounds import Grounds
from solver.formulation.solving import Effort, Result
from solver.formulation.variables import Formulation
from solver.incumbent import Incumbent
from solver.neighbourhoods import Neighbourhoods
from solver.schedule import Schedule

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
        self._decoder = Decoder(grounds.problem)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Step after step until `is_over`; returns at once when nothing can move."""
        while self._neighbourhoods.movable and not is_over():
            self.step(SECONDS)

    def step(self, seconds: float) -> bool:
        """Try one neighbourhood of the best schedule; whether it led to a better one."""
        best = self._incumbent.best()
        if best is None:
            return False
        began = time.monotonic()
        schedule, objective = best
        chosen = self._neighbourhoods.choose(schedule)
        formulation = build(self._grounds, free=chosen.free, incumbent=schedule, upper_bound=objective)
        result = self._solve(formulation, Effort(seconds, 1, self._seed))
        improved = False
        if result.picks is not None:
            found = extract(formulation, result.picks)
            improved = self._incumbent.offer(found, chosen.kind.name)
            improved = (found != schedule and self._tighten(found)) or improved
        finished = result.verdict in {"optimal", "infeasible"}
        self._neighbourhoods.learn(chosen, improved=improved, finished=finished, seconds=time.monotonic() - began)
        return improved

    def _tighten(self, schedule: Schedule) -> bool:
        """Decode the same order on the same machines: what is behind a gap moves up, which the neighbourhood could not do."""
        order = sorted(schedule.assignments, key=lambda each: (each.start, each.end))
        machines = {each.operation: each.machine for each in order if each.operation in self._neighbourhoods.movable}
        tighter = self._decoder.decode([each.operation for each in order], machines)
        return tighter is not None and self._incumbent.offer(tighter, "closing gaps")
