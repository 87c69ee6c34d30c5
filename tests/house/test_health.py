"""What `/healthz` and `manage.py doctor` say when all is well, and when something is missing."""

from collections.abc import Iterator
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from runs import liveness
from runs.models.heartbeat import ProcessKind
from scheduler_site.datafolder import Servers

pytestmark = pytest.mark.django_db

NOWHERE = "127.0.0.1:9"


@pytest.fixture
def all_at_work() -> None:
    liveness.seen("steward@here/1", ProcessKind.STEWARD)
    liveness.seen(liveness.BEAT, ProcessKind.BEAT)


@pytest.fixture
def workers() -> Iterator[None]:
    """A worker of each queue answers."""
    queues = {f"{name}@here": [{"name": name}] for name in ("default", "solve")}
    with patch("scheduler_site.doctor.app.control.inspect") as inspect:
        inspect.return_value.active_queues.return_value = queues
        yield


def doctor() -> tuple[dict[str, str], int]:
    """The lines that need attention, by their subject, and the exit code."""
    said, code = StringIO(), 0
    try:
        call_command("doctor", stdout=said, no_color=True)
    except SystemExit as end:
        code = int(end.code or 0)
    lines = [line.split(maxsplit=1) for line in said.getvalue().splitlines()]
    return {rest[:18].strip(): rest[19:] for verdict, rest in lines if verdict == "attention"}, code


@pytest.mark.usefixtures("all_at_work")
def test_a_healthy_site(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "redis": True, "steward": True})


def test_a_missing_steward_is_told_and_keeps_nobody_out(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["steward"]) == (200, False)


@pytest.mark.usefixtures("all_at_work")
def test_without_redis_pages_are_served_all_the_same(client: Client, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"redis://{NOWHERE}"}}
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["redis"]) == (200, False)


def test_without_its_database_no_page_is_served(client: Client) -> None:
    with (
        patch("scheduler_site.health.connection.cursor", side_effect=OperationalError("gone")),
        patch("scheduler_site.plant_time.Site.load", side_effect=OperationalError("gone")),
    ):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"], answer.json()["steward"]) == (503, False, False)


@pytest.mark.usefixtures("all_at_work", "workers")
def test_the_doctor_finds_nothing_where_nothing_is_wrong() -> None:
    assert doctor() == ({}, 0)


@pytest.mark.usefixtures("workers")
def test_the_doctor_names_who_is_missing() -> None:
    attention, code = doctor()
    assert (set(attention), code) == ({"steward", "schedule clock"}, 1)


@pytest.mark.usefixtures("all_at_work")
def test_the_doctor_names_a_queue_that_nobody_serves() -> None:
    with patch("scheduler_site.doctor.app.control.inspect") as inspect:
        inspect.return_value.active_queues.return_value = {"default@here": [{"name": "default"}]}
        attention, code = doctor()
    assert (set(attention), code) == ({"workers of solve"}, 1)


def test_the_doctor_names_servers_that_do_not_answer(settings: Settings) -> None:
    settings.SERVERS = Servers(database=f"postgresql://taktline@{NOWHERE}/taktline", redis=f"redis://:hush@{NOWHERE}")
    attention, code = doctor()
    assert (set(attention), code) == ({"PostgreSQL", "Redis"}, 1)
    assert not any("hush" in line for line in attention.values())
