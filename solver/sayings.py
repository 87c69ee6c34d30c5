"""All that a problem says, piece by piece: what is said, and the things that it is said of. Names are not said."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import chain, product

from solver.problem import BaselineStart, Machine, Operation, Operator, Order, Pin, Precedence, Problem, SetupMatrix, WorkCell

Key = tuple[str, str]
"""Of a thing: its kind and its id."""

Saying = tuple[Hashable, list[Key]]


def sayings(problem: Problem) -> Iterable[Saying]:
    """Of a problem in which nothing is wrong (`solver.diagnose`)."""
    facts = [operation for operation in problem.operations if operation.actual]
    known = {person.id for person in problem.operators}
    return chain(
        chain.from_iterable(map(_of_cell, problem.cells)),
        chain.from_iterable(map(_of_machine, problem.machines)),
        chain.from_iterable(map(_of_person, problem.operators)),
        chain.from_iterable(map(_of_matrix, problem.setup_matrices)),
        chain.from_iterable(map(_of_order, problem.orders)),
        chain.from_iterable(map(_of_operation, problem.operations)),
        chain.from_iterable(_of_fact(operation, place, known) for place, operation in enumerate(facts)),
        chain.from_iterable(map(_of_precedence, problem.precedences)),
        chain.from_iterable(map(_of_pin, problem.pins)),
        chain.from_iterable(_of_planned(row, problem.operation_by_id[row.operation], known) for row in problem.baseline),
    )


def _of_cell(cell: WorkCell) -> Iterator[Saying]:
    yield ("cell", cell.wip_limit), [("cell", cell.id)]


def _of_machine(machine: Machine) -> Iterator[Saying]:
    downtime = tuple(sorted((row.start, row.end) for row in machine.downtime))
    yield ("machine", machine.capacity, machine.windows, downtime), [("machine", machine.id), ("cell", machine.cell)]
    if machine.setup_matrix is not None:
        yield ("set up by",), [("machine", machine.id), ("matrix", machine.setup_matrix)]
    if machine.initial_family is not None:
        yield ("set up for",), [("machine", machine.id), ("family", machine.initial_family)]


def _of_person(person: Operator) -> Iterator[Saying]:
    yield ("person", person.windows), [("person", person.id)]
    for held in person.skills:
        yield ("skill", held.level, held.valid_from, held.valid_until), [("person", person.id), ("skill", held.skill)]


def _of_matrix(matrix: SetupMatrix) -> Iterator[Saying]:
    yield ("matrix",), [("matrix", matrix.id)]
    numbered = list(enumerate(matrix.families))
    for (row, before), (column, after) in product(numbered, numbered):
        families = [("family", before)] if row == column else [("family", before), ("family", after)]
        yield ("changeover", matrix.times[row][column]), [("matrix", matrix.id), *families]


def _of_order(order: Order) -> Iterator[Saying]:
    yield ("order", order.release, order.due, order.deadline, order.weight), [("order", order.id)]


def _of_operation(operation: Operation) -> Iterator[Saying]:
    itself = ("operation", operation.id)
    yield ("operation", operation.release, operation.may_pause), [itself, ("order", operation.order), ("cell", operation.cell)]
    if operation.setup_family is not None:
        yield ("family",), [itself, ("family", operation.setup_family)]
    for mode in operation.modes:
        yield ("mode", mode.run, mode.setup, mode.teardown, mode.cost), [itself, ("machine", mode.machine)]
    for need in operation.crew:
        yield ("crew", need.phase, need.level, need.count), [itself, ("skill", need.skill)]


def _of_fact(operation: Operation, place: int, known: set[str]) -> Iterator[Saying]:
    """Its place among all reports tells it from the others, and with it when it was."""
    if operation.actual is not None:
        yield ("actual", place), [("operation", operation.id), ("machine", operation.actual.machine)]
        yield from _of_people("actual crew", operation, operation.actual.operators, known)


def _of_precedence(link: Precedence) -> Iterator[Saying]:
    yield ("precedence", link.min_lag, link.max_lag), [("operation", link.before), ("operation", link.after)]


def _of_pin(pin: Pin) -> Iterator[Saying]:
    itself = ("operation", pin.operation)
    yield ("pin", pin.start), [itself]
    if pin.machine is not None:
        yield ("pin to",), [itself, ("machine", pin.machine)]
    if pin.after is not None:
        yield ("pin after",), [itself, ("operation", pin.after)]


def _of_planned(planned: BaselineStart, operation: Operation, known: set[str]) -> Iterator[Saying]:
    itself = ("operation", planned.operation)
    yield ("planned", planned.setup_start, planned.start), [itself, ("machine", planned.machine)]
    yield from _of_people("planned crew", operation, planned.operators, known)


def _of_people(what: str, operation: Operation, groups: Sequence[Sequence[str]], known: set[str]) -> Iterator[Saying]:
    """Who is recorded for each requirement; nobody where that is of another crew."""
    if len(groups) != len(operation.crew):
        return
    for need, people in zip(operation.crew, groups, strict=True):
        for person in people:
            if person in known:
                keys = [("operation", operation.id), ("skill", need.skill), ("person", person)]
                yield (what, need.phase, need.level, need.count), keys
