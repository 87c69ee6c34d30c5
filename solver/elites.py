"""Good schedules of a plain shop that differ, shared by the threads that search it, and schedules between two of them.

Path relinking (for job shops: Peng, Lü & Cheng 2015): what lies between two good schedules is a better start than either of them
shaken. Between the starts of one and those of the other every mean respects all that holds in both, precedence among it, so that
an order by such means makes no circle.
"""

from __future__ import annotations

import random
import threading
from typing import NamedTuple

import numpy as np

from solver.kernel.blocks import Array

SIZE = 8
ALIKE = 0.02
"""Share of the operations up to which two schedules count as the same: by what comes before each on its machine."""


class Elite(NamedTuple):
    """By operation its mode, what comes before it on its machine, and when its run starts; how runs were weighed to find it."""

    makespan: int
    mode: Array
    previous: Array
    start: Array
    run_weight: int

    def differs(self, other: Elite) -> float:
        """The share of the operations that have another mode, or come behind another one."""
        return float(np.mean((self.mode != other.mode) | (self.previous != other.previous)))


class Elites:
    """A few of the best that were found, no two of them alike. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Elite] = []

    def makespans(self) -> list[int]:
        """From the best on."""
        with self._lock:
            return [each.makespan for each in self._all]

    def add(self, elite: Elite) -> None:
        """Take it in, and the worst of those that it is like out; when it is like none, the worst of all if they are too many."""
        with self._lock:
            alike = [each for each in self._all if each.differs(elite) <= ALIKE]
            rivals = [*alike, elite]
            self._all = [each for each in self._all if all(each is not other for other in alike)]
            self._all.append(min(rivals, key=lambda each: each.makespan))
            self._all.sort(key=lambda each: each.makespan)
            del self._all[SIZE:]

    def pair(self, dice: random.Random) -> tuple[Elite, Elite] | None:
        """Any two; None while there are too few."""
        with self._lock:
            if len(self._all) < SIZE:
                return None
            first, second = dice.sample(self._all, 2)
            return first, second


def between(pair: tuple[Elite, Elite], share: float, machine: Array, rank: Array, dice: random.Random) -> tuple[Array, Array]:
    """By operation a mode of one of the two and what comes before it on its machine, so far on the way from one to the other.

    `machine`: by mode; `rank`: by operation, its place in a topological order.
    """
    one, other = pair
    toss = np.array([dice.random() < share for _ in rank])
    mode = np.where(toss, other.mode, one.mode)
    order = np.lexsort((rank, one.start + share * (other.start - one.start), machine[mode]))
    previous = np.full(len(order), -1, dtype=np.int64)
    is_same = machine[mode[order[1:]]] == machine[mode[order[:-1]]]
    previous[order[1:][is_same]] = order[:-1][is_same]
    return mode, previous
