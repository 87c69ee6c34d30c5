"""People who can stand in for each other: who they are, and that nobody of them is in two places at one time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from solver.pools import pools, staffed
from solver.problem import Actual, Crew, Problem
from solver.schedule import Assignment
from tests.solver.examples import assignment, operation, operator, problem

WELD, MILL = Crew("weld"), Crew("mill")


def plant(*crews: Crew) -> Problem:
    people = (operator("p", "weld"), operator("q", "weld"), operator("r", "mill"))
    return problem(*(operation(f"a{number}", crew=(crew,)) for number, crew in enumerate(crews)), operators=people)


def test_those_who_can_do_the_same_are_a_pool() -> None:
    twice = replace(WELD, count=2)
    assert pools(plant(WELD, MILL, twice)) == {WELD: ("p", "q"), twice: ("p", "q"), MILL: ("r",)}


def test_one_who_differs_sets_only_those_apart_who_are_asked_together_with_him() -> None:
    question = plant(WELD, MILL)
    early = replace(question.operators[0], windows=((0, 500),))
    assert pools(replace(question, operators=(early, *question.operators[1:]))) == {MILL: ("r",)}


def test_whoever_has_history_is_a_person() -> None:
    question = plant(WELD, MILL)
    done = operation("done", actual=Actual("m1", -10, -10, end=-5, operators=(("q",),)))
    assert pools(replace(question, operations=(*question.operations, done))) == {MILL: ("r",)}


def test_what_has_begun_is_given_nobody() -> None:
    """Nobody has recorded who is at work on it, and that is how it stays."""
    question = plant(WELD, MILL)
    begun = operation("begun", crew=(WELD,), actual=Actual("m1", -10, -10, remaining=5))
    assert pools(replace(question, operations=(*question.operations, begun))) == {MILL: ("r",)}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9), st.integers(1, 3)), max_size=12))
def test_nobody_is_in_two_places(spans: list[tuple[int, int, int]]) -> None:
    """With exactly as many people as are needed at the busiest time."""
    load = [sum(count for start, run, count in spans if start <= tick < start + run) for tick in range(30)]
    question = problem(
        *(operation(f"a{number}", crew=(Crew("weld", count=count),)) for number, (*_, count) in enumerate(spans)),
        operators=tuple(operator(f"p{number}", "weld") for number in range(max(load))),
    )
    blank = [assignment(f"a{number}", start, start + run, operators=((),)) for number, (start, run, _) in enumerate(spans)]

    found = list(staffed(question, pools(question), blank))

    assert [len(each.operators[0]) for each in found] == [count for *_, count in spans]
    held: dict[str, list[Assignment]] = defaultdict(list)
    for each in found:
        for person in each.operators[0]:
            assert all(other.end <= each.start or each.end <= other.start for other in held[person])
            held[person].append(each)


def test_whom_no_pool_gave_stays() -> None:
    question = problem(
        operation("a", crew=(Crew("test", phase="setup"), WELD)), operators=(operator("p", "weld"), operator("t", "test"))
    )
    given_before = [assignment("a", 0, 10, operators=(("t",), ()))]

    assert [each.operators for each in staffed(question, pools(question), given_before)] == [(("t",), ("p",))]
