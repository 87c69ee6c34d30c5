"""Changeovers: the operation just before decides, whatever the matrix looks like."""

from __future__ import annotations

from typing import Any

from solver.problem import Actual, Mode, Operation, Problem, SetupMatrix
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.formulation.refusals import refusals

# From red to blue directly takes longer than by way of green: no triangle inequality.
MATRIX = SetupMatrix("x", "Colours", ("red", "blue", "green"), ((0, 9, 2), (4, 0, 4), (2, 2, 0)))
RED, BLUE, GREEN = (operation(key, setup_family=family) for key, family in (("a", "red"), ("b", "blue"), ("c", "green")))


def _painted(*operations: Operation, **changes: Any) -> Problem:
    return problem(*operations, machines=(machine(setup_matrix="x", **changes),), setup_matrices=(MATRIX,))


def test_a_changeover_takes_its_time() -> None:
    both = _painted(RED, BLUE)
    assert refusals(both, schedule(assignment("a", 0, 10), assignment("b", 19, 29, setup_start=10))) == set()
    assert "setups" in refusals(both, schedule(assignment("a", 0, 10), assignment("b", 10, 20)))


def test_no_more_than_its_time() -> None:
    both = _painted(RED, BLUE)
    first = schedule(assignment("a", 14, 24, setup_start=10), assignment("b", 0, 10))
    assert refusals(both, first) == set()
    assert refusals(both, schedule(assignment("a", 0, 10), assignment("b", 20, 30))) == {"setups"}


def test_the_changeover_comes_on_top_of_the_modes_own_setup() -> None:
    slow = operation("b", setup_family="blue", modes=(Mode("m1", 10, setup=3),))
    both = _painted(RED, slow)
    assert refusals(both, schedule(assignment("a", 0, 10), assignment("b", 22, 32, setup_start=10))) == set()
    assert "setups" in refusals(both, schedule(assignment("a", 0, 10), assignment("b", 13, 23, setup_start=10)))


def test_only_the_operation_just_before_counts() -> None:
    three = _painted(RED, BLUE, GREEN)
    by_green = schedule(assignment("a", 0, 10), assignment("b", 24, 34, setup_start=22), assignment("c", 12, 22, setup_start=10))
    assert refusals(three, by_green) == set()
    as_if_direct = schedule(
        assignment("a", 0, 10), assignment("b", 31, 41, setup_start=22), assignment("c", 12, 22, setup_start=10)
    )
    assert refusals(three, as_if_direct) == {"setups"}


def test_what_the_machine_is_set_up_for_at_first() -> None:
    one = _painted(BLUE, initial_family="red")
    assert refusals(one, schedule(assignment("b", 9, 19, setup_start=0))) == set()
    assert "setups" in refusals(one, schedule(assignment("b", 9, 19)))
    assert refusals(_painted(BLUE), schedule(assignment("b", 9, 19))) == set()


def test_what_was_done_last_decides_before_the_initial_family() -> None:
    done = operation("a", setup_family="green", actual=Actual("m1", -10, -10, end=-2))
    after = _painted(done, BLUE, initial_family="red")
    fact = assignment("a", -10, -2)
    assert refusals(after, schedule(fact, assignment("b", 2, 12, setup_start=0))) == set()
    assert refusals(after, schedule(fact, assignment("b", 9, 19, setup_start=0))) == {"ways"}


def test_a_machine_that_is_not_used_needs_no_changeover() -> None:
    anywhere = operation("b", setup_family="blue", modes=(Mode("m1", 10), Mode("m2", 10)))
    machines = (machine("m1", setup_matrix="x", initial_family="red"), machine("m2"))
    free = problem(anywhere, machines=machines, setup_matrices=(MATRIX,))
    assert refusals(free, schedule(assignment("b", 0, 10, machine="m2"))) == set()
    assert refusals(free, schedule(assignment("b", 9, 19, setup_start=0))) == set()
