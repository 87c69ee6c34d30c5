"""Readings that cost as much for one who looks as for a hundred."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

SECONDS = 1.0

T = TypeVar("T")


class Shared(Generic[T]):
    """What was read, for all threads of this process and for a second. Two that find it old at once both read."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._last: tuple[float, T] | None = None

    def get(self, is_enough: Callable[[T], bool]) -> T:
        """The last reading; a new one when that is too old, or not enough."""
        now = time.monotonic()
        if self._last is not None:
            read_at, last = self._last
            if now - read_at < SECONDS and is_enough(last):
                return last
        found = self._read()
        self._last = now, found
        return found
