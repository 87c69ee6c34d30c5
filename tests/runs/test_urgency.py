"""Who is next: the most urgent run that may be had, whichever run the message named."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from runs import leases
from runs.history import decisions
from runs.launch import RunRequest, request_run
from runs.leases import Lease
from runs.models import Attempt, ObjectiveProfile, Run, RunEvent, State
from runs.models.run import Priority
from runs.reading import states
from tests.runs.making import OWNER, claimed, faults_of_the_log, make_run

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 20.0


def take(*, fallback: bool = False) -> int | None:
    """The run that a message of its own gets."""
    lease = leases.claim(f"solve@here/{uuid.uuid4()}", uuid.uuid4(), fallback=fallback)
    return lease.run_id if lease else None


def minutes_ago(minutes: float) -> object:
    return timezone.now() - timedelta(minutes=minutes)


def test_urgent_runs_overtake_and_scheduled_ones_wait() -> None:
    low, first, second = (make_run(priority=priority) for priority in (Priority.LOW, Priority.NORMAL, Priority.NORMAL))
    urgent = make_run(priority=Priority.URGENT)
    longest = make_run(available_at=minutes_ago(5))
    assert [take() for _ in range(6)] == [urgent.pk, longest.pk, first.pk, second.pk, low.pk, None]
    assert faults_of_the_log() == []


def test_the_place_in_the_queue_is_the_order_in_which_runs_are_taken() -> None:
    runs = [make_run(priority=priority) for priority in (Priority.LOW, Priority.NORMAL, Priority.URGENT, Priority.NORMAL)]
    at_once = make_run(fallback=True)
    told = states([run.pk for run in (*runs, at_once)])
    by_place = sorted(runs, key=lambda run: told[run.pk]["queue_position"] or 0)
    assert [told[run.pk]["queue_position"] for run in by_place] == [1, 2, 3, 4]
    assert told[at_once.pk]["queue_position"] == 1
    assert "dispatching rules" in told[at_once.pk]["waits_for"]
    assert [take() for _ in runs] == [run.pk for run in by_place]


@pytest.mark.usefixtures("plant", "bell")
def test_an_urgent_request_makes_the_run_that_waits_for_the_same_question_urgent() -> None:
    petra = User.objects.create_user("petra")
    profile = ObjectiveProfile.default()
    assert profile is not None
    wanted = RunRequest(profile=profile, reason="Order 4711 is late")
    with patch("runs.launch.timezone.now", return_value=timezone.now()):
        waiting = request_run(replace(wanted, priority=Priority.LOW), None).run
        ahead = make_run()
        asked = request_run(replace(wanted, priority=Priority.URGENT), petra)
        request_run(wanted, petra)  # is less urgent than the run is by now
    assert (asked.run, asked.created) == (waiting, False)
    promoted = RunEvent.objects.get(run=waiting, seq=2)
    assert (promoted.kind, promoted.data) == (
        "promoted",
        {"priority": "urgent", "by": "petra", "reason": "Order 4711 is late"},
    )
    assert [(told.what, told.who) for told in decisions(waiting)] == [("Asked for", "the steward"), ("Made urgent", "petra")]
    assert [take(), take(), take()] == [waiting.pk, ahead.pk, None]
    assert faults_of_the_log() == []


def test_a_run_that_has_begun_is_as_urgent_as_it_was() -> None:
    run = make_run(priority=Priority.LOW)
    claimed(run)
    assert not leases.promote(run.pk, Priority.URGENT, None, "")
    run.refresh_from_db()
    assert (run.priority, run.last_seq) == (Priority.LOW, 2)


def test_an_urgent_run_that_waits_after_a_failure_holds_up_nobody() -> None:
    make_run(priority=Priority.URGENT, available_at=minutes_ago(-1))
    other = make_run(priority=Priority.LOW)
    assert [take(), take()] == [other.pk, None]


def test_runs_that_dispatching_rules_answer_have_a_queue_of_their_own() -> None:
    searched, at_once = make_run(), make_run(fallback=True, priority=Priority.URGENT)
    assert [take(), take()] == [searched.pk, None]
    assert [take(fallback=True), take(fallback=True)] == [at_once.pk, None]


def test_a_claim_whose_answer_was_lost_takes_no_second_run() -> None:
    first, second = make_run(), make_run()
    uid = uuid.uuid4()
    assert leases.claim(OWNER, uid) == leases.claim(OWNER, uid) == Lease(first.pk, 1, OWNER)
    assert leases.claim(OWNER, uuid.uuid4()) is None, "the same message, delivered twice"
    second.refresh_from_db()
    assert second.state == State.QUEUED


@contextmanager
def somebody_writes_to(run: Run) -> Iterator[Callable[[], None]]:
    """Another connection holds the row until the given function is called."""
    locked, done = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            Run.objects.select_for_update().get(pk=run.pk)
            locked.set()
            done.wait(PATIENCE_SECONDS)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert locked.wait(PATIENCE_SECONDS)
    try:
        yield done.set
    finally:
        done.set()
        thread.join(PATIENCE_SECONDS)


def test_a_run_that_is_being_written_to_holds_up_nobody() -> None:
    urgent, other = make_run(priority=Priority.URGENT), make_run()
    with somebody_writes_to(urgent):
        assert take() == other.pk
    assert take() == urgent.pk


def test_the_only_run_is_waited_for_while_it_is_being_written_to() -> None:
    run = make_run()
    with somebody_writes_to(run) as let_go:
        threading.Timer(0.3, let_go).start()
        assert take() == run.pk, "its message would have been used up for nothing"


def test_a_message_used_up_for_nothing_is_sent_again_for_the_next_of_its_queue() -> None:
    later, sooner, at_once = make_run(), make_run(priority=Priority.URGENT), make_run(fallback=True)
    for run in (later, sooner, at_once):
        leases.rung(run.pk)
    leases.unring_next()
    assert leases.due_rings(broker_lost=False, queue_empty=False) == [sooner.pk]


def test_each_attempt_has_a_row_of_its_own() -> None:
    run = make_run()
    leases.give_back(claimed(run), 1.0, uuid.uuid4())
    claimed(run, "solve@there/task-2")
    leases.lost("task-2")
    leases.reap()
    rows = list(Attempt.objects.filter(run=run).values_list("number", "owner", "outcome", "failure_code"))
    assert rows == [(1, OWNER, "given_back", ""), (2, "solve@there/task-2", "lost", "worker_lost")]
    assert all(attempt.ended_at and attempt.began_at <= attempt.ended_at and attempt.why for attempt in run.attempts.all())


def test_a_run_given_back_keeps_its_place_in_the_queue() -> None:
    first = make_run()
    lease = claimed(first)
    second = make_run()
    leases.give_back(lease, 1.0, uuid.uuid4())
    assert [take(), take()] == [first.pk, second.pk]
