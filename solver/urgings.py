"""What threads that urge the same list at once have found, and how each of them goes on from that.

Each try pushes orders further than they are. So the larger of two threads' pushes, order by order, are what either has done since
they last met: when that list is better than both it is taken, and else the better one. Much of what one has found is not lost
when another has found something meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from solver.kernel import tables as t
from solver.kernel.blocks import Array


class Pushes(NamedTuple):
    """By order, and what their list is worth."""

    value: int
    push: Array


class Urgings:
    """The best pushes of all threads. Safe to use from all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._place: Array | None = None
        self._best: Pushes | None = None

    def join(self, place: Array) -> bool:
        """Whether this is the list that is urged here, by operation its place in it: the first that comes is."""
        with self._lock:
            if self._place is None:
                self._place = place.copy()
            return np.array_equal(self._place, place)

    def tell(self, pushes: Pushes) -> Pushes:
        """The best of all, these among them."""
        with self._lock:
            if self._best is None or pushes.value < self._best.value:
                self._best = Pushes(pushes.value, pushes.push.copy())
            return self._best


def meet(urgings: Urgings, search: t.Search, take: Callable[[Array, int], bool]) -> None:
    """Go on from the best of all, and from what the current list has besides if that makes it better.

    `take(push, limit)` makes the list of such pushes the current one, if it is worth the limit at most; whether it has.
    """
    best = urgings.tell(Pushes(int(search.memo[t.BEST_VALUE]), search.best_push))
    if best.value >= search.memo[t.BEST_VALUE]:
        return
    both = np.maximum(best.push, search.push)
    if np.array_equal(both, best.push) or not take(both, best.value - 1):
        take(best.push, best.value)
