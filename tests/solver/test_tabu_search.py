"""Tabu search: legal schedules whose makespan is what it says, better and better; where it may be used at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.dispatch import dispatch
from solver.instances import read_instance
from solver.kernel import tables
from solver.kernel.loading import kernel
from solver.problem import Mode, Objective, Operation, Order, Precedence, Problem, SetupMatrix
from solver.schedule import measure
from solver.tabu_search import Tabu, is_plain_shop
from solver.verify import verify
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.strategies import Draw

DATA = Path(__file__).parent / "data"
FAMILIES = ("steel", "brass")


@st.composite
def shops(draw: Draw) -> Problem:
    """Flexible shops with changeovers, teardown, waits and releases."""
    matrix = SetupMatrix("x", "Changeovers", FAMILIES, tuple(tuple(draw(st.integers(0, 9)) for _ in FAMILIES) for _ in FAMILIES))
    machines = tuple(
        machine(f"m{number}", setup_matrix=draw(st.sampled_from([None, "x"])), initial_family=None)
        for number in range(draw(st.integers(1, 3)))
    )
    orders, operations, links = list[Order](), list[Operation](), list[Precedence]()
    for order in range(draw(st.integers(1, 4))):
        orders.append(Order(f"o{order}", f"O{order}", release=draw(st.integers(0, 20))))
        chain = []
        for step in range(draw(st.integers(1, 4))):
            chosen = draw(st.lists(st.sampled_from(machines), min_size=1, unique_by=lambda each: each.id))
            modes = tuple(
                Mode(each.id, draw(st.integers(1, 20)), setup=draw(st.integers(0, 3)), teardown=draw(st.integers(0, 3)))
                for each in chosen
            )
            family = draw(st.sampled_from([None, *FAMILIES]))
            chain.append(operation(f"o{order}.{step}", order=f"o{order}", modes=modes, setup_family=family))
        links += [Precedence(before.id, after.id, draw(st.integers(0, 5))) for before, after in pairwise(chain)]
        operations += chain
    return replace(
        problem(*operations, machines=machines, orders=tuple(orders)),
        precedences=tuple(links),
        setup_matrices=(matrix,),
        objective=Objective(makespan=1),
    )


@given(shops())
@settings(max_examples=60)
def test_what_it_finds_is_legal_and_as_long_as_it_says(question: Problem) -> None:
    assert is_plain_shop(question)
    first = next(dispatch(question))[1]
    search = Tabu(question, 1)
    assert search.begin(first)
    assert search.best_makespan <= measure(question, first).makespan
    for _ in range(5):
        kernel.tabu(search.decoder.plant, search.path, search.decoder.scratch, 10, 5, 0)
        found = search.best()
        assert verify(question, found) == ()
        assert measure(question, found).makespan == search.best_makespan


@given(shops())
@settings(max_examples=60)
def test_heads_and_tails_meet_on_the_critical_path(question: Problem) -> None:
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])
    plant, path = search.decoder.plant, search.path

    runs = plant.mode[path.mode, tables.RUN]
    through = path.head + runs + path.tail
    assert through.max() == path.memo[tables.MAKESPAN_NOW]


@pytest.mark.parametrize(("name", "best"), [("jsp_ft06.txt", 55), ("fjsp_mk01.txt", 40)])
def test_it_finds_the_best_known(name: str, best: int) -> None:
    question = read_instance(DATA / name)
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])

    kernel.tabu(search.decoder.plant, search.path, search.decoder.scratch, 20_000, 1_000, best)

    assert search.best_makespan == best
    assert verify(question, search.best()) == ()


def test_a_bound_ends_it() -> None:
    question = read_instance(DATA / "jsp_ft06.txt")
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])

    assert kernel.tabu(search.decoder.plant, search.path, search.decoder.scratch, 1_000_000, 1_000, 60) < 1_000_000


PLAIN = problem(operation("a"), operation("b"), objective=Objective(makespan=1))


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAIN, objective=Objective(makespan=1, setup=1)),
        replace(PLAIN, objective=Objective(weighted_tardiness=1)),
        replace(PLAIN, frozen_until=10),
        replace(PLAIN, operators=(operator("p"),)),
        replace(PLAIN, machines=tuple(replace(each, capacity=2) for each in PLAIN.machines)),
        replace(PLAIN, machines=tuple(replace(each, windows=((5, 100),)) for each in PLAIN.machines)),
        replace(PLAIN, cells=tuple(replace(each, wip_limit=1) for each in PLAIN.cells)),
        replace(PLAIN, precedences=(Precedence("a", "b", 0, 10),)),
        replace(PLAIN, orders=tuple(replace(each, deadline=90) for each in PLAIN.orders)),
    ],
    ids=["setups", "tardiness", "frozen zone", "people", "capacity", "calendar", "limit", "longest wait", "deadline"],
)
def test_where_more_binds_it_is_not_used(other: Problem) -> None:
    assert is_plain_shop(PLAIN)
    assert not is_plain_shop(other)
