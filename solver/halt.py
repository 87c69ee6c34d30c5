"""When to stop: the caller says so, the time is up, or the search has all it wanted."""

from __future__ import annotations

import threading
import time
from types import TracebackType


class Telling:
    """One thread at a time enters. What it tells within comes before the last word, which waits for it.

    `has_failed`: something was raised instead, and no last word shall follow.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.has_failed = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.has_failed = self.has_failed or error is not None
        self._lock.release()


class Halt:
    """Asked often, by every part of a search. `whole`: of the search that this is about a part of, with more parts to follow.

    `telling`: the same for all parts.
    """

    def __init__(self, stop: threading.Event, seconds: float, whole: Halt | None = None) -> None:
        self._stop = stop
        self._deadline = time.monotonic() + seconds
        self._done = threading.Event()
        self._whole = whole
        self.telling: Telling = Telling() if whole is None else whole.telling

    def part(self, seconds: float) -> Halt:
        """One for a part of the search, which may have so many of the seconds that are left, and hears the same stop."""
        return Halt(self._stop, min(seconds, self.left), self)

    def shorten(self, seconds: float) -> None:
        """The time is up in so many seconds, unless it is sooner."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def ask(self) -> None:
        """The search has what it wants."""
        self._done.set()

    def wait(self, seconds: float) -> bool:
        """For so many seconds at most, until the caller says stop or the time is up; whether that is so."""
        self._stop.wait(min(seconds, self.left))
        return self.is_stopped or self.left <= 0

    @property
    def is_stopped(self) -> bool:
        """Whether the caller has said so."""
        return self._stop.is_set()

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
