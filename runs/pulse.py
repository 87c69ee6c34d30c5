"""Says every few seconds that this process is alive, and what it does. A thread of its own, so that work does not delay it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from django.db import connection

from runs import liveness
from runs.liveness import Report
from runs.models.heartbeat import ProcessKind
from runs.retrying import AWAY

SEEN_EVERY_SECONDS = 5.0

log = structlog.get_logger()


class Pulse:
    """The sign of life of one process. `report` tells what it does at that moment."""

    def __init__(self, process: str, kind: ProcessKind, report: Callable[[], Report]) -> None:
        self._process = process
        self._kind = kind
        self._report = report
        self._ended = threading.Event()

    def start(self) -> None:
        """From now on until `stop`, or the end of the process."""
        threading.Thread(target=self.beat, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """The process ends in an orderly way; its row goes with it."""
        self._ended.set()
        bravely(lambda: liveness.gone(self._process))

    def beat(self) -> None:
        """Begin, then be seen again and again."""
        write = liveness.begun
        while not self._ended.is_set():
            if bravely(lambda: write(self._process, self._kind, self._report())):  # noqa: B023 - called at once
                write = liveness.seen
            self._ended.wait(SEEN_EVERY_SECONDS)


def bravely(write: Callable[[], object]) -> bool:
    """Write without the promise that it arrives; False when the database is away.

    The connection is closed at once, so that no child inherits it.
    """
    try:
        write()
    except AWAY as error:
        log.warning("database away", error=str(error))
        return False
    else:
        return True
    finally:
        connection.close()
