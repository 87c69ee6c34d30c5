"""What the main process of a Celery worker does for its children's runs: it sees them die, and it knows when it shuts down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from billiard.exceptions import WorkerLostError
from celery.signals import task_failure, worker_ready, worker_shutdown, worker_shutting_down
from django.db import InterfaceError, OperationalError, connection

from runs import leases, liveness
from runs.models.heartbeat import ProcessKind
from runs.queues import SOLVE, SOLVE_QUEUE

SEEN_EVERY_SECONDS = 5.0

log = structlog.get_logger()

_ended = threading.Event()


def connect() -> None:
    """Receive the signals of this worker."""
    worker_ready.connect(on_ready)
    worker_shutting_down.connect(on_shutting_down)
    worker_shutdown.connect(on_shutdown)
    task_failure.connect(on_task_failure)


def on_ready(sender: Any, **_signal: object) -> None:
    """A worker for solves says every few seconds that it is alive, and for how many runs."""
    if SOLVE_QUEUE not in {queue.name for queue in sender.task_consumer.queues}:
        return
    _ended.clear()
    arguments = (sender.hostname, sender.controller.concurrency)
    threading.Thread(target=_say_alive, args=arguments, name="heartbeat", daemon=True).start()


def on_shutting_down(sender: str, **_signal: object) -> None:
    """Its runs go back to the queue; `sender` is the worker's name."""
    _try(lambda: liveness.draining(sender))
    _try(lambda: leases.drain(sender))


def on_shutdown(sender: Any, **_signal: object) -> None:
    """The worker has ended in an orderly way."""
    _ended.set()
    _try(lambda: liveness.gone(sender.hostname))


def on_task_failure(sender: Any, task_id: str, exception: BaseException, args: Sequence[Any], **_signal: object) -> None:
    """A child was killed: nobody has to wait until its lease is over."""
    if sender.name == SOLVE and isinstance(exception, WorkerLostError):
        _try(lambda: leases.lost(args[0], task_id))


def _say_alive(process: str, slots: int) -> None:
    while not _ended.is_set() and not _try(lambda: liveness.begun(process, ProcessKind.SOLVE, slots)):
        _ended.wait(SEEN_EVERY_SECONDS)
    while not _ended.wait(SEEN_EVERY_SECONDS):
        _try(lambda: liveness.seen(process, ProcessKind.SOLVE, slots))


def _try(write: Callable[[], object]) -> bool:
    """Everything here only makes things quicker: without the database, the steward does it when the lease is over.

    The connection is closed at once, so that no child inherits it.
    """
    try:
        write()
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", error=str(error))
        return False
    else:
        return True
    finally:
        connection.close()
