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

from solver.calendars import next_open, working_windows
from solver.decode import Decoder, places_of, with_ancestors
from solver.kernel.blocks import Block
from solver.problem import Problem
from solver.repair import repairs
from solver.schedule import Schedule, measure, rank

RESCUE_SECONDS = 2.0
RESCUE_LISTS = 400
RESCUE_PLACED = 2_000_000
"""Operations that a rescue places instead, about, where no clock may decide."""
WHEEL_TURNS = 12
PRESCRIBED_SHARE = 0.4

Key = Callable[[int], tuple[float, ...]]
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
        places = positions(decoder, key)
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
        self._rows = decoder.arrays.operations
        self._orders = decoder.problem.orders
        self._work = [min((mode.setup + mode.run for mode in row.modes), default=0) for row in self._rows]
        self.tails = self._remaining_work()
        self._due = [order.due if order.due is not None else decoder.problem.horizon for order in self._orders]
        self._begin = _first_opening(decoder.problem)
        self._average = max(1.0, sum(self._work) / max(1, len(self._work)))
        self._campaign = self._campaigns()

    def rules(self) -> dict[str, Key]:
        """By name, the most generally useful first."""
        return {
            "weighted slack": self._weighted_slack,
            "earliest due date": lambda number: (self._due[self._rows[number].order], -self.tails[number]),
            "latest start": lambda number: (self._decoder.latest[number] - self._work[number],),
            "least slack": lambda number: (self._due[self._rows[number].order] - self.tails[number],),
            "order by order": lambda number: (*self._by_weight(number), -self.tails[number]),
            "setups together": lambda number: (self._campaign[number], self._due[self._rows[number].order]),
            "most work remaining": lambda number: (-self.tails[number],),
            "first released": lambda number: (self._rows[number].release, self._rows[number].order, -self.tails[number]),
            "shortest first": lambda number: (self._work[number],),
        }

    def _weighted_slack(self, number: int) -> tuple[float, ...]:
        """Apparent tardiness cost (Vepsäläinen & Morton 1987) when work can begin, with the order's remaining work as the lead
        time."""
        row = self._rows[number]
        slack = max(0.0, self._due[row.order] - self._begin - self.tails[number])
        urgency = self._orders[row.order].weight / max(1, self.tails[number]) * exp(-slack / (8.0 * self._average))
        return (-urgency, slack)

    def _by_weight(self, number: int) -> tuple[float, ...]:
        order = self._rows[number].order
        return ((self._due[order] - self._begin) / max(1, self._orders[order].weight), order)

    def _remaining_work(self) -> list[int]:
        """The longest chain of work from each operation on, itself included."""
        tails = self._work[:]
        for number in reversed(self._decoder.topological):
            following = [tails[link.operation] + max(0, link.min_lag) for link in self._rows[number].after]
            tails[number] = self._work[number] + max(following, default=0)
        return tails

    def _campaigns(self) -> list[float]:
        """By operation the average due date of its family: families come one after another."""
        dues: dict[int, list[int]] = {}
        for row in self._rows:
            dues.setdefault(row.family, []).append(self._due[row.order])
        average = {family: sum(values) / len(values) for family, values in dues.items()}
        return [average[row.family] if row.family else self._due[row.order] for row in self._rows]


def _first_opening(problem: Problem) -> int:
    """The first tick at which any machine is open: before it nothing is urgent, however long it takes to come."""
    openings = (next_open(working_windows(machine), 0) for machine in problem.machines)
    return min((tick for tick in openings if tick is not None), default=0)


def positions(decoder: Decoder, key: Key) -> list[int]:
    """By operation its place in the list that a rule makes."""
    return places_of(sorted(range(len(decoder.arrays.operations)), key=lambda number: (*key(number), number)))


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
    starts = [positions(decoder, key) for key in Priorities(decoder).rules().values()]
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
    decoder: Decoder, places: list[int], machines: dict[int, int], effort: tuple[int, Callable[[], bool]]
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
