"""The steward's rounds, against a real broker."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import Mock, patch

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone
from redis import Redis

from runs import circuit, leases, liveness, schedules
from runs.models import Breaker, FailureCode, Heartbeat, Outcome, Run, RunEvent, State
from runs.models.heartbeat import ProcessKind
from runs.queues import HIGH_QUEUE, SOLVE, SOLVE_QUEUE, TICK_SECONDS
from runs.steward import EPOCH, Steward
from solver.schedule import measure
from tests.plans.making import make_site
from tests.read_only import takes_no_writes
from tests.runs.fake_solver import BEST, delayed, two_operations
from tests.runs.making import claimed, faults_of_the_log, improved, keep_incumbent, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker() -> Iterator[Redis]:
    """The broker of this test, empty but for the steward's mark."""
    redis = Redis.from_url(settings.CELERY_BROKER_URL)
    redis.flushdb()
    redis.set(EPOCH, "before")
    yield redis
    redis.flushdb()
    redis.close()


@pytest.fixture
def steward() -> Steward:
    make_site()
    liveness.seen(liveness.BEAT, ProcessKind.BEAT)
    return Steward("steward@here/1", head_start_seconds=0)


def messages(broker: Redis) -> int:
    return int(broker.llen(SOLVE_QUEUE))


def test_a_run_nobody_was_told_of_is_rung_for_once(broker: Redis, steward: Steward) -> None:
    run = make_run()
    steward.go_round()
    steward.go_round()
    assert messages(broker) == 1
    run.refresh_from_db()
    assert run.rung_at is not None


def test_after_a_loss_of_the_broker_all_queued_runs_are_rung_for(broker: Redis, steward: Steward) -> None:
    for _ in range(3):
        leases.rung(make_run().pk)
    steward.go_round()
    assert messages(broker) == 0, "these messages may still be on their way"
    broker.flushdb()
    steward.go_round()
    steward.go_round()
    assert messages(broker) == 3


def test_a_message_that_vanished_is_repeated_when_the_queue_is_empty(broker: Redis, steward: Steward) -> None:
    run = make_run()
    Run.objects.filter(pk=run.pk).update(rung_at=timezone.now() - timedelta(seconds=20))
    current_app.send_task(SOLVE, args=[0], retry=False)
    steward.go_round()
    assert messages(broker) == 1, "there may still be a message for it"
    broker.delete(SOLVE_QUEUE)
    steward.go_round()
    assert messages(broker) == 1


def test_without_a_broker_runs_wait_and_are_rung_for_later(broker: Redis, steward: Steward) -> None:
    run = make_run()
    with patch("runs.bell.send", return_value=False):
        steward.go_round()
    run.refresh_from_db()
    assert run.rung_at is None
    steward.go_round()
    assert messages(broker) == 1


def test_an_unreachable_broker_does_not_end_the_round(broker: Redis) -> None:
    make_site()
    run = make_run()
    claimed(run)
    leases.lost("task-1")
    with patch.object(settings, "CELERY_BROKER_URL", "redis://127.0.0.1:1/0"):
        Steward("steward@here/1").go_round()
    run.refresh_from_db()
    assert run.state == State.QUEUED


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize(("max_failures", "level"), [(2, "WARNING"), (1, "ERROR")])
def test_a_run_that_is_lost_for_the_last_time_alerts_an_admin(
    steward: Steward, caplog: pytest.LogCaptureFixture, max_failures: int, level: str
) -> None:
    run = make_run(max_failures=max_failures)
    claimed(run)
    leases.lost("task-1")
    steward.go_round()
    assert [record.levelname for record in caplog.records if "run reaped" in str(record.msg)] == [level]


