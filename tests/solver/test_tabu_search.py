"""Tabu search: legal schedules whose makespan is what it says, better and better; where it may be used at all."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.dispatch import dispatch
from solver.elites import SIZE, Elite, Elites, between
from solver.instances import read_instance
from solver.kernel import tables
from solver.kernel.loading import kernel
from solver.problem import Mode, Objective, Precedence, Problem, SetupMatrix
from solver.schedule import measure
from solver.tabu_search import RUN_WEIGHTS, Tabu, is_plain_shop
from solver.verify import verify
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.shops import shops

DATA = Path(__file__).parent / "data"


@given(shops())
@settings(max_examples=60)
def test_what_it_finds_is_legal_and_as_long_as_it_says(question: Problem) -> None:
    assert is_plain_shop(question)
    first = next(dispatch(question))[1]
    search = Tabu(question, 1)
    assert search.begin(first)
    assert search.best_makespan <= measure(question, first).makespan
    for _ in range(5):
        kernel.tabu(search.decoder.plant, search.path, 10, 1_000, 0)
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
    first = path.head.argmin()
    while path.tail[first]:  # along the path on which something waits for its end
        waiting = [number for number in range(plant.operations) if path.head[number] > path.head[first]]
        rests = [path.head[number] - path.head[first] - runs[first] + runs[number] + path.tail[number] for number in waiting]
        assert max(rests) >= path.tail[first]
        first = max(waiting, key=lambda number: path.head[number])


@pytest.mark.parametrize(("name", "best"), [("jsp_ft06.txt", 55), ("fjsp_mk01.txt", 40)])
def test_it_finds_the_best_known(name: str, best: int) -> None:
    question = read_instance(DATA / name)
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])

    kernel.tabu(search.decoder.plant, search.path, 20_000, 20_000, best)

    assert search.best_makespan == best
    assert verify(question, search.best()) == ()


def test_a_teardown_must_be_over_within_the_horizon() -> None:
    """The makespan does not count it: the shorter run would end too late."""
    modes = (Mode("m1", 90), Mode("m2", 80, teardown=30))
    open_time = {"windows": ((0, 100),)}
    question = problem(
        operation("a", modes=modes),
        machines=(machine("m1", **open_time), machine("m2", **open_time)),
        objective=Objective(makespan=1),
        horizon=100,
    )
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])

    kernel.tabu(search.decoder.plant, search.path, 20, 5, 0)

    assert search.best_makespan == 90
    assert verify(question, search.best()) == ()

    search.path.best_mode[0] = 1
    assert kernel.begin_path(search.decoder.plant, search.path)
    assert search.best_makespan == tables.NEVER, "a start that ends too late is not the best of anything"
    kernel.tabu(search.decoder.plant, search.path, 20, 1_000, 0)
    assert search.best_makespan == 90


def test_a_move_that_makes_a_circle_is_not_tried_for_ever() -> None:
    """Behind its own successor an operation would cost little, if only that were possible."""
    times = ((0, 100, 100), (0, 0, 100), (100, 0, 0))
    matrix = SetupMatrix("x", "Changeovers", ("steel", "brass", "resin"), times)
    operations = (
        operation("a", order="A", modes=(Mode("m1", 10), Mode("m2", 10)), setup_family="steel"),
        operation("s", order="A", modes=(Mode("m2", 5),), setup_family="brass"),
        operation("b", order="B", modes=(Mode("m1", 50),)),
    )
    question = problem(
        *operations,
        machines=(machine("m1"), machine("m2", setup_matrix="x", initial_family="resin")),
        setup_matrices=(matrix,),
        precedences=(Precedence("a", "s"),),
        objective=Objective(makespan=1),
    )
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])

    assert kernel.tabu(search.decoder.plant, search.path, 100, 5, 0) < 100, "it has lost patience"
    assert verify(question, search.best()) == ()


def test_a_bound_ends_it() -> None:
    question = read_instance(DATA / "jsp_ft06.txt")
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])

    assert kernel.tabu(search.decoder.plant, search.path, 1_000_000, 1_000, 60) < 1_000_000


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


@given(shops())
@settings(max_examples=60)
def test_what_moves_change_is_what_measuring_all_would_say(question: Problem) -> None:
    search = Tabu(question, 1)
    assert search.begin(next(dispatch(question))[1])
    path = search.path
    for _ in range(5):
        kernel.tabu(search.decoder.plant, path, 7, 1_000, 0)
        heads, tails, makespan = path.head.copy(), path.tail.copy(), path.memo[tables.MAKESPAN_NOW]
        again = Tabu(question, 1)
        again.path.best_mode[:], again.path.best_previous[:] = path.mode, path.previous
        assert kernel.begin_path(again.decoder.plant, again.path)

        assert (again.path.head == heads).all()
        assert (again.path.tail == tails).all()
        assert again.path.memo[tables.MAKESPAN_NOW] == makespan
        assert sorted(path.order) == list(range(len(heads)))


@given(shops(), st.integers(0, 10))
@settings(max_examples=60)
def test_what_lies_between_two_schedules_is_a_legal_one(question: Problem, tenths: int) -> None:
    one, other = Tabu(question, 1), Tabu(question, 2)
    assert one.begin(next(dispatch(question))[1])
    assert other.begin_at_random()
    plant = one.decoder.plant
    rank = np.argsort(one.decoder.topological)

    mode, previous = between((one.elite(), other.elite()), tenths / 10, plant.mode[:, tables.MACHINE], rank, random.Random(1))

    one.path.best_mode[:], one.path.best_previous[:] = mode, previous
    assert kernel.begin_path(plant, one.path)
    assert verify(question, one.best()) == ()
    if tenths == 0:
        assert one.elite().differs(Elite(0, mode, previous, mode, 0)) == 0


def test_elites_are_few_and_not_alike() -> None:
    search = Tabu(read_instance(DATA / "fjsp_mk01.txt"), 1)
    elites = Elites()
    assert elites.pair(random.Random(1)) is None
    for makespan in (50, 40, 60):
        assert search.begin_at_random()
        for longer in (3, 0, 5):
            elites.add(search.elite()._replace(makespan=makespan + longer))
    assert elites.makespans() == [40, 50, 60]

    for makespan in range(20, 20 + SIZE):
        assert search.begin_at_random()
        elites.add(search.elite()._replace(makespan=makespan))
    assert elites.makespans() == list(range(20, 20 + SIZE))
    one, other = elites.pair(random.Random(1)) or (None, None)
    assert one is not None
    assert one is not other


def _work(weight: int) -> int:
    """Ticks that machines are busy in all, in the best schedule of a search that weighs longer runs like this."""
    search = Tabu(read_instance(DATA / "fjsp_mk01.txt"), 1)
    search.path.memo[tables.WEIGHT_OF_RUN] = weight
    assert search.begin(next(dispatch(read_instance(DATA / "fjsp_mk01.txt")))[1])
    kernel.tabu(search.decoder.plant, search.path, 2_000, 2_000, 0)
    return int(search.decoder.plant.mode[search.path.best_mode, tables.RUN].sum())


def test_the_more_longer_runs_count_the_less_work_there_is() -> None:
    least, most = _work(RUN_WEIGHTS[0]), _work(RUN_WEIGHTS[-1])
    assert most < least


def test_a_search_weighs_runs_like_one_that_found_what_it_begins_from() -> None:
    search = Tabu(read_instance(DATA / "fjsp_mk01.txt"), 1)
    found: list[Elite] = []
    while len({each.run_weight for each in found}) < len(RUN_WEIGHTS):
        assert search.begin_at_random()
        found.append(search.elite())
    by_weight = {each.run_weight: each for each in found}
    assert set(by_weight) == set(RUN_WEIGHTS)
    weights = []
    for _ in range(300):
        search.begin_between((by_weight[RUN_WEIGHTS[1]], by_weight[RUN_WEIGHTS[3]]))
        weights.append(search.elite().run_weight)
    parents = [weights.count(weight) for weight in (RUN_WEIGHTS[1], RUN_WEIGHTS[3])]
    assert min(parents) > 100
    assert 0 < len(weights) - sum(parents) < 50


def test_slices_that_end_early_do_not_grow_without_end() -> None:
    search = Tabu(read_instance(DATA / "jsp_ft06.txt"), 1)
    assert search.begin_at_random()
    for _ in range(1_200):
        search.run_slice(search.best_makespan)
    assert search.path.memo[tables.TURN_OF_BEST] == search.path.memo[tables.TURN]
