"""When to stop: the caller says so, the time is up, or the search has all it wanted."""

from __future__ import annotations

import threading
import time


class Halt:
    """Asked often, by every part of a search."""

    def __init__(self, stop: threading.Event, seconds: float) -> None:
        self._stop = stop
        self._deadline = time.monotonic() + seconds
        self._done = threading.Event()

    def part(self, seconds: float) -> Halt:
        """One for a part of the search, which may have so many of the seconds that are left, and hears the same stop."""
        return Halt(self._stop, min(seconds, self.left))

    def ask(self) -> None:
        """The search has what it wants."""
        self._done.set()

    @property
    def over(self) -> bool:
        return self._done.is_set() or self._stop.is_set() or self.left <= 0

    @property
    def left(self) -> float:
        """Seconds until the time is up; not below 0."""
        return max(0.0, self._deadline - time.monotonic())
