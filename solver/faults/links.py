"""Faults of what ties operations together or down: precedences, pins, the baseline; and circles among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from solver.faults.fault import Fault, FaultCode
from solver.faults.rows import LARGEST, enormous
from solver.frozen import frozen_start
from solver.problem import BaselineStart, Operation, Pin, Precedence, Problem
from solver.wording import title


def link_faults(problem: Problem) -> Iterator[Fault]:
    yield from _sizes(problem)
    for link in problem.precedences:
        yield from _precedence(problem, link)
    yield from _pins(problem)
    yield from _baseline(problem)
    yield from _cycles(problem)


def _sizes(problem: Problem) -> Iterator[Fault]:
    """Numbers beyond everything."""
    tables: Sequence[tuple[str, Sequence[Precedence | Pin | BaselineStart]]] = (
        ("A precedence before", problem.precedences),
        ("A pin for", problem.pins),
        ("The published plan for", problem.baseline),
    )
    for subject, rows in tables:
        for row, name, number in enormous(rows):
            key = row.after if isinstance(row, Precedence) else row.operation
            message = f"{subject} operation “{key}”: {name} is {number}, which is beyond ±{LARGEST}."
            yield Fault("too_large", message, "operation", key)


def predecessors(problem: Problem) -> dict[str, list[str]]:
    """For each operation without an actual what must be over before it can run, by precedence or pin; unknown ids left out."""
    before: dict[str, list[str]] = {each.id: [] for each in problem.operations if each.actual is None}
    links = [(link.before, link.after) for link in problem.precedences]
    links += [(pin.after, pin.operation) for pin in problem.pins if pin.after is not None]
    for first, second in links:
        if second in before and first in problem.operation_by_id:
            before[second].append(first)
    return before


def _precedence(problem: Problem, link: Precedence) -> Iterator[Fault]:
    unknown = [key for key in (link.before, link.after) if key not in problem.operation_by_id]
    for key in unknown:
        message = f"A precedence from “{link.before}” to “{link.after}” names operation “{key}”, which does not exist."
        yield Fault("unknown_reference", message, "operation", link.after)
    if unknown:
        return
    if link.min_lag < 0:
        yield _bad_lag(problem, link, "a negative wait")
    if link.max_lag is not None and link.max_lag < link.min_lag:
        yield _bad_lag(problem, link, "a longest wait that is shorter than the shortest")


def _bad_lag(problem: Problem, link: Precedence, says: str) -> Fault:
    after, before = (title(problem, problem.operation_by_id[key]) for key in (link.after, link.before))
    return Fault("bad_lag", f"{after} follows {before} with {says}.", "operation", link.after)


def _pins(problem: Problem) -> Iterator[Fault]:
    pins: dict[str, list[Pin]] = {}
    for pin in problem.pins:
        pins.setdefault(pin.operation, []).append(pin)
    for pin in problem.pins:
        operation = problem.operation_by_id.get(pin.operation)
        if operation is None:
            message = f"A pin is for operation “{pin.operation}”, which does not exist."
            yield Fault("unknown_reference", message, "operation", pin.operation)
        elif operation.actual is None:
            for code, says in _pin(problem, pins, pin):
                yield Fault(code, f"{title(problem, operation)} is pinned {says}.", "operation", operation.id)
    for key, own in pins.items():
        operation = problem.operation_by_id.get(key)
        if operation is not None and operation.actual is None:
            yield from _contradictions(problem, operation, own)


def _pin(problem: Problem, pins: Mapping[str, Sequence[Pin]], pin: Pin) -> Iterator[tuple[FaultCode, str]]:
    operation = problem.operation_by_id[pin.operation]
    if pin.machine is not None and pin.machine not in problem.machine_by_id:
        yield "unknown_reference", f"to machine “{pin.machine}”, which does not exist"
    elif pin.machine is not None and operation.mode_on(pin.machine) is None:
        yield "bad_pin", f"to {problem.machine_by_id[pin.machine].name}, which cannot do it"
    if pin.start is not None and pin.start < 0:
        yield "bad_pin", "to start in the past"
    if pin.after is None:
        return
    other = problem.operation_by_id.get(pin.after)
    if other is None:
        yield "unknown_reference", f"behind operation “{pin.after}”, which does not exist"
    elif not _machines(pins, operation) & _machines(pins, other):
        yield "bad_pin", f"to follow {title(problem, other)} on the same machine, but there is none for both"


def _machines(pins: Mapping[str, Sequence[Pin]], operation: Operation) -> set[str]:
    """Where an operation can be, pins and history in mind."""
    if operation.actual is not None:
        return {operation.actual.machine}
    pinned = {pin.machine for pin in pins.get(operation.id, ()) if pin.machine is not None}
    return {mode.machine for mode in operation.modes if not pinned or mode.machine in pinned}


def _contradictions(problem: Problem, operation: Operation, own: Sequence[Pin]) -> Iterator[Fault]:
    """Several pins, or a pin and the frozen zone, that want different things of one operation."""
    machines = {pin.machine for pin in own if pin.machine is not None}
    starts = {pin.start for pin in own if pin.start is not None}
    if len(machines) > 1:
        yield Fault("bad_pin", f"{title(problem, operation)} is pinned to several machines.", "operation", operation.id)
    if len(starts) > 1:
        yield Fault("bad_pin", f"{title(problem, operation)} is pinned to several starts.", "operation", operation.id)
    if len({pin.after for pin in own if pin.after is not None}) > 1:
        yield Fault("bad_pin", f"{title(problem, operation)} is pinned behind several operations.", "operation", operation.id)
    planned = frozen_start(problem, operation)
    if planned is not None and (machines - {planned.machine} or starts - {planned.start}):
        message = f"{title(problem, operation)} is in the frozen zone, but pinned to something else than the plan says."
        yield Fault("bad_pin", message, "operation", operation.id)


def _baseline(problem: Problem) -> Iterator[Fault]:
    for key, count in Counter(planned.operation for planned in problem.baseline).items():
        if key not in problem.operation_by_id:
            message = f"The published plan has operation “{key}”, which does not exist."
            yield Fault("unknown_reference", message, "operation", key)
        elif count > 1:
            name = title(problem, problem.operation_by_id[key])
            yield Fault("bad_baseline", f"{name} is in the published plan {count} times.", "operation", key)
    for planned in problem.baseline:
        operation = problem.operation_by_id.get(planned.operation)
        if operation is not None:
            yield from _planned(problem, operation, planned)


def _planned(problem: Problem, operation: Operation, planned: BaselineStart) -> Iterator[Fault]:
    if planned.start < planned.setup_start:
        message = f"{title(problem, operation)} starts before its setup in the published plan."
        yield Fault("bad_baseline", message, "operation", operation.id)
    if frozen_start(problem, operation) is not None and operation.mode_on(planned.machine) is None:
        message = f"{title(problem, operation)} is in the frozen zone on a machine that cannot do it."
        yield Fault("bad_freeze", message, "operation", operation.id)


def _cycles(problem: Problem) -> Iterator[Fault]:
    """One fault for each circle; its subject is the operation without which the circle is broken."""
    waits = predecessors(problem)
    while not _are_in_order(problem, waits):
        try:
            TopologicalSorter(waits).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
        else:
            return
        names = " → ".join(title(problem, problem.operation_by_id[key]) for key in circle)
        yield Fault("cycle", f"These operations wait for one another in a circle: {names}.", "operation", circle[0])
        waits = {key: [each for each in before if each != circle[0]] for key, before in waits.items() if key != circle[0]}


def _are_in_order(problem: Problem, waits: Mapping[str, Sequence[str]]) -> bool:
    """Whether every operation waits only for those in front of it in the problem, as nearly always: then there is no circle."""
    places = {operation.id: place for place, operation in enumerate(problem.operations)}
    return all(places[other] < places[key] for key, before in waits.items() for other in before)
