"""The last word in time, whatever the search is at just then.

    somebody stops it   who is at work may tell what he has for STOP_GRACE_SECONDS
    its time is up      the same for LIMIT_GRACE_SECONDS
    then                Finished with the best so far; nobody hears what comes later

Checks, tables, bounds and formulations cannot be asked to stop. They end when they are done, and only who has called the search
waits for that: who listens has heard the last word.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic

from solver.halt import Halt
from solver.incumbent import Incumbent, conclude

STOP_GRACE_SECONDS, LIMIT_GRACE_SECONDS = 0.06, 0.4
"""Longer than the portfolio's, which knows what has been proven: it speaks first unless it is kept from it."""

TICK_SECONDS = 0.01


@contextmanager
def ended_in_time(incumbent: Incumbent, halt: Halt) -> Iterator[None]:
    """What is done within may take longer than the search has: then another thread says the last word."""
    is_done = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="search-end") as pool:
        watching = pool.submit(_watch, incumbent, halt, is_done)
        try:
            yield
        finally:
            is_done.set()
        watching.result()


def _watch(incumbent: Incumbent, halt: Halt, is_done: threading.Event) -> None:
    while not halt.wait(TICK_SECONDS):
        if is_done.is_set():
            return
    began = monotonic()
    while not is_done.wait(TICK_SECONDS):
        if monotonic() - began > (STOP_GRACE_SECONDS if halt.is_stopped else LIMIT_GRACE_SECONDS):
            _conclude(incumbent, halt)
            return


def _conclude(incumbent: Incumbent, halt: Halt) -> None:
    with halt.telling:
        if not halt.telling.has_failed:
            conclude(incumbent)
