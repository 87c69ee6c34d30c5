"""All that one operation of a tiny problem may do, tick by tick, in sets of ticks. Shares only types with the solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

from solver.problem import Crew, Interval, Machine, Mode, Operation, Operator, Problem
from solver.schedule import Assignment

People = tuple[tuple[str, ...], ...]
Phases = Sequence[tuple[int, set[int]]]
"""Ticks of setup, run and teardown, each with those in which it can be worked on."""


class Spot(NamedTuple):
    """One way to do one operation, and what the objective sees of it."""

    at: Assignment
    run_end: int
    setup: int
    cost: int
    has_moved: bool


def all_assignments(problem: Problem, operation: Operation) -> Iterator[Assignment]:
    """By any crew at any time with any changeover: all that takes its time on its machine, whatever rule it may break."""
    if operation.actual is not None:
        fact = fact_spot(problem, operation)
        yield from [] if fact is None else [fact.at]
        return
    for mode in operation.modes:
        for setup in possible_setups(problem, operation, mode):
            yield from assignments_on(problem, operation, mode, setup)


def possible_setups(problem: Problem, operation: Operation, mode: Mode) -> set[int]:
    """The ticks of setup after anything."""
    families = [family for matrix in problem.setup_matrices for family in matrix.families]
    machine = problem.machine_by_id[mode.machine]
    return {mode.setup + changeover(problem, machine, before, operation) for before in (None, *families)}


def changeover(problem: Problem, machine: Machine, before: str | None, operation: Operation) -> int:
    for matrix in problem.setup_matrices:
        if matrix.id == machine.setup_matrix and before in matrix.families and operation.setup_family in matrix.families:
            return matrix.times[matrix.families.index(before)][matrix.families.index(operation.setup_family)]
    return 0


def _ticks(windows: Sequence[Interval]) -> set[int]:
    return {tick for begin, end in windows for tick in range(begin, end)}


def _open(machine: Machine) -> set[int]:
    return _ticks(machine.windows) - _ticks([(down.start, down.end) for down in machine.downtime])


def fact_spot(problem: Problem, operation: Operation) -> Spot | None:
    actual = operation.actual
    assert actual is not None
    mode = operation.mode_on(actual.machine)
    ends, pauses = [actual.end, actual.end], list[int]()
    if actual.end is None:
        ends, opened = [], _open(problem.machine_by_id[actual.machine])
        now = max(0, actual.start)
        for amount in (actual.remaining, mode.teardown if mode else 0):
            for _ in range(amount):
                while now not in opened:
                    pauses.append(now)
                    now += 1
                    if now > problem.horizon:
                        return None
                now += 1
            ends.append(now)
    run_end, end = ends
    assert run_end is not None
    assert end is not None
    instants = (actual.setup_start, actual.start, run_end, end)
    at = Assignment(operation.id, actual.machine, *instants, actual.operators, tuple(_joined(pauses)))
    return Spot(at, run_end, 0, mode.cost if mode else 0, has_moved(problem, at))


def _joined(ticks: Sequence[int]) -> Iterator[Interval]:
    for tick in ticks:
        if tick - 1 not in ticks:
            end = tick
            while end in ticks:
                end += 1
            yield tick, end


def has_moved(problem: Problem, at: Assignment) -> bool:
    return any(
        planned.operation == at.operation
        and (planned.machine != at.machine or not -problem.churn_tolerance <= planned.start - at.start <= problem.churn_tolerance)
        for planned in problem.baseline
    )


def assignments_on(problem: Problem, operation: Operation, mode: Mode, setup: int) -> Iterator[Assignment]:
    """On one machine with so many ticks of setup, by any crew, begun at any tick."""
    for crew in _crews(problem, operation, setup):
        run_open = _open(problem.machine_by_id[mode.machine]) & _there(problem, operation, crew, "all")
        setup_open = run_open & _there(problem, operation, crew, "setup")
        phases = ((setup, setup_open), (mode.run, run_open), (mode.teardown, run_open))
        for tick in range(problem.horizon):
            lived = _lived(tick, phases, may_pause=operation.may_pause)
            if lived is not None:
                instants, pauses = lived
                yield Assignment(operation.id, mode.machine, *instants, crew, tuple(_joined(pauses)))


def _crews(problem: Problem, operation: Operation, setup: int) -> Iterator[People]:
    everybody = [person.id for person in problem.operators]
    places = [
        [()] if need.phase == "setup" and not setup else list(combinations(everybody, need.count)) for need in operation.crew
    ]
    for crew in product(*places):
        people = [who for group in crew for who in group]
        if len(set(people)) == len(people):
            yield crew


def _there(problem: Problem, operation: Operation, crew: People, phase: str) -> set[int]:
    ticks = set(range(problem.horizon))
    for need, group in zip(operation.crew, crew, strict=True):
        for who in group:
            if need.phase == phase:
                ticks &= _ticks(problem.operator_by_id[who].windows)
    return ticks


def _lived(begin: int, phases: Phases, *, may_pause: bool) -> tuple[tuple[int, int, int, int], list[int]] | None:
    """The four instants and the idle ticks of what begins at a tick and goes on whenever it can: so many ticks in the open ones
    of each phase. None when it cannot begin then, may not stand still but would have to, or never ends."""
    now, begins, ends, worked = begin, list[int](), list[int](), list[int]()
    for amount, opened in phases:
        first = now
        for number in range(amount):
            while now not in opened:
                if not worked or not may_pause or now > max(opened, default=0):
                    return None
                now += 1
            first = now if number == 0 else first
            worked.append(now)
            now += 1
        begins.append(first)
        ends.append(now)
    return (begin, begins[1], ends[1], ends[2]), sorted(set(range(begin, now)) - set(worked))


def is_allowed(problem: Problem, operation: Operation, at: Assignment) -> bool:
    """Dates, pins, the frozen zone and skills."""
    order = problem.order_by_id[operation.order]
    pins = [pin for pin in problem.pins if pin.operation == operation.id]
    return (
        at.end <= problem.horizon
        and at.start >= max(order.release, operation.release)
        and (order.deadline is None or at.run_end <= order.deadline)
        and all(pin.machine in {None, at.machine} and pin.start in {None, at.start} for pin in pins)
        and _is_frozen_right(problem, at)
        and all(_is_able(problem.operator_by_id[who], need, span) for need, who, span in engagements(operation, at))
    )


def _is_frozen_right(problem: Problem, at: Assignment) -> bool:
    if problem.frozen_until is None:
        return True
    for planned in problem.baseline:
        if planned.operation == at.operation and planned.setup_start < problem.frozen_until:
            return planned.setup_start < 0 or (planned.machine, planned.start) == (at.machine, at.start)
    return at.setup_start >= problem.frozen_until


def engagements(operation: Operation, at: Assignment) -> Iterator[tuple[Crew, str, Interval]]:
    for need, group in zip(operation.crew, at.operators, strict=False):
        for who in group:
            yield need, who, (at.setup_start, at.start if need.phase == "setup" else at.end)


def _is_able(person: Operator, need: Crew, span: Interval) -> bool:
    able = [held for held in person.skills if held.skill == need.skill and held.level >= need.level]
    return all(
        any(
            (held.valid_from is None or held.valid_from <= tick) and (held.valid_until is None or tick < held.valid_until)
            for held in able
        )
        for tick in range(*span)
    )
