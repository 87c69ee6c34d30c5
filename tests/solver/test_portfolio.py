"""What CP-SAT finds reaches those who listen, whoever is at work just then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given

from solver.formulation.grounds import Grounds
from solver.formulation.solving import Result
from solver.halt import Halt
from solver.incumbent import Incumbent
from solver.limits import Limits
from solver.portfolio import PATTERNS, Portfolio, literals
from solver.problem import Objective, Problem
from tests.solver.examples import operation, problem
from tests.solver.strategies import problems


def test_what_is_found_on_the_way_is_told_although_nobody_was_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    incumbent = Incumbent(problem(operation("a"), objective=Objective(makespan=1)), lambda _: None)
    portfolio = Portfolio(incumbent, Halt(threading.Event(), 60), Limits(seconds=60, threads=1))
    told: list[object] = []
    monkeypatch.setattr(portfolio, "_take", lambda _formulation, picks: told.append(picks))

    def run(on_picks: Callable[[str], None], **_: object) -> Result:
        on_picks("on the way")
        return Result("feasible", "last", None)  # type: ignore[arg-type] # nobody reads them here

    portfolio._solve_live(SimpleNamespace(formulation=SimpleNamespace(exactness="exact"), run=run))  # type: ignore[arg-type] # all it looks at

    assert told == ["on the way", "last"]


@given(problems())
def test_literals_are_counted_as_they_are_written(question: Problem) -> None:
    grounds = Grounds.of(question)
    free = [each for each in question.operations if each.id not in grounds.facts]
    ways = sum(PATTERNS if each.may_pause else 1 for each in free for _ in each.modes)
    crews = sum(crew not in grounds.pools for each in free for crew in each.crew) * len(question.operators)
    changeovers = sum(
        sum(each.mode_on(machine.id) is not None for each in free) ** 2
        for machine in question.machines
        if machine.setup_matrix is not None
    )
    assert literals(grounds) == ways + crews + changeovers
