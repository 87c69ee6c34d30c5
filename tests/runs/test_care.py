"""What is done about runs whose worker is gone, whose message is lost, or whose time is over."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from runs import leases
from runs.leases import Found, Reaped, Stopped
from runs.models import FailureCode, Run, RunEvent, State
from tests.runs.making import (
    OWNER,
    claimed,
    faults_of_the_log,
    keep_incumbent,
    kinds,
    let_lease_run_out,
    let_wait_pass,
    make_run,
)

pytestmark = pytest.mark.django_db

NO_GRACE = timedelta(0)
LONG = timedelta(days=1)


def ago(**span: float) -> object:
    return timezone.now() - timedelta(**span)


def due(*, broker_lost: bool = False, queue_empty: bool = False) -> list[int]:
    return leases.due_rings(broker_lost=broker_lost, queue_empty=queue_empty)


def test_a_run_whose_lease_is_over_is_requeued() -> None:
    run, alive = make_run(), make_run()
    claimed(run)
    claimed(alive, "solve@there/task-2")
    let_lease_run_out(run)
    assert leases.reap(NO_GRACE) == [Reaped(run.pk, State.QUEUED, 1)]
    run.refresh_from_db()
    assert (run.failures, run.rung_at, run.setback) == (1, None, FailureCode.WORKER_LOST)
    assert RunEvent.objects.filter(run=run).latest("seq").data["reason"] == "worker_lost"
    assert leases.reap(NO_GRACE) == []
    assert faults_of_the_log() == []


def test_right_after_a_start_of_the_database_the_living_may_renew_first() -> None:
    run = make_run()
    claimed(run)
    let_lease_run_out(run)
    assert leases.reap(LONG) == []


def test_a_process_known_to_be_dead_is_not_waited_for() -> None:
    run = make_run()
    claimed(run)
    assert not leases.lost("another-task")
    assert leases.reap(LONG) == []
    assert leases.lost("task-1")
    assert leases.reap(LONG) == [Reaped(run.pk, State.QUEUED, 1)]


def test_a_run_that_is_lost_too_often_fails() -> None:
    run = make_run()
    states = []
    for _attempt in range(3):
        let_wait_pass(run)
        claimed(run)
        let_lease_run_out(run)
        states += [reaped.state for reaped in leases.reap(NO_GRACE)]
    assert states == [State.QUEUED, State.QUEUED, State.FAILED]
    run.refresh_from_db()
    assert (run.failure_code, run.attempt, run.failures) == (FailureCode.WORKER_LOST, 3, 3)
    assert kinds(run)[-1] == "failed"


def test_a_run_lost_while_it_was_being_cancelled_is_cancelled() -> None:
    run = make_run()
    claimed(run)
    leases.cancel(run.pk, None, "")
    let_lease_run_out(run)
    assert leases.reap(NO_GRACE) == [Reaped(run.pk, State.CANCELLED, 1)]


def test_a_run_lost_while_it_was_stopping_is_taken_up_to_be_concluded() -> None:
    run = make_run()
    keep_incumbent(claimed(run))
    leases.stop(run.pk, None, "")
    let_lease_run_out(run)
    assert leases.reap(NO_GRACE) == [Reaped(run.pk, State.QUEUED, 1)]
    claimed(run)  # at once: there is nothing to be searched
    run.refresh_from_db()
    assert run.state == State.STOPPING


def test_an_attempt_beyond_its_time_is_found_and_one_that_does_not_stop_loses_the_run() -> None:
    run = make_run()
    claimed(run)
    assert leases.overdue() == []
    Run.objects.filter(pk=run.pk).update(deadline_at=ago(seconds=1))
    assert leases.overdue() == [Found(run.pk, 1)]
    assert leases.stop(run.pk, None, "") is Stopped.STOPPING
    assert leases.overdue() == []
    assert leases.reap(LONG) == []
    Run.objects.filter(pk=run.pk).update(stop_requested_at=ago(minutes=2), claimed_at=ago(minutes=2))
    assert leases.reap(LONG) == [Reaped(run.pk, State.QUEUED, 1)]


def test_a_deadline_leaves_room_for_the_time_that_is_left() -> None:
    run = make_run(limit_seconds=600)
    claimed(run)
    run.refresh_from_db()
    assert run.deadline_at is not None
    assert run.claimed_at is not None
    assert run.deadline_at - run.claimed_at == timedelta(seconds=630)
    Run.objects.filter(pk=run.pk).update(spent_seconds=599)
    leases.give_back(leases.Lease(run.pk, 1, OWNER), 599, uuid.uuid4())
    claimed(run)
    run.refresh_from_db()
    assert run.deadline_at - run.claimed_at == timedelta(seconds=32)


def test_a_run_that_was_never_rung_for_is_due_once() -> None:
    first, second = make_run(), make_run()
    assert due() == [first.pk, second.pk]
    assert due() == []


def test_a_message_that_could_not_be_sent_is_due_again() -> None:
    run = make_run()
    due()
    leases.unring([run.pk])
    assert due() == [run.pk]


def test_when_the_broker_has_lost_its_data_everything_queued_is_rung_for() -> None:
    waiting, running = make_run(), make_run()
    leases.rung(waiting.pk)
    claimed(running)
    assert due() == []
    assert due(broker_lost=True) == [waiting.pk]


def test_an_empty_queue_means_that_an_old_ring_got_lost() -> None:
    run = make_run()
    Run.objects.filter(pk=run.pk).update(rung_at=ago(seconds=20))
    assert due() == []
    assert due(queue_empty=True) == [run.pk]
    assert due(queue_empty=True) == [], "it has just been rung for"


def test_a_very_old_ring_is_repeated() -> None:
    run = make_run()
    Run.objects.filter(pk=run.pk).update(rung_at=ago(minutes=11))
    assert due() == [run.pk]


def test_a_run_that_waits_after_a_failure_is_not_rung_for() -> None:
    run = make_run()
    claimed(run)
    leases.lost("task-1")
    leases.reap()
    assert due(broker_lost=True) == []
    let_wait_pass(run)
    assert due() == [run.pk]
