"""When to stop: the caller says so, the time is up, or the search has all it wanted."""

from __future__ import annotations

import threading
import time


class Halt:
    """Asked often, by every part of a search. `whole`: of the search that this is about a part of, with more parts to follow."""

    def __init__(self, stop: threading.Event, seconds: float, whole: Halt | None = None) -> None:
        self._stop = stop
        self._deadline = time.monotonic() + seconds
        self._done = threading.Event()
        self._whole = whole

    def part(self, seconds: float) -> Halt:
        """One for a part of the search, which may have so many of the seconds that are left, and hears the same stop."""
        return Halt(self._stop, min(seconds, self.left), self)

    def shorten(self, seconds: float) -> None:
        """The time is up in so many seconds, unless it is sooner."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def ask(self) -> None:
        """The search has what it wants."""
        self._done.set()

    @property
    def over(self) -> bool:
        return self._done.is_set() or self._stop.is_set() or self.left <= 0

    @property
    def is_all_over(self) -> bool:
        """Whether no other part follows."""
        return self.over if self._whole is None else self._whole.is_all_over

    @property
    def left(self) -> float:
        """Seconds until the time is up; not below 0."""
        return max(0.0, self._deadline - time.monotonic())
