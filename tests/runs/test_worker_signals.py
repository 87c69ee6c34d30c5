"""What a worker's main process writes when its children die and when it ends itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from billiard.exceptions import WorkerLostError
from django.db import OperationalError

from runs import leases, liveness, worker_signals
from runs.leases import Wish
from runs.models import Heartbeat, State
from runs.models.heartbeat import ProcessKind
from runs.queues import SOLVE, TICK
from tests.runs.making import claimed, make_run

pytestmark = pytest.mark.django_db

LOST = WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL).")


@pytest.fixture(autouse=True)
def keep_connection() -> Iterator[None]:
    """The signals close the connection of the main process; here it is the test's own."""
    with patch("runs.worker_signals.connection"):
        yield


def consumer(*queues: str) -> SimpleNamespace:
    return SimpleNamespace(
        hostname="solve@here",
        controller=SimpleNamespace(concurrency=2),
        task_consumer=SimpleNamespace(queues=[SimpleNamespace(name=name) for name in queues]),
    )


def fail(task: str, error: BaseException, run_id: int, task_id: str = "task-1") -> None:
    worker_signals.on_task_failure(SimpleNamespace(name=task), task_id, error, [run_id])


def test_the_run_of_a_killed_child_is_free_at_once() -> None:
    run = make_run()
    claimed(run)
    fail(SOLVE, LOST, run.pk)
    assert [reaped.state for reaped in leases.reap()] == [State.QUEUED]


@pytest.mark.parametrize(
    ("task", "error", "task_id"),
    [(SOLVE, LOST, "another-task"), (SOLVE, ValueError("ours"), "task-1"), (TICK, LOST, "task-1")],
)
def test_other_failures_leave_the_lease_alone(task: str, error: BaseException, task_id: str) -> None:
    run = make_run()
    claimed(run)
    fail(task, error, run.pk, task_id)
    assert leases.reap() == []


def test_a_worker_that_shuts_down_gives_its_runs_back_and_claims_nothing() -> None:
    run = make_run()
    lease = claimed(run)
    liveness.begun("solve@here", ProcessKind.SOLVE, 2)
    worker_signals.on_shutting_down("solve@here")
    assert leases.look(lease) is Wish.DRAIN
    assert liveness.is_draining("solve@here/task-2")
    worker_signals.on_shutdown(consumer())
    assert not Heartbeat.objects.exists()


def test_a_database_that_is_away_does_not_disturb_the_worker() -> None:
    with patch("runs.leases.lost", side_effect=OperationalError("gone")) as lost:
        fail(SOLVE, LOST, 1)
    assert lost.called


def test_only_workers_for_solves_say_that_they_are_alive() -> None:
    with patch.object(threading, "Thread") as thread:
        worker_signals.on_ready(consumer("default"))
        assert not thread.called
        worker_signals.on_ready(consumer("solve"))
    assert thread.call_args.kwargs["args"] == ("solve@here", 2)
    assert thread.return_value.start.called


def test_a_worker_is_seen_until_it_has_ended() -> None:
    waits: list[float] = []

    class Ended:
        def is_set(self) -> bool:
            return False

        def wait(self, seconds: float) -> bool:
            waits.append(seconds)
            return len(waits) > 2

    with patch("runs.worker_signals._ended", Ended()):
        worker_signals._say_alive("solve@here", 2)
    row = Heartbeat.objects.get()
    assert (row.process, row.kind, row.slots) == ("solve@here", ProcessKind.SOLVE, 2)
    assert row.seen_at > row.started_at
