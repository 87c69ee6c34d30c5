"""Tabu search on one thread, for shops in which only machines, changeovers and precedence bind and only the makespan counts."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from solver.bare import is_bare
from solver.decode import Decoder
from solver.incumbent import Incumbent
from solver.kernel import tables as t
from solver.kernel.loading import kernel
from solver.kernel.states import new_path
from solver.problem import Problem
from solver.schedule import Schedule

SLICE_SECONDS = 0.03
BEHIND_SECONDS = 2.0
PATIENCE = 2_000_000
"""Turns without an improvement before it is shaken, divided by the number of operations; see `patience`."""


def is_plain_shop(problem: Problem) -> bool:
    """Whether tabu search knows everything that binds."""
    return is_bare(problem) and not problem.operators and all(machine.capacity == 1 for machine in problem.machines)


def patience(operations: int) -> int:
    """Turns without a better makespan until the best is shaken."""
    return max(2_000, min(40_000, PATIENCE // max(1, operations)))


class Tabu:
    """One search of a plain shop."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.decoder = Decoder(problem)
        self.path = new_path(self.decoder.plant, seed)
        self._turns = 8

    def begin(self, schedule: Schedule) -> bool:
        """Take over machines and sequences; False when it cannot, because two operations overlap in no order."""
        decoder, path = self.decoder, self.path
        last: dict[int, int] = {}
        rows = [decoder.arrays.number(each.operation) for each in schedule.assignments]
        starts = dict(zip(rows, schedule.assignments, strict=True))
        for number in sorted(rows, key=lambda row: (starts[row].start, starts[row].run_end)):
            machine = decoder.arrays.machine_number(starts[number].machine)
            row = decoder.plant.operation[number]
            path.best_mode[number] = next(
                mode for mode in range(row[t.MODES], row[t.MODES_END]) if decoder.plant.mode[mode, t.MACHINE] == machine
            )
            path.best_previous[number] = last.get(machine, -1)
            last[machine] = number
        return bool(kernel.begin_path(decoder.plant, path))

    @property
    def best_makespan(self) -> int:
        return int(self.path.memo[t.BEST_MAKESPAN])

    def run_slice(self, bound: int) -> None:
        """Some turns, without the interpreter's lock."""
        began = monotonic()
        plant = self.decoder.plant
        kernel.tabu(plant, self.path, self._turns, patience(plant.operations), bound)
        took = max(1e-6, monotonic() - began)
        self._turns = max(1, min(2 * self._turns, int(self._turns * SLICE_SECONDS / took)))

    def best(self) -> Schedule:
        """The best schedule so far: its sequences, each operation as early as they let it."""
        decoder, path, state = self.decoder, self.path, self.decoder.state
        for number in range(decoder.plant.operations):
            mode, before = int(path.best_mode[number]), int(path.best_previous[number])
            _, run, setup, teardown, _, changeovers = decoder.plant.mode[mode].tolist()
            if changeovers >= 0:
                family = (
                    decoder.plant.operation[before, t.FAMILY]
                    if before >= 0
                    else decoder.plant.machine[decoder.plant.mode[mode, t.MACHINE], t.FAMILY_NOW]
                )
                setup += int(decoder.plant.changeover[changeovers, family])
            start = int(path.best_head[number])
            state.spot[number] = mode, setup, start - setup, start, start + run, start + run + teardown
        return decoder.schedule()


class ShopSearch:
    """One thread's tabu search, begun anew from what others have found when that is better for long."""

    def __init__(self, incumbent: Incumbent, seed: int) -> None:
        self._incumbent = incumbent
        self._seed = seed

    def run(self, is_over: Callable[[], bool]) -> None:
        """Search until `is_over`, or until the makespan is down to the bound."""
        while not is_over() and not self._incumbent.is_optimal:
            best = self._incumbent.best()
            if best is None:
                return
            search = Tabu(self._incumbent.problem, self._seed)
            if not search.begin(best[0]):
                return
            self._seed += 1
            self._run_from(search, best[1], is_over)
            del search  # before the next one is made

    def _run_from(self, search: Tabu, objective: int, is_over: Callable[[], bool]) -> None:
        weight = self._incumbent.problem.objective.makespan
        told = -(-objective // weight)
        behind_since = monotonic()
        while not is_over() and not self._incumbent.is_optimal:
            search.run_slice((self._incumbent.bound or 0) // weight)
            if search.best_makespan < told:
                told = search.best_makespan
                self._incumbent.offer(search.best(), "tabu search")
            best = self._incumbent.best()
            if best is None or best[1] >= weight * search.best_makespan:
                behind_since = monotonic()
            elif monotonic() - behind_since > BEHIND_SECONDS:
                return
