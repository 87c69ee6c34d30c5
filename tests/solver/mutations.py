"""Schedules that are not quite the given one.

`spoiled()` changes one thing so that the schedule is certainly illegal: each of an operation's four instants follows from any
other one, so that no single one may differ; nobody may be missing, come twice or be somebody else's extra.
`moved()` changes something that may well be legal elsewhere; what it is worth is for `tests.solver.reference` to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from solver.problem import Operation, Problem
from solver.schedule import Assignment, Schedule
from tests.solver.drawing import Draw

INSTANTS = ("setup_start", "start", "run_end", "end")


@st.composite
def spoiled(draw: Draw, problem: Problem, schedule: Schedule) -> Schedule:
    """One thing wrong, in a schedule of at least one operation."""
    index = draw(st.integers(0, len(schedule.assignments) - 1))
    rows = list(schedule.assignments)
    ways = [lambda: rows[:index] + rows[index + 1 :], lambda: [*rows, rows[index]], lambda: _shuffled(rows)]
    each, operation = rows[index], problem.operations[index]
    ways += [lambda new=new: [*rows[:index], new, *rows[index + 1 :]] for new in _wrong(problem, operation, each)]  # type: ignore[misc] # a default binds the loop variable
    return Schedule(tuple(draw(st.sampled_from(ways))()))


def _shuffled(rows: list[Assignment]) -> list[Assignment]:
    assume(len(rows) > 1)
    return rows[1:] + rows[:1]


def _wrong(problem: Problem, operation: Operation, each: Assignment) -> Iterable[Assignment]:
    for instant in INSTANTS:
        for ticks in (-7, -1, 1, 7):
            yield with_instant(each, instant, getattr(each, instant) + ticks)
    able = {mode.machine for mode in operation.modes} if operation.actual is None else {each.machine}
    for machine in ("nowhere", *(row.id for row in problem.machines)):
        if machine not in able:
            yield replace(each, machine=machine)
    yield replace(each, operators=(*each.operators, ("p0",)))
    yield replace(each, pauses=(*each.pauses, (each.end, each.end + 1)))
    yield replace(each, operation="nothing")
    for place, people in enumerate(each.operators):
        others = each.operators[:place], each.operators[place + 1 :]
        yield replace(each, operators=(*others[0], (*people, "nobody"), *others[1]))
        if people:
            yield replace(each, operators=(*others[0], people[1:], *others[1]))


def with_instant(each: Assignment, instant: str, value: int) -> Assignment:
    changes: dict[str, Any] = {instant: value}
    return replace(each, **changes)


@st.composite
def moved(draw: Draw, problem: Problem, schedule: Schedule) -> Schedule:
    """Operations shifted, exchanged, or done by others: up to three such changes."""
    rows = list(schedule.assignments)
    for _ in range(draw(st.integers(1, 3))):
        index, other = (draw(st.integers(0, len(rows) - 1)) for _ in range(2))
        way = draw(st.sampled_from(["shift", "shift", "exchange", "machine", "crew"]))
        each = rows[index]
        if way == "shift":
            rows[index] = shifted(each, draw(st.integers(-30, 30)))
        elif way == "exchange":
            rows[index] = shifted(each, rows[other].start - each.start)
            rows[other] = shifted(rows[other], each.start - rows[other].start)
        elif way == "machine":
            rows[index] = replace(each, machine=draw(st.sampled_from(problem.machines)).id)
        elif problem.operators:
            person = st.sampled_from([who.id for who in problem.operators])
            rows[index] = replace(each, operators=tuple(tuple(draw(person) for _ in people) for people in each.operators))
    return Schedule(tuple(rows))


def shifted(each: Assignment, ticks: int) -> Assignment:
    return replace(
        each,
        setup_start=each.setup_start + ticks,
        start=each.start + ticks,
        run_end=each.run_end + ticks,
        end=each.end + ticks,
        pauses=tuple((begin + ticks, end + ticks) for begin, end in each.pauses),
    )
