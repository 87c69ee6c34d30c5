"""What is seen to be sound at a glance is not looked at row by row: that must hide nothing, and change no word."""

from unittest.mock import patch

from hypothesis import example, given

from solver.diagnose import Fault, diagnose, makes_sense
from solver.faults import links, operations, rows
from solver.problem import Mode, Precedence, Problem
from tests.solver.broken import broken_problems, nonsense
from tests.solver.examples import operation, problem

BACKWARDS = problem(*map(operation, "abc"), precedences=(Precedence("c", "b"), Precedence("b", "a")))
CIRCLE = problem(*map(operation, "abc"), precedences=(Precedence("a", "b"), Precedence("b", "c"), Precedence("c", "a")))
LAST_MODE_COSTS_TOO_MUCH = problem(operation("a"), operation("b", modes=(Mode("m1", 10), Mode("m2", 10, cost=2**40 + 1))))


def row_by_row(question: Problem) -> tuple[Fault, ...]:
    with (
        patch.object(rows, "_are_moderate", return_value=False),
        patch.object(operations, "_are_sound", return_value=False),
        patch.object(links, "_are_in_order", return_value=False),
    ):
        return diagnose(question)


@given(nonsense())
@example(LAST_MODE_COSTS_TOO_MUCH)
def test_nonsense_is_as_wrong_as_row_by_row(question: Problem) -> None:
    assert diagnose(question) == row_by_row(question)


@given(broken_problems())
@example(BACKWARDS)
@example(CIRCLE)
def test_so_are_a_few_wrong_fields(question: Problem) -> None:
    assert diagnose(question) == row_by_row(question)


def test_what_waits_for_something_behind_it_in_the_problem_makes_sense() -> None:
    assert makes_sense(BACKWARDS)
    assert not makes_sense(CIRCLE)
