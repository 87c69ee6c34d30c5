"""Faults of single operations: their modes, crews and actuals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set

from solver.faults.fault import Fault, FaultCode
from solver.problem import Actual, Machine, Mode, Operation, Problem
from solver.wording import title


def operation_faults(problem: Problem) -> Iterator[Fault]:
    cells = {cell.id for cell in problem.cells}
    free = [operation for operation in problem.operations if operation.actual is None]
    are_sound = _are_sound(problem, free, cells)
    for operation in problem.operations:
        if are_sound and operation.actual is None:
            continue
        for code, says in _sentences(problem, operation, cells):
            yield Fault(code, f"{title(problem, operation)} {says}.", "operation", operation.id)


def _are_sound(problem: Problem, free: Sequence[Operation], cells: Set[str]) -> bool:
    """Whether there is nothing to say about any of these, which have no actual: by one condition after another, and by machines
    and families instead of modes, it takes a third of the time."""
    modes = [mode for operation in free for mode in operation.modes]
    kinds = {(mode.machine, operation.setup_family): operation for operation in free for mode in operation.modes}
    return (
        {operation.order for operation in free} <= problem.order_by_id.keys()
        and {operation.cell for operation in free} <= cells
        and {machine for machine, _ in kinds} <= problem.machine_by_id.keys()
        and all(0 < len(operation.modes) == len({mode.machine for mode in operation.modes}) for operation in free)
        and all(mode.run >= 1 and mode.setup >= 0 and mode.teardown >= 0 and mode.cost >= 0 for mode in modes)
        and all(need.count >= 1 and need.level >= 1 for operation in free for need in operation.crew)
        and not any([*_family(problem, each, problem.machine_by_id[machine])] for (machine, _), each in kinds.items())
    )


Sentence = tuple[FaultCode, str]
"""What is wrong, as the end of a sentence that begins with the operation."""


def _sentences(problem: Problem, operation: Operation, cells: set[str]) -> Iterator[Sentence]:
    if operation.order not in problem.order_by_id:
        yield "unknown_reference", f"belongs to order “{operation.order}”, which does not exist"
    if operation.cell not in cells:
        yield "unknown_reference", f"belongs to cell “{operation.cell}”, which does not exist"
    yield from _modes(problem, operation)
    for need in operation.crew:
        if need.count < 1 or need.level < 1:
            yield "bad_number", f"asks for {need.count} people with “{need.skill}” at level {need.level}; both must be at least 1"
    if operation.actual is not None:
        yield from _actual(problem, operation, operation.actual)


def _modes(problem: Problem, operation: Operation) -> Iterator[Sentence]:
    if not operation.modes and operation.actual is None:
        yield "no_mode", "has no machine that can do it"
    for machine, count in Counter(mode.machine for mode in operation.modes).items():
        if count > 1:
            yield "duplicate_mode", f"has {count} modes on machine “{_name(problem, machine)}”; one is allowed"
    for mode in operation.modes:
        yield from _mode(problem, operation, mode)


def _mode(problem: Problem, operation: Operation, mode: Mode) -> Iterator[Sentence]:
    name = _name(problem, mode.machine)
    if mode.run < 1:
        yield "bad_number", f"takes no time on {name}; a run takes at least 1 tick"
    if min(mode.setup, mode.teardown, mode.cost) < 0:
        yield "bad_number", f"has a negative setup, teardown or cost on {name}"
    machine = problem.machine_by_id.get(mode.machine)
    if machine is None:
        yield "unknown_reference", f"can be done on machine “{mode.machine}”, which does not exist"
    elif operation.actual is None:
        yield from _family(problem, operation, machine)


def _family(problem: Problem, operation: Operation, machine: Machine) -> Iterator[Sentence]:
    matrix = problem.matrix_by_id.get(machine.setup_matrix) if machine.setup_matrix is not None else None
    if matrix is None:
        return
    if operation.setup_family is None:
        yield "missing_family", f"needs a setup family, because {machine.name} has changeovers"
    elif operation.setup_family not in matrix.families:
        yield "unknown_family", f"is of setup family “{operation.setup_family}”, which {machine.name} has no changeovers for"


def _actual(problem: Problem, operation: Operation, actual: Actual) -> Iterator[Sentence]:
    if actual.machine not in problem.machine_by_id:
        yield "unknown_reference", f"was reported on machine “{actual.machine}”, which does not exist"
    if actual.start < actual.setup_start:
        yield "bad_actual", "was reported to have started before its setup"
    if actual.end is not None and actual.end < actual.start:
        yield "bad_actual", "was reported to have ended before it started"
    if actual.setup_start > 0 or (actual.end is not None and actual.end > 0):
        yield "bad_actual", "was reported to have started or ended in the future"
    if actual.remaining < 0:
        yield "bad_actual", "cannot have less than nothing left to run"
    if actual.operators and len(actual.operators) != len(operation.crew):
        yield "bad_actual", "was reported with another number of crews than it asks for"
    for who in sorted({who for group in actual.operators for who in group} - set(problem.operator_by_id)):
        yield "unknown_reference", f"was reported with operator “{who}”, who does not exist"


def _name(problem: Problem, machine: str) -> str:
    return problem.machine_by_id[machine].name if machine in problem.machine_by_id else machine
