"""Who is in which work cell when: the visits that WIP limits count."""

from __future__ import annotations

from typing import NamedTuple

from solver.problem import Problem


class Visit(NamedTuple):
    """One stay of one order in one cell: from the `start` of the first of its operations to the `run_end` of the last."""

    order: str
    cell: str
    operations: tuple[str, ...]


def visits(problem: Problem) -> tuple[Visit, ...]:
    """Every operation in exactly one visit: those of one order in one cell that direct precedences among them connect."""
    leader = {operation.id: operation.id for operation in problem.operations}
    places = {operation.id: (operation.order, operation.cell) for operation in problem.operations}
    for link in problem.precedences:
        if places[link.before] == places[link.after]:
            leader[_lead(leader, link.after)] = _lead(leader, link.before)
    members: dict[str, list[str]] = {}
    for operation in problem.operations:
        members.setdefault(_lead(leader, operation.id), []).append(operation.id)
    return tuple(_visit(problem, operations) for operations in members.values())


def _lead(leader: dict[str, str], operation: str) -> str:
    """The operation that stands for all that are connected with this one (union-find, paths halved on the way)."""
    while leader[operation] != operation:
        leader[operation] = leader[leader[operation]]
        operation = leader[operation]
    return operation


def _visit(problem: Problem, operations: list[str]) -> Visit:
    first = problem.operation_by_id[operations[0]]
    return Visit(first.order, first.cell, tuple(operations))
