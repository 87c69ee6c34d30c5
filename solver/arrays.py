"""A Problem laid flat for the decoder: numbers instead of ids, rules looked up once instead of at every step.

Operations, machines and people are numbered by their position in the problem; families from 1, 0 stands for none. `NEVER` is an
instant behind every horizon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from solver.calendars import Windows, shift_windows, working_windows
from solver.frozen import earliest_setup, frozen_start
from solver.history import history
from solver.problem import BaselineStart, Crew, Mode, Operation, Pin, Problem
from solver.schedule import Assignment
from solver.skills import ALWAYS, qualified_windows

NEVER = 2**60
NOTHING: frozenset[Any] = frozenset()


@dataclass(slots=True)
class ModeRow:
    """One way to do an operation. `changeovers[family before]` in ticks; None on a machine without a matrix."""

    machine: int
    run: int
    setup: int
    teardown: int
    cost: int
    changeovers: tuple[int, ...] | None


@dataclass(slots=True)
class NeedRow:
    """One crew requirement. `position`: where it stands in `Operation.crew`; `people`: (person, windows in which the skill is
    held or None for always), the least skilled that suffices first."""

    position: int
    count: int
    for_setup_only: bool
    people: tuple[tuple[int, Windows | None], ...]


class LinkRow(NamedTuple):
    """One end of a precedence: the operation at the other end."""

    operation: int
    min_lag: int
    max_lag: int


@dataclass(slots=True)
class OperationRow:
    """`deadline`: latest run_end. `follows`: the operation that a pin demands before it on its machine, −1 for none.

    `needs` are sorted by how little choice they leave; operations with the same crew have the same tuple. `before` and `after`
    leave out what binds nobody: precedences whose later operation has an actual.
    """

    number: int
    order: int
    cell: int
    release: int
    deadline: int
    setup_from: int
    family: int
    may_pause: bool
    modes: tuple[ModeRow, ...]
    needs: tuple[NeedRow, ...]
    crew_size: int
    fixed: Assignment | None
    pinned_start: int | None
    follows: int = -1
    before: tuple[LinkRow, ...] = ()
    after: tuple[LinkRow, ...] = ()
    followers: tuple[int, ...] = ()


@dataclass(slots=True)
class MachineRow:
    """`windows` without downtime; `family`: what it is set up for now."""

    windows: Windows
    capacity: int
    has_matrix: bool
    family: int


class Arrays:
    """Everything that the decoder asks of a problem. `contradiction`: pins or the frozen zone leave an operation no machine, or
    two different starts. By operation: `successors`, those that it binds by precedences and pins; `shortest`, the run that takes
    least, 0 where there is none."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.horizon = problem.horizon
        self.contradiction = False
        self._numbers = {operation.id: number for number, operation in enumerate(problem.operations)}
        self._families: dict[str, int] = {}
        self._changeovers: dict[tuple[str, str | None], tuple[int, ...]] = {}
        self._places: dict[tuple[str, str | None], tuple[int, tuple[int, ...] | None]] = {}
        for matrix in problem.setup_matrices:
            for family in matrix.families:
                self._families.setdefault(family, len(self._families) + 1)
        self._machine_numbers = {machine.id: number for number, machine in enumerate(problem.machines)}
        self.machines = tuple(
            MachineRow(
                working_windows(machine),
                machine.capacity,
                machine.setup_matrix is not None,
                0 if machine.initial_family is None else self._families.get(machine.initial_family, 0),
            )
            for machine in problem.machines
        )
        self._people_numbers = {operator.id: number for number, operator in enumerate(problem.operators)}
        self.shifts = tuple(shift_windows(operator) for operator in problem.operators)
        self._people: dict[Crew, tuple[tuple[int, Windows | None], ...]] = {}
        self._crews: dict[tuple[Crew, ...], tuple[NeedRow, ...]] = {}
        self._cells = {cell.id: number for number, cell in enumerate(problem.cells)}
        self._orders = {order.id: number for number, order in enumerate(problem.orders)}
        fixed = history(problem)
        pins = _pins_by_operation(problem.pins)
        self.operations = tuple(
            self._operation(number, operation, fixed.get(operation.id), pins.get(operation.id))
            for number, operation in enumerate(problem.operations)
        )
        self._link()
        self._bind(pins)
        self.successors = [[link.operation for link in row.after] + [*row.followers] for row in self.operations]
        self.shortest = [min([mode.run for mode in row.modes], default=0) for row in self.operations]

    def number(self, operation: str) -> int:
        """The number of an operation id. Raises KeyError for one that the problem does not have."""
        return self._numbers[operation]

    def machine_number(self, machine: str) -> int:
        """The number of a machine id. Raises KeyError for one that the problem does not have."""
        return self._machine_numbers[machine]

    def planned(self, operation: str) -> tuple[int, BaselineStart] | None:
        """The number of the machine on which the baseline has it, −1 for one that is no more, and all that it says."""
        planned = self.problem.baseline_by_operation.get(operation)
        return None if planned is None else (self._machine_numbers.get(planned.machine, -1), planned)

    def people_planned(self, operation: Operation) -> list[int] | None:
        """By place in its crew who is to do it in the baseline, −1 for somebody who is no more; None when it does not say."""
        planned = self.problem.baseline_by_operation.get(operation.id)
        if planned is None or len(planned.operators) != len(operation.crew):
            return None
        return self.people_by_place(operation, planned.operators)

    def people_by_place(self, operation: Operation, groups: Sequence[Sequence[str]]) -> list[int]:
        """The numbers of these people, a group for each entry of the crew, −1 for nobody and for somebody who is no more."""
        people = list[int]()
        for need, group in zip(operation.crew, groups, strict=True):
            people += [self._people_numbers.get(person, -1) for person in group[: need.count]]
            people += [-1] * (need.count - len(group))
        return people

    def person_number(self, operator: str) -> int:
        """The number of an operator id. Raises KeyError for one that the problem does not have."""
        return self._people_numbers[operator]

    def _operation(self, number: int, operation: Operation, fixed: Assignment | None, pin: Pin | None) -> OperationRow:
        order_number = self._orders[operation.order]
        order = self.problem.orders[order_number]
        frozen = frozen_start(self.problem, operation)
        machines, starts = _demanded(pin, frozen) if pin or frozen else (NOTHING, NOTHING)
        if fixed is None and (len(machines) > 1 or len(starts) > 1):
            self.contradiction = True
        modes = [mode for mode in operation.modes if machines <= {mode.machine}] if machines else operation.modes
        return OperationRow(
            number=number,
            order=order_number,
            cell=self._cells[operation.cell],
            release=max(order.release, operation.release),
            deadline=self.horizon if order.deadline is None else min(order.deadline, self.horizon),
            setup_from=earliest_setup(self.problem, operation),
            family=0 if operation.setup_family is None else self._families.get(operation.setup_family, 0),
            may_pause=operation.may_pause,
            modes=tuple([self._mode(mode, operation.setup_family) for mode in modes]),
            needs=self._needs(operation.crew) if operation.crew else (),
            crew_size=len(operation.crew),
            fixed=fixed,
            pinned_start=min(starts, default=None) if fixed is None else None,
        )

    def _mode(self, mode: Mode, family: str | None) -> ModeRow:
        key = mode.machine, family
        if key not in self._places:
            number = self._machine_numbers[mode.machine]
            matrix = self.problem.machines[number].setup_matrix
            self._places[key] = number, None if matrix is None else self._changeovers_to(matrix, family)
        machine, changeovers = self._places[key]
        return ModeRow(machine, mode.run, mode.setup, mode.teardown, mode.cost, changeovers)

    def _changeovers_to(self, matrix_id: str, family: str | None) -> tuple[int, ...]:
        key = (matrix_id, family)
        if key not in self._changeovers:
            matrix = self.problem.matrix_by_id[matrix_id]
            self._changeovers[key] = tuple(matrix.changeover(before, family) for before in (None, *self._families))
        return self._changeovers[key]

    def _needs(self, crew: tuple[Crew, ...]) -> tuple[NeedRow, ...]:
        known = self._crews.get(crew)
        if known is None:
            rows = [NeedRow(position, need.count, need.phase == "setup", self._able(need)) for position, need in enumerate(crew)]
            known = self._crews[crew] = tuple(sorted(rows, key=lambda row: len(row.people) - row.count))
        return known

    def _able(self, need: Crew) -> tuple[tuple[int, Windows | None], ...]:
        if need not in self._people:
            able = []
            for operator in self.problem.holders_by_skill.get(need.skill, ()):
                held = qualified_windows(operator, need)
                if held:
                    breadth = sum([skill.level for skill in operator.skills])
                    able.append((breadth, self._people_numbers[operator.id], None if held == (ALWAYS,) else held))
            self._people[need] = tuple((number, held) for _, number, held in sorted(able, key=lambda each: each[:2]))
        return self._people[need]

    def _link(self) -> None:
        before, after = defaultdict[int, list[LinkRow]](list), defaultdict[int, list[LinkRow]](list)
        for link in self.problem.precedences:
            first, second = self._numbers[link.before], self._numbers[link.after]
            if self.operations[second].fixed is None:
                max_lag = NEVER if link.max_lag is None else link.max_lag
                before[second].append(LinkRow(first, link.min_lag, max_lag))
                after[first].append(LinkRow(second, link.min_lag, max_lag))
        for number, links in before.items():
            self.operations[number].before = tuple(links)
        for number, links in after.items():
            self.operations[number].after = tuple(links)

    def _bind(self, pins: dict[str, Pin]) -> None:
        """To follow one another, and to the machines on which they can."""
        for pin in pins.values():
            if pin.after is not None and self.operations[self._numbers[pin.operation]].fixed is None:
                self._follow(self._numbers[pin.operation], self._numbers[pin.after])
        for _ in pins:  # a chain of followers is at most as long as there are pins
            self._share_machines()
        if any(row.fixed is None and not row.modes for row in self.operations):
            self.contradiction = True

    def _follow(self, follower: int, leader: int) -> None:
        self.operations[follower].follows = leader
        self.operations[leader].followers += (follower,)

    def _share_machines(self) -> None:
        """An operation that must follow another on its machine can only be where the other can be, and the reverse."""
        for row in self.operations:
            if row.follows < 0:
                continue
            leader = self.operations[row.follows]
            row.modes = tuple(mode for mode in row.modes if mode.machine in self._possible(leader))
            if leader.fixed is None:
                leader.modes = tuple(mode for mode in leader.modes if mode.machine in self._possible(row))

    def _possible(self, row: OperationRow) -> set[int]:
        if row.fixed is not None:
            return {self._machine_numbers[row.fixed.machine]}
        return {mode.machine for mode in row.modes}


def _demanded(pin: Pin | None, frozen: BaselineStart | None) -> tuple[Set[str], Set[int]]:
    """The machines and the starts that a pin and the frozen zone want."""
    demands = [demand for demand in (pin, frozen) if demand is not None]
    machines = {demand.machine for demand in demands if demand.machine is not None}
    return machines, {demand.start for demand in demands if demand.start is not None}


def _pins_by_operation(pins: Iterable[Pin]) -> dict[str, Pin]:
    """All that pins demand of each operation, as one pin."""
    merged: dict[str, Pin] = {}
    for pin in pins:
        known = merged.get(pin.operation, Pin(pin.operation))
        merged[pin.operation] = Pin(
            pin.operation,
            known.machine if pin.machine is None else pin.machine,
            known.start if pin.start is None else pin.start,
            known.after if pin.after is None else pin.after,
        )
    return merged