@pytest.mark.usefixtures("broker")
def test_a_run_beyond_its_time_is_told_to_stop(steward: Steward) -> None:
    run = make_run()
    claimed(run)
    Run.objects.filter(pk=run.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
    steward.go_round()
    run.refresh_from_db()
    assert run.state == State.STOPPING
    assert kinds(run)[-1] == "stopping"
    assert RunEvent.objects.filter(run=run).latest("seq").data["by"] is None


@pytest.mark.usefixtures("broker")
def test_a_run_stopped_while_it_waited_is_concluded_though_no_worker_comes(steward: Steward) -> None:
    run = make_run(snapshot=make_snapshot(two_operations().to_json()))
    lease = claimed(run)
    plan = delayed(3)
    seq = leases.append(lease, *improved(BEST + 3))
    measures = measure(two_operations(), plan).as_dict()
    leases.keep(lease, leases.NewIncumbent(seq, BEST + 3, measures, plan.to_json(), b"frame"))
    leases.give_back(lease, 1.0, uuid.uuid4())
    leases.stop(run.pk, None, "")
    steward.go_round()
    run.refresh_from_db()
    assert run.state == State.QUEUED, "a worker may still come"
    Run.objects.filter(pk=run.pk).update(stop_requested_at=timezone.now() - timedelta(seconds=6))
    steward.go_round()
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective) == (State.FINISHED, Outcome.FEASIBLE, BEST + 3)
    assert run.plan is not None


@pytest.mark.usefixtures("broker")
def test_a_run_with_a_plan_whose_time_is_over_while_it_waits_again_ends_with_it(steward: Steward) -> None:
    run, young = make_run(), make_run()
    for each in (run, young):
        lease = claimed(each)
        keep_incumbent(lease)
        leases.give_back(lease, 1.0, uuid.uuid4())
    Run.objects.filter(pk=run.pk).update(deadline_at=timezone.now() - timedelta(seconds=80))
    steward.go_round()
    run.refresh_from_db()
    young.refresh_from_db()
    assert (run.stop_kind, young.stop_kind) == ("stop", "")


@pytest.mark.usefixtures("broker")
def test_a_run_without_a_plan_that_waits_again_in_vain_fails_after_an_hour(steward: Steward) -> None:
    begun, never_begun = make_run(), make_run(available_at=timezone.now() - timedelta(days=3))
    leases.give_back(claimed(begun), 1.0, uuid.uuid4())
    Run.objects.filter(pk=begun.pk).update(deadline_at=timezone.now() - timedelta(minutes=59))
    steward.go_round()
    begun.refresh_from_db()
    assert begun.state == State.QUEUED
    Run.objects.filter(pk=begun.pk).update(deadline_at=timezone.now() - timedelta(minutes=61))
    steward.go_round()
    begun.refresh_from_db()
    never_begun.refresh_from_db()
    assert (begun.state, begun.failure_code) == (State.FAILED, FailureCode.DEADLINE_EXCEEDED)
    assert never_begun.state == State.QUEUED
    assert faults_of_the_log() == []


def test_what_was_given_back_before_a_night_is_had_by_the_workers_first(broker: Redis) -> None:
    make_site()
    run = make_run()
    leases.give_back(claimed(run), 1.0, uuid.uuid4())
    Run.objects.filter(pk=run.pk).update(deadline_at=timezone.now() - timedelta(hours=12))
    Steward("steward@here/1").go_round()
    run.refresh_from_db()
    assert (run.state, messages(broker)) == (State.QUEUED, 1)


def test_runs_that_dispatching_rules_answer_are_rung_for_in_their_own_queue(broker: Redis, steward: Steward) -> None:
    make_run()
    make_run(fallback=True)
    steward.go_round()
    assert (messages(broker), broker.llen(HIGH_QUEUE)) == (1, 1)


@pytest.mark.usefixtures("broker")
def test_the_steward_judges_the_circuit_and_starts_a_trial_when_nobody_asks(steward: Steward) -> None:
    for _ in range(circuit.FAILURES_IN_A_ROW):
        leases.set_back(claimed(make_run(max_failures=1)), leases.Setback(FailureCode.SOLVER_CRASHED), uuid.uuid4())
    steward.go_round()
    assert circuit.state().state == "open"
    steward.go_round()
    assert not Run.objects.filter(trial=True).exists()
    Breaker.objects.update(retry_at=timezone.now() - timedelta(seconds=circuit.ASKED_FOR_SECONDS + 1))
    steward.go_round()
    steward.go_round()
    assert Run.objects.filter(trial=True).count() == 1


