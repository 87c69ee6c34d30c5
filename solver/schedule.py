"""An answer: one assignment for every operation, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from math import inf
from typing import Any

from solver.problem import TERMS, Interval, Objective, Operation, Problem
from solver.records import FormatError, FormatFault, read_record, write_record

SCHEMA = "taktline.schedule/1"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where and when one operation happens, in ticks; the phases are drawn in `solver.problem`.

    `operators` runs parallel to `Operation.crew`: the people who fill each requirement. A requirement for the setup of an
    operation whose setup takes no time is filled by nobody. `pauses`: every stretch within [setup_start, end) in which work
    stands still, sorted, as long as possible each.
    """

    operation: str
    machine: str
    setup_start: int
    start: int
    run_end: int
    end: int
    operators: tuple[tuple[str, ...], ...] = ()
    pauses: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Measures:
    """The terms of the objective, unweighted, in ticks unless said otherwise.

    weighted_tardiness  sum over orders with a due date of weight × max(0, completion − due)
    late_orders         number of orders completed after their due date
    makespan            latest run_end of all operations (0 when all is in the past)
    setup               working ticks spent on setups and changeovers of operations without an actual
    mode_cost           sum of the costs of the chosen modes
    flow_time           sum over orders of completion − release
    churn               number of operations in the baseline whose machine differs from it or whose start is off by more than
                        the tolerance

    An order's completion is the latest `run_end` of its operations; an order without operations counts nowhere.
    Operations with an actual count like all others, except in `setup`.
    """

    weighted_tardiness: int
    late_orders: int
    makespan: int
    setup: int
    mode_cost: int
    flow_time: int
    churn: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Schedule:
    """One assignment for each operation of the problem, done and started ones included, in the problem's order."""

    assignments: tuple[Assignment, ...]

    @cached_property
    def by_operation(self) -> Mapping[str, Assignment]:
        return {assignment.operation: assignment for assignment in self.assignments}

    def to_json(self) -> dict[str, Any]:
        """The schedule as docs/problem-format.md describes it."""
        return write_record(SCHEMA, self)

    @staticmethod
    def from_json(data: object) -> Schedule:
        """The inverse of `to_json`; raises ScheduleFormatError with every fault. What it is worth is for `verify` to judge."""
        faults: list[FormatFault] = []
        schedule = read_record(SCHEMA, Schedule, data, faults)
        if schedule is None or faults:
            raise ScheduleFormatError(faults)
        return schedule


class ScheduleFormatError(FormatError):
    """JSON that is not a schedule."""


def measure(problem: Problem, schedule: Schedule) -> Measures:
    """What a complete schedule is worth, term by term."""
    assigned = [(operation, schedule.by_operation[operation.id]) for operation in problem.operations]
    completions = _completions(assigned)
    tardiness = [
        (order.weight, max(0, completions[order.id] - order.due))
        for order in problem.orders
        if order.due is not None and order.id in completions
    ]
    return Measures(
        weighted_tardiness=sum(weight * ticks for weight, ticks in tardiness),
        late_orders=sum(ticks > 0 for _, ticks in tardiness),
        makespan=max([0, *completions.values()]),
        setup=sum(setup_ticks(assignment) for operation, assignment in assigned if operation.actual is None),
        mode_cost=sum(mode.cost for operation, assignment in assigned if (mode := operation.mode_on(assignment.machine))),
        flow_time=sum(completions[order.id] - order.release for order in problem.orders if order.id in completions),
        churn=sum(has_moved(problem, assignment) for assignment in schedule.assignments) if problem.baseline else 0,
    )


def rank(objective: Objective, measures: Measures) -> tuple[int, ...]:
    """What a schedule is worth, tier by tier: a smaller rank is better, and the first number that differs decides.

    Without tiers there is one number.
    """
    weights, values = objective.weights, measures.as_dict()
    return tuple(sum(weights[term] * values[term] for term in tier) for tier in objective.tiers or (TERMS,))


def objective_value(objective: Objective, measures: Measures) -> int:
    """The number that is minimised first: the first of the rank."""
    return rank(objective, measures)[0]


def setup_ticks(assignment: Assignment) -> int:
    """Working ticks of the setup: from `setup_start` to `start` without the pauses between them."""
    if not assignment.pauses:
        return assignment.start - assignment.setup_start  # as it is nearly always
    paused = sum(max(0, min(end, assignment.start) - begin) for begin, end in assignment.pauses)
    return assignment.start - assignment.setup_start - paused


def _completions(assigned: Iterable[tuple[Operation, Assignment]]) -> dict[str, int]:
    """The latest `run_end` of each order that has operations, by order id."""
    completions: dict[str, int] = {}
    for operation, assignment in assigned:
        if assignment.run_end > completions.get(operation.order, -inf):
            completions[operation.order] = assignment.run_end
    return completions


def has_moved(problem: Problem, assignment: Assignment) -> bool:
    """Whether it is in the baseline, but elsewhere or at another time."""
    planned = problem.baseline_by_operation.get(assignment.operation)
    if planned is None:
        return False
    return planned.machine != assignment.machine or abs(planned.start - assignment.start) > problem.churn_tolerance
