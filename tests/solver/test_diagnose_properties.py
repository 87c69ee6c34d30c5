"""What must hold of `diagnose` whatever the problem."""

from hypothesis import given

from solver.diagnose import diagnose
from solver.problem import Problem
from solver.schedule import Schedule
from tests.solver.broken import broken_problems, nonsense
from tests.solver.strategies import fresh_plans, planned


@given(nonsense())
def test_nonsense_is_survived_and_named(problem: Problem) -> None:
    for fault in diagnose(problem):
        assert fault.message.endswith(".")


@given(broken_problems())
def test_a_few_wrong_fields_are_survived(problem: Problem) -> None:
    for fault in diagnose(problem):
        assert fault.message.endswith(".")


@given(fresh_plans())
def test_a_problem_that_has_a_schedule_has_no_fault(pair: tuple[Problem, Schedule]) -> None:
    assert diagnose(pair[0]) == ()


@given(planned())
def test_nor_has_one_with_history_pins_and_a_frozen_zone(pair: tuple[Problem, Schedule]) -> None:
    assert diagnose(pair[0]) == ()
