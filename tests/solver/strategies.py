"""Hypothesis strategies of problems: small plants with every feature switched on at random.

`problems()`       a plant with its orders, most often one that can be planned; history, frozen zone and pins included
`posed()`          the same, with a schedule where one is known
`fresh_plans()`    a plant in which nothing has happened, with a schedule that `tests.solver.witness` found
`planned()`        one in which something has, with a schedule
`tiny_problems()`  at most five operations, for exact comparisons
`broken_problems()` a sensible problem with a few fields that are not
`nonsense()`       values of the right types that mean nothing
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from solver.calendars import working, working_windows
from solver.history import fixed_assignment
from solver.problem import (
    TERMS,
    Actual,
    BaselineStart,
    Crew,
    Downtime,
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
from solver.schedule import Assignment, Schedule
from tests.solver.reference import is_legal
from tests.solver.witness import find_schedule

HORIZON = 360
SKILLS = ("mill", "weld")
FAMILIES = ("steel", "brass", "resin")

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Size:
    """The most of everything."""

    cells: int = 4
    machines: int = 6
    orders: int = 4
    steps: int = 3
    people: int = 3


FULL = Size()
TINY = Size(cells=2, machines=3, orders=2, steps=2, people=2)


def problems(size: Size = FULL) -> st.SearchStrategy[Problem]:
    return posed(size).map(lambda pair: pair[0])


@st.composite
def posed(draw: Draw, size: Size = FULL) -> tuple[Problem, Schedule | None]:
    """The same with a legal schedule, where one is known."""
    problem: Problem = draw(_plants(size))
    schedule = find_schedule(problem, draw(st.permutations([operation.id for operation in problem.operations])))
    if schedule is None:
        return problem, None
    problem, schedule = _lived_in(draw, problem, schedule)
    return problem, schedule if is_legal(problem, schedule) else None


def tiny_problems() -> st.SearchStrategy[Problem]:
    return problems(TINY)


@st.composite
def fresh_plans(draw: Draw, size: Size = FULL) -> tuple[Problem, Schedule]:
    """A problem in which nothing has happened yet, and a schedule for it."""
    problem: Problem = draw(_plants(size))
    schedule = find_schedule(problem, draw(st.permutations([operation.id for operation in problem.operations])))
    assume(schedule is not None)
    return problem, schedule or Schedule(())


@st.composite
def planned(draw: Draw, size: Size = FULL) -> tuple[Problem, Schedule]:
    """A problem with history, frozen zone and pins, and a legal schedule: what was planned before.

    It need not be legal any more: a started operation that works on without its crew may end sooner than planned, so that the
    next one comes too late for its `max_lag`. Such pairs are left out.
    """
    problem, schedule = _lived_in(draw, *draw(fresh_plans(size)))
    assume(is_legal(problem, schedule))
    return problem, schedule


def _some(draw: Draw, *, of: int) -> bool:
    """True once in `of` times."""
    return bool(draw(st.integers(1, of)) == of)


@st.composite
def _plants(draw: Draw, size: Size) -> Problem:
    cells = [
        WorkCell(f"c{n}", f"Cell {n}", draw(st.sampled_from([None, None, 1, 2]))) for n in range(draw(st.integers(1, size.cells)))
    ]
    matrices = draw(_matrices())
    machines = [draw(_machines(f"m{n}", cells, matrices)) for n in range(draw(st.integers(1, size.machines)))]
    people = [draw(_people(f"p{n}")) for n in range(draw(st.integers(0, size.people)))]
    orders = [draw(_orders(f"o{n}")) for n in range(draw(st.integers(1, size.orders)))]
    operations: list[Operation] = []
    links: list[Precedence] = []
    for order in orders:
        chain = [
            draw(_operations(f"{order.id}.{n}", order.id, machines, people)) for n in range(draw(st.integers(1, size.steps)))
        ]
        links += _links(draw, chain, operations)
        operations += chain
    if _some(draw, of=3):
        operations = draw(st.permutations(operations))
    return Problem(
        name="generated",
        epoch="2026-03-02T06:00:00+01:00",
        horizon=HORIZON,
        cells=tuple(cells),
        machines=tuple(machines),
        orders=tuple(orders),
        operations=tuple(operations),
        precedences=tuple(links),
        operators=tuple(people),
        setup_matrices=matrices,
        objective=draw(objectives()),
    )


def objectives() -> st.SearchStrategy[Objective]:
    """Any of the terms together, now and then none; or one alone."""
    weight = st.sampled_from([0, 0, 1, 2, 10])
    alone = st.sampled_from(TERMS).map(lambda term: Objective(**{term: 1}, tiers=()))
    return alone | st.builds(
        Objective,
        weighted_tardiness=weight,
        late_orders=weight,
        makespan=st.sampled_from([0, 0, 1, 3]),
        setup=weight,
        mode_cost=weight,
        flow_time=weight,
        churn=weight,
    )


@st.composite
def _matrices(draw: Draw) -> tuple[SetupMatrix, ...]:
    """One, or two that name the families in another order."""
    orders = [FAMILIES, FAMILIES[::-1]] if _some(draw, of=3) else [FAMILIES]
    return tuple(
        SetupMatrix(key, f"Changeovers {key}", families, draw(_matrix_times()))
        for key, families in zip("xy", orders, strict=False)
    )


def _matrix_times() -> st.SearchStrategy[tuple[tuple[int, ...], ...]]:
    """Changeovers that need not obey the triangle inequality, nor be nothing on the diagonal."""
    row = st.tuples(*[st.sampled_from([0, 0, 2, 5, 12])] * len(FAMILIES))
    return st.tuples(*[row] * len(FAMILIES))


SHIFTS: tuple[tuple[Interval, ...], ...] = (
    ((0, HORIZON),),
    ((0, HORIZON),),
    ((0, 100), (130, 230), (260, HORIZON)),
    ((0, 60), (60, 110), (180, 300)),
    ((20, 45), (70, 95), (120, 145), (170, 195), (220, 300)),
)


@st.composite
def _machines(draw: Draw, key: str, cells: Sequence[WorkCell], matrices: Sequence[SetupMatrix]) -> Machine:
    capacity = draw(st.sampled_from([1, 1, 1, 2]))
    has_matrix = capacity == 1 and _some(draw, of=2)
    begin = draw(st.integers(0, 150))
    downtime = (Downtime(begin, begin + draw(st.integers(1, 30)), "belt"),) if _some(draw, of=4) else ()
    return Machine(
        id=key,
        name=f"Machine {key}",
        cell=draw(st.sampled_from(cells)).id,
        windows=draw(st.sampled_from(SHIFTS)),
        downtime=downtime,
        capacity=capacity,
        setup_matrix=draw(st.sampled_from(matrices)).id if has_matrix else None,
        initial_family=draw(st.sampled_from(FAMILIES)) if has_matrix and _some(draw, of=2) else None,
    )


@st.composite
def _people(draw: Draw, key: str) -> Operator:
    skills = tuple(
        SkillLevel(
            skill,
            draw(st.integers(1, 2)),
            draw(st.sampled_from([None, None, None, 10])),
            draw(st.sampled_from([None, None, None, 200])),
        )
        for skill in draw(st.sets(st.sampled_from(SKILLS), min_size=1))
    )
    return Operator(key, f"Person {key}", draw(st.sampled_from(SHIFTS)), tuple(sorted(skills, key=lambda held: held.skill)))


@st.composite
def _orders(draw: Draw, key: str) -> Order:
    return Order(
        id=key,
        name=key.upper(),
        release=draw(st.sampled_from([0, 0, 0, 15, 40])),
        due=draw(st.one_of(st.none(), st.integers(50, 200))),
        deadline=draw(st.sampled_from([None, None, HORIZON, 250])),
        weight=draw(st.integers(0, 3)),
    )


@st.composite
def _operations(draw: Draw, key: str, order: str, machines: Sequence[Machine], people: Sequence[Operator]) -> Operation:
    chosen = draw(st.lists(st.sampled_from(machines), min_size=1, max_size=3, unique_by=lambda machine: machine.id))
    modes = tuple(
        Mode(
            machine.id,
            run=draw(st.integers(1, 20)),
            setup=draw(st.sampled_from([0, 0, 3, 6])),
            teardown=draw(st.sampled_from([0, 0, 0, 4])),
            cost=draw(st.sampled_from([0, 0, 5])),
        )
        for machine in chosen
    )
    needs_family = any(machine.setup_matrix for machine in chosen)
    return Operation(
        id=key,
        name=f"Step {key}",
        order=order,
        cell=chosen[0].cell,
        modes=modes,
        setup_family=draw(st.sampled_from(FAMILIES)) if needs_family or _some(draw, of=3) else None,
        crew=_crew(draw, people),
        may_pause=_some(draw, of=2),
        release=draw(st.sampled_from([0, 0, 0, 20])),
    )


def _crew(draw: Draw, people: Sequence[Operator]) -> tuple[Crew, ...]:
    """At most as many people as hold each skill, so that there is somebody to choose."""
    crew = []
    left = len(people)
    for skill in SKILLS:
        able = sum(any(held.skill == skill for held in person.skills) for person in people)
        count = draw(st.integers(1, 2))
        if _some(draw, of=3) and count <= min(able, left):
            levels = [
                max(held.level for held in person.skills if held.skill == skill) for person in people if _holds(person, skill)
            ]
            level = draw(st.integers(1, sorted(levels, reverse=True)[count - 1]))
            crew.append(Crew(skill, level, count, draw(st.sampled_from(["setup", "all"]))))
            left -= count
    return tuple(crew)


def _holds(person: Operator, skill: str) -> bool:
    return any(held.skill == skill for held in person.skills)


def _links(draw: Draw, chain: Sequence[Operation], earlier: Sequence[Operation]) -> list[Precedence]:
    """A chain, or a part of one, and now and then a link from another order."""
    links = [_link(draw, before, after) for before, after in pairwise(chain) if not _some(draw, of=6)]
    if len(chain) > 2 and _some(draw, of=3):
        links.append(Precedence(chain[0].id, chain[2].id, draw(st.integers(0, 5))))
    if earlier and _some(draw, of=4):
        links.append(Precedence(draw(st.sampled_from(earlier)).id, chain[-1].id, draw(st.integers(0, 10))))
    return links


def _link(draw: Draw, before: Operation, after: Operation) -> Precedence:
    min_lag = draw(st.sampled_from([0, 0, 5]))
    max_lag = min_lag + draw(st.integers(0, 80)) if _some(draw, of=4) else None
    return Precedence(before.id, after.id, min_lag, max_lag)


def _lived_in(draw: Draw, problem: Problem, schedule: Schedule) -> tuple[Problem, Schedule]:
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
    if _some(draw, of=2):
        with_people = draw(st.booleans())
        baseline = tuple(_published(draw, each, with_people=with_people) for each in coming)
        frozen = draw(st.sampled_from([None, 10, 30]))
        late = replace(late, baseline=baseline, frozen_until=frozen, churn_tolerance=draw(st.sampled_from([0, 5])))
    return replace(late, pins=_pins(draw, late, coming)), Schedule(coming)


def _published(draw: Draw, planned: Assignment, *, with_people: bool) -> BaselineStart:
    """With its people, of whom now and then somebody is no longer there, or without."""
    people = planned.operators if with_people else ()
    if _some(draw, of=8):
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
    if actual is None or not _some(draw, of=5):
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


def nonsense() -> st.SearchStrategy[Problem]:
    """Problems of the right types in which hardly anything fits anything."""
    key = st.sampled_from(["a", "b", "c", ""])
    number = st.one_of(st.integers(-5, 30), st.integers(-(2**70), 2**70))
    maybe = st.one_of(st.none(), number)
    windows = st.lists(st.tuples(number, number), max_size=3).map(tuple)
    return st.builds(
        Problem,
        name=st.text(max_size=5),
        epoch=st.sampled_from(["2026-03-02T06:00:00+01:00", "2026-03-02T06:00:00", "yesterday"]),
        horizon=number,
        cells=_rows(WorkCell, id=key, name=key, wip_limit=maybe),
        machines=_rows(
            Machine,
            id=key,
            name=key,
            cell=key,
            windows=windows,
            downtime=_rows(Downtime, start=number, end=number),
            capacity=number,
            setup_matrix=st.one_of(st.none(), key),
            initial_family=st.one_of(st.none(), key),
        ),
        orders=_rows(Order, id=key, name=key, release=number, due=maybe, deadline=maybe, weight=number),
        operations=_rows(
            Operation,
            id=key,
            name=key,
            order=key,
            cell=key,
            modes=_rows(Mode, machine=key, run=number, setup=number, teardown=number, cost=number),
            setup_family=st.one_of(st.none(), key),
            crew=_rows(Crew, skill=key, level=number, count=number, phase=st.sampled_from(["setup", "all"])),
            may_pause=st.booleans(),
            release=number,
            actual=st.one_of(st.none(), _nonsense_actuals(key, number, maybe)),
        ),
        precedences=_rows(Precedence, before=key, after=key, min_lag=number, max_lag=maybe),
        operators=_rows(
            Operator,
            id=key,
            name=key,
            windows=windows,
            skills=_rows(SkillLevel, skill=key, level=number, valid_from=maybe, valid_until=maybe),
        ),
        setup_matrices=_rows(
            SetupMatrix,
            id=key,
            name=key,
            families=st.lists(key, max_size=3).map(tuple),
            times=st.lists(st.lists(number, max_size=3).map(tuple), max_size=3).map(tuple),
        ),
        pins=_rows(Pin, operation=key, machine=st.one_of(st.none(), key), start=maybe, after=st.one_of(st.none(), key)),
        baseline=_rows(BaselineStart, operation=key, machine=key, setup_start=number, start=number),
        frozen_until=maybe,
        churn_tolerance=number,
        objective=st.builds(Objective, makespan=number, churn=number),
        tick_seconds=number,
    )


@st.composite
def broken_problems(draw: Draw) -> Problem:
    """A sensible problem in which up to three fields of rows have got other values, of the right type but out of place."""
    problem: Problem = draw(problems())
    for _ in range(draw(st.integers(1, 3))):
        tables = [each.name for each in fields(Problem) if isinstance(getattr(problem, each.name), tuple)]
        table = draw(st.sampled_from(tables))
        rows = list(getattr(problem, table))
        if rows:
            index = draw(st.integers(0, len(rows) - 1))
            rows[index] = _with_field_out_of_place(draw, rows[index])
            changes: dict[str, Any] = {table: tuple(rows)}
            problem = replace(problem, **changes)
    return problem


def _with_field_out_of_place(draw: Draw, row: Any) -> Any:
    field = draw(st.sampled_from(fields(row)))
    value = getattr(row, field.name)
    kind = str(field.type).removesuffix(" | None")
    others: dict[str, list[Any]] = {
        "bool": [True, False],
        "int": [-1000, -1, 0, 1, 7, 1000],
        "str": ["", "nowhere", "m0", "c0", "o0", "o0.0", "p0", "brass"],
    }
    if isinstance(value, tuple):
        others[kind] = [(), value[::-1], value[:1], value + value]
    return replace(row, **{field.name: draw(st.sampled_from(others.get(kind, [value])))})


def _nonsense_actuals(
    key: st.SearchStrategy[str], number: st.SearchStrategy[int], maybe: st.SearchStrategy[int | None]
) -> st.SearchStrategy[Actual]:
    people = st.lists(st.lists(key, max_size=2).map(tuple), max_size=2).map(tuple)
    return st.builds(Actual, machine=key, setup_start=number, start=number, end=maybe, remaining=number, operators=people)


def _rows(kind: Callable[..., Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.builds(kind, **fields), max_size=3).map(tuple)
