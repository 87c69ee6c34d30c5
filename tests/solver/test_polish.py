"""Neighbourhoods, and the gaps that are closed behind them: legal schedules only, better and better."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given, settings

from solver.events import Event, Improved
from solver.formulation.grounds import Grounds
from solver.formulation.solving import Solve
from solver.incumbent import Incumbent
from solver.polish import Polish
from solver.problem import Problem
from solver.schedule import Schedule
from solver.verify import verify
from tests.solver.strategies import planned


@given(planned())
@settings(max_examples=20)
def test_every_step_is_legal_and_better(plan: tuple[Problem, Schedule]) -> None:
    question, old = plan
    told: list[Event] = []
    incumbent = Incumbent(question, told.append)
    assert incumbent.accept_hint(old)
    polish = Polish(incumbent, Grounds.of(question), 1, lambda formulation, effort: Solve(formulation, effort).run())
    assume(polish.can_move)
    for _ in range(4):
        polish.step(30.0)

    found = [event for event in told if isinstance(event, Improved)]
    assert all(verify(question, event.schedule) == () for event in found)
    assert all(later.objective < sooner.objective for sooner, later in pairwise(found))
