"""Precedences and pinned sequences."""

from __future__ import annotations

from solver.problem import Actual, Mode, Pin, Precedence
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.formulation.refusals import refusals

TWO = (machine("m1"), machine("m2"))
A = operation("a")
B = operation("b", modes=(Mode("m2", 10),))


def _second_at(start: int, link: Precedence) -> set[str]:
    """The second operation `start` ticks after the first one, which lasts 10."""
    linked = problem(A, B, machines=TWO, precedences=(link,))
    late = 50 + start
    return refusals(linked, schedule(assignment("a", 50, 60), assignment("b", late, late + 10, machine="m2")))


def test_the_next_waits_for_the_material() -> None:
    assert _second_at(9, Precedence("a", "b")) == {"precedences"}
    assert _second_at(10, Precedence("a", "b")) == set()


def test_a_shortest_wait() -> None:
    assert _second_at(14, Precedence("a", "b", min_lag=5)) == {"precedences"}
    assert _second_at(15, Precedence("a", "b", min_lag=5)) == set()


def test_a_negative_wait_lets_them_overlap() -> None:
    assert _second_at(6, Precedence("a", "b", min_lag=-3)) == {"precedences"}
    assert _second_at(7, Precedence("a", "b", min_lag=-3)) == set()


def test_a_longest_wait() -> None:
    assert _second_at(16, Precedence("a", "b", max_lag=5)) == {"precedences"}
    assert _second_at(15, Precedence("a", "b", max_lag=5)) == set()


def test_the_teardown_is_not_waited_for_but_the_run_is() -> None:
    slow = operation("a", modes=(Mode("m1", 10, teardown=5),))
    linked = problem(slow, B, machines=TWO, precedences=(Precedence("a", "b"),))
    assert refusals(linked, schedule(assignment("a", 0, 10, end=15), assignment("b", 10, 20, machine="m2"))) == set()


def test_a_link_into_a_fact_is_history() -> None:
    begun = operation("b", modes=(Mode("m2", 10),), actual=Actual("m2", -5, -5, remaining=5))
    linked = problem(A, begun, machines=TWO, precedences=(Precedence("a", "b"),))
    assert refusals(linked, schedule(assignment("a", 30, 40), assignment("b", -5, 5, machine="m2"))) == set()


def test_a_pinned_sequence_holds_with_others_between() -> None:
    pinned = problem(operation("a"), operation("b"), operation("c"), pins=(Pin("b", after="a"),))
    kept = schedule(assignment("a", 0, 10), assignment("b", 20, 30), assignment("c", 10, 20))
    broken = schedule(assignment("a", 20, 30), assignment("b", 0, 10), assignment("c", 10, 20))
    assert refusals(pinned, kept) == set()
    assert "sequence" in refusals(pinned, broken)


def test_a_pinned_sequence_is_on_one_machine() -> None:
    anywhere = (Mode("m1", 10), Mode("m2", 10))
    pinned = problem(operation("a", modes=anywhere), operation("b", modes=anywhere), machines=TWO, pins=(Pin("b", after="a"),))
    apart = schedule(assignment("a", 0, 10), assignment("b", 10, 20, machine="m2"))
    together = schedule(assignment("a", 0, 10, machine="m2"), assignment("b", 10, 20, machine="m2"))
    assert refusals(pinned, apart) == {"sequence"}
    assert refusals(pinned, together) == set()
