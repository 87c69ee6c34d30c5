"""The part of a problem in which every row can be taken at its word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from solver.faults.fault import Fault
from solver.problem import Operation, Problem


def sound_part(problem: Problem, faults: Iterable[Fault]) -> Problem | None:
    """The problem without the rows that have faults and without the operations that need one of them.

    Whatever cannot be planned in it cannot be planned in the whole. None when the problem as such is at fault.
    """
    bad: dict[str, set[str]] = {}
    for fault in faults:
        bad.setdefault(fault.subject_kind, set()).add(fault.subject_id)
    if "problem" in bad:
        return None
    matrices = {row.id for row in problem.setup_matrices} - bad.get("matrix", set())
    machines = {
        row.id
        for row in problem.machines
        if row.id not in bad.get("machine", ()) and (row.setup_matrix is None or row.setup_matrix in matrices)
    }
    orders = {row.id for row in problem.orders} - bad.get("order", set())
    kept = [
        operation
        for operation in problem.operations
        if operation.id not in bad.get("operation", ())
        and operation.order in orders
        and {mode.machine for mode in operation.modes} <= machines
        and (operation.actual is None or operation.actual.machine in machines)
        and not (_needs_people(operation) and "operator" in bad)
    ]
    return _restricted(problem, kept, machines, orders)


def _needs_people(operation: Operation) -> bool:
    return bool(operation.crew) or bool(operation.actual and operation.actual.operators)


def _restricted(problem: Problem, operations: list[Operation], machines: set[str], orders: set[str]) -> Problem:
    keys = {operation.id for operation in operations}
    return replace(
        problem,
        machines=tuple(row for row in problem.machines if row.id in machines),
        orders=tuple(row for row in problem.orders if row.id in orders),
        operations=tuple(operations),
        precedences=tuple(link for link in problem.precedences if {link.before, link.after} <= keys),
        pins=tuple(pin for pin in problem.pins if pin.operation in keys and (pin.after is None or pin.after in keys)),
        baseline=tuple(planned for planned in problem.baseline if planned.operation in keys),
    )
