"""What the shop floor reports may contradict the plan, and even itself; the search takes it as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from solver import search
from solver.bounds import lower_bound
from solver.diagnose import diagnose
from solver.limits import Limits
from solver.problem import Actual, BaselineStart, Objective, Precedence, Problem, SetupMatrix
from solver.schedule import Schedule, setup_ticks
from tests.solver.examples import machine, operation, problem
from tests.solver.listening import listen

QUICK = Limits(seconds=20, threads=1)
DONE = Actual("m1", -20, -20, end=-10)
DEAR = SetupMatrix("x", "Changeovers", ("steel", "brass"), ((50, 50), (50, 50)))
TOOLED = machine("m1", setup_matrix="x", initial_family="steel")


def test_an_operation_that_is_done_waits_for_nothing() -> None:
    """A precedence whose later operation is done is no rule, not even when it closes a circle."""
    both = problem(
        operation("a", actual=DONE), operation("b"), operation("c"), precedences=(Precedence("a", "b"), Precedence("b", "a"))
    )
    assert diagnose(both) == ()
    assert lower_bound(both) == 20
    heard = listen(both, QUICK)
    assert (heard.finished.outcome, heard.finished.objective) == ("optimal", 20)


def _after_an_unknown_family(**changes: object) -> Problem:
    """What was on the machine last belongs to no family, so that the next operation needs no changeover."""
    plain = problem(
        operation("a", actual=DONE),
        operation("b", setup_family="steel"),
        machines=(TOOLED,),
        setup_matrices=(DEAR,),
        objective=Objective(setup=1, makespan=1),
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # the cases name fields of several types


def test_the_bound_counts_no_changeover_after_an_operation_without_a_family() -> None:
    assert lower_bound(_after_an_unknown_family()) == 10


def test_nor_do_the_faults() -> None:
    narrow = replace(TOOLED, windows=((0, 10),))
    assert diagnose(_after_an_unknown_family(machines=(narrow,), horizon=10)) == ()


@pytest.mark.parametrize("with_rules", [True, False])
def test_of_reports_that_overlap_the_one_that_started_last_decides_what_is_set_up(
    *, with_rules: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its setup began first, so that the order of the setups says otherwise."""
    if not with_rules:
        monkeypatch.setattr(search, "dispatch", _nothing)
    matrix = replace(DEAR, times=((0, 50), (50, 0)))
    plain = problem(
        operation("a", setup_family="steel", actual=Actual("m1", -20, -1, remaining=5)),
        operation("z", setup_family="brass", actual=Actual("m1", -10, -10, end=0)),
        operation("b", setup_family="brass"),
        machines=(TOOLED,),
        setup_matrices=(matrix,),
    )
    heard = listen(plain, QUICK)
    assert setup_ticks(heard.best.by_operation["b"]) == 50
    assert heard.finished.outcome == "optimal"


def _nothing(*_question: object, **_effort: object) -> Iterator[tuple[str, Schedule]]:
    return iter(())


def test_a_published_plan_may_name_a_machine_that_is_no_more() -> None:
    gone = BaselineStart("a", "m9", 0, 0)
    both = problem(operation("a"), operation("b"), baseline=(gone,), objective=Objective(makespan=1, churn=5))
    assert diagnose(both) == ()
    assert listen(both, QUICK).finished.objective == 25
