"""A schedule as columns, by the number of the operation: what all rules look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from solver.problem import Problem
from solver.rules.glance.columns import LATEST, Column, Mask, OutOfSight, column, mask, numbered
from solver.rules.glance.modes import Modes
from solver.rules.glance.setups import Changeovers
from solver.rules.grounds import Case, place
from solver.schedule import Assignment, Schedule

INSTANTS = ("setup_start", "start", "run_end", "end")


@dataclass(frozen=True, slots=True)
class Laid:
    """Every operation once, in the problem's order, all that are free on a machine that they have a mode for.

    `mode`: its row in `Modes`; `setup`: the ticks that its setup must take, `changeover` included.
    """

    problem: Problem
    assignments: Sequence[Assignment]
    machine: Column
    setup_start: Column
    start: Column
    run_end: Column
    end: Column
    mode: Column
    changeover: Column
    setup: Column

    def case(self, are_in_doubt: Mask) -> Case:
        """Only these operations, for the rules themselves."""
        rows = np.flatnonzero(are_in_doubt)
        placed = (
            place(self.problem, self.problem.operations[row], self.assignments[row], ticks)
            for row, ticks in zip(rows.tolist(), self.changeover[rows].tolist(), strict=True)
        )
        return Case(self.problem, tuple(placed))


class Ground:
    """What schedules of one problem are laid on. Raises OutOfSight for a problem whose numbers are too large."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._ids = [operation.id for operation in problem.operations]
        self.machines = numbered(problem.machines)
        self.is_free = mask(operation.actual is None for operation in problem.operations)
        self.modes = Modes(problem, self.machines)
        self._changeovers = Changeovers(problem)

    def lay(self, schedule: Schedule) -> Laid:
        """Raises OutOfSight when the schedule is not what `Laid` says, or its numbers are too large."""
        assignments = schedule.assignments
        if [each.operation for each in assignments] != self._ids:
            raise OutOfSight
        machine = column(self.machines.get(each.machine, -1) for each in assignments)
        setup_start, start, run_end, end = (column(map(attrgetter(name), assignments), LATEST) for name in INSTANTS)
        mode = self.modes.on(machine)
        if (machine < 0).any() or (mode[self.is_free] == self.modes.none).any():
            raise OutOfSight
        changeover = self._changeovers.before(machine, start, end)
        instants = setup_start, start, run_end, end
        return Laid(self._problem, assignments, machine, *instants, mode, changeover, self.modes.setup[mode] + changeover)
