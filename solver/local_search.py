"""Annealing over the order list: change what is to blame, decode again, keep what is better and, now and then, what is worse.

A move looks at an order that costs much, follows back why it is not earlier, and then lets a waiting operation go before the one
that blocks it, or puts an operation on another machine; some moves are blind. The decoder keeps every rule, so every schedule on
the way is legal.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from math import inf, log

from solver.decode import Decoder
from solver.decoding.blame import Block, Chain, chain_to
from solver.decoding.clusters import sequence
from solver.decoding.moves import Moves
from solver.decoding.rerun import Decoded, Modes, Rerun
from solver.dispatch import Priorities, positions
from solver.problem import Problem
from solver.schedule import Schedule, measure, objective_value

HOTTEST, COLDEST = 0.004, 0.0002
"""Temperatures, as shares of the objective."""
COOLING = 0.995
BLIND_SHARE = 0.15
MACHINE_SHARE = 0.25
BLIND_REACH = 40
FIRST_LISTS = 8_000
"""Operations that are placed to find the list to begin with; at least one list is tried however long it is."""


def improve(
    problem: Problem,
    start: Schedule,
    seed: int,
    should_stop: Callable[[], bool],
    on_better: Callable[[Schedule], None],
) -> None:
    """Search from `start` until `should_stop`, telling `on_better` every schedule that is better than all before it.

    Returns at once when there is nothing to change, and when the order of `start` does not decode to a legal schedule.
    """
    annealing = Annealing(problem, seed, should_stop)
    best = objective_value(problem.objective, measure(problem, start))
    for schedule, value in annealing.visit(start):
        if value < best:
            best = value
            on_better(schedule())


class Annealing:
    """One search. The temperature falls with every try; when it is down, the search begins anew from the best, hot."""

    def __init__(self, problem: Problem, seed: int, should_stop: Callable[[], bool]) -> None:
        self._decoder = Decoder(problem)
        self._should_stop = should_stop
        self._dice = random.Random(seed)  # noqa: S311 -- a search, not a secret

    def visit(self, start: Schedule) -> Iterator[tuple[Callable[[], Schedule], int]]:
        """Every accepted schedule, as a function that writes it down, and its value."""
        best = current = self._first(start)
        if current is None or best is None or len(self._decoder.clusters) < 2:
            return
        clusters = enumerate(self._decoder.clusters)
        self._cluster_of = {number: place for place, cluster in clusters for number in cluster.operations}
        temperature = HOTTEST
        while not self._should_stop():
            yield partial(self._decoder.schedule, current.schedule), current.value
            limit = current.value - temperature * best.value * log(1.0 - self._dice.random())
            current = self._rerun.decode(*self._varied(current), current, limit) or current
            best = min(best, current, key=lambda decoded: decoded.value)
            temperature *= COOLING
            if temperature < COLDEST:
                temperature, current = HOTTEST, best

    def _first(self, start: Schedule) -> Decoded | None:
        """The best list to begin with. The decoder need not come upon `start` again, since it chooses the people anew."""
        found: list[tuple[int, list[int], Modes]] = []
        for number, (order, modes) in enumerate(self._lists(start)):
            if found and (number * len(order) > FIRST_LISTS or self._should_stop()):
                break
            decoded = self._decoder.run(order, modes)  # settles the clusters, too
            if decoded is not None:
                found.append((self._decoder.worth.of(decoded), order, modes))
        self._rerun, self._moves = Rerun(self._decoder, self._should_stop), Moves(self._decoder.clusters)
        found.sort(key=lambda each: each[0])
        again = (self._rerun.decode(sequence(self._decoder.clusters, order), modes, None, inf) for _, order, modes in found)
        return next(filter(None, again), None)

    def _lists(self, start: Schedule) -> Iterator[tuple[list[int], Modes]]:
        """By starts or ends in the schedule, or by a rule, with the machines of the schedule or any."""
        arrays = self._decoder.arrays
        free = [row.number for row in arrays.operations if row.fixed is None]
        machines = {number: arrays.machine_number(start.assignments[number].machine) for number in free}
        for chosen in (machines, {}):
            yield [assignment.setup_start for assignment in start.assignments], self._decoder.restricted(chosen)
            yield [assignment.run_end for assignment in start.assignments], self._decoder.restricted(chosen)
        for key in Priorities(self._decoder).rules().values():
            for chosen in (machines, {}):
                yield positions(self._decoder, key), self._decoder.restricted(chosen)

    def _varied(self, current: Decoded) -> tuple[list[int], Modes]:
        if self._dice.random() >= BLIND_SHARE:
            chain = chain_to(current.schedule, self._last_of_the_dearest(current))
            if self._dice.random() < MACHINE_SHARE or not chain.blocks:
                return self._on_another_machine(current, chain)
            return self._unblocked(current, self._dice.choice(chain.blocks)), current.modes
        source = self._dice.randrange(len(current.sequence))
        target = min(max(0, source + self._dice.randint(-BLIND_REACH, BLIND_REACH)), len(current.sequence) - 1)
        move = self._moves.pull if target < source else self._moves.push
        return move(current.sequence, source, target), current.modes

    def _last_of_the_dearest(self, current: Decoded) -> int:
        """The operation with which an order ends, the order drawn by its share in the objective."""
        costs = self._decoder.worth.by_order(current.schedule)
        order = self._dice.choices(range(len(costs)), weights=costs)[0] if any(costs) else self._dice.randrange(len(costs))
        placed = [spot for spot in current.schedule.placed if spot is not None]
        own = [each for each in placed if self._decoder.arrays.operations[each.operation].order == order]
        return max(own or placed, key=lambda spot: spot.run_end).operation

    def _on_another_machine(self, current: Decoded, chain: Chain) -> tuple[list[int], Modes]:
        """One operation of the chain on another of its machines, or wherever it ends first."""
        rows = self._decoder.arrays.operations
        flexible = [number for number in chain.operations if len(rows[number].modes) > 1]
        modes = list(current.modes)
        if flexible:
            number = self._dice.choice(flexible)
            others = [(mode,) for mode in rows[number].modes if (mode,) != modes[number]]
            modes[number] = self._dice.choice([*others, rows[number].modes])
        return current.sequence, modes

    def _unblocked(self, current: Decoded, block: Block) -> list[int]:
        """The waiting operation before the blocking one, or the blocking one behind it."""
        places = current.sequence
        waiting, blocking = places.index(self._cluster_of[block.waiting]), places.index(self._cluster_of[block.blocking])
        if blocking < waiting and self._dice.random() < 0.5:
            return self._moves.push(places, blocking, waiting)
        if blocking < waiting:
            return self._moves.pull(places, waiting, blocking)
        return self._moves.pull(places, waiting, max(0, waiting - self._dice.randint(1, BLIND_REACH)))
