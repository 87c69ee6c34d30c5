"""The steward's rounds, against a real broker."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone
from redis import Redis

from runs import leases, liveness
from runs.models import Heartbeat, Run, RunEvent, State
from runs.models.heartbeat import ProcessKind
from runs.queues import SOLVE, SOLVE_QUEUE, TICK_SECONDS
from runs.steward import EPOCH, Steward
from tests.plans.making import make_site
from tests.runs.making import claimed, kinds, make_run

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
    return Steward("steward@here/1")


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
    leases.lost(run.pk, "task-1")
    with patch.object(settings, "CELERY_BROKER_URL", "redis://127.0.0.1:1/0"):
        Steward("steward@here/1").go_round()
    run.refresh_from_db()
    assert run.state == State.QUEUED


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
def test_the_steward_looks_at_the_schedules_only_while_nobody_else_does(steward: Steward) -> None:
    with patch("runs.steward.schedules.tick") as tick:
        steward.go_round()
        assert tick.call_count == 0
        Heartbeat.objects.filter(process=liveness.BEAT).update(seen_at=timezone.now() - timedelta(seconds=4 * TICK_SECONDS))
        steward.go_round()
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
    assert close.call_count == 1
    assert not Heartbeat.objects.filter(kind=ProcessKind.STEWARD).exists()


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
