"""Patience with a database that is away for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

log = structlog.get_logger()

Result = TypeVar("Result")

AWAY = (OperationalError, InterfaceError)
"""How it shows that the database is away: it does not answer, has given up in the middle, or takes no writes.

That the last is one of these is the doing of our backend, `scheduler_site.postgres`.
"""


PATIENCE_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


def nothing() -> None:
    """What to do between two tries when there is nothing to do."""


def persist(write: Callable[[], Result], meanwhile: Callable[[], None] = nothing) -> Result:
    """The result of `write`, tried again for up to a minute while the database is away.

    `write` must do no harm when it is repeated after an answer that got lost: its events carry their uid. `meanwhile` is called
    between the tries. Raises what the last try raised; within a transaction, of which no part can be repeated, at once.
    """
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return write()
        except AWAY as error:
            if connection.in_atomic_block or time.monotonic() >= give_up_at:
                raise
            log.warning("database away, trying again", error=str(error), pause_seconds=pause)
            connection.close()
        meanwhile()
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
