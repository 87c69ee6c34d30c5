"""The doorbell: a message with a run's id in the queue of its workers. It may get lost; the steward rings again.

A message says that there is one more run to be had, not which: see `runs.leases.claiming`.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import queue
import threading
import time
from typing import Any

import structlog
from celery import current_app
from django.db import connection
from kombu.exceptions import OperationalError
from structlog.contextvars import bound_contextvars, get_contextvars

from runs import leases
from runs.queues import DISPATCH, SOLVE
from runs.retrying import AWAY

WAITING = 1000  # rings in one process at most; the steward has those beyond
BROKER_SECONDS = 5.0  # until a broker that says nothing is given up
LAST_RINGS_SECONDS = 2.0  # a process that ends begins no ring later than this

log = structlog.get_logger()


def ring(run_id: int, *, fallback: bool = False) -> None:
    """Tell the workers of a queued run. A broker that is down is no error here."""
    if send(run_id, fallback=fallback):
        leases.rung(run_id)


def send(run_id: int, *, fallback: bool = False) -> bool:
    """Put the message into the queue; False when the broker cannot be reached, after BROKER_SECONDS at most."""
    try:
        current_app.send_task(DISPATCH if fallback else SOLVE, args=[run_id], retry=False)
    except OperationalError as error:
        log.warning("broker away, the steward will ring", run=run_id, error=str(error))
        return False
    return True


class Ringer:
    """Rings in a thread of its own, so that nobody who asks for a run waits for the broker. One per process."""

    def __init__(self) -> None:
        self._wanted: queue.Queue[tuple[dict[str, Any], int, bool] | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._until = math.inf

    def want(self, run_id: int, *, fallback: bool) -> None:
        """Returns at once. What is logged about it says what the lines of the caller say: its request, its attempt."""
        try:
            self._wanted.put_nowait((get_contextvars(), run_id, fallback))
        except queue.Full:
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # an error of ours ends it, and no later ring with it
                self._thread = threading.Thread(target=self._ring_until_closed, name="ringer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """The process ends: ring for those that are wanted, but not for long, and end the thread.

        A thread that Python finds at work when it shuts down is torn out of whatever it does, and may take the exit code with it.
        """
        self._until = time.monotonic() + LAST_RINGS_SECONDS
        with self._lock, contextlib.suppress(queue.Full):  # a full queue keeps the thread awake by itself
            self._wanted.put_nowait(None)
        if self._thread is not None:
            self._thread.join(LAST_RINGS_SECONDS + BROKER_SECONDS)

    def _ring_until_closed(self) -> None:
        try:
            while (wanted := self._wanted.get()) is not None and time.monotonic() < self._until:
                about, run_id, fallback = wanted
                with bound_contextvars(**about):
                    self._ring(run_id, fallback)
        finally:
            connection.close()

    def _ring(self, run_id: int, fallback: bool) -> None:  # noqa: FBT001 - as it stands in the queue
        try:
            ring(run_id, fallback=fallback)
        except AWAY as error:
            log.warning("database away, the steward will ring", run=run_id, error=str(error))
            connection.close()  # a broken one would fail all that are still wanted
        if self._wanted.empty():
            connection.close()


_ringer = Ringer()


def soon(run_id: int, *, fallback: bool = False) -> None:
    """Ring without making the caller wait, whatever the broker does."""
    _ringer.want(run_id, fallback=fallback)


def _after_fork() -> None:
    global _ringer  # noqa: PLW0603 - the parent's thread does not exist in the child
    _ringer = Ringer()


def _at_exit() -> None:
    _ringer.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
