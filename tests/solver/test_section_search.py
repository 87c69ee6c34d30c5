"""Large shops by sections: what is found in one fits into the plan, and so do the sections of several threads at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solver import portfolio, section_search
from solver.dispatch import dispatch
from solver.events import Event, Improved
from solver.incumbent import Incumbent
from solver.instances import read_instance
from solver.kernel import tables
from solver.limits import Limits
from solver.portfolio import special_search
from solver.problem import Objective, Problem
from solver.schedule import measure
from solver.section_search import LATE, SOON, Board, Plan, SectionSearch, joined
from solver.verify import verify
from tests.solver.examples import operation, problem
from tests.solver.listening import listen
from tests.solver.shops import shops

SHOP = read_instance(Path(__file__).parent / "data" / "jsp_ft06.txt")


def searching(question: Problem, board: Board, seed: int = 1, seconds: float = 60.0) -> SectionSearch:
    """One that has begun with the first plan that there is."""
    incumbent = Incumbent(question, lambda _: None)
    incumbent.offer(next(dispatch(question))[1], "rule")
    search = SectionSearch(incumbent, seed, monotonic() + seconds, board)
    assert search._begin()
    return search


def plan_of(size: int, makespan: int = 100) -> Plan:
    rows = np.arange(size)
    return Plan(makespan, np.zeros(size, dtype=np.int64), rows - 1, rows)


@given(shops(), st.integers(0, 9), st.integers(1, 8))
@settings(max_examples=60)
def test_a_section_makes_the_whole_plan_shorter_or_leaves_it_as_long(question: Problem, first: int, length: int) -> None:
    board = Board()
    search = searching(question, board)
    size = len(question.operations)
    first = min(first, size - 1)
    last = min(size, first + length)
    before = board.best
    assert before is not None
    outside = [*before.order[:first], *before.order[last:]]

    search._load(before.mode, before.previous)
    search._search(before.order, first, last, lambda: False)
    path = search._tabu.path
    after = search._load(path.best_mode.copy(), path.best_previous.copy())

    assert after is not None
    found = search._tabu.best()
    assert verify(question, found) == ()
    assert measure(question, found).makespan == after.makespan
    assert (after.mode[outside] == before.mode[outside]).all(), "nothing else has gone to another machine"
    if all(len(each.modes) == 1 for each in question.operations):
        assert after.makespan <= before.makespan


@given(shops(), st.integers(0, 2**20))
@settings(max_examples=60)
def test_two_sections_of_one_plan_fit_together(question: Problem, seed: int) -> None:
    """The places before a cut are changed by one, those behind it by the other."""
    board = Board()
    search = searching(question, board)
    base = board.best
    assert base is not None
    size = len(base.order)
    assume(size > 1)
    cut = random.Random(seed).randint(1, size - 1)
    found = []
    for first, last in ((0, cut), (cut, size)):
        search._load(base.mode, base.previous)
        search._search(base.order, first, last, lambda: False)
        path = search._tabu.path
        plan = search._load(path.best_mode.copy(), path.best_previous.copy())
        assert plan is not None
        found.append(plan)
    here = np.zeros(size, dtype=bool)
    here[base.order[:cut]] = True
    machine = search._tabu.decoder.plant.mode[:, tables.MACHINE]

    modes, previous = joined(found[1], found[0], here, machine)

    assert (modes == np.where(here, found[0].mode, found[1].mode)).all()
    both = search._load(modes, previous)
    if both is not None:
        schedule = search._tabu.best()
        assert verify(question, schedule) == ()
        assert measure(question, schedule).makespan == both.makespan


def test_nobody_works_where_another_does() -> None:
    board = Board()
    board.put(1, plan_of(100), 1.0)
    dice = random.Random(1)
    for _ in range(50):
        spans = [board.take(worker, dice)[1:] for worker in (1, 2, 3)]
        places = [place for first, last in spans for place in range(first, last)]
        assert len(set(places)) == len(places)


@pytest.mark.parametrize("size", [1, 6, 100])
def test_every_operation_has_its_turn(size: int) -> None:
    board = Board()
    board.put(1, plan_of(size), 1.0)
    dice = random.Random(1)
    spans = [board.take(1, dice)[1:] for _ in range(300)]
    assert all(first < last for first, last in spans)
    assert {place for first, last in spans for place in range(first, last)} == set(range(size))


def test_a_worse_plan_is_not_put() -> None:
    board = Board()
    for makespan in (100, 90, 95):
        board.put(1, plan_of(10, makespan), 1.0)
    assert board.best is not None
    assert board.best.makespan == 90


def test_sections_are_left_later_once_a_whole_round_has_gained_little() -> None:
    board = Board()
    for makespan in range(100_000, 80_000, -500):
        board.put(1, plan_of(10, makespan), 0.5)
    assert board.patience == SOON
    for makespan in range(80_000, 79_900, -1):
        board.put(1, plan_of(10, makespan), 0.5)
    assert board.patience == LATE


def test_a_plan_is_told_once() -> None:
    board = Board()
    assert board.claim() is None
    board.put(1, plan_of(10, 100), 1.0)
    assert board.claim() is board.best
    assert board.claim() is None
    board.put(1, plan_of(10, 100), 1.0)
    assert board.claim() is None, "as good as what is told already"
    board.put(1, plan_of(10, 99), 1.0)
    assert board.claim() is board.best


def test_threads_make_one_plan_shorter_together() -> None:
    events: list[Event] = []
    incumbent = Incumbent(SHOP, events.append)
    incumbent.offer(next(dispatch(SHOP))[1], "rule")
    first = incumbent.objective
    board = Board()
    until = monotonic() + 2
    searches = [SectionSearch(incumbent, seed, until, board) for seed in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(search.run, lambda: False) for search in searches]:
            work.result()

    assert board.best is not None
    assert first is not None
    assert incumbent.objective == board.best.makespan < first
    told = [event.objective for event in events if isinstance(event, Improved)]
    assert told == sorted(set(told), reverse=True)


def test_what_was_found_is_told_before_the_time_is_up() -> None:
    board = Board()
    search = searching(SHOP, board, seconds=0.5)
    search.run(lambda: False)
    assert board.best is not None
    assert search._incumbent.objective == board.best.makespan
    assert monotonic() < search._until + 0.5


def test_large_shops_are_searched_so() -> None:
    for size, kind in ((section_search.LARGE, SectionSearch), (section_search.LARGE - 1, None)):
        shop = problem(*(operation(f"a{number}", 1) for number in range(size)), objective=Objective(makespan=1))
        special = special_search(shop, 1.0)
        assert isinstance(special, partial)
        assert (special.func is SectionSearch) == (kind is not None)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_large_shop_is_searched_so_by_every_thread(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in ("SMALL", "MIDDLE", "LARGE"):
        monkeypatch.setattr(portfolio, size, 10)
    heard = listen(SHOP, Limits(seconds=1.5, threads=threads))
    sources = {event.source for event in heard.events if isinstance(event, Improved)}
    assert "tabu search" in sources
    assert "CP-SAT" not in sources
