"""Tabu search of large plain shops, section by section, all threads at one plan.

In a large shop each turn of tabu search costs much and changes little. A *section* is what stands between two places of the order
of all starts: a stretch of time with all that runs in it. Every long path leads through it, so that the plan becomes shorter by
what a section becomes shorter, and a turn that measures nothing outside costs a fraction.

    take one that nobody else works at → tabu search in it → put its sequences into the best plan of all threads → take another

While sections keep getting shorter the search is soon content with one; when they do not, it stays longer at each.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

import numpy as np

from solver.incumbent import Incumbent
from solver.kernel import tables as t
from solver.kernel.blocks import Array
from solver.kernel.loading import kernel
from solver.list_search import RESERVE
from solver.tabu_search import SLICE_SECONDS, Tabu

LARGE = 3_000
"""Operations from which on a shop is searched by sections."""

SHARE, LONGEST = 0.2, 2_000
"""Of the operations that a section has, and how many it has at most."""

SOON, LATE = 300, 20_000
"""Turns without a shorter section after which the search leaves it: in the beginning, and at most."""

FIRST_TURNS = 8
"""As long as nobody knows how long one takes."""

WORTH_IT = 0.002
"""By this share the plan has to become shorter while as many operations are looked at as there are; else patience grows."""

TRIALS = 20
"""Sections that are looked at to find one that nobody else works at."""

TELLING_SHARE = 12.0
"""To write a plan out and to verify it takes time: after that it is searched so many times as long before the next one."""


class Plan(NamedTuple):
    """By operation its mode and what comes before it on its machine; and all operations in the order of their starts."""

    makespan: int
    mode: Array
    previous: Array
    order: Array


class Board:
    """The best plan of all threads, and at which operations each of them works. Safe to use from several threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.best: Plan | None = None
        self.patience = SOON
        self._told: int | None = None
        self._taken: dict[int, Array] = {}
        self._looked_at = 0.0
        self._before = t.NEVER

    def take(self, worker: int, dice: random.Random) -> tuple[Plan, int, int]:
        """The best plan, and the places in its order between which to work: where no other is, if there is such a section."""
        with self.lock:
            plan = self.best
            if plan is None:
                raise ValueError("There is no plan yet.")
            size = len(plan.order)
            length = max(1, min(LONGEST, int(SHARE * size)))
            others = np.zeros(size, dtype=bool)
            for each, taken in self._taken.items():
                others[taken] |= each != worker
            begins = [dice.randrange(size) - length // 2 for _ in range(TRIALS)]
            sections = [(max(0, begin), min(size, begin + length)) for begin in begins]
            free = (each for each in sections if not others[plan.order[slice(*each)]].any())
            first, last = next(free, sections[0])
            self._taken[worker] = plan.order[first:last]
            return plan, first, last

    def put(self, worker: int, plan: Plan, share: float) -> None:
        """What the worker has come to. `share`: of the operations, how many were looked at for it."""
        with self.lock:
            self._taken.pop(worker, None)
            if self.best is None or plan.makespan <= self.best.makespan:
                self.best = plan
            self._looked_at += share
            if self._looked_at >= 1.0:
                if self._before - self.best.makespan < WORTH_IT * self.best.makespan:
                    self.patience = min(LATE, 2 * self.patience)
                self._looked_at, self._before = 0.0, self.best.makespan

    def claim(self) -> Plan | None:
        """The best plan for whoever asks first, to be told; None when there is nothing new."""
        with self.lock:
            if self.best is None or (self._told is not None and self.best.makespan >= self._told):
                return None
            self._told = self.best.makespan
            return self.best


class SectionSearch:
    """One thread's work at the plan that it shares with others. `until`: by `monotonic`, when its last plan has to be told."""

    def __init__(self, incumbent: Incumbent, seed: int, until: float, board: Board) -> None:
        self._incumbent = incumbent
        self._weight = incumbent.problem.objective.makespan
        self._board = board
        self._worker = seed
        self._tabu = Tabu(incumbent.problem, seed)
        self._dice = random.Random(seed)  # noqa: S311 - it shall be the same again
        self._until = until
        self._rest_until = 0.0
        self._reserve = 0.0

    def run(self, is_over: Callable[[], bool]) -> None:
        """Search until `is_over`, or until the makespan is down to the bound."""
        if not self._begin():
            return

        def should_stop() -> bool:
            return is_over() or self._incumbent.is_optimal or monotonic() > self._until - self._reserve

        while not should_stop():
            self._work(should_stop)
            if monotonic() > self._rest_until:
                self._tell()
        self._tell()

    def _begin(self) -> bool:
        """Whether there is a plan on the board, which is from elsewhere when nobody has put one there."""
        with self._board.lock:
            if self._board.best is None and (best := self._incumbent.best()) and self._tabu.begin(best[0]):
                self._board.put(self._worker, self._measured(), 1.0)
            return self._board.best is not None

    def _measured(self) -> Plan:
        """The plan that has just been begun with."""
        path = self._tabu.path
        order = path.order[np.argsort(path.head[path.order], kind="stable")]
        return Plan(self._tabu.best_makespan, path.best_mode.copy(), path.best_previous.copy(), order)

    def _load(self, mode: Array, previous: Array) -> Plan | None:
        """Begin with these sequences; None when they go round in a circle, or not into the horizon."""
        tabu = self._tabu
        tabu.path.best_mode[:], tabu.path.best_previous[:] = mode, previous
        if kernel.begin_path(tabu.decoder.plant, tabu.path) and tabu.best_makespan < t.NEVER:
            return self._measured()
        return None

    def _work(self, should_stop: Callable[[], bool]) -> None:
        """One section, from its beginning to what it adds to the best plan."""
        plan, first, last = self._board.take(self._worker, self._dice)
        self._load(plan.mode, plan.previous)
        self._search(plan.order, first, last, should_stop)
        path = self._tabu.path
        mine = self._load(path.best_mode.copy(), path.best_previous.copy())
        with self._board.lock:
            best = self._board.best or plan
            if mine is not None and best is not plan:
                here = np.zeros(len(plan.order), dtype=bool)
                here[plan.order[first:last]] = True
                mine = self._load(*joined(best, mine, here, self._tabu.decoder.plant.mode[:, t.MACHINE])) or mine
            self._board.put(self._worker, best if mine is None else mine, (last - first) / len(plan.order))

    def _search(self, order: Array, first: int, last: int, should_stop: Callable[[], bool]) -> None:
        """Tabu search between two places, until it is in vain for as long as others have found to be worth it."""
        path, plant = self._tabu.path, self._tabu.decoder.plant
        path.order[:] = order
        path.place[order] = np.arange(len(order))
        section = order[first:last]
        path.memo[t.SECTION], path.memo[t.SECTION_END] = first, last
        longest = int((path.head[section] + path.run[section] + path.tail[section]).max())
        path.memo[[t.MAKESPAN_NOW, t.BEST_MAKESPAN]], path.memo[t.TURN_OF_BEST] = longest, path.memo[t.TURN]
        patience, turns = self._board.patience, FIRST_TURNS
        bound = (self._incumbent.bound or 0) // self._weight
        while not should_stop() and path.memo[t.TURN] - path.memo[t.TURN_OF_BEST] < patience:
            began = monotonic()
            made = kernel.tabu(plant, path, turns, patience, bound)
            if made < turns:
                return
            turns = max(1, min(LATE, 2 * turns, int(turns * SLICE_SECONDS / max(1e-6, monotonic() - began))))

    def _tell(self) -> None:
        """The best plan on the board, unless somebody else does."""
        plan = self._board.claim()
        best = self._incumbent.best()
        if plan is None or (best is not None and self._weight * plan.makespan >= best[1]):
            return
        began = monotonic()
        self._load(plan.mode, plan.previous)
        self._incumbent.offer(self._tabu.best(), "tabu search")
        took = monotonic() - began
        self._rest_until, self._reserve = monotonic() + TELLING_SHARE * took, RESERVE * took


def joined(best: Plan, mine: Plan, here: Array, machine: Array) -> tuple[Array, Array]:
    """The best plan with one section of it as somebody else has it: modes, and what comes before each operation on its machine.

    `here`: by operation, whether it belongs to the section; `machine`: by mode.
    """
    order = best.order.copy()
    order[here[order]] = mine.order[here[mine.order]]
    mode = np.where(here, mine.mode, best.mode)
    sequence = order[np.argsort(machine[mode[order]], kind="stable")]
    previous = np.full(len(order), -1, dtype=np.int64)
    is_same = machine[mode[sequence[1:]]] == machine[mode[sequence[:-1]]]
    previous[sequence[1:][is_same]] = sequence[:-1][is_same]
    return mode, previous
