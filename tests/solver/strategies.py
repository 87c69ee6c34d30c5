"""Hypothesis strategies of problems: small plants with every feature switched on at random.

`problems()`       a plant with its orders, most often one that can be planned; history, frozen zone and pins included
`posed()`          the same, with a schedule where one is known
`fresh_plans()`    a plant in which nothing has happened, with a schedule that `tests.solver.witness` found
`planned()`        one in which something has, with a schedule
`tiny_problems()`  at most five operations, for exact comparisons

What has happened in a plant comes from `tests.solver.lived_in`; problems that are none stand in `tests.solver.broken`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import assume
from hypothesis import strategies as st

from solver.problem import (
    TERMS,
    Crew,
    Downtime,
    Interval,
    Machine,
    Mode,
    Objective,
    Operation,
    Operator,
    Order,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
    WorkCell,
)
from solver.schedule import Schedule
from tests.solver.drawing import Draw, some
from tests.solver.lived_in import lived_in
from tests.solver.reference import is_legal
from tests.solver.witness import find_schedule

HORIZON = 360
SKILLS = ("mill", "weld")
FAMILIES = ("steel", "brass", "resin")


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
    problem, schedule = lived_in(draw, problem, schedule)
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
    problem, schedule = lived_in(draw, *draw(fresh_plans(size)))
    assume(is_legal(problem, schedule))
    return problem, schedule


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
    if some(draw, of=3):
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
    orders = [FAMILIES, FAMILIES[::-1]] if some(draw, of=3) else [FAMILIES]
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
    has_matrix = capacity == 1 and some(draw, of=2)
    begin = draw(st.integers(0, 150))
    downtime = (Downtime(begin, begin + draw(st.integers(1, 30)), "belt"),) if some(draw, of=4) else ()
    return Machine(
        id=key,
        name=f"Machine {key}",
        cell=draw(st.sampled_from(cells)).id,
        windows=draw(st.sampled_from(SHIFTS)),
        downtime=downtime,
        capacity=capacity,
        setup_matrix=draw(st.sampled_from(matrices)).id if has_matrix else None,
        initial_family=draw(st.sampled_from(FAMILIES)) if has_matrix and some(draw, of=2) else None,
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
        setup_family=draw(st.sampled_from(FAMILIES)) if needs_family or some(draw, of=3) else None,
        crew=_crew(draw, people),
        may_pause=some(draw, of=2),
        release=draw(st.sampled_from([0, 0, 0, 20])),
    )


def _crew(draw: Draw, people: Sequence[Operator]) -> tuple[Crew, ...]:
    """At most as many people as hold each skill, so that there is somebody to choose."""
    crew = []
    left = len(people)
    for skill in SKILLS:
        able = sum(any(held.skill == skill for held in person.skills) for person in people)
        count = draw(st.integers(1, 2))
        if some(draw, of=3) and count <= min(able, left):
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
    links = [_link(draw, before, after) for before, after in pairwise(chain) if not some(draw, of=6)]
    if len(chain) > 2 and some(draw, of=3):
        links.append(Precedence(chain[0].id, chain[2].id, draw(st.integers(0, 5))))
    if earlier and some(draw, of=4):
        links.append(Precedence(draw(st.sampled_from(earlier)).id, chain[-1].id, draw(st.integers(0, 10))))
    return links


def _link(draw: Draw, before: Operation, after: Operation) -> Precedence:
    min_lag = draw(st.sampled_from([0, 0, 5]))
    max_lag = min_lag + draw(st.integers(0, 80)) if some(draw, of=4) else None
    return Precedence(before.id, after.id, min_lag, max_lag)
