"""Threads that urge the same list go on from what any of them has found."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from solver.bench.plants import EVERYTHING, plant
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
    question = plant(72, EVERYTHING)
    first = next(dispatch(question))[1]
    urgings = Urgings()
    searches = [Annealing(Decoder(question).twin(), seed, urgings=urgings) for seed in (1, 2)]
    paces = [Pace(seed, 4000) for seed in (1, 2)]
    assert all(search.begin(first, lambda: False) for search in searches)
    for _ in range(8):  # all of which urge
        for search, pace, other in zip(searches, paces, searches[::-1], strict=True):
            before = other.best_value
            search.go_on(pace)
            assert search.best_value <= before
    for search in searches:
        found = search.best()
        assert objective_value(question.objective, measure(question, found)) == search.best_value
        assert verify(question, found) == ()
