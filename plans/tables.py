"""A schedule as tables for people who read rather than look: by machine, by operator, by order, in local time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from plans.clock import Clock
from plans.frames import engagements
from plans.labels import Labels
from plans.words import lateness, moment, span, stretch
from solver.calendars import pauses, working_windows
from solver.problem import Interval, Operation, Problem
from solver.schedule import Assignment, Schedule, setup_ticks

View = Literal["machines", "operators", "orders"]
Status = Literal["done", "started", "planned"]


@dataclass(frozen=True, slots=True)
class Row:
    """One operation. `operation` is its number on the wire; times are aware, in the plant's zone.

    `lateness` and `late` are those of the whole order. `pauses` are said in words, and `setup_from` is where the setup begins if
    one of them comes between it and the start: “Mon 3 Mar, 21:45”.
    """

    operation: int
    number: int
    name: str
    order: str
    product: str
    customer: str
    machine: str
    crew: tuple[str, ...]
    status: Status
    setup_start: datetime
    start: datetime
    run_end: datetime
    end: datetime
    setup: str
    setup_from: str
    pauses: tuple[str, ...]
    due: datetime | None
    late: bool
    lateness: str


@dataclass(frozen=True, slots=True)
class Table:
    """What one machine, operator or order does, in order of time. `id` is the problem's."""

    id: str
    name: str
    rows: tuple[Row, ...]


def rows(problem: Problem, labels: Labels, schedule: Schedule, view: View = "machines") -> list[Table]:
    """A table for every machine, operator or order of the problem that has something to do, in the problem's order."""
    writer = _Writer(problem, labels, schedule)
    subjects: Mapping[View, tuple[Iterable[tuple[str, str]], Callable[[Operation, Assignment], Iterable[str]]]] = {
        "machines": (((each.id, each.name) for each in problem.machines), lambda _, placed: (placed.machine,)),
        "operators": (
            ((each.id, each.name) for each in problem.operators),
            lambda operation, placed: dict.fromkeys(person for person, _ in engagements(operation, placed)),
        ),
        "orders": (((each.id, each.name) for each in problem.orders), lambda operation, _: (operation.order,)),
    }
    named, subjects_of = subjects[view]
    gathered: dict[str, list[Row]] = defaultdict(list)
    placed = [(schedule.by_operation[operation.id], number) for number, operation in enumerate(problem.operations)]
    for assignment, number in sorted(placed, key=lambda each: (each[0].setup_start, each[1])):
        operation = problem.operations[number]
        row = writer.row(number, operation, assignment)
        for subject in subjects_of(operation, assignment):
            gathered[subject].append(row)
    return [Table(subject, name, tuple(gathered[subject])) for subject, name in named if subject in gathered]


class _Writer:
    """Says one operation at a time; what all rows need is looked up once."""

    def __init__(self, problem: Problem, labels: Labels, schedule: Schedule) -> None:
        self._problem = problem
        self._labels = labels
        self._clock = Clock.of(problem)
        self._zone = ZoneInfo(labels["time_zone"])
        self._completions: dict[str, int] = {}
        for operation in problem.operations:
            finish = schedule.by_operation[operation.id].run_end
            self._completions[operation.order] = max(finish, self._completions.get(operation.order, finish))

    def row(self, number: int, operation: Operation, assignment: Assignment) -> Row:
        order = self._problem.order_by_id[operation.order]
        label = self._labels["orders"].get(order.id)
        behind = None if order.due is None else self._completions[order.id] - order.due
        stands_still = self._pauses(operation, assignment)
        setup = setup_ticks(assignment)
        return Row(
            operation=number,
            number=self._labels["numbers"].get(operation.id, 0),
            name=operation.name,
            order=order.name,
            product=label["product"] if label else "",
            customer=label["customer"] if label else "",
            machine=self._problem.machine_by_id[assignment.machine].name,
            crew=self._crew(operation, assignment),
            status=_status(operation),
            setup_start=self._local(assignment.setup_start),
            start=self._local(assignment.start),
            run_end=self._local(assignment.run_end),
            end=self._local(assignment.end),
            setup=span(setup * self._clock.tick) if setup else "",
            setup_from=moment(self._local(assignment.setup_start)) if setup < assignment.start - assignment.setup_start else "",
            pauses=tuple(stretch(self._local(begin), self._local(end)) for begin, end in stands_still),
            due=None if order.due is None else self._local(order.due),
            late=behind is not None and behind > 0,
            lateness="" if behind is None else lateness(behind * self._clock.tick),
        )

    def _local(self, tick: int) -> datetime:
        return self._clock.at(tick).astimezone(self._zone)

    def _crew(self, operation: Operation, assignment: Assignment) -> tuple[str, ...]:
        people = dict.fromkeys(person for person, _ in engagements(operation, assignment))
        return tuple(self._problem.operator_by_id[person].name for person in people)

    def _pauses(self, operation: Operation, assignment: Assignment) -> Sequence[Interval]:
        """When work stands still. Of what has begun an assignment says only what is to come; here, as in the Gantt
        (static/js/gantt/plan.js), its machine's closed time before now counts too.
        """
        if operation.actual is None:
            return assignment.pauses
        begin, end = max(assignment.setup_start, self._labels["begin"]), min(assignment.end, self._problem.horizon)
        return pauses(working_windows(self._problem.machine_by_id[assignment.machine]), begin, end)


def _status(operation: Operation) -> Status:
    if operation.actual is None:
        return "planned"
    return "started" if operation.actual.end is None else "done"
