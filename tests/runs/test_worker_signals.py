"""What a worker's main process writes when its children die and when it ends itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from billiard.exceptions import WorkerLostError
from django.db import OperationalError

from runs import leases, liveness, worker_signals
from runs.leases import Wish
from runs.liveness import Report
from runs.models import Heartbeat, State
from runs.models.heartbeat import ProcessKind
from runs.pulse import Pulse
from runs.queues import SOLVE, TICK
from tests.runs.making import claimed, make_run

pytestmark = pytest.mark.django_db

LOST = WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL).")


@pytest.fixture(autouse=True)
def keep_connection() -> Iterator[None]:
    """The signals close the connection of the main process; here it is the test's own."""
    with patch("runs.pulse.connection"):
        yield


def consumer(*queues: str) -> SimpleNamespace:
    return SimpleNamespace(
        hostname="solve@here",
        controller=SimpleNamespace(concurrency=2),
        task_consumer=SimpleNamespace(queues=[SimpleNamespace(name=name) for name in queues]),
    )


def fail(task: str, error: BaseException, task_id: str = "task-1") -> None:
    worker_signals.on_task_failure(SimpleNamespace(name=task), task_id, error)


def test_the_run_of_a_killed_child_is_free_at_once() -> None:
    run = make_run()
    claimed(run)
    fail(SOLVE, LOST)
    assert [reaped.state for reaped in leases.reap()] == [State.QUEUED]


def test_a_message_that_died_with_a_child_which_held_nothing_is_sent_again() -> None:
    run = make_run()
    leases.rung(run.pk)
    fail(SOLVE, LOST)
    assert leases.due_rings(broker_lost=False, queue_empty=False) == [run.pk]


@pytest.mark.parametrize(
    ("task", "error", "task_id"),
    [(SOLVE, LOST, "another-task"), (SOLVE, ValueError("ours"), "task-1"), (TICK, LOST, "task-1")],
)
def test_other_failures_leave_the_lease_alone(task: str, error: BaseException, task_id: str) -> None:
    run = make_run()
    claimed(run)
    fail(task, error, task_id)
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
        fail(SOLVE, LOST)
    assert lost.called


@pytest.mark.parametrize(("queue", "kind"), [("default", ProcessKind.WORKER), ("solve", ProcessKind.SOLVE)])
def test_a_worker_tells_its_queues_and_what_it_does(queue: str, kind: ProcessKind) -> None:
    at_work = [SimpleNamespace(name=SOLVE, time_start=1_800_000_000.0), SimpleNamespace(name=TICK, time_start=None)]
    with (
        patch.object(threading, "Thread") as thread,
        patch("runs.worker_signals.state.active_requests", at_work),
    ):
        worker_signals.on_ready(consumer(queue))
        beat_once(thread)
    row = Heartbeat.objects.get()
    assert (row.queues, row.slots, row.kind) == (queue, 2, kind)
    assert row.doing == [{"task": SOLVE, "since": "2027-01-15T08:00:00+00:00"}]
    assert row.largest_mb > 10
    worker_signals.on_shutdown(consumer())
    assert not Heartbeat.objects.exists()


def test_the_process_of_the_schedule_clock_is_no_look_at_the_schedules() -> None:
    with patch.object(threading, "Thread") as thread, patch("runs.worker_signals.atexit.register") as register:
        worker_signals.on_beat()
        beat_once(thread)
    assert Heartbeat.objects.get().kind == ProcessKind.BEAT
    assert liveness.beat_is_silent()
    leave, process = register.call_args.args
    leave(process)
    assert not Heartbeat.objects.exists()


def test_a_worker_is_seen_until_it_has_ended() -> None:
    pulse = Pulse("solve@here", ProcessKind.SOLVE, lambda: Report(slots=2))
    pulse._ended = ended_after(3)
    with patch("runs.pulse.liveness.begun", side_effect=[OperationalError("gone"), None]) as begun:
        pulse.beat()
    assert begun.call_count == 2, "again until it has arrived"
    row = Heartbeat.objects.get()
    assert (row.process, row.kind, row.slots) == ("solve@here", ProcessKind.SOLVE, 2)


def beat_once(thread: Any) -> None:
    """What the thread of the heartbeat does until it waits for the first time."""
    target = thread.call_args.kwargs["target"]
    target.__self__._ended = ended_after(1)
    target()


def ended_after(waits: int) -> Any:
    """An event that is set once it has been waited for so often."""
    event = threading.Event()
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) >= waits:
            event.set()
        return event.is_set()

    return SimpleNamespace(is_set=event.is_set, wait=wait, set=event.set)
