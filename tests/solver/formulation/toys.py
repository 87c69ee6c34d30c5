"""Problems so small that every schedule can be listed, and the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from solver.calendars import shift_windows, working_windows
from solver.history import fixed_assignment
from solver.problem import (
    BaselineStart,
    Crew,
    Interval,
    Machine,
    Mode,
    Objective,
    Operation,
    Operator,
    Order,
    Pin,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
    WorkCell,
)
from solver.schedule import Assignment, Schedule, measure, objective_value
from solver.timing import Work, make_clock, span_at, span_pauses
from solver.verify import verify

HORIZON = 10
SHIFTS: tuple[tuple[Interval, ...], ...] = (((0, HORIZON),), ((0, HORIZON),), ((0, 5), (6, HORIZON)), ((1, 4), (5, 9)))
FAMILIES = ("red", "blue")
TERMS = ("weighted_tardiness", "late_orders", "makespan", "setup", "mode_cost", "flow_time", "churn")

Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def toys(draw: Draw) -> Problem:
    """Up to three operations on up to two machines in HORIZON ticks, any rule switched on, any terms of the objective."""
    machines = tuple(draw(_machines(f"m{number}")) for number in range(draw(st.integers(1, 2))))
    people = tuple(draw(_people(f"p{number}")) for number in range(draw(st.integers(0, 2))))
    count = draw(st.integers(2, 3))
    operations = tuple(draw(_operations(f"a{number}", machines, people)) for number in range(count))
    links = tuple(
        Precedence(f"a{number}", f"a{number + 1}", draw(st.sampled_from([0, 0, 1])), draw(st.sampled_from([None, None, 2])))
        for number in range(count - 1)
        if draw(st.booleans())
    )
    return Problem(
        name="toy",
        epoch="2026-03-02T06:00:00+01:00",
        horizon=HORIZON,
        cells=(WorkCell("c0", "Cell", draw(st.sampled_from([None, None, 1, 2]))),),
        machines=machines,
        orders=tuple(draw(_orders(f"o{number}")) for number in range(2)),
        operations=operations,
        precedences=links,
        operators=people,
        setup_matrices=(SetupMatrix("x", "Colours", FAMILIES, draw(st.sampled_from([((0, 2), (1, 0)), ((1, 0), (3, 0))]))),),
        pins=draw(_pins(operations)),
        baseline=tuple(
            BaselineStart(o.id, o.modes[0].machine, start, start) for o, start in zip(operations, (0, 3, 6), strict=False)
        ),
        frozen_until=draw(st.sampled_from([None, None, None, 2])),
        churn_tolerance=draw(st.sampled_from([0, 1])),
        objective=draw(_objectives()),
    )


def _objectives() -> st.SearchStrategy[Objective]:
    alone = st.sampled_from(TERMS).map(lambda term: Objective(**{term: 1}))
    return st.one_of(alone, st.builds(Objective, **dict.fromkeys(TERMS, st.sampled_from([0, 1, 3]))))


@st.composite
def _machines(draw: Draw, key: str) -> Machine:
    capacity = draw(st.sampled_from([1, 1, 1, 2]))
    matrix = "x" if capacity == 1 and draw(st.booleans()) else None
    family = draw(st.sampled_from([None, "red"])) if matrix else None
    return Machine(key, key, "c0", draw(st.sampled_from(SHIFTS)), (), capacity, matrix, family)


@st.composite
def _people(draw: Draw, key: str) -> Operator:
    return Operator(
        key, key, draw(st.sampled_from(SHIFTS)), (SkillLevel("weld", 1, None, draw(st.sampled_from([None, None, 7]))),)
    )


def _orders(key: str) -> st.SearchStrategy[Order]:
    dates = {"due": st.sampled_from([None, 3, 6]), "deadline": st.sampled_from([None, None, 8])}
    return st.builds(
        Order, id=st.just(key), name=st.just(key), release=st.sampled_from([0, 0, 2]), weight=st.integers(1, 2), **dates
    )


@st.composite
def _operations(draw: Draw, key: str, machines: tuple[Machine, ...], people: tuple[Operator, ...]) -> Operation:
    chosen = machines if draw(st.booleans()) else (draw(st.sampled_from(machines)),)
    ticks = {"run": st.integers(1, 3), "setup": st.sampled_from([0, 0, 1]), "teardown": st.sampled_from([0, 0, 1])}
    modes = tuple(draw(st.builds(Mode, machine=st.just(machine.id), cost=st.sampled_from([0, 2]), **ticks)) for machine in chosen)
    crew = (Crew("weld", 1, 1, draw(st.sampled_from(["setup", "all"]))),) if people and draw(st.booleans()) else ()
    return Operation(
        id=key,
        name=key,
        order=draw(st.sampled_from(["o0", "o1"])),
        cell="c0",
        modes=modes,
        setup_family=draw(st.sampled_from(FAMILIES)),
        crew=crew,
        may_pause=draw(st.booleans()),
    )


def _pins(operations: tuple[Operation, ...]) -> st.SearchStrategy[tuple[Pin, ...]]:
    last = operations[-1]
    pins = [Pin(last.id, start=4), Pin(last.id, machine=last.modes[0].machine), Pin(last.id, after=operations[0].id)]
    return st.sampled_from([(), (), (), *((pin,) for pin in pins)])


def best_objective(problem: Problem) -> int | None:
    """The smallest objective of any legal schedule, by looking at every one; None when there is none."""
    everything = product(*(list(_candidates(problem, operation)) for operation in problem.operations))
    valued = [(objective_value(problem.objective, measure(problem, Schedule(chosen))), chosen) for chosen in everything]
    valued.sort(key=lambda item: item[0])
    return next((value for value, chosen in valued if not verify(problem, Schedule(chosen))), None)


def _candidates(problem: Problem, operation: Operation) -> Iterator[Assignment]:
    """Every assignment of one operation with working time as its machine and people have it."""
    fact = fixed_assignment(problem, operation)
    if fact is not None:
        yield fact
        return
    for mode in operation.modes:
        for changeover in _changeovers(problem, operation, mode):
            yield from _with_setup(problem, operation, mode, mode.setup + changeover)


def _changeovers(problem: Problem, operation: Operation, mode: Mode) -> set[int]:
    machine = problem.machine_by_id[mode.machine]
    if machine.setup_matrix is None:
        return {0}
    matrix = problem.matrix_by_id[machine.setup_matrix]
    return {matrix.changeover(before, operation.setup_family) for before in (None, *FAMILIES)}


def _with_setup(problem: Problem, operation: Operation, mode: Mode, setup: int) -> Iterator[Assignment]:
    work = Work(setup, mode.run, mode.teardown, operation.may_pause)
    machine = working_windows(problem.machine_by_id[mode.machine])
    for crew in _crews(problem, operation, setup):
        shifts = {
            phase: [
                shift_windows(problem.operator_by_id[person])
                for need, people in zip(operation.crew, crew, strict=True)
                if need.phase == phase
                for person in people
            ]
            for phase in ("all", "setup")
        }
        clock = make_clock(machine, shifts["all"], shifts["setup"])
        for start in range(problem.horizon):
            span = span_at(work, clock, start)
            if span is not None and span.setup_start >= 0 and span.end <= problem.horizon:
                yield Assignment(operation.id, mode.machine, *span, crew, span_pauses(work, clock, span))


def _crews(problem: Problem, operation: Operation, setup: int) -> Iterator[tuple[tuple[str, ...], ...]]:
    everyone = [person.id for person in problem.operators]
    places = [
        [()] if need.phase == "setup" and setup == 0 else list(combinations(everyone, need.count)) for need in operation.crew
    ]
    yield from product(*places)
