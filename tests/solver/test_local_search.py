"""Annealing: legal schedules only, better and better, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from solver import local_search
from solver.decode import Decoder
from solver.decoding.clusters import make_clusters, maximum_lags
from solver.decoding.moves import Moves
from solver.dispatch import dispatch
from solver.local_search import improve
from solver.problem import Objective, Order, Problem
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import operation, problem
from tests.solver.strategies import problems
from tests.solver.workshop import Workshop


def after(times: int) -> Callable[[], bool]:
    """Stops when it has been asked so often."""
    asked = iter(range(times))
    return lambda: next(asked, None) is None


def value(question: Problem, found: Schedule) -> int:
    return objective_value(question.objective, measure(question, found))


def improved(question: Problem, start: Schedule, times: int, seed: int = 1) -> list[Schedule]:
    found: list[Schedule] = []
    improve(question, start, seed, after(times), found.append)
    return found


@given(problems())
@settings(max_examples=25)
def test_every_step_is_legal_and_better(question: Problem) -> None:
    for _, start in dispatch(question):
        found = improved(question, start, 100)
        assert all(verify(question, schedule) == () for schedule in found)
        assert all(value(question, later) < value(question, earlier) for earlier, later in pairwise([start, *found]))
        break


def test_a_workshop_gets_much_better() -> None:
    question = Workshop(orders=12, days=14).problem()
    start = next(dispatch(question))[1]

    found = improved(question, start, 1500)

    assert verify(question, found[-1]) == ()
    assert value(question, found[-1]) < value(question, start)


def test_a_bad_order_on_one_machine_is_put_right() -> None:
    operations = [operation(f"a{number}", 10, order=f"o{number}") for number in range(5)]
    orders = tuple(Order(f"o{number}", f"O{number}", due=50 - 10 * number, weight=1 + number) for number in range(5))
    question = problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))
    start = Decoder(question).decode([each.id for each in operations])
    assert start is not None
    assert value(question, start) > 0

    assert value(question, improved(question, start, 2000)[-1]) == 0


def test_the_same_seed_finds_the_same() -> None:
    question = Workshop(orders=6, days=14).problem()
    start = next(dispatch(question))[1]

    assert improved(question, start, 300, seed=3) == improved(question, start, 300, seed=3)


def test_a_large_problem_is_decoded_once_before_annealing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each list of ten thousand operations takes seconds, and there are twenty-two."""
    monkeypatch.setattr(local_search, "FIRST_LISTS", 0)
    question = Workshop(orders=3, days=14).problem()
    start = next(dispatch(question))[1]
    run, results = Decoder.run, list[object]()

    def counted(*arguments: Any) -> Any:
        results.append(run(*arguments))
        return results[-1]

    monkeypatch.setattr(Decoder, "run", counted)
    improved(question, start, 100)

    assert sum(result is not None for result in results) == 1


def test_nothing_to_change_ends_at_once() -> None:
    question = problem(operation("a"))
    start = next(dispatch(question))[1]

    improve(question, start, 1, lambda: False, lambda _: None)


def test_a_move_takes_along_whatever_must_precede_or_follow() -> None:
    question = Workshop(orders=5, days=14).problem()
    decoder = Decoder(question)
    clusters = make_clusters(decoder.arrays, (), maximum_lags(decoder.arrays))
    moves = Moves(clusters)
    sequence = _topological([cluster.after for cluster in clusters])

    for source in range(len(sequence)):
        for target in range(len(sequence)):
            moved = (moves.pull if target < source else moves.push)(sequence, source, target)
            assert sorted(moved) == sorted(sequence)
            index = {place: number for number, place in enumerate(moved)}
            assert all(index[place] < index[other] for place, cluster in enumerate(clusters) for other in cluster.after)


def _topological(after_each: list[tuple[int, ...]]) -> list[int]:
    waiting = [sum(place in others for others in after_each) for place in range(len(after_each))]
    ready = [place for place, count in enumerate(waiting) if not count]
    for place in ready:
        for other in after_each[place]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return ready
