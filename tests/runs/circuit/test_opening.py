"""Which failures open the circuit: three in a row that say that searching does not work, and no others."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from django.db import connection

from runs import circuit, leases
from runs.execution import execute
from runs.leases import Conclusion
from runs.models import Breaker, FailureCode, Outcome, State
from solver.process import SolverProcess
from tests.runs.circuit.switching import CRASHED, fail, finish
from tests.runs.fake_solver import two_operations
from tests.runs.making import OWNER, claimed, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        ([CRASHED, CRASHED], "closed"),
        ([FailureCode.WORKER_LOST, FailureCode.OUT_OF_MEMORY, FailureCode.SOLVER_HUNG], "open"),
        ([CRASHED, FailureCode.INTERNAL, CRASHED, CRASHED], "open"),
        ([FailureCode.INTERNAL, FailureCode.BROKEN_PLAN, FailureCode.BAD_OUTPUT, FailureCode.INVALID_INPUT], "closed"),
    ],
)
def test_it_takes_three_failures_of_the_machinery_in_a_row(codes: Sequence[FailureCode], state: str) -> None:
    for code in codes:
        fail(code)
    circuit.judge()
    assert circuit.state().state == state


def test_errors_of_ours_in_the_solver_are_no_failures_of_the_machinery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", "raise_an_error"))
    for _ in range(circuit.FAILURES_IN_A_ROW):
        run = make_run(snapshot=make_snapshot(two_operations().to_json()))
        execute(run.pk, OWNER)
        run.refresh_from_db()
        assert run.state == State.FAILED
    circuit.judge()
    assert circuit.state().is_closed


def test_one_question_that_is_too_large_says_nothing_about_those_of_others() -> None:
    poison = make_snapshot()
    for _ in range(circuit.FAILURES_IN_A_ROW):
        fail(FailureCode.OUT_OF_MEMORY, snapshot=poison)
    fail()
    circuit.judge()
    assert circuit.state().is_closed
    fail(FailureCode.OUT_OF_MEMORY, snapshot=poison)
    fail()
    circuit.judge()
    assert circuit.state().state == "open"


@pytest.mark.parametrize("code", [FailureCode.WORKER_LOST, CRASHED])
def test_a_question_that_is_asked_again_and_again_while_nothing_works_opens_it(code: FailureCode) -> None:
    asked = make_snapshot()
    for _ in range(circuit.FAILURES_IN_A_ROW):
        fail(code, snapshot=asked)
    circuit.judge()
    assert circuit.state().state == "open"


def test_a_run_that_was_searched_to_an_end_breaks_the_row() -> None:
    fail()
    fail()
    finish()
    fail()
    circuit.judge()
    assert circuit.state().is_closed


def test_runs_that_were_cancelled_or_stopped_without_a_plan_say_nothing() -> None:
    fail()
    leases.cancel(make_run().pk, None, "")
    fail()
    stopped = make_run()
    lease = claimed(stopped)
    leases.stop(stopped.pk, None, "")
    leases.finish(lease, Conclusion(Outcome.UNKNOWN), 1.0, uuid.uuid4())
    fail()
    circuit.judge()
    now = circuit.state()
    assert (now.state, now.searches) == ("open", False)
    assert "The solver crashed" in now.reason


def test_many_stewards_open_it_once() -> None:
    for _ in range(circuit.FAILURES_IN_A_ROW):
        fail()

    def look(_number: int) -> None:
        try:
            circuit.judge()
        finally:
            connection.close()

    with patch("runs.circuit.log.error") as told, ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(8)))
    assert told.call_count == 1
    assert Breaker.objects.get().cool_down_seconds == circuit.COOL_DOWN_SECONDS
