"""Python's collector of garbage, for processes that do nothing but search.

To check a large question and to make its tables allocates objects by the million, none of them garbage. To look through them
again and again takes a fifth of the time that a planner waits for the first plan. What is there by then stays until the end, so
it is not looked at afterwards, either: while the collector looks, nobody else in Python runs, and a stop is not heard.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from solver.events import Event, Stage

EARLY = {"checking", "first_plan"}
"""Stages of which all objects are of use."""


def collecting_later(emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """The same, but no garbage is collected from now until there is a plan, or another stage than those that make the first."""
    gc.disable()

    def heard(event: Event) -> None:
        emit(event)
        if not gc.isenabled() and not (isinstance(event, Stage) and event.name in EARLY):
            gc.freeze()
            gc.enable()

    return heard
