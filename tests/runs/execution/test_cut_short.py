"""What becomes of a run whose search is ended from outside: by a person, by its worker, by who takes it over."""

from __future__ import annotations

import time
from uuid import UUID

import pytest

from plans.models import Plan
from runs import leases
from runs.execution import execute
from runs.models import Heartbeat, Outcome, Run, RunEvent, State
from tests.runs.execution.watching import PATIENCE_SECONDS, Behave, execute_aside, has_incumbent, wait_for
from tests.runs.fake_solver import BEST
from tests.runs.making import OWNER, kinds

pytestmark = pytest.mark.django_db(transaction=True)


def test_stop_keeps_the_plan_and_is_heard_within_a_moment(run: Run, behave: Behave) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    asked_at = time.monotonic()
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    assert time.monotonic() - asked_at < 15  # as promised; a third of a second on a quiet machine
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective) == (State.FINISHED, Outcome.FEASIBLE, BEST + 7)
    assert run.plan is not None
    assert kinds(run)[-2:] == ["stopping", "finished"]


def test_stop_before_the_first_plan_ends_without_one(run: Run, behave: Behave) -> None:
    behave("wait_without_a_plan")
    thread = execute_aside(run)
    wait_for(lambda: "stage" in kinds(run))
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.outcome, run.plan) == (State.FINISHED, Outcome.UNKNOWN, None)


@pytest.mark.parametrize("behaviour", ["deaf", "crash_when_stopped"])
def test_stop_of_a_solver_that_does_not_listen_or_dies_of_it_keeps_the_plan(run: Run, behave: Behave, behaviour: str) -> None:
    behave(behaviour)
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.FINISHED, Outcome.FEASIBLE)


def test_cancel_leaves_no_plan_but_the_history(run: Run, behave: Behave) -> None:
    behave("deaf")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.cancel(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.plan, run.incumbents.count()) == (State.CANCELLED, None, 1)
    assert not Plan.objects.exists()


def test_cancel_right_after_the_claim_is_a_cancel(run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = leases.claim

    def claim_and_be_cancelled(owner: str, uid: UUID, *, fallback: bool) -> leases.Lease | None:
        lease = claim(owner, uid, fallback=fallback)
        leases.cancel(run.pk, None, "")
        return lease

    monkeypatch.setattr(leases, "claim", claim_and_be_cancelled)
    behave("finish")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.plan) == (State.CANCELLED, None)


def test_a_worker_that_shuts_down_gives_the_run_back_and_the_next_goes_on_from_its_plan(run: Run, behave: Behave) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.drain("solve@here")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.failures, run.attempt, run.rung_at) == (State.QUEUED, 0, 1, None)
    assert RunEvent.objects.filter(run=run).latest("seq").data["reason"] == "shutdown"
    behave("from_hint")
    execute(run.pk, "solve@there/task-2")
    run.refresh_from_db()
    assert (run.state, run.attempt, run.best_objective) == (State.FINISHED, 2, BEST + 6)


def test_a_message_that_reaches_a_worker_in_its_last_moments_is_rung_for_again(run: Run, behave: Behave) -> None:
    behave("finish")
    leases.rung(run.pk)
    Heartbeat.objects.create(process="solve@here", kind="solve", draining=True)
    assert execute(run.pk, OWNER) == "not claimed"
    run.refresh_from_db()
    assert (run.state, run.rung_at) == (State.QUEUED, None)


def test_one_whose_run_was_taken_over_writes_nothing_more(run: Run, behave: Behave) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.lost("task-1")
    leases.reap()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    run.refresh_from_db()
    assert run.state == State.QUEUED
    assert kinds(run)[-1] == "requeued"
