"""Threads that urge the same list go on from what any of them has found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np

from solver.bench.plants import FEATURES, plant
from solver.decode import Decoder
from solver.dispatch import dispatch
from solver.kernel import tables as t
from solver.local_search import Annealing, Pace
from solver.schedule import measure, objective_value
from solver.urgings import Pushes, Urgings, meet
from solver.verify import verify


def searching(best_value: int, push: list[int]) -> Any:
    memo = np.zeros(t.MEMOS, dtype=np.int64)
    memo[t.BEST_VALUE] = best_value
    return SimpleNamespace(memo=memo, push=np.array(push), best_push=np.array(push))


class Takes:
    """Whose lists are worth what is said here; the others nothing that anybody wants."""

    def __init__(self, **worth_of: int) -> None:
        self._worth_of = worth_of
        self.taken: list[list[int]] = []

    def __call__(self, push: np.ndarray, limit: int) -> bool:
        is_taken = self._worth_of.get("p" + "_".join(map(str, push)), 10**9) <= limit
        if is_taken:
            self.taken.append(push.tolist())
        return is_taken


def test_who_is_ahead_goes_on_as_he_is() -> None:
    urgings, takes = Urgings(), Takes(p1_0=50)
    meet(urgings, searching(100, [0, 1]), takes)
    meet(urgings, searching(50, [1, 0]), takes)

    assert takes.taken == []
    assert urgings.tell(Pushes(60, np.array([9, 9]))).push.tolist() == [1, 0]


def test_who_is_behind_adds_what_the_other_has_pushed_further() -> None:
    urgings, takes = Urgings(), Takes(p2_0=50, p2_1=40)
    meet(urgings, searching(50, [2, 0]), takes)
    meet(urgings, searching(100, [1, 1]), takes)

    assert takes.taken == [[2, 1]]


def test_or_takes_the_other_s_when_both_together_are_worse() -> None:
    urgings, takes = Urgings(), Takes(p2_0=50, p2_1=51)
    meet(urgings, searching(50, [2, 0]), takes)
    meet(urgings, searching(100, [1, 1]), takes)

    assert takes.taken == [[2, 0]]


def test_what_is_told_stays_as_it_was_told() -> None:
    urgings, search = Urgings(), searching(50, [2, 0])
    meet(urgings, search, Takes())
    search.best_push[0] = 7

    assert urgings.tell(Pushes(60, np.array([9, 9]))).push.tolist() == [2, 0]


def test_pushes_of_another_list_mean_nothing_here() -> None:
    urgings = Urgings()

    assert urgings.join(np.array([0, 1, 2]))
    assert urgings.join(np.array([0, 1, 2]))
    assert not urgings.join(np.array([0, 2, 1]))


def test_of_two_searches_the_one_behind_is_as_far_as_the_other_afterwards() -> None:
    question = plant(300, FEATURES)
    first = next(dispatch(question))[1]
    searches = [Annealing(Decoder(question), seed) for seed in (1, 2)]
    for seed, search in enumerate(searches, 1):
        assert search.begin(first, lambda: False)
        search.go_on(Pace(seed, 200))
    ahead, behind = sorted(searches, key=lambda search: search.best_value)
    assert ahead.best_value < behind.best_value

    urgings = Urgings()
    for search in (ahead, behind):
        meet(urgings, search.search, search._take_pushes)

    found = behind.best()
    assert behind.best_value <= ahead.best_value
    assert objective_value(question.objective, measure(question, found)) == behind.best_value
    assert verify(question, found) == ()


def test_threads_that_urge_at_once_tell_one_another() -> None:
    """On the way of a search that has several: no more than one list is told of, the best."""
    question = plant(300, FEATURES)
    first = next(dispatch(question))[1]
    urgings = Urgings()
    searches = [Annealing(Decoder(question), seed, urgings=urgings) for seed in (1, 2)]
    assert all(search.begin(first, lambda: False) for search in searches)

    def urge(search: Annealing, seed: int) -> None:
        pace = Pace(seed, 3000)
        while pace.is_urging and not pace.is_over:
            search.go_on(pace)

    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(urge, search, seed) for seed, search in enumerate(searches, 1)]:
            work.result()
    nobody = Pushes(2**62, np.zeros(1, dtype=np.int64))
    assert urgings.tell(nobody).value < objective_value(question.objective, measure(question, first))