@pytest.mark.usefixtures("broker")
def test_the_steward_looks_at_the_schedules_only_while_nobody_else_does(steward: Steward) -> None:
    with patch("runs.steward.schedules.tick") as tick:
        steward.go_round()
        assert tick.call_count == 0
        Heartbeat.objects.filter(process=liveness.BEAT).update(seen_at=timezone.now() - timedelta(seconds=4 * TICK_SECONDS))
        steward.go_round()
        steward.go_round()
        assert tick.call_count == 1


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("seen", [None, timedelta(hours=12)], ids=["never", "before a night"])
def test_a_clock_that_was_silent_while_the_site_was_off_is_not_missed_at_once(
    seen: timedelta | None, caplog: pytest.LogCaptureFixture
) -> None:
    make_site()
    if seen is not None:
        liveness.seen(liveness.BEAT, ProcessKind.BEAT)
        Heartbeat.objects.update(seen_at=timezone.now() - seen)
    started_at = time.monotonic()
    steward = Steward("steward@here/1")
    silent = liveness.SILENT.total_seconds()
    for seconds, ticks in ((0.0, 0), (silent - 5, 0), (silent + 5, 1)):
        with (
            patch("runs.steward.time", Mock(**{"monotonic.return_value": started_at + seconds})),
            patch("runs.steward.schedules.tick") as tick,
        ):
            steward.go_round()
        assert tick.call_count == ticks, seconds
        assert ("schedule clock silent" in caplog.text) is bool(ticks)


@pytest.mark.usefixtures("broker")
def test_a_schedule_with_an_error_of_ours_does_not_end_the_steward(steward: Steward) -> None:
    Heartbeat.objects.filter(process=liveness.BEAT).delete()
    with patch("runs.steward.schedules.tick", side_effect=schedules.ScheduleFailed("Schedule 1")) as tick:
        steward.go_round()
    assert tick.call_count == 1


@pytest.mark.usefixtures("broker")
def test_the_steward_is_seen_works_through_an_outage_and_leaves_in_order(steward: Steward) -> None:
    ended = threading.Event()
    rounds: list[bool] = []

    def look() -> list[leases.Reaped]:
        rounds.append(Heartbeat.objects.filter(kind=ProcessKind.STEWARD).exists())
        if len(rounds) == 1:
            raise OperationalError("the server closed the connection unexpectedly")
        ended.set()
        return []

    with (
        patch("runs.steward.leases.reap", side_effect=look),
        patch("runs.steward.connection.close") as close,
        patch("runs.steward.ROUND_SECONDS", 0.01),
    ):
        steward.work(ended)
    assert rounds == [True, True]
    assert close.call_count == 2, "after the outage, and at the end"
    assert not Heartbeat.objects.filter(kind=ProcessKind.STEWARD).exists()


@pytest.mark.django_db(transaction=True)
def test_the_steward_works_through_a_time_in_which_the_database_takes_no_writes(
    broker: Redis, steward: Steward, caplog: pytest.LogCaptureFixture
) -> None:
    run, ended = make_run(), threading.Event()
    readings = ExitStack()
    readings.enter_context(takes_no_writes())

    def pause(_seconds: float) -> None:
        """The second round may write again."""
        ended.set() if messages(broker) else readings.close()

    with readings, patch.object(ended, "wait", pause):
        steward.work(ended)
    assert "database away" in caplog.text
    run.refresh_from_db()
    assert run.rung_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_steward_that_is_told_to_end_while_the_database_is_away_says_so_and_ends(
    steward: Steward, caplog: pytest.LogCaptureFixture
) -> None:
    liveness.seen("steward@here/1", ProcessKind.STEWARD)
    ended = threading.Event()
    ended.set()
    with takes_no_writes():
        steward.work(ended)
    assert "database away" in caplog.text
    assert not liveness.steward_is_silent(), "its row stays, and counts for a while longer"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_works_until_it_is_told_to_end(number: signal.Signals) -> None:
    def work(_steward: Steward, ended: threading.Event) -> None:
        assert not ended.is_set()
        signal.raise_signal(number)
        assert ended.is_set()

    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        with patch.object(Steward, "work", work):
            call_command("steward")
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
