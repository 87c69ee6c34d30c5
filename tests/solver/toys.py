"""Problems so small that every schedule can be looked at, with every feature switched on at random.

They are not made from a schedule: many have none, and what is fixed in them need not fit together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from hypothesis import strategies as st

from solver.problem import (
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
from tests.solver.drawing import Draw, some

HORIZON = 14
SHIFTS: tuple[tuple[Interval, ...], ...] = (
    ((0, HORIZON),),
    ((0, HORIZON),),
    ((0, 4), (4, HORIZON)),
    ((0, 5), (6, HORIZON)),
    ((1, 4), (5, 8), (9, HORIZON)),
    ((-3, 2), (3, HORIZON + 4)),
)
FAMILIES = ("red", "blue")
CELLS = ("c0", "c1")
ORDERS = ("o0", "o1")
SKILLS = ("mill", "weld")
TERMS = ("weighted_tardiness", "late_orders", "makespan", "setup", "mode_cost", "flow_time", "churn")


def mixtures() -> st.SearchStrategy[Objective]:
    """Any of the terms together, now and then none."""
    return st.builds(Objective, **dict.fromkeys(TERMS, st.sampled_from([0, 1, 3])))


@st.composite
def tiered(draw: Draw) -> Objective:
    """A few of the terms, in two or three tiers."""
    weights = draw(st.dictionaries(st.sampled_from(TERMS), st.sampled_from([1, 2, 3]), min_size=2, max_size=5))
    places = draw(st.lists(st.integers(0, 2), min_size=len(weights), max_size=len(weights)))
    tiers = [tuple(term for term, at in zip(weights, places, strict=True) if at == place) for place in range(3)]
    return Objective(**weights, tiers=tuple(filter(None, tiers)))


@st.composite
def toys(draw: Draw, objectives: st.SearchStrategy[Objective], *, most: int = 4, with_history: bool = True) -> Problem:
    """Up to `most` operations of two orders on up to three machines in HORIZON ticks."""
    machines = tuple(draw(_machines(f"m{number}")) for number in range(draw(st.sampled_from([1, 1, 2, 2, 3]))))
    people = tuple(draw(_people(f"p{number}")) for number in range(draw(st.integers(0, 3))))
    count = draw(st.integers(2, most))
    operations = tuple(draw(_operations(f"a{number}", machines, people)) for number in range(count))
    if with_history and draw(st.booleans()):
        operations = tuple(draw(_reports(operation, machines, people)) for operation in operations)
    return Problem(
        name="toy",
        epoch="2026-03-02T06:00:00+01:00",
        horizon=HORIZON,
        cells=tuple(WorkCell(key, key, draw(st.sampled_from([None, None, 1, 2]))) for key in CELLS),
        machines=machines,
        orders=tuple(draw(_orders(key)) for key in ORDERS),
        operations=tuple(draw(st.permutations(operations))),
        precedences=_links(draw, operations),
        operators=people,
        setup_matrices=(SetupMatrix("x", "Colours", FAMILIES, draw(_matrix_times())),),
        pins=_pins(draw, operations),
        baseline=_baseline(draw, operations, machines),
        frozen_until=draw(st.sampled_from([None, None, None, None, 2, 4])),
        churn_tolerance=draw(st.sampled_from([0, 1])),
        objective=draw(objectives),
    )


def shop_toys() -> st.SearchStrategy[Problem]:
    """Such in which only machines, changeovers and precedence bind, and only the makespan counts."""
    return toys(st.just(Objective(makespan=1)), most=5, with_history=False).map(_plain)


@st.composite
def project_toys(draw: Draw) -> Problem:
    """Such in which machines and people are no more than resources of which there is so much."""
    problem: Problem = draw(shop_toys())
    people = {skill: draw(st.integers(1, 2)) for skill in SKILLS}
    return replace(
        problem,
        machines=tuple(
            replace(machine, setup_matrix=None, initial_family=None, capacity=draw(st.integers(1, 3)))
            for machine in problem.machines
        ),
        operations=tuple(
            replace(
                operation,
                modes=(Mode(operation.modes[0].machine, operation.modes[0].run),),
                may_pause=False,
                crew=tuple(
                    Crew(skill, count=draw(st.integers(1, count))) for skill, count in people.items() if draw(st.booleans())
                ),
            )
            for operation in problem.operations
        ),
        operators=tuple(
            Operator(f"{skill}{number}", skill, ((0, HORIZON),), (SkillLevel(skill, 1),))
            for skill, count in people.items()
            for number in range(count)
        ),
    )


def _plain(problem: Problem) -> Problem:
    always = ((0, HORIZON),)
    return replace(
        problem,
        cells=tuple(replace(cell, wip_limit=None) for cell in problem.cells),
        machines=tuple(replace(machine, windows=always, downtime=(), capacity=1) for machine in problem.machines),
        orders=tuple(replace(order, deadline=None) for order in problem.orders),
        operations=tuple(replace(operation, crew=()) for operation in problem.operations),
        precedences=tuple(replace(link, max_lag=None) for link in problem.precedences),
        operators=(),
        pins=(),
        frozen_until=None,
    )


def _matrix_times() -> st.SearchStrategy[tuple[tuple[int, ...], ...]]:
    row = st.tuples(*[st.sampled_from([0, 0, 1, 3])] * len(FAMILIES))
    return st.tuples(*[row] * len(FAMILIES))


@st.composite
def _machines(draw: Draw, key: str) -> Machine:
    capacity = draw(st.sampled_from([1, 1, 1, 2]))
    has_matrix = capacity == 1 and draw(st.booleans())
    begin = draw(st.integers(-1, HORIZON - 2))
    return Machine(
        id=key,
        name=key,
        cell=draw(st.sampled_from(CELLS)),
        windows=draw(st.sampled_from(SHIFTS)),
        downtime=(Downtime(begin, begin + draw(st.integers(1, 2))),) if some(draw, of=4) else (),
        capacity=capacity,
        setup_matrix="x" if has_matrix else None,
        initial_family=draw(st.sampled_from([None, *FAMILIES])) if has_matrix else None,
    )


@st.composite
def _people(draw: Draw, key: str) -> Operator:
    skills = tuple(
        SkillLevel(
            skill, draw(st.integers(1, 2)), draw(st.sampled_from([None, None, None, 2])), draw(st.sampled_from([None, None, 7]))
        )
        for skill in sorted(draw(st.sets(st.sampled_from(SKILLS), min_size=1)))
    )
    return Operator(key, key, draw(st.sampled_from(SHIFTS)), skills)


@st.composite
def _orders(draw: Draw, key: str) -> Order:
    release = draw(st.sampled_from([0, 0, 2, -2]))
    due = draw(st.sampled_from([None, 2, 4, 7]))
    deadline = draw(st.sampled_from([None, None, None, 10]))
    return Order(key, key, release, due if due is None else max(release, due), deadline, draw(st.integers(0, 2)))


@st.composite
def _operations(draw: Draw, key: str, machines: Sequence[Machine], people: Sequence[Operator]) -> Operation:
    chosen = draw(st.lists(st.sampled_from(machines), min_size=1, max_size=2, unique_by=lambda machine: machine.id))
    modes = tuple(
        Mode(
            machine.id,
            run=draw(st.integers(1, 4)),
            setup=draw(st.sampled_from([0, 0, 1, 2])),
            teardown=draw(st.sampled_from([0, 0, 1])),
            cost=draw(st.sampled_from([0, 2])),
        )
        for machine in chosen
    )
    return Operation(
        id=key,
        name=key,
        order=draw(st.sampled_from(ORDERS)),
        cell=draw(st.sampled_from([chosen[0].cell, *CELLS])),
        modes=modes,
        setup_family=draw(st.sampled_from(FAMILIES)),
        crew=_crew(draw, people),
        may_pause=draw(st.booleans()),
        release=draw(st.sampled_from([0, 0, 0, 3])),
    )


def _crew(draw: Draw, people: Sequence[Operator]) -> tuple[Crew, ...]:
    """Mostly such that there is somebody for every place."""
    needs = []
    for skill in SKILLS:
        need = Crew(
            skill, draw(st.sampled_from([1, 1, 2])), draw(st.sampled_from([1, 1, 2])), draw(st.sampled_from(["setup", "all"]))
        )
        able = sum(any(held.skill == skill and held.level >= need.level for held in person.skills) for person in people)
        if some(draw, of=3) and (able >= need.count or some(draw, of=8)):
            needs.append(need)
    return tuple(needs)


@st.composite
def _reports(draw: Draw, operation: Operation, machines: Sequence[Machine], people: Sequence[Operator]) -> Operation:
    """With an actual, one time in three: done, under way, or being set up."""
    if not some(draw, of=3):
        return operation
    machine = draw(st.sampled_from([*operation.modes, *machines]))
    key = machine.machine if isinstance(machine, Mode) else machine.id
    setup_start = draw(st.integers(-5, 0))
    start = draw(st.integers(setup_start, 1))
    crew = tuple(tuple(person.id for person in people[: need.count] if draw(st.booleans())) for need in operation.crew)
    actual = Actual(key, setup_start, start, operators=crew if draw(st.booleans()) else ())
    if start <= 0 and draw(st.booleans()):
        actual = replace(actual, end=draw(st.integers(start, 0)))
    else:
        actual = replace(actual, remaining=draw(st.integers(0, 3)))
    return replace(operation, actual=actual, setup_family=draw(st.sampled_from([operation.setup_family, "green", None])))


def _links(draw: Draw, operations: Sequence[Operation]) -> tuple[Precedence, ...]:
    links = []
    for before, after in combinations(operations, 2):
        if some(draw, of=4):
            min_lag = draw(st.sampled_from([0, 0, 1]))
            max_lag = draw(st.sampled_from([None, None, min_lag, min_lag + 2]))
            links.append(Precedence(before.id, after.id, min_lag, max_lag))
    return tuple(links)


def _pins(draw: Draw, operations: Sequence[Operation]) -> tuple[Pin, ...]:
    pins = []
    for number, operation in enumerate(operations):
        kind = draw(st.sampled_from(["none"] * 12 + ["machine", "start", "both", "after"]))
        machine = draw(st.sampled_from(operation.modes)).machine if kind in {"machine", "both"} else None
        start = draw(st.integers(0, 8)) if kind in {"start", "both"} else None
        after = draw(st.sampled_from(operations[:number])).id if kind == "after" and number else None
        if (machine, start, after) != (None, None, None):
            pins.append(Pin(operation.id, machine, start, after))
    return tuple(pins)


def _baseline(draw: Draw, operations: Sequence[Operation], machines: Sequence[Machine]) -> tuple[BaselineStart, ...]:
    if some(draw, of=3):
        return ()
    baseline = []
    for number, operation in enumerate(operations):
        machine = draw(st.sampled_from([operation.modes[0].machine] * 4 + [machines[-1].id]))
        setup_start = draw(st.sampled_from([3 * number, 2 * number, -1, 1]))
        start = setup_start + draw(st.sampled_from([0, operation.modes[0].setup]))
        if not some(draw, of=4):
            baseline.append(BaselineStart(operation.id, machine, setup_start, start))
    return tuple(baseline)
