"""The same problem in one form, however it is put: its rows in an order, and at a time, that do not depend on how they came.

    problem ──canonical──▶ Form.problem ──search──▶ schedule ──Form.restored──▶ schedule of the problem

Rows are sorted by what they are and what they have to do with one another (`solver.colours`); names do not count, and what nobody
can tell apart may change places. Only reports keep their order: of those that are the same, the one further down says what the
machine is set up for. As long as nothing has been reported, what is over at tick 0 is left out, and so is the time before
anything is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from solver.calendars import Windows, next_open, normalise, working_windows
from solver.colours import Relation, colours
from solver.problem import BaselineStart, Interval, Machine, Operation, Operator, Precedence, Problem, SkillLevel
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
    """`problem` means the same as `original`, `later_ticks` of which lie before its tick 0."""

    original: Problem
    problem: Problem
    later_ticks: int
    _crews: dict[str, list[int]]  # by operation: where each requirement of the form stands in the original

    def restored(self, schedule: Schedule) -> Schedule:
        """A schedule of the form, as one of the original."""
        rows = (schedule.by_operation[operation.id] for operation in self.original.operations)
        return Schedule(tuple(replace(moved(row, self.later_ticks), operators=self._restored_people(row)) for row in rows))

    def restored_bound(self, bound: int) -> int:
        """What no schedule of the original is below, when none of the form is below `bound`."""
        objective = self.original.objective
        counts = not objective.tiers or "makespan" in objective.tiers[0]
        return bound + (objective.makespan * self.later_ticks if counts else 0)

    def _restored_people(self, row: Assignment) -> tuple[tuple[str, ...], ...]:
        places = self._crews[row.operation]
        return tuple(row.operators[places.index(place)] for place in range(len(places))) if row.operators else ()


def canonical(problem: Problem) -> Form:
    """The problem, in which nothing is wrong (`solver.diagnose`), in its one form.

    The same but for names, for problems that differ in names, in the order of their rows, and in when all of it happens; unless
    there are things that cannot be told apart: of those `colours` takes one after another as they come. Where they are alike that
    makes no difference.
    """
    later_ticks = 0
    plain = replace(
        problem,
        machines=tuple(replace(machine, windows=normalise(machine.windows)) for machine in problem.machines),
        operators=tuple(replace(person, windows=normalise(person.windows)) for person in problem.operators),
    )
    if not any(operation.actual for operation in problem.operations):
        later_ticks = _closed_ticks(plain)
        plain = _from_now_on(moved(plain, -later_ticks))
    sorting = _Sorting(plain)
    crews = {operation.id: sorting.crew(operation) for operation in plain.operations}
    return Form(problem, sorting.applied(crews), later_ticks, crews)


def moved(row: Row, ticks: int) -> Row:
    """A problem, a schedule or a part of them, so many ticks later."""
    return _moved(row, ticks, "") if ticks else row


def _moved(value: Any, ticks: int, name: str) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _moved(getattr(value, each.name), ticks, each.name) for each in fields(value)})
    if isinstance(value, tuple):
        return tuple(_moved(item, ticks, name) for item in value)
    return value + ticks if name in INSTANTS and isinstance(value, int) else value


def _closed_ticks(problem: Problem) -> int:
    """How long nothing can begin since nothing is open; less where something is planned meanwhile."""
    openings = (next_open(working_windows(machine), 0) for machine in problem.machines)
    planned = [start.setup_start for start in problem.baseline]
    return max(0, min([*(tick for tick in openings if tick is not None), *planned, problem.horizon - 1]))


def _from_now_on(problem: Problem) -> Problem:
    """Without what is over at tick 0: nothing is planned before it, and nothing has been reported."""
    return replace(
        problem,
        machines=tuple(_coming_machine(machine) for machine in problem.machines),
        operators=tuple(_coming_person(person) for person in problem.operators),
        frozen_until=None if problem.frozen_until is None else max(0, problem.frozen_until),
    )


def _coming_machine(machine: Machine) -> Machine:
    downtime = tuple(replace(each, start=max(0, each.start)) for each in machine.downtime if each.end > 0)
    return replace(machine, windows=_coming(machine.windows), downtime=downtime)


def _coming_person(person: Operator) -> Operator:
    skills = (each for each in person.skills if each.valid_until is None or each.valid_until > 0)
    return replace(person, windows=_coming(person.windows), skills=tuple(_coming_skill(each) for each in skills))


def _coming_skill(held: SkillLevel) -> SkillLevel:
    return replace(held, valid_from=None if held.valid_from is None or held.valid_from <= 0 else held.valid_from)


def _coming(windows: Iterable[Interval]) -> Windows:
    return tuple((max(0, begin), end) for begin, end in windows if end > 0)


class _Sorting:
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

    def people(self, group: Sequence[str]) -> list[int]:
        """The places of those who are still there."""
        return sorted(self.place("person", person) for person in group if ("person", person) in self._numbers)

    def crew(self, operation: Operation) -> list[int]:
        """The places of its requirements, in order."""
        known = (self._problem.baseline_by_operation.get(operation.id), operation.actual)
        groups = [row.operators for row in known if row is not None and len(row.operators) == len(operation.crew)]

        def key(place: int) -> tuple[str, int, int, int, list[list[int]]]:
            need = operation.crew[place]
            people = [self.people(each[place]) for each in groups]
            return need.phase, need.level, need.count, self.place("skill", need.skill), people

        return sorted(range(len(operation.crew)), key=key)

    def applied(self, crews: dict[str, list[int]]) -> Problem:
        """The problem with every list in order."""
        problem, place = self._problem, self.place

        def ordered(kind: str, rows: Iterable[Row], name: Callable[[Row], str]) -> tuple[Row, ...]:
            return tuple(sorted(rows, key=lambda row: place(kind, name(row))))

        facts = [operation for operation in problem.operations if operation.actual]
        free = [operation for operation in problem.operations if not operation.actual]
        free_in_order = ordered("operation", free, lambda row: row.id)
        return replace(
            problem,
            cells=ordered("cell", problem.cells, lambda row: row.id),
            machines=ordered("machine", map(_in_time, problem.machines), lambda row: row.id),
            orders=ordered("order", problem.orders, lambda row: row.id),
            operations=tuple(self._operation(operation, crews[operation.id]) for operation in (*facts, *free_in_order)),
            precedences=tuple(sorted(problem.precedences, key=self._of_link)),
            operators=ordered("person", problem.operators, lambda row: row.id),
            setup_matrices=ordered("matrix", problem.setup_matrices, lambda row: row.id),
            pins=ordered("operation", problem.pins, lambda row: row.operation),
            baseline=tuple(
                self._planned(row, crews[row.operation])
                for row in ordered("operation", problem.baseline, lambda row: row.operation)
            ),
        )

    def _operation(self, operation: Operation, crew: list[int]) -> Operation:
        actual = operation.actual and replace(operation.actual, operators=_of_crew(operation.actual.operators, crew))
        modes = sorted(operation.modes, key=lambda mode: self.place("machine", mode.machine))
        return replace(operation, modes=tuple(modes), crew=tuple(operation.crew[place] for place in crew), actual=actual)

    def _planned(self, planned: BaselineStart, crew: list[int]) -> BaselineStart:
        groups = _of_crew(planned.operators, crew)
        return replace(planned, operators=tuple(tuple(sorted(group, key=self._of_person)) for group in groups))

    def _of_person(self, person: str) -> int:
        return self.place("person", person) if ("person", person) in self._numbers else -1

    def _of_link(self, link: Precedence) -> tuple[int, int, int, int]:
        most = -1 if link.max_lag is None else link.max_lag
        return self.place("operation", link.before), self.place("operation", link.after), link.min_lag, most


def _in_time(machine: Machine) -> Machine:
    return replace(machine, downtime=tuple(sorted(machine.downtime, key=lambda row: (row.start, row.end))))


def _of_crew(groups: tuple[tuple[str, ...], ...], crew: list[int]) -> tuple[tuple[str, ...], ...]:
    """As the crew stands now. What is published may be of another crew: then it says nothing, and stays as it is."""
    return tuple(groups[place] for place in crew) if len(groups) == len(crew) else groups
