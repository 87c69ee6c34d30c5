"""Python's collector of garbage, while a search begins.

To check a large question and to make its tables allocates objects by the million, none of them garbage. To look through them
again and again takes a fifth of the time that a planner waits for the first plan. What is there by then stays until the end, so
it is not looked at afterwards, either: while the collector looks, nobody else in Python runs, and a stop is not heard.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from solver.events import Event, Stage, StageName

EARLY: frozenset[StageName] = frozenset({"checking", "first_plan"})
"""Stages of which all objects are of use."""


@contextmanager
def collecting_later(emit: Callable[[Event], None]) -> Iterator[Callable[[Event], None]]:
    """For one search at a time in this process: no garbage is collected until `emit` has told a plan, or another stage than those
    that make the first. In the end all is as it was."""

    def heard(event: Event) -> None:
        emit(event)
        if not gc.isenabled() and not (isinstance(event, Stage) and event.name in EARLY):
            gc.freeze()
            gc.enable()

    gc.disable()
    try:
        yield heard
    finally:
        gc.unfreeze()
        gc.enable()
