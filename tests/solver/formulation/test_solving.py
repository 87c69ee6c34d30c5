"""CP-SAT as the search sees it: what it takes, and what its word is worth."""

from __future__ import annotations

import pytest

from solver.bench.plants import FEATURES, plant
from solver.diagnose import diagnose
from solver.dispatch import dispatch
from solver.formulation.build import build
from solver.formulation.grounds import Grounds
from solver.formulation.solving import Effort, InvalidFormulation, Solve
from solver.formulation.variables import Formulation
from solver.problem import Actual, BaselineStart, Objective, Order, Precedence, Problem
from solver.schedule import measure, objective_value
from tests.solver.examples import machine, operation, problem

HUGE = 2**40


def _formulation(plain: Problem) -> Formulation:
    assert diagnose(plain) == ()
    return build(Grounds.of(plain))


@pytest.mark.parametrize("seed", [-1, 0, 2**31, 2**70])
def test_any_seed_will_do(seed: int) -> None:
    two = problem(operation("a"), operation("b"))
    assert Solve(_formulation(two), Effort(20.0, 1, seed)).run().bound == 20


def test_the_largest_numbers_do_not_overflow() -> None:
    huge = problem(
        operation("a", order="o1"),
        operation("b", order="o2"),
        operation("c", order="o2", actual=Actual("m1", -HUGE, -HUGE, end=-HUGE)),
        horizon=HUGE,
        machines=(machine("m1", windows=((0, HUGE),), capacity=HUGE),),
        orders=(Order("o1", "O1", release=-HUGE, due=HUGE, deadline=HUGE), Order("o2", "O2", release=-HUGE, due=0)),
        precedences=(Precedence("a", "b", 0, HUGE),),
        baseline=(BaselineStart("a", "m1", -HUGE, HUGE),),
        churn_tolerance=HUGE,
        objective=Objective(weighted_tardiness=100, makespan=100, flow_time=100, churn=100),
    )
    assert Solve(_formulation(huge), Effort(20.0, 1, 1)).run().picks is not None


def test_a_solve_without_time_knows_no_bound() -> None:
    """CP-SAT then says 0, and an order that was completed before its release makes better objectives than that possible."""
    early = problem(
        operation("a"),
        operation("b"),
        operation("c", order="o2", actual=Actual("m1", -20, -20, end=-10)),
        orders=(Order("o1", "O1"), Order("o2", "O2", release=200)),
        objective=Objective(flow_time=1),
    )
    solve = Solve(_formulation(early), Effort(0.0, 1, 1))
    solve._solver.parameters.max_time_in_seconds = 0.0
    result = solve.run()
    assert (result.verdict, result.bound) == ("unknown", None)


def test_a_formulation_that_cp_sat_does_not_take_is_told_with_its_reason() -> None:
    formulation = _formulation(problem(operation("a")))
    formulation.cp.add(2**60 * formulation.timed["a"].setup_start <= 2**62)
    with pytest.raises(InvalidFormulation, match="overflow"):
        Solve(formulation, Effort(20.0, 1, 1)).run()


def test_what_is_known_is_soon_known_to_cp_sat() -> None:
    """Presolve of a plant with everything must not take all the time that there is, and lose the hint."""
    question = plant(60, FEATURES)
    known = next(dispatch(question))[1]
    worth = objective_value(question.objective, measure(question, known))
    formulation = build(Grounds.of(question), incumbent=known, upper_bound=worth)
    assert Solve(formulation, Effort(10.0, 1, 1, first_only=True)).run().picks is not None
