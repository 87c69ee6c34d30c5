"""On problems so small that every schedule can be looked at, the search finds the best one and says so."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from solver.limits import Limits
from solver.problem import Problem
from solver.verify import verify
from tests.solver.formulation.toys import best_objective, toys
from tests.solver.listening import listen


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(toys())
def test_the_best_of_all_schedules_is_found_and_proven(problem: Problem) -> None:
    heard = listen(problem, Limits(seconds=60, threads=1))
    best = best_objective(problem)
    if best is None:
        assert heard.finished.outcome == "infeasible"
    else:
        assert (heard.finished.outcome, heard.finished.objective, heard.finished.bound) == ("optimal", best, best)
        assert verify(problem, heard.best) == ()
