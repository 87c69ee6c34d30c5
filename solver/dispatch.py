"""A first schedule in milliseconds: simple priorities, decoded.

Every rule sorts the operations by what it holds to be urgent. When none of them leads to a legal schedule, because deadlines,
fixed starts or maximum lags leave little room, the operation at which a list got stuck is moved forward, with all that must come
before it, until the list holds ("squeaky wheel"), and after that from shuffled lists.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import count
from math import exp
from time import monotonic

import numpy as np

from solver.calendars import next_open, working_windows
from solver.decode import Decoder, places_of, with_ancestors
from solver.kernel import tables as t
from solver.kernel.blocks import Array, Block
from solver.problem import Problem
from solver.repair import repairs
from solver.schedule import Schedule, measure, rank

RESCUE_SECONDS = 2.0
RESCUE_LISTS = 400
RESCUE_PLACED = 2_000_000
"""Operations that a rescue places instead, about, where no clock may decide."""
WHEEL_TURNS = 12
PRESCRIBED_SHARE = 0.4

Columns = tuple[Array, ...]
"""Numbers by operation, those that decide first in front."""
Key = Callable[[], Columns]
Worth = tuple[int, ...]
"""By tier."""


def dispatch(
    problem: Problem,
    should_stop: Callable[[], bool] = lambda: False,
    decoder: Decoder | None = None,
    *,
    is_possible: Callable[[], bool] = lambda: True,
    is_counted: bool = False,
) -> Iterator[tuple[str, Schedule]]:
    """(rule, schedule) for the first rule that works, then for the best of all others if that is better: to write a schedule out
    takes longer than to try several rules. Before that repairs of what is published, each better than those before it.

    `should_stop` is asked after every list; one is tried in any case. `decoder`: one of the problem's, if there is one already;
    it gets to know which lists of rules work (`ruled`). `is_possible`: asked when the first rule does not work; the end if not.
    `is_counted`: a rescue may place so many operations, however long that takes, instead of so many seconds.
    """
    decoder = decoder or Decoder(problem)
    best = _Best()
    if problem.baseline:
        yield from _by_repair(decoder, should_stop, best)
        if should_stop():
            return
    yield from _by_rule(decoder, should_stop, best, is_possible)
    if best.worth is None and not best.is_impossible and not should_stop():
        is_late = _count(len(decoder.arrays.operations)) if is_counted else _clock()
        yield from _rescue(decoder, lambda: is_late() or should_stop())


class _Best:
    """Of all that has been found so far."""

    def __init__(self) -> None:
        self.worth: Worth | None = None
        self.is_impossible = False

    def takes(self, worth: Worth) -> bool:
        """Whether this is better."""
        is_better = self.worth is None or worth < self.worth
        self.worth = worth if is_better else self.worth
        return is_better


def _by_repair(decoder: Decoder, should_stop: Callable[[], bool], best: _Best) -> Iterator[tuple[str, Schedule]]:
    for repair, is_legal in repairs(decoder):
        if is_legal:
            schedule, worth = _found(decoder)
            if best.takes(worth):
                yield repair, schedule or decoder.schedule()
        if should_stop():
            return


def _by_rule(
    decoder: Decoder, should_stop: Callable[[], bool], best: _Best, is_possible: Callable[[], bool]
) -> Iterator[tuple[str, Schedule]]:
    is_asked = False
    leader: tuple[str, Schedule | None, Block] | None = None
    for rule, key in Priorities(decoder).rules().items():
        places = positions(key)
        if decoder.run(places, {}):
            is_first = best.worth is None
            schedule, worth = _found(decoder)
            decoder.ruled.append((decoder.value(), places))
            if best.takes(worth):
                if is_first:
                    yield rule, schedule or decoder.schedule()
                else:
                    leader = rule, schedule, decoder.put_aside()
        elif best.worth is None and not is_asked:
            is_asked, best.is_impossible = True, not is_possible()
        if best.is_impossible or should_stop():
            break
    if leader is not None:
        rule, schedule, state = leader
        yield rule, schedule or decoder.schedule(state)


def _found(decoder: Decoder) -> tuple[Schedule | None, Worth]:
    """What the decoder's schedule is worth, and the schedule itself where that has to be written out for it: the decoder knows no
    tiers."""
    objective = decoder.problem.objective
    if not objective.tiers:
        return None, (decoder.value(),)
    schedule = decoder.schedule()
    return schedule, rank(objective, measure(decoder.problem, schedule))


class Priorities:
    """What the rules look at, by operation number: the work that its order still has from it on, due dates, weights, families."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._orders = decoder.problem.orders
        operation = decoder.plant.operation
        self._order, self._family, self._release = operation[:, t.ORDER], operation[:, t.FAMILY], operation[:, t.RELEASE]
        self._work = self._shortest_work()
        self.tails = self._remaining_work()
        due = [order.due if order.due is not None else decoder.problem.horizon for order in self._orders]
        self._due = np.array(due, np.int64)[self._order]
        self._weight = np.array([order.weight for order in self._orders], np.int64)[self._order]
        self._begin = _first_opening(decoder.problem)

    def rules(self) -> dict[str, Key]:
        """By name, the most generally useful first."""
        return {
            "weighted slack": self._weighted_slack,
            "earliest due date": lambda: (self._due, -self.tails),
            "latest start": lambda: (np.array(self._decoder.latest) - self._work,),
            "least slack": lambda: (self._due - self.tails,),
            "order by order": lambda: ((self._due - self._begin) / np.maximum(1, self._weight), self._order, -self.tails),
            "setups together": lambda: (self._campaigns(), self._due),
            "most work remaining": lambda: (-self.tails,),
            "first released": lambda: (self._release, self._order, -self.tails),
            "shortest first": lambda: (self._work,),
        }

    def _weighted_slack(self) -> Columns:
        """Apparent tardiness cost (Vepsäläinen & Morton 1987) when work can begin, with the order's remaining work as the lead
        time."""
        average = max(1.0, int(self._work.sum()) / max(1, len(self._work)))
        slack = np.maximum(0.0, self._due - self._begin - self.tails)
        # numpy's own exp may differ in the last digit from one processor to the next, and lists with it.
        patience = np.array([exp(share) for share in (-slack / (8.0 * average)).tolist()])
        return -(self._weight / np.maximum(1, self.tails) * patience), slack

    def _shortest_work(self) -> Array:
        """In ticks, setup and run on the machine on which they take least; 0 where there is none."""
        plant = self._decoder.plant
        first, last = plant.operation[:, t.MODES], plant.operation[:, t.MODES_END]
        has_mode = first < last
        work = np.zeros(len(plant.operation), np.int64)
        if has_mode.any():  # the modes of one operation stand together, in the order of operations
            ticks = plant.mode[:, t.MODE_SETUP] + plant.mode[:, t.RUN]
            work[has_mode] = np.minimum.reduceat(ticks, first[has_mode])
        return work

    def _remaining_work(self) -> Array:
        """The longest chain of work from each operation on, itself included."""
        rows, tails = self._decoder.arrays.operations, self._work.tolist()
        for number in reversed(self._decoder.topological):
            if following := [tails[link.operation] + max(0, link.min_lag) for link in rows[number].after]:
                tails[number] += max(following)
        return np.array(tails, np.int64)

    def _campaigns(self) -> Array:
        """By operation the average due date of its family: families come one after another."""
        sums = np.bincount(self._family, self._due)
        averages = sums / np.maximum(1, np.bincount(self._family))
        campaigns: Array = np.where(self._family > 0, averages[self._family], self._due)
        return campaigns


