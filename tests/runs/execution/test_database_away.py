"""An attempt during which the database does not answer, takes no writes, or is away for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError

from plans.models import Plan
from runs import leases
from runs.execution import execute
from runs.models import Run, State
from solver.process import SolverProcess
from tests.read_only import takes_no_writes
from tests.runs.execution.watching import PATIENCE_SECONDS, Behave, execute_aside, has_incumbent, wait_for
from tests.runs.fake_solver import BEST
from tests.runs.making import OWNER, kinds

pytestmark = pytest.mark.django_db(transaction=True)


def test_writes_whose_answer_was_lost_are_there_once(run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(write: Callable[[], object], _meanwhile: object = None) -> object:
        write()
        return write()

    monkeypatch.setattr("runs.execution.persist", twice)
    monkeypatch.setattr("runs.work.persist", twice)
    monkeypatch.setattr("runs.recorder.persist", twice)
    behave("finish")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.attempt, Plan.objects.count()) == (State.FINISHED, 1, 1)
    assert kinds(run).count("improved") == 2


def test_the_solver_is_kept_alive_as_long_as_the_lease_is_and_while_the_database_is_away(
    run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewals: list[float] = []
    outage: list[OperationalError] = [OperationalError("away") for _ in range(3)]
    extended: list[bool] = []
    renew, extend = leases.renew, SolverProcess.extend_lease

    def renew_after_outage(lease: leases.Lease, spent_seconds: float) -> leases.Wish:
        if outage:
            raise outage.pop()
        renewals.append(spent_seconds)
        return renew(lease, spent_seconds)

    def extend_noted(process: SolverProcess, seconds: float) -> None:
        extended.append(bool(outage))
        extend(process, seconds)

    monkeypatch.setattr(leases, "renew", renew_after_outage)
    monkeypatch.setattr(SolverProcess, "extend_lease", extend_noted)
    behave("wait")
    thread = execute_aside(run)
    wait_for(lambda: len(renewals) > 1)
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    assert True in extended, "it lives on while the database is away"
    assert extended.count(False) >= len(renewals)
    assert renewals == sorted(renewals)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.FINISHED, 1)


def test_an_attempt_outlives_a_time_in_which_the_database_takes_no_writes(
    run: Run, behave: Behave, caplog: pytest.LogCaptureFixture
) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    with takes_no_writes():
        wait_for(lambda: "read-only transaction" in caplog.text)
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.best_objective) == (State.FINISHED, 1, BEST + 7)


def test_a_database_that_stays_away_ends_the_attempt_without_a_word(
    run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_lease: leases.Lease, _spent_seconds: float) -> leases.Wish:
        raise OperationalError("away")

    monkeypatch.setattr("runs.retrying.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(leases, "renew", away)
    behave("wait")
    with pytest.raises(OperationalError):
        execute(run.pk, OWNER)
    run.refresh_from_db()
    assert run.state == State.RUNNING, "the steward takes it back when the lease is over"
