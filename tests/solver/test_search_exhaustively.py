"""On problems so small that every schedule can be looked at, the search finds the best one and says so."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver import portfolio
from solver.bounds import lower_bound
from solver.conflicts import _weaker_problems
from solver.diagnose import diagnose
from solver.limits import Limits
from solver.problem import Objective, Problem
from solver.project_search import is_project
from solver.schedule import Schedule, measure, objective_value
from solver.tabu_search import is_plain_shop
from solver.verify import verify
from tests.solver.exhaustive import Best, best_schedule
from tests.solver.listening import listen
from tests.solver.reference import is_legal
from tests.solver.spots import all_assignments
from tests.solver.toys import TERMS, mixtures, project_toys, shop_toys, toys

ALONE, TOGETHER = Limits(seconds=60, threads=1), Limits(seconds=60, threads=2)


def check(problem: Problem, limits: Limits) -> Best | None:
    """The search agrees with the list of all schedules."""
    heard, best = listen(problem, limits), best_schedule(problem)
    if best is None:
        assert heard.finished.outcome == "infeasible"
        assert not heard.improvements
        return None
    assert (heard.finished.outcome, heard.finished.objective, heard.finished.bound) == ("optimal", best.objective, best.objective)
    assert all(bound <= best.objective for bound in heard.bounds)
    assert all(verify(problem, event.schedule) == () for event in heard.improvements)
    assert all(event.objective >= best.objective for event in heard.improvements)
    return best


@pytest.mark.parametrize("term", TERMS)
@given(data=st.data())
@settings(max_examples=40)
def test_the_best_by_any_term_is_found_and_proven(data: st.DataObject, term: str) -> None:
    check(data.draw(only(term)), ALONE)


@pytest.mark.parametrize("term", TERMS)
@given(data=st.data())
@settings(max_examples=15)
def test_so_it_is_by_local_search_and_cp_sat_together(data: st.DataObject, term: str) -> None:
    with patch.object(portfolio, "SMALL", 0):
        check(data.draw(only(term)), TOGETHER)


def only(term: str) -> st.SearchStrategy[Problem]:
    """Toys in which nothing else counts."""
    return toys(st.just(Objective(**{term: 1}, tiers=())), most=6)


@given(toys(mixtures(), most=6))
@settings(max_examples=80)
def test_so_is_the_best_by_several(problem: Problem) -> None:
    check(problem, ALONE)


@given(toys(mixtures()))
@settings(max_examples=20)
def test_so_it_is_when_several_search_together(problem: Problem) -> None:
    with patch.object(portfolio, "SMALL", 0):
        check(problem, TOGETHER)


@given(shop_toys())
@settings(max_examples=20)
def test_so_it_is_in_shops_with_tabu_search(problem: Problem) -> None:
    assert is_plain_shop(problem)
    with patch.object(portfolio, "HEAD_START_SECONDS", 0.05):
        check(problem, TOGETHER)


@given(project_toys())
@settings(max_examples=30)
def test_so_it_is_in_projects_with_a_search_of_their_own(problem: Problem) -> None:
    assert is_project(problem)
    with patch.object(portfolio, "HEAD_START_SECONDS", 0.05):
        check(problem, TOGETHER)


@given(toys(mixtures()))
@settings(max_examples=100)
def test_no_schedule_is_better_than_the_bound_that_costs_nothing(problem: Problem) -> None:
    best = best_schedule(problem)
    if best is not None:
        assert lower_bound(problem) <= best.objective


@given(toys(mixtures()))
@settings(max_examples=100)
def test_what_is_at_fault_has_no_schedule(problem: Problem) -> None:
    if diagnose(problem):
        assert best_schedule(problem) is None


@given(toys(st.just(Objective()), most=3))
@settings(max_examples=100)
def test_what_is_to_blame_is_what_makes_it_possible_when_left_out(problem: Problem) -> None:
    with patch.object(portfolio, "PROBE_SECONDS", 60.0):
        heard = listen(problem, ALONE)
    if diagnose(problem) or heard.finished.outcome != "infeasible":
        return  # one in ten gets here
    for demand, weaker in _weaker_problems(problem):
        is_blamed = f"There is a schedule when {demand} left out." in heard.finished.reasons
        assert is_blamed == (best_schedule(weaker) is not None)


@given(toys(mixtures(), most=2))
@settings(max_examples=60)
def test_nothing_that_is_cut_off_would_have_been_better(problem: Problem) -> None:
    """A naive simulation, which lives through all that can be put together, finds nothing better."""
    problem = replace(problem, horizon=7)
    spots = [list(all_assignments(problem, operation)) for operation in problem.operations]
    schedules = [Schedule(chosen) for chosen in product(*spots)]
    values = [objective_value(problem.objective, measure(problem, each)) for each in schedules if is_legal(problem, each)]
    best = best_schedule(problem)
    assert min(values, default=None) == (best.objective if best else None)
