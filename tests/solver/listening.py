"""Run a search and keep all that it says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from solver.events import BoundRaised, Event, Finished, Improved, Stage
from solver.limits import Limits
from solver.problem import Problem
from solver.schedule import Schedule
from solver.search import search


@dataclass
class Heard:
    """Every event, in order."""

    events: list[Event] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def finished(self) -> Finished:
        last = self.events[-1]
        assert isinstance(last, Finished)
        return last

    @property
    def improvements(self) -> list[Improved]:
        return [event for event in self.events if isinstance(event, Improved)]

    @property
    def bounds(self) -> list[int]:
        return [event.bound for event in self.events if isinstance(event, BoundRaised)]

    @property
    def stages(self) -> list[str]:
        return [event.name for event in self.events if isinstance(event, Stage)]

    @property
    def best(self) -> Schedule:
        return self.improvements[-1].schedule


def listen(
    problem: Problem,
    limits: Limits,
    hint: Schedule | None = None,
    stop: threading.Event | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Heard:
    """The whole search, from its first event to its last."""
    heard = Heard()

    def emit(event: Event) -> None:
        heard.events.append(event)
        if on_event is not None:
            on_event(event)

    began = time.monotonic()
    search(problem, limits, emit, stop or threading.Event(), hint)
    heard.seconds = time.monotonic() - began
    return heard
