"""Every term of the objective is what `measure` says, and hints are complete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from ortools.sat.python import cp_model

from solver.formulation.build import build
from solver.formulation.extract import extract
from solver.formulation.grounds import Grounds
from solver.formulation.objective import latest_completions
from solver.formulation.solving import Effort, Solve
from solver.problem import BaselineStart, Mode, Objective, Order, Problem, SetupMatrix
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.strategies import planned

ALONE = Effort(20.0, 1, 1)


def _only(term: str) -> Objective:
    return Objective(**{term: 1}, tiers=())


def _best(plain: Problem) -> tuple[Schedule, int]:
    formulation = build(Grounds.of(plain))
    result = Solve(formulation, ALONE).run()
    assert result.verdict == "optimal"
    assert result.picks is not None
    assert result.bound is not None
    return extract(formulation, result.picks), result.bound


def _two_orders(**changes: Any) -> Problem:
    return problem(
        operation("a", order="o1", modes=(Mode("m1", 10), Mode("m2", 15, cost=4))),
        operation("b", order="o2", modes=(Mode("m1", 20), Mode("m2", 30, cost=4))),
        machines=(machine("m1"), machine("m2")),
        orders=(Order("o1", "O1", due=9, weight=2), Order("o2", "O2", due=12, weight=3)),
        **changes,
    )


@pytest.mark.parametrize(
    ("term", "value"),
    [("weighted_tardiness", 36), ("late_orders", 2), ("makespan", 20), ("mode_cost", 0), ("flow_time", 35), ("setup", 0)],
)
def test_each_term_alone(term: str, value: int) -> None:
    best, bound = _best(_two_orders(objective=_only(term)))
    assert getattr(measure(_two_orders(), best), term) == value
    assert bound == value


def test_churn_counts_what_has_moved_by_more_than_the_tolerance() -> None:
    baseline = (BaselineStart("a", "m1", 0, 0), BaselineStart("b", "m1", 5, 5))
    both = problem(operation("a"), operation("b"), baseline=baseline, objective=_only("churn"))
    assert _best(both)[1] == 1, "they overlap in the baseline, so one has to move"
    assert _best(replace(both, churn_tolerance=5))[1] == 0


def test_setup_counts_changeovers() -> None:
    matrix = SetupMatrix("x", "Colours", ("red", "blue"), ((0, 7), (7, 0)))
    operations = [operation(key, setup_family=family) for key, family in (("a", "red"), ("b", "blue"), ("c", "red"))]
    painted = problem(*operations, machines=(machine(setup_matrix="x"),), setup_matrices=(matrix,), objective=_only("setup"))
    assert _best(painted)[1] == 7


def test_an_upper_bound_leaves_only_what_is_as_good() -> None:
    grounds = Grounds.of(_two_orders(objective=_only("makespan")))
    assert Solve(build(grounds, upper_bound=20), ALONE).run().verdict == "optimal"
    assert Solve(build(grounds, upper_bound=19), ALONE).run().verdict == "infeasible"


def test_completions_beyond_the_upper_bound_are_left_out() -> None:
    weights = Objective(weighted_tardiness=2, makespan=1)
    assert latest_completions(_two_orders(objective=weights), 40) == {"o1": 19, "o2": 18}
    assert latest_completions(_two_orders(objective=replace(weights, flow_time=1)), 40) == {}


@settings(max_examples=40, deadline=None)
@given(planned())
def test_a_legal_schedule_is_a_complete_hint_with_its_own_objective(plan: tuple[Problem, Schedule]) -> None:
    plain, old = plan
    if verify(plain, old):
        return
    formulation = build(Grounds.of(plain), incumbent=old)
    hinted = set(formulation.cp.proto.solution_hint.vars)
    constants = {index for index, variable in enumerate(formulation.cp.proto.variables) if len(set(variable.domain)) == 1}
    assert hinted | constants == set(range(len(formulation.cp.proto.variables)))
    solver = cp_model.CpSolver()
    solver.parameters.fix_variables_to_their_hinted_value = True
    solver.parameters.num_workers = 1
    solver.parameters.presolve_inclusion_work_limit = 0
    assert solver.solve(formulation.cp) == cp_model.OPTIMAL
    assert round(solver.objective_value) == objective_value(plain.objective, measure(plain, old))


def test_with_nothing_free_the_objective_is_a_constant() -> None:
    linked = problem(operation("a"))
    old = schedule(assignment("a", 0, 10))
    formulation = build(Grounds.of(linked), free=frozenset(), incumbent=old)
    result = Solve(formulation, ALONE).run()
    assert (result.verdict, result.bound) == ("optimal", 10)
