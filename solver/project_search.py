"""Search on one thread for projects, in which people and machines are no more than resources of which there is so much.

A population of activity lists is bred until it is worn out, then another one, twice as large: small ones are soon good, large
ones better in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import numpy as np

from solver.arrays import Arrays
from solver.bare import is_bare
from solver.decode import topological
from solver.incumbent import Incumbent
from solver.kernel import tables as t
from solver.kernel.loading import kernel
from solver.kernel.packing import pack
from solver.kernel.states import new_population
from solver.pools import pools, staffed
from solver.problem import Operation, Problem
from solver.schedule import Assignment, Schedule

SLICE_SECONDS = 0.03
FIRST_SIZE = 64
MOST_NUMBERS = 2**22
"""In the lists of one population."""


def is_project(problem: Problem) -> bool:
    """Whether this search knows everything that binds."""
    if not is_bare(problem) or any(machine.setup_matrix is not None for machine in problem.machines):
        return False
    pooled = pools(problem)
    return all(_takes_only_its_run(operation) and pooled.keys() >= set(operation.crew) for operation in problem.operations)


def _takes_only_its_run(operation: Operation) -> bool:
    return len(operation.modes) == 1 and operation.modes[0].setup == operation.modes[0].teardown == 0


class Breeding:
    """One search of a project. The same seed and the same lists give the same schedules, whatever they are sliced into."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self._pools = pools(problem)
        self._numbers = {operation.id: number for number, operation in enumerate(problem.operations)}
        arrays = Arrays(problem)
        self.project = pack(arrays, self._pools, topological(arrays))
        self.population = new_population(self.project, FIRST_SIZE, seed)
        self._starts = np.zeros(len(problem.operations), dtype=np.int64)
        self._slice = 8
        self.best_makespan = t.NEVER

    def join(self, schedule: Schedule) -> None:
        """Take over the order in which things start."""
        starts = [assignment.start for assignment in sorted(schedule.assignments, key=lambda each: self._numbers[each.operation])]
        self.population.list[:] = np.argsort(starts, kind="stable")
        kernel.join(self.project, self.population)
        self._keep_best()

    def run(self, lists: int, bound: int) -> int:
        """Make so many lists, or until the makespan is down to the bound; how many were made."""
        left = lists
        while left > 0 and self.best_makespan > bound:
            left -= int(kernel.breed(self.project, self.population, left, bound))
            self._keep_best()
            if left > 0 and self.best_makespan > bound:
                self._begin_anew()
        return lists - left

    def run_slice(self, bound: int) -> None:
        """Some lists, without the interpreter's lock."""
        began = monotonic()
        self.run(self._slice, bound)
        took = max(1e-6, monotonic() - began)
        self._slice = max(1, min(2 * self._slice, int(self._slice * SLICE_SECONDS / took)))

    def _begin_anew(self) -> None:
        most = max(FIRST_SIZE, MOST_NUMBERS // self.project.activities)
        size = min(2 * self.population.size, most)
        self.population = new_population(self.project, size, int(self.population.memo[t.CAST]))

    def _keep_best(self) -> None:
        least = int(self.population.memo[t.LEAST_LENGTH])
        if least < self.best_makespan:
            self.best_makespan = least
            self._starts[:] = self.population.best_start

    def best(self) -> Schedule:
        """The best schedule so far, with people for it."""
        assignments = map(_assignment, self.problem.operations, self._starts.tolist())
        return Schedule(tuple(staffed(self.problem, self._pools, assignments)))


def _assignment(operation: Operation, start: int) -> Assignment:
    mode = operation.modes[0]
    end = start + mode.run
    return Assignment(operation.id, mode.machine, start, start, end, end, operators=tuple(() for _ in operation.crew))


class ProjectSearch:
    """One thread's breeding, into which comes what others find."""

    def __init__(self, incumbent: Incumbent, seed: int) -> None:
        self._incumbent = incumbent
        self._weight = incumbent.problem.objective.makespan
        self._search = Breeding(incumbent.problem, seed)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Search until `is_over`, or until the makespan is down to the bound."""
        while not is_over() and not self._incumbent.is_optimal:
            if not self._can_go_on():
                return
            self._search.run_slice(self._bound)
            self.tell()

    def advance(self, most: int) -> int:
        """At most so many lists, however long they take; how many were made, 0 when there is nothing more to do."""
        return self._search.run(most, self._bound) if self._can_go_on() else 0

    def tell(self) -> None:
        """The best schedule, if it is better than what all know."""
        best = self._incumbent.best()
        if best is not None and self._weight * self._search.best_makespan < best[1]:
            self._incumbent.offer(self._search.best(), "project search")

    @property
    def _bound(self) -> int:
        """Of the makespan."""
        return (self._incumbent.bound or 0) // self._weight

    def _can_go_on(self) -> bool:
        """With what others have found, if that is better; False while there is nothing to begin with."""
        best = self._incumbent.best()
        if best is not None and best[1] < self._weight * self._search.best_makespan:
            self._search.join(best[0])
        return best is not None
