"""Faults of single rows: the problem itself, cells, machines, people, matrices, orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from itertools import chain, pairwise
from operator import attrgetter
from typing import Any, TypeVar

from solver.faults.fault import Fault, SubjectKind
from solver.faults.objective import objective_faults
from solver.problem import Interval, Machine, Operation, Operator, Order, Problem, SetupMatrix, WorkCell

Row = TypeVar("Row")

LARGEST = 2**40
"""No number of a problem is beyond ±this: two million years of minutes, and sums stay far from the ends of 64 bits."""

NUMBERLESS = ("str", "str | None", "bool")
"""Types of fields in which there is no number to be too large, as they are written."""


def row_faults(problem: Problem) -> Iterator[Fault]:
    yield from _general(problem)
    yield from _identities(problem)
    for cell in problem.cells:
        yield from _cell(cell)
    for matrix in problem.setup_matrices:
        yield from _matrix(matrix)
    cells = {cell.id for cell in problem.cells}
    for machine in problem.machines:
        yield from _machine(problem, machine, cells)
    for operator in problem.operators:
        yield from _operator(operator)
    pending = _pending(problem)
    for order in problem.orders:
        yield from _order(order, is_pending=order.id in pending)


def enormous(rows: Sequence[Row]) -> Iterator[tuple[Row, str, int]]:
    """Every whole number beyond ±LARGEST of these rows and of what they consist of, with its row and the name of its field."""
    if _are_moderate(rows):
        return
    for row in rows:
        found: list[tuple[str, int]] = []
        _look_into("", row, found)
        for name, number in found:
            yield row, name, number


def _are_moderate(values: Sequence[object]) -> bool:
    """Whether there is no such number: field by field of all rows at once, which takes a fifth of the time."""
    kinds = set(map(type, values))
    if len(kinds) == 1:
        return _is_moderate(kinds.pop(), values)
    return all(_is_moderate(kind, [value for value in values if type(value) is kind]) for kind in kinds)


def _is_moderate(kind: type, values: Sequence[Any]) -> bool:
    """The same of values of one kind."""
    if kind is int:
        return min(values) >= -LARGEST and bool(max(values) <= LARGEST)
    if kind is tuple:
        return _are_moderate(list(chain.from_iterable(values)))
    return all(_are_moderate(list(map(attrgetter(name), values))) for name in _names(kind))


def _look_into(name: str, value: Any, found: list[tuple[str, int]]) -> None:
    kind: Any = type(value)
    if kind is int:
        if abs(value) > LARGEST:
            found.append((name, value))
    elif kind is tuple:
        for item in value:
            _look_into(name, item, found)
    else:
        for inner in _names(kind):
            each = getattr(value, inner)
            if each is not None and each.__class__ is not str:
                _look_into(inner, each, found)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a kind of row that may hold numbers; none of anything else."""
    return tuple(each.name for each in fields(kind) if each.type not in NUMBERLESS) if is_dataclass(kind) else ()


def _general(problem: Problem) -> Iterator[Fault]:
    if not _is_instant(problem.epoch):
        message = f"The epoch “{problem.epoch}” is not a date and time with an offset, such as 2026-03-02T06:00:00+01:00."
        yield Fault("bad_epoch", message, "problem", "")
    if problem.horizon < 1:
        yield Fault("bad_number", "The horizon must lie in the future: it must be at least 1 tick.", "problem", "")
    if problem.tick_seconds < 1:
        yield Fault("bad_number", "A tick must last at least 1 second.", "problem", "")
    if problem.churn_tolerance < 0:
        yield Fault("bad_number", "The tolerance for churn must not be negative.", "problem", "")
    yield from objective_faults(problem.objective)
    own = (problem.horizon, problem.tick_seconds, problem.churn_tolerance, problem.frozen_until or 0)
    if any(abs(number) > LARGEST for number in (*own, *problem.objective.weights.values())):
        yield Fault("too_large", f"The problem has a number beyond ±{LARGEST}.", "problem", "")


