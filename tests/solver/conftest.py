"""How the property tests of the solver run, and what many of its tests need."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from solver.problem import Problem
from solver.process import SolverProcess
from solver.process.spare import Spare
from solver.schedule import Schedule
from solver.verify import Violation, rule_by_rule

# A plant takes some 200 draws. On a busy machine that is slow, which says nothing about the test.
settings.register_profile("plants", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plants")


@pytest.fixture
def spare() -> Iterator[Spare]:
    """The one of this process; nothing waits when the test begins and when it has ended."""
    yield SolverProcess.spare
    SolverProcess.spare.drop()


@pytest.fixture(scope="module")
def at_a_glance() -> Iterator[None]:
    """Schedules of few operations are looked at in the way of those of many, and no legal one rule by rule."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("solver.verify.FEW", -1)
        patch.setattr("solver.verify.rule_by_rule", _found_broken)
        yield


def _found_broken(problem: Problem, schedule: Schedule) -> tuple[Violation, ...]:
    violations = rule_by_rule(problem, schedule)
    assert violations, "What is legal is seen at a glance."
    return violations
