"""A plant in which a plan has been worked on for a while: what was reported, published and pinned meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from solver.calendars import working, working_windows
from solver.history import fixed_assignment
from solver.problem import Actual, BaselineStart, Interval, Operation, Pin, Problem
from solver.schedule import Assignment, Schedule
from tests.solver.drawing import Draw, some


def lived_in(draw: Draw, problem: Problem, schedule: Schedule) -> tuple[Problem, Schedule]:
    """The same plant some time into the schedule, the plan as its baseline, with pins that agree with the plan; and the plan."""
    now = draw(st.sampled_from([0, 0, 1, 17, 40]))
    late = _shifted(problem, now)
    operations = tuple(
        _reported(draw, operation, _actual(late, operation, assignment, now))
        for operation, assignment in zip(late.operations, schedule.assignments, strict=True)
    )
    late = replace(late, operations=operations)
    coming = tuple(
        fixed_assignment(late, operation) or _sooner(assignment, now)
        for operation, assignment in zip(late.operations, schedule.assignments, strict=True)
    )
    if some(draw, of=2):
        with_people = draw(st.booleans())
        baseline = tuple(_published(draw, each, with_people=with_people) for each in coming)
        frozen = draw(st.sampled_from([None, 10, 30]))
        late = replace(late, baseline=baseline, frozen_until=frozen, churn_tolerance=draw(st.sampled_from([0, 5])))
    return replace(late, pins=_pins(draw, late, coming)), Schedule(coming)


def _published(draw: Draw, planned: Assignment, *, with_people: bool) -> BaselineStart:
    """With its people, of whom now and then somebody is no longer there, or without."""
    people = planned.operators if with_people else ()
    if some(draw, of=8):
        people = tuple(tuple(who.replace("p0", "gone") for who in group) for group in people)
    return BaselineStart(planned.operation, planned.machine, planned.setup_start, planned.start, people)


def _sooner(assignment: Assignment, ticks: int) -> Assignment:
    return replace(
        assignment,
        setup_start=assignment.setup_start - ticks,
        start=assignment.start - ticks,
        run_end=assignment.run_end - ticks,
        end=assignment.end - ticks,
        pauses=_earlier(assignment.pauses, ticks),
    )


def _shifted(problem: Problem, now: int) -> Problem:
    """The problem as seen `now` ticks later, its actuals left to be filled in."""
    return replace(
        problem,
        horizon=problem.horizon - now,
        machines=tuple(
            replace(
                machine,
                windows=_earlier(machine.windows, now),
                downtime=tuple(replace(down, start=down.start - now, end=down.end - now) for down in machine.downtime),
            )
            for machine in problem.machines
        ),
        operators=tuple(
            replace(
                person,
                windows=_earlier(person.windows, now),
                skills=tuple(
                    replace(held, valid_from=_before(held.valid_from, now), valid_until=_before(held.valid_until, now))
                    for held in person.skills
                ),
            )
            for person in problem.operators
        ),
        orders=tuple(
            replace(order, release=order.release - now, due=_before(order.due, now), deadline=_before(order.deadline, now))
            for order in problem.orders
        ),
        operations=tuple(replace(operation, release=operation.release - now) for operation in problem.operations),
    )


def _earlier(windows: Sequence[Interval], now: int) -> tuple[Interval, ...]:
    return tuple((begin - now, end - now) for begin, end in windows)


def _before(instant: int | None, now: int) -> int | None:
    return None if instant is None else instant - now


def _actual(problem: Problem, operation: Operation, planned: Assignment, now: int) -> Actual | None:
    """What the shop floor would have reported by `now` had it followed the plan; a teardown under way counts as over."""
    if planned.setup_start >= now:
        return None
    reported = Actual(planned.machine, planned.setup_start - now, planned.start - now, operators=planned.operators)
    if planned.run_end <= now:
        return replace(reported, end=min(0, planned.end - now))
    windows = working_windows(problem.machine_by_id[planned.machine])
    return replace(reported, remaining=working(windows, max(0, reported.start), planned.run_end - now))


def _reported(draw: Draw, operation: Operation, actual: Actual | None) -> Operation:
    """With its report, which now and then overlaps another one, or is of something that no setup matrix knows."""
    if actual is None or not some(draw, of=5):
        return replace(operation, actual=actual)
    early = replace(actual, setup_start=actual.setup_start - draw(st.integers(0, 20)))
    return replace(operation, actual=early, setup_family=draw(st.sampled_from([None, operation.setup_family])))


def _pins(draw: Draw, problem: Problem, coming: Sequence[Assignment]) -> tuple[Pin, ...]:
    free = [each for each in coming if problem.operation_by_id[each.operation].actual is None]
    pins = []
    for each in free:
        kind = draw(st.sampled_from(["none"] * 5 + ["machine", "start", "after", "all"]))
        before = [other.operation for other in coming if other.machine == each.machine and other.end <= each.setup_start]
        pin = Pin(
            each.operation,
            machine=each.machine if kind in {"machine", "all"} else None,
            start=each.start if kind in {"start", "all"} else None,
            after=draw(st.sampled_from(before)) if before and kind in {"after", "all"} else None,
        )
        if pin != Pin(each.operation):
            pins.append(pin)
    return tuple(pins)
