"""Whoever asks for a run does not wait for the broker."""

from __future__ import annotations

import math
import threading
from unittest.mock import patch

import pytest
from django.db import connection
from kombu.exceptions import OperationalError

from runs.bell import Ringer
from runs.models import Run
from tests.live_stack import wait_until
from tests.runs.making import make_run


def test_ringing_does_not_wait_for_a_broker_that_hangs() -> None:
    answers, rung = threading.Event(), list[int]()

    def hang(run_id: int, *, fallback: bool) -> None:
        assert answers.wait(60)
        rung.append(run_id)

    ringer = Ringer()
    with patch("runs.bell.ring", hang):
        for run_id in (1, 2, 3):
            ringer.want(run_id, fallback=False)
        assert rung == []
        answers.set()
        wait_until(lambda: rung == [1, 2, 3], "all have been rung for, in their order")


def test_too_many_rings_are_left_to_the_steward() -> None:
    answers, rung = threading.Event(), list[int]()

    def hang(run_id: int, *, fallback: bool) -> None:
        assert answers.wait(60)
        rung.append(run_id)

    ringer = Ringer()
    with patch("runs.bell.ring", hang):
        for run_id in range(5000):
            ringer.want(run_id, fallback=False)
        answers.set()
        wait_until(lambda: len(rung) >= 1000, "those it took were rung for")
    assert len(rung) <= 1001


@pytest.mark.django_db(transaction=True)
def test_a_ring_that_fails_ends_no_later_one() -> None:
    sent: list[int] = []

    def send_task(_task: str, args: list[int], **_options: object) -> None:
        sent.append(args[0])
        if len(sent) == 1:
            raise OperationalError("refused")

    ringer = Ringer()
    with patch("runs.bell.current_app.send_task", send_task):
        ringer.want(1, fallback=False)
        ringer.want(2, fallback=True)
        wait_until(lambda: sent == [1, 2], "both were tried")
        wait_until(ringer._wanted.empty, "nothing is left")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_ours_ends_no_later_ring() -> None:
    rung: list[int] = []

    def stumble(run_id: int, *, fallback: bool) -> None:
        if run_id == 1:
            raise KeyError("a bug")
        rung.append(run_id)

    ringer = Ringer()
    with patch("runs.bell.ring", stumble):
        ringer.want(1, fallback=False)
        wait_until(lambda: ringer._thread is not None and not ringer._thread.is_alive(), "the thread has ended")
        ringer.want(2, fallback=False)
        wait_until(lambda: rung == [2], "another one rings")


def test_a_process_that_ends_rings_for_what_is_wanted_first() -> None:
    rung: list[int] = []

    def note(run_id: int, *, fallback: bool) -> None:
        assert not fallback
        rung.append(run_id)

    ringer = Ringer()
    with patch("runs.bell.ring", note):
        for run_id in (1, 2, 3):
            ringer.want(run_id, fallback=False)
        ringer.close()
    assert rung == [1, 2, 3]
    assert ringer._thread is not None
    assert not ringer._thread.is_alive()


def test_a_process_that_ends_waits_for_the_ring_under_way_and_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the broker says nothing: what is wanted besides is the steward's."""
    begun, rung = threading.Event(), list[int]()

    def hang(run_id: int, *, fallback: bool) -> None:
        begun.set()
        wait_until(lambda: ringer._until != math.inf, "the process ends")
        rung.append(run_id)

    monkeypatch.setattr("runs.bell.LAST_RINGS_SECONDS", 0.0)
    ringer = Ringer()
    with patch("runs.bell.ring", hang):
        for run_id in (1, 2, 3):
            ringer.want(run_id, fallback=False)
        assert begun.wait(60)
        ringer.close()
    assert rung == [1]
    assert ringer._thread is not None
    assert not ringer._thread.is_alive()


def test_a_process_that_asked_for_no_run_ends_at_once() -> None:
    Ringer().close()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_fails_only_the_ring_it_broke_in() -> None:
    run, begun = make_run(), threading.Event()

    def send_task(_task: str, args: list[int], **_options: object) -> None:
        assert begun.wait(60)
        if args[0] == 0:
            connection.ensure_connection()
            connection.connection.close()  # as a server does that goes away

    ringer = Ringer()
    with patch("runs.bell.current_app.send_task", send_task):
        ringer.want(0, fallback=False)
        ringer.want(run.pk, fallback=False)
        begun.set()
        wait_until(lambda: Run.objects.filter(rung_at__isnull=False).exists(), "the second is noted")
