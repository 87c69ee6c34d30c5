"""What has been decided already: by history, by pins, by the published plan."""

from __future__ import annotations

from collections.abc import Iterator

from solver.history import fixed_assignment
from solver.problem import Pin
from solver.rules.grounds import Case, Placed, Violation
from solver.wording import moment


def facts(case: Case) -> Iterator[Violation]:
    """history: done and started operations are where they are."""
    for each in case.placed:
        if not each.is_free and each.assignment != fixed_assignment(case.problem, each.operation):
            message = f"{each.title} has happened or is under way, and is not where it was reported."
            yield Violation("history", (each.operation.id,), message)


def pins(case: Case) -> Iterator[Violation]:
    """pin: machine, start and sequence as a person fixed them."""
    for pin in case.problem.pins:
        each = case.by_operation.get(pin.operation)
        if each is not None and each.is_free:
            for says in _unpinned(case, pin, each):
                yield Violation("pin", (each.operation.id,), f"{each.title} {says}.")


def _unpinned(case: Case, pin: Pin, each: Placed) -> Iterator[str]:
    if pin.machine is not None and pin.machine != each.machine.id:
        yield f"is pinned to {case.problem.machine_by_id[pin.machine].name}, but is on {each.machine.name}"
    if pin.start is not None and pin.start != each.assignment.start:
        yield f"is pinned to {moment(case.problem, pin.start)}, but starts at {moment(case.problem, each.assignment.start)}"
    other = case.by_operation.get(pin.after) if pin.after is not None else None
    if other is None:
        return
    if other.machine.id != each.machine.id or other.assignment.end > each.assignment.setup_start:
        yield f"is pinned to follow {other.title} on the same machine, but does not"


def frozen_zone(case: Case) -> Iterator[Violation]:
    """frozen: what the published plan starts in the frozen zone stays, and nothing else comes into it."""
    frozen_until = case.problem.frozen_until
    if frozen_until is None:
        return
    for each in case.free:
        planned = case.problem.baseline_by_operation.get(each.operation.id)
        if planned is None or planned.setup_start >= frozen_until:
            if each.assignment.setup_start < frozen_until:
                yield _thawed(each, "is not planned in the frozen zone, but starts in it")
        elif planned.setup_start >= 0 and (planned.machine, planned.start) != (each.machine.id, each.assignment.start):
            yield _thawed(each, "is in the frozen zone, but does not stay where the published plan has it")


def _thawed(each: Placed, says: str) -> Violation:
    return Violation("frozen", (each.operation.id,), f"{each.title} {says}.")
