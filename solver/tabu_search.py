"""Tabu search on one thread, for shops in which only machines, changeovers and precedence bind and only the makespan counts."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import monotonic

import numpy as np

from solver.bare import is_bare
from solver.decode import Decoder
from solver.dispatch import Priorities, positions
from solver.elites import Elite, Elites, between
from solver.incumbent import Incumbent
from solver.kernel import tables as t
from solver.kernel.loading import kernel
from solver.kernel.states import new_path
from solver.local_search import TELLING_SHARE
from solver.problem import Problem
from solver.schedule import Schedule

SLICE_SECONDS = 0.03
PATIENCE = 10_000
"""Turns without a better makespan after which a search begins from elsewhere."""

SHARES = 0.2, 0.5
"""Of the way from one schedule to another."""

RUN_WEIGHTS = 1, t.PARTS // 3, t.PARTS, 3 * t.PARTS, 10 * t.PARTS
"""What a longer run on another machine counts for moves, in parts of what a longer makespan counts.

Where all machines are busy to the end it is the work that makes the makespan; where few are, a long run elsewhere costs nothing.
Searches find out which.
"""

CHANGES_WEIGHT = 0.1
"""Share of the searches begun between two schedules that weigh runs by what neither of them was found with."""

NOISE = 0.5
"""By how much of itself the urgency of an operation is changed for other first schedules."""


def is_plain_shop(problem: Problem) -> bool:
    """Whether tabu search knows everything that binds."""
    return is_bare(problem) and not problem.operators and all(machine.capacity == 1 for machine in problem.machines)


class Tabu:
    """One search of a plain shop."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.decoder = Decoder(problem)
        self.path = new_path(self.decoder.plant, seed)
        self._turns = 8
        self._dice = random.Random(seed)  # noqa: S311 - it shall be the same again
        self._weigh_runs(RUN_WEIGHTS[0])
        self._rank = np.argsort(self.decoder.topological)

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

    def begin_at_random(self) -> bool:
        """From a schedule of a rule whose urgencies are not quite right; False when that leads to none."""
        self._weigh_runs(self._dice.choice(RUN_WEIGHTS))
        tails = Priorities(self.decoder).tails
        noise = np.array([self._dice.uniform(1 - NOISE, 1 + NOISE) for _ in tails])
        return self.decoder.run(positions(lambda: (-noise * tails,)), {}) and self.begin(self.decoder.schedule())

    def begin_between(self, pair: tuple[Elite, Elite]) -> None:
        """From a schedule on the way from one to the other, and runs weighed as in the search that found one of them."""
        plant, path = self.decoder.plant, self.path
        weights = RUN_WEIGHTS if self._dice.random() < CHANGES_WEIGHT else [each.run_weight for each in pair]
        self._weigh_runs(self._dice.choice(weights))
        share = self._dice.uniform(*SHARES)
        path.best_mode[:], path.best_previous[:] = between(pair, share, plant.mode[:, t.MACHINE], self._rank, self._dice)
        kernel.begin_path(plant, path)

    def elite(self) -> Elite:
        """The best so far, to be kept."""
        path = self.path
        best = path.best_mode.copy(), path.best_previous.copy(), path.best_head.copy()
        return Elite(self.best_makespan, *best, int(path.memo[t.WEIGHT_OF_RUN]))

    def _weigh_runs(self, weight: int) -> None:
        self.path.memo[t.WEIGHT_OF_RUN] = weight

    @property
    def is_stuck(self) -> bool:
        return bool(self.path.memo[t.TURN] - self.path.memo[t.TURN_OF_BEST] >= PATIENCE)

    @property
    def best_makespan(self) -> int:
        return int(self.path.memo[t.BEST_MAKESPAN])

    def run(self, turns: int, bound: int) -> int:
        """So many turns, without the interpreter's lock. How many were made: fewer when it is stuck, or down to the bound."""
        return int(kernel.tabu(self.decoder.plant, self.path, turns, PATIENCE, bound))

    def run_slice(self, bound: int) -> None:
        """Some turns."""
        began = monotonic()
        self.run(self._turns, bound)
        took = max(1e-6, monotonic() - began)
        self._turns = max(1, min(PATIENCE, 2 * self._turns, int(self._turns * SLICE_SECONDS / took)))

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
    """One thread's tabu searches, each begun between two of the best, which it shares with other threads."""

    def __init__(self, incumbent: Incumbent, seed: int, elites: Elites) -> None:
        self._incumbent = incumbent
        self._weight = incumbent.problem.objective.makespan
        self._elites = elites
        self._search = Tabu(incumbent.problem, seed)
        self._dice = random.Random(seed)  # noqa: S311 - as above
        self._has_begun = False
        self._rest_until = 0.0

    def run(self, is_over: Callable[[], bool]) -> None:
        """Search until `is_over`, or until the makespan is down to the bound."""
        while not is_over() and not self._incumbent.is_optimal:
            if not self._can_go_on():
                return
            self._search.run_slice(self._bound)
            if monotonic() > self._rest_until:
                self.tell()
        self.tell()

    def advance(self, most: int) -> int:
        """At most so many turns, however long they take; how many were made, 0 when there is nothing more to do."""
        return self._search.run(most, self._bound) if self._can_go_on() else 0

    def tell(self) -> None:
        """The best schedule, if it is better than what all know."""
        best = self._incumbent.best()
        if not self._has_begun or (best is not None and self._weight * self._search.best_makespan >= best[1]):
            return
        began = monotonic()
        self._incumbent.offer(self._search.best(), "tabu search")
        self._rest_until = monotonic() + TELLING_SHARE * (monotonic() - began)

    @property
    def _bound(self) -> int:
        """Of the makespan."""
        return (self._incumbent.bound or 0) // self._weight

    def _can_go_on(self) -> bool:
        """Begin if it has not begun, and from elsewhere when it is stuck; False when there is nothing to begin with."""
        if self._has_begun and not self._search.is_stuck:
            return True
        if self._has_begun and self._search.best_makespan < t.NEVER:
            self.tell()
            self._elites.add(self._search.elite())
        self._has_begun = self._begin()
        return self._has_begun

    def _begin(self) -> bool:
        """From what others have found when it is better than all elites, else between two of these once there are enough."""
        best, known = self._incumbent.best(), self._elites.makespans()
        if best is None:
            return False
        if not known or best[1] < self._weight * known[0]:
            return self._search.begin(best[0])
        pair = self._elites.pair(self._dice)
        if pair is None:
            return self._search.begin_at_random() or self._search.begin(best[0])
        self._search.begin_between(pair)
        return True
