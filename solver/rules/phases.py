"""Setup, run and teardown of one operation: long enough, in open time, with the pauses that are said."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from solver.problem import Interval
from solver.rules.grounds import Case, Placed, Violation, length, open_stretches, within
from solver.wording import duration, moment

Ticks = tuple[int, int, int]
"""Of setup, run and teardown."""


def phases(case: Case) -> Iterator[Violation]:
    """duration, open_time, pauses."""
    for each in case.free:
        if each.mode is None:
            continue
        instants = (each.assignment.setup_start, each.assignment.start, each.assignment.run_end, each.assignment.end)
        if any(later < earlier for earlier, later in pairwise(instants)):
            yield _broken("duration", each, "has a setup, run or teardown that ends before it begins")
        else:
            needs = (each.setup, each.mode.run, each.mode.teardown)
            yield from (_pausing if each.operation.may_pause else _unbroken)(case, each, needs)


def _unbroken(case: Case, each: Placed, needs: Ticks) -> Iterator[Violation]:
    """An operation that may not pause: each phase takes exactly its time, in one piece of open time."""
    at = each.assignment
    takes = (at.start - at.setup_start, at.run_end - at.start, at.end - at.run_end)
    yield from _durations(case, each, takes, needs)
    if at.pauses:
        yield _broken("pauses", each, "may not pause, but pauses are listed for it")
    downtime = [(down.start, down.end) for down in each.machine.downtime]
    span = (at.setup_start, at.end)
    if length(open_stretches([within(each.machine.windows, span)], downtime, span)) < at.end - at.setup_start:
        yield _broken("open_time", each, f"may not pause, but {each.machine.name} is closed or down for a part of it")


def _pausing(case: Case, each: Placed, needs: Ticks) -> Iterator[Violation]:
    """An operation that may pause: each phase takes its time while everything it needs is there."""
    at = each.assignment
    setup = _stretches(case, each, (at.setup_start, at.start), with_fitters=True)
    run = _stretches(case, each, (at.start, at.run_end))
    teardown = _stretches(case, each, (at.run_end, at.end))
    yield from _durations(case, each, (length(setup), length(run), length(teardown)), needs)
    yield from _edges(case, each, [setup, run, teardown])
    if at.pauses != _gaps(at.setup_start, at.end, setup + run + teardown):
        yield _broken("pauses", each, "lists other pauses than those in which its work stands still")


def _durations(case: Case, each: Placed, takes: Ticks, needs: Ticks) -> Iterator[Violation]:
    for phase, has, need in zip(("setup", "run", "teardown"), takes, needs, strict=True):
        if has != need:
            told = f"has {duration(case.problem, has)} for its {phase}, but needs {duration(case.problem, need)}"
            yield _broken("duration", each, told)


def _edges(case: Case, each: Placed, worked: list[list[Interval]]) -> Iterator[Violation]:
    """Each phase begins and ends with a tick of work, and the run follows the setup as soon as it can."""
    at = each.assignment
    setup, run, teardown = worked
    setup_end = setup[-1][1] if setup else at.setup_start
    checks = [(setup, at.setup_start, None), (run, at.start, at.run_end), (teardown, None, at.end)]
    for stretches, begin, end in checks:
        if begin is not None and stretches and stretches[0][0] != begin:
            yield _broken("open_time", each, f"begins a phase at {moment(case.problem, begin)}, when no work can be done on it")
        if end is not None and stretches and stretches[-1][1] != end:
            yield _broken("open_time", each, f"ends a phase at {moment(case.problem, end)}, some time after the work on it")
    if (not setup and at.setup_start != at.start) or (not teardown and at.run_end != at.end):
        yield _broken("duration", each, "occupies its machine before its run or after it without anything to do")
    if setup and length(_stretches(case, each, (setup_end, at.start))):
        yield _broken("duration", each, "waits between its setup and its run although it could go on")


def _stretches(case: Case, each: Placed, span: Interval, *, with_fitters: bool = False) -> list[Interval]:
    """When the machine and the people are there: everybody for "all", and those for "setup" when asked for."""
    if span[0] >= span[1]:
        return []
    people = [
        within(case.problem.operator_by_id[who].windows, span)
        for need, group in zip(each.operation.crew, each.assignment.operators, strict=False)
        if need.phase == "all" or with_fitters
        for who in group
        if who in case.problem.operator_by_id
    ]
    downtime = [(down.start, down.end) for down in each.machine.downtime]
    return open_stretches([within(each.machine.windows, span), *people], downtime, span)


def _gaps(begin: int, end: int, worked: list[Interval]) -> tuple[Interval, ...]:
    """What the stretches leave of [begin, end), in order."""
    gaps = []
    for first, last in worked:
        if begin < first:
            gaps.append((begin, first))
        begin = last
    if begin < end:
        gaps.append((begin, end))
    return tuple(gaps)


def _broken(rule: Literal["duration", "open_time", "pauses"], each: Placed, says: str) -> Violation:
    return Violation(rule, (each.operation.id,), f"{each.title} {says}.")
