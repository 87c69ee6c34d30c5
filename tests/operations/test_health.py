"""What is judged, by which value, and what is said about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from celery import current_app
from django.conf import settings as site
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from runs import liveness
from runs.health import Check, Status, assess, readiness
from runs.health.rows import row_checks
from runs.health.servers import Broker, Database, Unreachable, broker_checks, database_checks, disk_checks, look_at_broker
from runs.models import Heartbeat, Run, State
from runs.models.breaker import Breaker
from runs.models.heartbeat import ProcessKind
from runs.queues import CLEAN_SESSIONS, TICK
from runs.thresholds import Above, Below
from scheduler_site.datafolder import Servers
from tests.operations.ended import make_ended
from tests.runs.making import make_run

pytestmark = pytest.mark.django_db

HEALTHY, DEGRADED, UNHEALTHY = Status.HEALTHY, Status.DEGRADED, Status.UNHEALTHY
NOWHERE = "127.0.0.1:9"


def of_rows(name: str) -> Check:
    return {check.name: check for check in row_checks()}[name]


def age(process: str, seconds: float) -> None:
    Heartbeat.objects.filter(process=process).update(seen_at=timezone.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("limit", "value", "status"),
    [
        (Above(480, 570), 480, HEALTHY),
        (Above(480, 570), 481, DEGRADED),
        (Above(480, 570), 571, UNHEALTHY),
        (Above(480), 1e9, DEGRADED),
        (Below(2, 0.5), 2, HEALTHY),
        (Below(2, 0.5), 1.9, DEGRADED),
        (Below(2, 0.5), 0.4, UNHEALTHY),
        (Below(1), 0, DEGRADED),
    ],
)
def test_a_value_is_judged_by_its_limits(limit: Above | Below, value: float, status: Status) -> None:
    assert limit.judge(value) is status


@pytest.mark.usefixtures("all_at_work", "look_here")
def test_where_everybody_is_at_work_all_is_well() -> None:
    health = assess()
    assert {check.name: check.text for check in health.checks if check.status is not HEALTHY} == {}
    assert health.status is HEALTHY
    measured = {check.name for check in health.checks}
    assert measured == {*site.HEALTH_LIMITS, "migrations", "circuit"}, "each line of the table is looked at, and nothing else"


@pytest.mark.usefixtures("look_here")
def test_nobody_at_work_is_told_with_the_way_out() -> None:
    health = assess()
    assert health.status is UNHEALTHY
    assert health.check("workers.solve").status is UNHEALTHY
    assert health.check("workers.low").status is DEGRADED
    assert health.check("steward").status is UNHEALTHY
    assert health.check("workers.solve").text == "No worker serves solve. What is in solve waits: start worker-solve."


@pytest.mark.usefixtures("all_at_work")
@pytest.mark.parametrize(("seconds", "status"), [(3, HEALTHY), (20, DEGRADED), (40, UNHEALTHY)])
def test_a_silent_steward(seconds: float, status: Status) -> None:
    age("steward@here/1", seconds)
    check = of_rows("steward")
    assert check.status is status
    assert check.value == pytest.approx(seconds, abs=2)


@pytest.mark.usefixtures("all_at_work")
def test_without_beat_the_steward_looks_at_the_schedules() -> None:
    age("beat@here", 40)
    assert (of_rows("beat").status, of_rows("schedule_clock").status) == (DEGRADED, HEALTHY)
    assert "cleaning up waits" in of_rows("beat").text
    age(liveness.BEAT, 100)
    assert of_rows("schedule_clock").status is DEGRADED


@pytest.mark.usefixtures("all_at_work")
def test_a_worker_that_shuts_down_serves_nobody() -> None:
    liveness.draining("solve@here")
    assert of_rows("workers.solve").status is UNHEALTHY


@pytest.mark.usefixtures("all_at_work")
@pytest.mark.parametrize(("largest_mb", "status"), [(1500, HEALTHY), (1600, DEGRADED), (2000, UNHEALTHY)])
def test_memory_is_that_of_the_largest_process(largest_mb: int, status: Status) -> None:
    Heartbeat.objects.filter(process="solve@here").update(memory_mb=5000, largest_mb=largest_mb)
    check = of_rows("memory")
    assert (check.status, check.value, "solve@here" in check.text) == (status, largest_mb, True)


@pytest.mark.parametrize(("seconds", "status"), [(60, HEALTHY), (1000, DEGRADED), (4000, UNHEALTHY)])
def test_the_oldest_run_that_could_be_claimed(seconds: float, status: Status) -> None:
    make_run(available_at=timezone.now() - timedelta(seconds=seconds))
    make_run()
    later = make_run()
    Run.objects.filter(pk=later.pk).update(available_at=timezone.now() + timedelta(minutes=1))
    check = of_rows("queue.solve")
    assert check.status is status
    assert check.text.startswith("2 runs wait in solve, the oldest for ")
    assert of_rows("queue.high").status is HEALTHY


def test_a_run_that_a_person_waits_for_is_not_left_waiting() -> None:
    make_run(available_at=timezone.now() - timedelta(seconds=60), fallback=True)
    assert (of_rows("queue.high").status, of_rows("queue.solve").status) == (DEGRADED, HEALTHY)


@pytest.mark.parametrize(
    ("failed", "ended", "status"),
    [(4, 4, HEALTHY), (0, 10, HEALTHY), (1, 10, HEALTHY), (2, 10, DEGRADED), (3, 10, UNHEALTHY), (5, 5, UNHEALTHY)],
)
def test_the_failure_rate_of_an_hour_if_there_are_enough_runs(failed: int, ended: int, status: Status) -> None:
    for number in range(ended):
        make_ended(State.FAILED if number < failed else State.FINISHED)
    for _ in range(20):
        make_ended(State.FAILED, ago_seconds=4000)
    assert of_rows("failure_rate").status is status


@pytest.mark.parametrize(("ended", "counted"), [(0, "none"), (3, "3")])
def test_too_few_runs_to_judge_by_are_said_to_be_too_few(ended: int, counted: str) -> None:
    for _ in range(ended):
        make_ended(State.FAILED)
    told = of_rows("failure_rate").text
    assert told == f"Too few runs to judge by: {counted} ended within an hour, 5 are needed."


@pytest.mark.parametrize(("seconds", "status"), [(479, HEALTHY), (500, DEGRADED), (580, UNHEALTHY)])
def test_how_long_solving_takes(seconds: float, status: Status) -> None:
    make_ended(solve_seconds=seconds)
    check = of_rows("solve_time")
    assert check.status is status
    assert check.value == pytest.approx(seconds, abs=0.1)


def test_an_open_circuit_is_degraded_and_says_why() -> None:
    Breaker.objects.create(state="open", reason="Three runs were lost.", retry_at=timezone.now())
    check = of_rows("circuit")
    assert (check.status, "Three runs were lost." in check.text) == (DEGRADED, True)


@pytest.mark.parametrize(
    ("milliseconds", "read_only", "status"),
    [(1, False, HEALTHY), (200, False, DEGRADED), (2000, False, UNHEALTHY), (1, True, UNHEALTHY)],
)
def test_a_slow_database_and_one_that_takes_no_writes(milliseconds: float, read_only: bool, status: Status) -> None:  # noqa: FBT001 - a parameter
    with patch("runs.health.servers.look_at_database", return_value=Database("18", milliseconds, read_only)):
        assert [check.status for check in database_checks()] == [status]


def test_servers_that_are_not_there(settings: Settings) -> None:
    settings.SERVERS = Servers(database=f"postgresql://taktline:hush@{NOWHERE}/taktline", redis="")
    settings.CELERY_BROKER_URL = f"redis://:hush@{NOWHERE}"
    for check in (*database_checks(), *broker_checks()):
        assert check.status is UNHEALTHY
        assert "does not answer" in check.text
        assert "hush" not in check.text


def test_messages_that_nobody_fetches() -> None:
    with patch("runs.health.servers.look_at_broker", return_value=Broker("9", 1.0, {"default": 500, "low": 5000, "solve": 9999})):
        statuses = {check.name: check.status for check in broker_checks()}
    told_nothing_of_their_age = {"queue_age.default": HEALTHY, "queue_age.low": HEALTHY}
    assert statuses == {"broker": HEALTHY, "queue.default": DEGRADED, "queue.low": UNHEALTHY, **told_nothing_of_their_age}


@pytest.mark.parametrize(
    ("queue", "seconds", "status"),
    [("default", 100, HEALTHY), ("default", 130, DEGRADED), ("low", 3500, HEALTHY), ("low", 3700, DEGRADED)],
)
def test_a_single_message_that_nobody_takes_for_long(queue: str, seconds: float, status: Status) -> None:
    with patch("runs.health.servers.look_at_broker", return_value=Broker("9", 1.0, {"default": 1, "low": 1}, {queue: seconds})):
        checks = {check.name: check for check in broker_checks()}
    assert [name for name, check in checks.items() if check.status is not HEALTHY] == [f"queue_age.{queue}"] * (
        status is DEGRADED
    )
    assert (f"is worker-{queue} there" in checks[f"queue_age.{queue}"].text) is (status is DEGRADED)


@pytest.fixture
def broker() -> Iterator[Redis]:
    """The broker of this test, empty."""
    redis = Redis.from_url(site.CELERY_BROKER_URL)
    redis.flushdb()
    yield redis
    redis.flushdb()
    redis.close()


def test_the_oldest_message_says_how_long_it_waits(broker: Redis) -> None:
    with patch("scheduler_site.celery.time.time", side_effect=[time.time() - 300, time.time() - 30, time.time() - 7000]):
        for task in (TICK, TICK, CLEAN_SESSIONS):
            current_app.send_task(task, retry=False)
    found = look_at_broker()
    assert {name: found.depth[name] for name in ("default", "low", "solve")} == {"default": 2, "low": 1, "solve": 0}
    assert found.oldest_seconds == {"default": pytest.approx(300, abs=20), "low": pytest.approx(7000, abs=20)}
    told = {check.name: check for check in broker_checks()}
    assert told["queue.default"].text.startswith("2 messages wait in default, the oldest for 5 min")
    assert told["queue.low"].text.startswith("1 message waits in low, the oldest for ")
    assert (told["queue_age.default"].status, told["queue_age.low"].status) == (DEGRADED, DEGRADED)
    broker.delete("low")
    assert {check.name: check.text for check in broker_checks()}["queue.low"] == "No message waits in low."


@pytest.mark.parametrize(
    "message",
    [b'{"headers": {"task": "theirs"}}', b"{}", b"[]", b'{"headers": {"taktline_published": "now"}}', b"no JSON", b"\xff"],
)
def test_a_message_that_does_not_say_when_it_was_sent_has_no_age(broker: Redis, message: bytes) -> None:
    broker.lpush("low", message)
    found = look_at_broker()
    assert (found.depth["low"], found.oldest_seconds) == (1, {})


def test_a_disk_that_fills_up(settings: Settings, tmp_path: Path) -> None:
    with patch("runs.health.servers.shutil.disk_usage") as usage:
        for free, status in ((3.0, HEALTHY), (1.0, DEGRADED), (0.1, UNHEALTHY)):
            usage.return_value.free = free * 1024**3
            assert [check.status for check in disk_checks()] == [status]
    settings.DATA_DIR = tmp_path / "nothing"
    assert disk_checks()[0].status is DEGRADED


@pytest.mark.usefixtures("look_here")
def test_a_database_that_is_behind_the_code_is_not_ready() -> None:
    with (
        patch("runs.health.rows._none_pending", []),
        patch("runs.health.rows.MigrationExecutor") as executor,
    ):
        executor.return_value.migration_plan.return_value = ["one"]
        assert readiness().status is UNHEALTHY
        executor.return_value.migration_plan.return_value = []
        assert readiness().status is HEALTHY


@pytest.mark.usefixtures("look_here")
def test_what_asks_the_database_says_so_when_it_is_gone() -> None:
    with (
        patch("runs.health.servers.look_at_database", side_effect=Unreachable("gone")),
        patch("runs.figures.connection.cursor", side_effect=OperationalError("gone")),
    ):
        health = assess()
    assert health.check("runs").text == "Cannot be told without the database."
    assert health.status is UNHEALTHY


def test_seen_processes_have_measured_their_memory() -> None:
    liveness.seen("steward@here/1", ProcessKind.STEWARD)
    row = Heartbeat.objects.get()
    assert row.memory_mb >= row.largest_mb > 10