def _is_instant(text: str) -> bool:
    """Whether it is an ISO 8601 date and time with an offset from UTC."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _identities(problem: Problem) -> Iterator[Fault]:
    """Ids that are there twice, and numbers beyond everything, in all tables."""
    tables: Sequence[tuple[SubjectKind, Sequence[_Row]]] = (
        ("cell", problem.cells),
        ("machine", problem.machines),
        ("operator", problem.operators),
        ("matrix", problem.setup_matrices),
        ("order", problem.orders),
        ("operation", problem.operations),
    )
    for kind, rows in tables:
        for key, count in Counter(row.id for row in rows).items():
            if count > 1:
                yield Fault("duplicate_id", f"There are {count} rows of kind {kind} with the id “{key}”.", kind, key)
        for row, name, number in enormous(rows):
            yield Fault("too_large", f"{row.name}: {name} is {number}, which is beyond ±{LARGEST}.", kind, row.id)


_Row = WorkCell | Machine | Operator | SetupMatrix | Order | Operation


def _cell(cell: WorkCell) -> Iterator[Fault]:
    if cell.wip_limit is not None and cell.wip_limit < 1:
        message = f"{cell.name} lets {cell.wip_limit} orders in at a time; its limit must be at least 1."
        yield Fault("bad_number", message, "cell", cell.id)


def _matrix(matrix: SetupMatrix) -> Iterator[Fault]:
    size = len(matrix.families)
    if len(set(matrix.families)) < size:
        yield Fault("bad_matrix", f"Setup matrix {matrix.name} names a family twice.", "matrix", matrix.id)
    if len(matrix.times) != size or any(len(row) != size for row in matrix.times):
        message = f"Setup matrix {matrix.name} needs {size} rows of {size} times, one for each pair of families."
        yield Fault("bad_matrix", message, "matrix", matrix.id)
    if any(ticks < 0 for row in matrix.times for ticks in row):
        yield Fault("bad_matrix", f"Setup matrix {matrix.name} has a negative time.", "matrix", matrix.id)


def _machine(problem: Problem, machine: Machine, cells: Set[str]) -> Iterator[Fault]:
    if machine.cell not in cells:
        message = f"{machine.name} stands in cell “{machine.cell}”, which does not exist."
        yield Fault("unknown_reference", message, "machine", machine.id)
    yield from window_faults(machine.name, machine.windows, lambda says: Fault("bad_windows", says, "machine", machine.id))
    if any(down.start >= down.end for down in machine.downtime):
        yield Fault("bad_downtime", f"{machine.name} has a downtime that ends before it begins.", "machine", machine.id)
    if machine.capacity < 1:
        yield Fault("bad_number", f"{machine.name} must take at least one operation at a time.", "machine", machine.id)
    if machine.setup_matrix is not None:
        yield from _setup(problem, machine, machine.setup_matrix)


def _setup(problem: Problem, machine: Machine, matrix: str) -> Iterator[Fault]:
    if machine.capacity > 1:
        message = f"{machine.name} takes {machine.capacity} operations at a time and so cannot have a setup matrix."
        yield Fault("capacity_with_matrix", message, "machine", machine.id)
    if matrix not in problem.matrix_by_id:
        message = f"{machine.name} has setup matrix “{matrix}”, which does not exist."
        yield Fault("unknown_reference", message, "machine", machine.id)
    elif machine.initial_family is not None and machine.initial_family not in problem.matrix_by_id[matrix].families:
        message = f"{machine.name} is set up for “{machine.initial_family}”, which its setup matrix does not have."
        yield Fault("unknown_family", message, "machine", machine.id)


def window_faults(name: str, windows: Sequence[Interval], fault: Callable[[str], Fault]) -> Iterator[Fault]:
    if any(begin >= end for begin, end in windows):
        yield fault(f"{name} has a window that ends before it begins.")
    if any(later[0] < earlier[1] for earlier, later in pairwise(windows)):
        yield fault(f"The windows of {name} overlap or are not in order.")


def _operator(operator: Operator) -> Iterator[Fault]:
    yield from window_faults(operator.name, operator.windows, lambda says: Fault("bad_windows", says, "operator", operator.id))
    for held in operator.skills:
        if held.level < 1:
            message = f"{operator.name} holds “{held.skill}” at level {held.level}; the lowest level is 1."
            yield Fault("bad_number", message, "operator", operator.id)


def _pending(problem: Problem) -> set[str]:
    """Orders that have something left to plan: no plan can miss the dates of any other."""
    return {operation.order for operation in problem.operations if operation.actual is None}


def _order(order: Order, *, is_pending: bool) -> Iterator[Fault]:
    if order.weight < 0:
        yield Fault("bad_number", f"Order {order.name} must not have a negative weight.", "order", order.id)
    if not is_pending:
        return
    if order.due is not None and order.due < order.release:
        yield Fault("due_before_release", f"Order {order.name} is due before its release.", "order", order.id)
    if order.deadline is not None and order.deadline < order.release:
        yield Fault("deadline_before_release", f"Order {order.name} has its deadline before its release.", "order", order.id)
