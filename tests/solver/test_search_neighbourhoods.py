"""Neighbourhoods: what they free, and what they learn."""

from __future__ import annotations

from hypothesis import assume, given, settings

from solver.bench.plants import EVERYTHING, plant
from solver.neighbourhoods import LARGEST, SMALLEST, Lesson, Neighbourhoods
from solver.problem import Problem
from solver.schedule import Schedule
from tests.solver.strategies import planned
from tests.solver.witness import find_schedule


@settings(max_examples=40, deadline=None)
@given(planned())
def test_something_is_free_and_never_a_fact(plan: tuple[Problem, Schedule]) -> None:
    problem, old = plan
    movable = {operation.id for operation in problem.operations if operation.actual is None}
    assume(movable)
    neighbourhoods = Neighbourhoods(problem, seed=1)
    for _ in range(20):
        chosen = neighbourhoods.choose(old).free
        assert chosen
        assert chosen <= movable


def _plant() -> tuple[Problem, Schedule]:
    problem = plant(36, set(EVERYTHING) - {"people"})
    old = find_schedule(problem, [operation.id for operation in problem.operations])
    assert old is not None
    return problem, old


def test_the_same_seed_chooses_the_same() -> None:
    problem, old = _plant()
    one, other = Neighbourhoods(problem, seed=7), Neighbourhoods(problem, seed=7)
    assert [one.choose(old).free for _ in range(10)] == [other.choose(old).free for _ in range(10)]


def test_what_gains_is_chosen_more_often() -> None:
    problem, old = _plant()
    neighbourhoods = Neighbourhoods(problem, seed=1)
    for _ in range(200):
        chosen = neighbourhoods.choose(old)
        gain = 100 if chosen.kind.name == "machine" else 0
        neighbourhoods.learn(chosen, Lesson(gain, seconds=1.0, is_finished=True))
    names = [neighbourhoods.choose(old).kind.name for _ in range(200)]
    assert names.count("machine") > 100


def test_sizes_follow_what_cp_sat_can_finish() -> None:
    problem, old = _plant()
    neighbourhoods = Neighbourhoods(problem, seed=1)
    chosen = neighbourhoods.choose(old)
    for _ in range(100):
        neighbourhoods.learn(chosen, Lesson(0, seconds=2.0, is_finished=False))
    assert chosen.kind.size == SMALLEST
    for _ in range(100):
        neighbourhoods.learn(chosen, Lesson(0, seconds=0.1, is_finished=True))
    assert chosen.kind.size == LARGEST
