"""What the main process of a Celery worker does for its children's runs: it sees them die, and it knows when it shuts down.

What it writes only makes things quicker: without the database, the steward does it when the lease is over.
"""

from __future__ import annotations

import atexit
import socket
from datetime import UTC, datetime
from typing import Any

from billiard.exceptions import WorkerLostError
from celery.signals import beat_init, task_failure, worker_ready, worker_shutdown, worker_shutting_down
from celery.worker import state

from runs import leases, liveness
from runs.about import tell
from runs.liveness import Doing, Report
from runs.models.heartbeat import ProcessKind
from runs.pulse import Pulse, bravely
from runs.queues import DISPATCH, SOLVE, SOLVE_QUEUE

_pulses: dict[str, Pulse] = {}


def connect() -> None:
    """Receive the signals of this worker, or of the schedule clock."""
    worker_ready.connect(on_ready)
    worker_shutting_down.connect(on_shutting_down)
    worker_shutdown.connect(on_shutdown)
    task_failure.connect(on_task_failure)
    beat_init.connect(on_beat)


def on_ready(sender: Any, **_signal: object) -> None:
    """A worker says every few seconds that it is alive, for how many tasks of which queues, and what it does."""
    queues = tuple(sorted(queue.name for queue in sender.task_consumer.queues))
    kind = ProcessKind.SOLVE if SOLVE_QUEUE in queues else ProcessKind.WORKER
    _start_pulse(sender.hostname, kind, queues, sender.controller.concurrency)


def on_beat(**_signal: object) -> None:
    """The process of the schedule clock is alive, whoever looks at the schedules."""
    process = f"beat@{socket.gethostname()}"
    _start_pulse(process, ProcessKind.BEAT)
    atexit.register(on_end, process)


def on_shutting_down(sender: str, **_signal: object) -> None:
    """Its runs go back to the queue; `sender` is the worker's name."""
    bravely(lambda: liveness.draining(sender))
    bravely(lambda: leases.drain(sender))


def on_shutdown(sender: Any, **_signal: object) -> None:
    """The worker has ended in an orderly way."""
    on_end(sender.hostname)


def on_end(process: str) -> None:
    """Nothing is heard of this process any more."""
    if process in _pulses:
        _pulses.pop(process).stop()
    else:
        bravely(lambda: liveness.gone(process))


def on_task_failure(sender: Any, task_id: str, exception: BaseException, **_signal: object) -> None:
    """A child was killed: nobody has to wait until its lease is over. Which run it held, the task's id says; if it held none yet,
    its message has died with it."""
    if sender.name in {SOLVE, DISPATCH} and isinstance(exception, WorkerLostError):
        bravely(lambda: _free(task_id, exception, fallback=sender.name == DISPATCH))


def _free(task_id: str, exception: BaseException, *, fallback: bool) -> None:
    """Celery's own line about the exception comes afterwards, and says which run and attempt it cost."""
    held = leases.lost(task_id)
    if held is None:
        leases.unring_next(fallback=fallback)
    else:
        tell(exception, run=held.run_id, attempt=held.attempt, task_id=task_id)


def tasks_at_work() -> list[Doing]:
    """What the children of this worker do, the longest first."""
    accepted = sorted((request.time_start or 0.0, request.name) for request in tuple(state.active_requests))
    return [Doing(task=name, since=datetime.fromtimestamp(since, UTC).isoformat()) for since, name in accepted if since]


def _start_pulse(process: str, kind: ProcessKind, queues: tuple[str, ...] = (), slots: int = 0) -> None:
    pulse = _pulses[process] = Pulse(process, kind, lambda: Report(slots=slots, queues=queues, doing=tasks_at_work()))
    pulse.start()
