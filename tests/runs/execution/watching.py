"""Runs that are executed while a test looks on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from django.db import connection

from runs.execution import execute
from runs.models import Incumbent, Run
from tests.runs.making import OWNER

PATIENCE_SECONDS = 20.0


class Behave(Protocol):
    """Chooses how solver processes behave from now on."""

    def __call__(self, behaviour: str) -> None: ...


def wait_for(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.02)


def execute_aside(run: Run) -> threading.Thread:
    """Execute in a thread of its own, which closes its connection."""

    def work() -> None:
        execute(run.pk, OWNER)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def has_incumbent(run: Run) -> Callable[[], bool]:
    return lambda: Incumbent.objects.filter(run=run).exists()
