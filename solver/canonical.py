"""The same problem in one form, however it is put: its rows in an order, and at a time, that do not depend on how they came.

    problem ──canonical──▶ Form.problem ──search──▶ schedule ──Form.restored──▶ schedule of the problem

Rows are put in order by what they are and what they have to do with one another (`solver.colours`); names do not count, and what
nobody can tell apart may change places. Only reports keep their order: of those that are the same, the one further down says what
the machine is set up for. As long as nothing has been reported, the time before anything is open is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from solver.colours import Relation, colours
from solver.problem import Interval, Machine, Operation, Problem
from solver.sayings import Key, sayings
from solver.schedule import Assignment, Schedule

Row = TypeVar("Row")
INSTANTS = {
    *("horizon", "frozen_until", "windows", "release", "due", "deadline", "valid_from", "valid_until"),
    *("setup_start", "start", "run_end", "end", "pauses"),
}
"""The fields that hold ticks of the time axis; all others that are numbers hold lengths, costs or counts."""


@dataclass(frozen=True)
class Form:
    """`problem` means the same as `original`, whose tick `later` is its tick 0."""

    original: Problem
    problem: Problem
    later: int
    _crews: dict[str, list[int]]  # by operation: where each requirement of the form stands in the original

    def taken(self, schedule: Schedule) -> Schedule:
        """A schedule of the original, as one of the form."""
        rows = (schedule.by_operation[operation.id] for operation in self.problem.operations)
        return Schedule(tuple(replace(moved(row, -self.later), operators=self._taken_people(row)) for row in rows))

    def restored(self, schedule: Schedule) -> Schedule:
        """A schedule of the form, as one of the original."""
        rows = (schedule.by_operation[operation.id] for operation in self.original.operations)
        return Schedule(tuple(replace(moved(row, self.later), operators=self._restored_people(row)) for row in rows))

    def restored_bound(self, bound: int) -> int:
        """What no schedule of the original is below, when none of the form is below `bound`."""
        objective = self.original.objective
        counts = not objective.tiers or "makespan" in objective.tiers[0]
        return bound + (objective.makespan * self.later if counts else 0)

    def _taken_people(self, row: Assignment) -> tuple[tuple[str, ...], ...]:
        return tuple(row.operators[place] for place in self._crews[row.operation]) if row.operators else ()

    def _restored_people(self, row: Assignment) -> tuple[tuple[str, ...], ...]:
        if not row.operators:
            return ()
        places = self._crews[row.operation]
        return tuple(row.operators[places.index(place)] for place in range(len(places)))


def canonical(problem: Problem) -> Form:
    """The problem, in which nothing is wrong (`solver.diagnose`), in its one form.

    Equal for problems that differ in names, in the order of their rows, and in when all of it happens, but for things that cannot
    be told apart: of those `colours` takes one after another as they come. Where they are alike that makes no difference.
    """
    later = _closed_ticks(problem)
    problem_then = _with_open_windows(moved(problem, -later)) if later else problem
    order = _Order(problem_then)
    crews = {operation.id: order.crew(operation) for operation in problem_then.operations}
    return Form(problem, order.applied(crews), later, crews)


def moved(row: Row, ticks: int) -> Row:
    """A problem, a schedule or a part of them, so many ticks later."""
    return _changed(row, ticks, "") if ticks else row


def _changed(value: Any, ticks: int, name: str) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _changed(getattr(value, each.name), ticks, each.name) for each in fields(value)})
    if isinstance(value, tuple):
        return tuple(_changed(item, ticks, name) for item in value)
    return value + ticks if name in INSTANTS and isinstance(value, int) else value


def _closed_ticks(problem: Problem) -> int:
    """How long nothing can begin since nothing is open; 0 where something has been reported or was planned meanwhile."""
    if any(operation.actual for operation in problem.operations):
        return 0
    openings = [begin for machine in problem.machines for begin, end in machine.windows if end > 0]
    planned = [start.setup_start for start in problem.baseline]
    return max(0, min([*openings, *planned, problem.horizon - 1]))


def _with_open_windows(problem: Problem) -> Problem:
    """Without what is over: nothing is planned before tick 0, and nothing has been."""
    machines = tuple(replace(machine, windows=_from_now_on(machine.windows)) for machine in problem.machines)
    frozen_until = None if problem.frozen_until is None else max(0, problem.frozen_until)
    return replace(problem, machines=machines, frozen_until=frozen_until)


def _from_now_on(windows: Sequence[Interval]) -> tuple[Interval, ...]:
    return tuple((max(0, begin), end) for begin, end in windows if end > 0)


class _Order:
    """Where every row of a problem stands in its form."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._numbers: dict[Key, int] = {}
        told = [(label, tuple(map(self._number, keys))) for label, keys in sayings(problem)]
        ranks = {label: rank for rank, label in enumerate(sorted({label for label, _ in told}, key=repr))}
        self._colours = colours(len(self._numbers), [Relation(ranks[label], things) for label, things in told])

    def _number(self, key: Key) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def place(self, kind: str, name: str) -> int:
        return self._colours[self._numbers[kind, name]]

    def people(self, crew: Sequence[str]) -> list[int]:
        return sorted(self.place("person", person) for person in crew if ("person", person) in self._numbers)

    def crew(self, operation: Operation) -> list[int]:
        """The places of its requirements, in order."""
        planned = self._problem.baseline_by_operation.get(operation.id)
        recorded = [row.operators for row in (planned, operation.actual) if row is not None and row.operators]

        def key(place: int) -> tuple[str, int, int, int, list[list[int]]]:
            need = operation.crew[place]
            people = [self.people(operators[place]) for operators in recorded]
            return need.phase, need.level, need.count, self.place("skill", need.skill), people

        return sorted(range(len(operation.crew)), key=key)

    def applied(self, crews: dict[str, list[int]]) -> Problem:
        """The problem with every list in order."""
        problem, place = self._problem, self.place

        def ordered(kind: str, rows: Sequence[Row], name: Callable[[Row], str]) -> tuple[Row, ...]:
            return tuple(sorted(rows, key=lambda row: place(kind, name(row))))

        facts = [operation for operation in problem.operations if operation.actual]
        free = [operation for operation in problem.operations if not operation.actual]
        return replace(
            problem,
            cells=ordered("cell", problem.cells, lambda row: row.id),
            machines=ordered("machine", [_in_time(machine) for machine in problem.machines], lambda row: row.id),
            orders=ordered("order", problem.orders, lambda row: row.id),
            operations=tuple(
                self._operation(operation, crews[operation.id])
                for operation in [*facts, *ordered("operation", free, lambda row: row.id)]
            ),
            precedences=tuple(
                sorted(problem.precedences, key=lambda row: (place("operation", row.before), place("operation", row.after)))
            ),
            operators=ordered("person", problem.operators, lambda row: row.id),
            setup_matrices=ordered("matrix", problem.setup_matrices, lambda row: row.id),
            pins=ordered("operation", problem.pins, lambda row: row.operation),
            baseline=tuple(
                replace(row, operators=_picked(row.operators, crews[row.operation]))
                for row in ordered("operation", problem.baseline, lambda row: row.operation)
            ),
        )

    def _operation(self, operation: Operation, crew: list[int]) -> Operation:
        actual = operation.actual and replace(operation.actual, operators=_picked(operation.actual.operators, crew))
        modes = sorted(operation.modes, key=lambda mode: self.place("machine", mode.machine))
        return replace(operation, modes=tuple(modes), crew=_picked(operation.crew, crew), actual=actual)


def _picked(rows: tuple[Row, ...], places: list[int]) -> tuple[Row, ...]:
    return tuple(rows[place] for place in places) if rows else ()


def _in_time(machine: Machine) -> Machine:
    return replace(machine, downtime=tuple(sorted(machine.downtime, key=lambda row: (row.start, row.end))))
