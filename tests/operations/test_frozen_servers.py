"""A frozen server says nothing at all: no health check waits for it longer than it is told to."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psutil
import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from runs.health import Status, assess, readiness
from runs.health.asking import Silent, asked

pytestmark = pytest.mark.xdist_group("frozen servers")  # all workers share them: while one is frozen, the other had better answer

LONGEST_SECONDS = 8.0  # of an assessment that waits for three, on a machine that other tests keep busy


@pytest.fixture(autouse=True)
def fresh_answers(settings: Settings) -> None:
    settings.HEALTH_KEPT_SECONDS = 0.0


def process_on(port: int) -> psutil.Process:
    """The process that listens there: of PostgreSQL the first one, which makes a new one for each connection."""
    links = [link for link in psutil.net_connections("tcp") if link.status == "LISTEN"]
    return next(psutil.Process(link.pid) for link in links if getattr(link.laddr, "port", 0) == port)


@contextmanager
def frozen(*processes: psutil.Process) -> Iterator[None]:
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def took() -> float:
    began = time.monotonic()
    assess()
    return time.monotonic() - began


@pytest.mark.django_db(transaction=True)
def test_a_frozen_redis(settings: Settings) -> None:
    port = urlsplit(settings.SERVERS.redis).port or 0
    with frozen(process_on(port)):
        began = time.monotonic()
        health = assess()
        assert time.monotonic() - began < LONGEST_SECONDS
        assert health.check("broker").status is Status.UNHEALTHY
        assert health.check("database").status is not Status.UNHEALTHY
        assert readiness().status is not Status.UNHEALTHY
    wait_for_answer("broker")


@pytest.mark.django_db(transaction=True)
def test_a_frozen_postgresql(settings: Settings, client: Client) -> None:
    server = process_on(urlsplit(settings.SERVERS.database).port or 0)
    with frozen(server, *server.children()):
        began = time.monotonic()
        health = assess()
        assert time.monotonic() - began < LONGEST_SECONDS
        assert health.check("database").status is Status.UNHEALTHY
        assert health.check("runs").status is Status.UNHEALTHY
        assert health.check("broker").status is not Status.UNHEALTHY
        for address, status in (("/livez", 200), ("/readyz", 503), ("/health", 503)):
            began = time.monotonic()
            assert client.get(address).status_code == status
            assert time.monotonic() - began < LONGEST_SECONDS
        threads = {thread.name for thread in threading.enumerate() if thread.name.startswith("health-")}
        took()
        assert {thread.name for thread in threading.enumerate() if thread.name.startswith("health-")} <= threads | {"health-disk"}
    connection.close()
    wait_for_answer("database")


def wait_for_answer(name: str) -> None:
    """Questions that were put while the server was frozen are answered late, and then new ones are put."""
    deadline = time.monotonic() + 60
    while assess().check(name).status is Status.UNHEALTHY:
        assert time.monotonic() < deadline


def test_a_question_is_put_once_until_it_is_answered() -> None:
    go_on, asked_for = threading.Event(), []

    def ask() -> int:
        asked_for.append(os.getpid())
        go_on.wait()
        return 7

    for _ in range(3):
        with pytest.raises(Silent):
            asked("test", ask).answer(time.monotonic() + 0.01)
    late = asked("test", ask)
    go_on.set()
    assert (late.answer(time.monotonic() + 5), len(asked_for)) == (7, 1)
    assert asked("test", ask).answer(time.monotonic() + 5) == 7
    assert len(asked_for) == 2
