"""What a machine can do, and how much at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solver.rules.grounds import Case, Placed, Violation
from solver.schedule import Schedule
from solver.wording import listed, moment, title


def eligibility(case: Case, schedule: Schedule) -> Iterator[Violation]:
    """machine: everything is on a machine that exists, and what is free on one that it has a mode for."""
    for operation in case.problem.operations:
        assignment = schedule.by_operation.get(operation.id)
        if assignment is None:
            continue
        machine = case.problem.machine_by_id.get(assignment.machine)
        if machine is not None and (operation.actual is not None or operation.mode_on(machine.id)):
            continue
        name = machine.name if machine else f"“{assignment.machine}”, which does not exist"
        message = f"{title(case.problem, operation)} cannot be done on {name}."
        yield Violation("machine", (operation.id,), message)


def capacity(case: Case) -> Iterator[Violation]:
    """capacity: never more on a machine at a time, setup and teardown included, than it has room for."""
    for there in case.by_machine.values():
        present: list[Placed] = []
        for each in there:
            begin = each.assignment.setup_start
            present = [other for other in present if other.assignment.end > begin]
            if each.assignment.end > begin:
                present.append(each)
                yield from _crowd(case, present, begin)


def _crowd(case: Case, present: Sequence[Placed], instant: int) -> Iterator[Violation]:
    machine = present[-1].machine
    if len(present) <= machine.capacity or not any(each.is_free for each in present):
        return
    room = "one at a time" if machine.capacity == 1 else f"at most {machine.capacity} at a time"
    names = listed([each.title for each in present])
    message = f"{names} are on {machine.name} together at {moment(case.problem, instant)}; it takes {room}."
    yield Violation("capacity", tuple(each.operation.id for each in present), message)