def _first_opening(problem: Problem) -> int:
    """The first tick at which any machine is open: before it nothing is urgent, however long it takes to come."""
    openings = (next_open(working_windows(machine), 0) for machine in problem.machines)
    return min((tick for tick in openings if tick is not None), default=0)


def positions(key: Key) -> Array:
    """By operation its place in the list that a rule makes; of those that are as urgent the first in the problem comes first."""
    sequence = np.lexsort(key()[::-1])
    places = np.empty(len(sequence), np.int64)
    places[sequence] = np.arange(len(sequence))
    return places


def _clock() -> Callable[[], bool]:
    """Whether a rescue has taken long."""
    until = monotonic() + RESCUE_SECONDS
    return lambda: monotonic() > until


def _count(operations: int) -> Callable[[], bool]:
    """Whether it has placed much, when this is asked once for each list."""
    placed = count(step=operations)
    return lambda: next(placed) > RESCUE_PLACED


def _rescue(decoder: Decoder, give_up: Callable[[], bool]) -> Iterator[tuple[str, Schedule]]:
    """Turn the squeaky wheel from each rule's list, then from shuffled ones, while it is worth the time."""
    shuffler = random.Random(1)  # noqa: S311 -- the same problem shall give the same plan
    starts = [positions(key) for key in Priorities(decoder).rules().values()]
    for attempt in range(RESCUE_LISTS):
        if give_up():
            return
        places = starts[attempt] if attempt < len(starts) else places_of(_shuffled(decoder, shuffler))
        machines = {} if attempt < len(starts) else _some_machines(decoder, shuffler)
        schedule = _turned(decoder, places, machines, (attempt % 2, give_up))
        if schedule is not None:
            yield "rescue", schedule
            return


def _shuffled(decoder: Decoder, shuffler: random.Random) -> list[int]:
    numbers = list(range(len(decoder.arrays.operations)))
    shuffler.shuffle(numbers)
    return numbers


def _some_machines(decoder: Decoder, shuffler: random.Random) -> dict[int, int]:
    """For some operations any of their machines, since the one on which they would end first is not always the right one."""
    rows = [row for row in decoder.arrays.operations if row.fixed is None and len(row.modes) > 1]
    return {row.number: shuffler.choice(row.modes).machine for row in rows if shuffler.random() < PRESCRIBED_SHARE}


def _turned(
    decoder: Decoder, places: list[int] | Array, machines: dict[int, int], effort: tuple[int, Callable[[], bool]]
) -> Schedule | None:
    """The schedule of a list in which whatever gets stuck comes earlier and earlier."""
    highest, give_up = effort
    for turn in range(WHEEL_TURNS):
        if decoder.run(places, machines, highest):
            return decoder.schedule()
        if decoder.stuck < 0 or give_up():
            return None
        for number in with_ancestors(decoder, decoder.stuck):
            places[number] -= (turn + 1) * len(places)
    return None
