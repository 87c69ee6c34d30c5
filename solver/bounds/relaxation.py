"""Every order for itself again, but paying for what it takes from machines and people: a Lagrangian relaxation of their capacity.

Whatever the prices are (none below 0), no schedule is better than what all pay at the least together, less what all capacity is
worth. For each order the cheapest way through its operations is found by dynamic programming over `solver.bounds.stretches`.

After Luh and Hoitomt, Scheduling of manufacturing systems using the Lagrangian relaxation technique (1993), with buckets of time
as in a time-indexed formulation. All sums are of integers, so that the bound is exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from solver.bounds.axis import Ints
from solver.bounds.orders import Outlook
from solver.bounds.resources import Resources
from solver.bounds.stretches import Cutter, Stretches
from solver.problem import Order, Precedence, Problem

SCALE = 1 << 10
"""A price of so much is one unit of the objective for a tick."""

NEVER = 1 << 60
LARGEST = 1 << 57
"""What no sum of prices or costs may exceed; three of them are less than NEVER."""


class Feed(NamedTuple):
    """An operation whose followers wait for it: its number, and for each stretch of the follower how many of its stretches end
    in time."""

    number: int
    in_time: Ints


class Answer(NamedTuple):
    """`value`: scaled bound at some prices. `excess`: by resource and bucket, the ticks that are taken beyond what there is."""

    value: int
    excess: Ints


@dataclass(frozen=True)
class Relaxation:
    """`sizes`: the first stretch of each operation, and one more for the end of the last. `feeds`: by operation, those that it
    waits for, which have lower numbers. `roots`: operations that nobody waits for.

    `constant`: scaled cost of what has happened. `makespan`: the least, prices aside. `capacities`: ticks by resource and bucket.
    `widths`, `takers` and `takes`: by share, ticks of its clock by bucket, its resources, and how many of each it takes.
    """

    stretches: Stretches
    sizes: tuple[int, ...]
    feeds: tuple[tuple[Feed, ...], ...]
    roots: tuple[int, ...]
    constant: int
    makespan: int
    capacities: Ints
    widths: Ints
    takers: Ints
    takes: Ints

    @property
    def highest_price(self) -> int:
        """No sum gets too large while no price is higher."""
        work = int((self.takes.sum(axis=1, keepdims=True) * self.widths).sum()) + int(self.capacities.sum())
        return max(0, LARGEST // max(1, work))

    def solve(self, prices: Ints) -> Answer:
        """What all pay at the least at these scaled prices, by resource and bucket, 0 in the last bucket."""
        cut = self.stretches
        per_tick = (prices[self.takers] * self.takes[:, :, None]).sum(axis=1)
        paid = np.cumsum(per_tick * self.widths, axis=1) - per_tick * self.widths
        per_tick, paid = per_tick.ravel(), paid.ravel()
        first, last = per_tick[cut.begin], per_tick[cut.end]
        slope = (last - first + cut.rise) * cut.length
        costs = cut.cost + paid[cut.end] + last * cut.end_in - paid[cut.begin] - first * cut.begin_in
        costs += np.minimum(0, slope)
        total, chosen = self._choose(costs)
        late = np.where(slope[chosen] < 0, cut.length[chosen], 0)
        excess = self._taken(chosen, late) - self.capacities
        return Answer(total + self.constant - int((prices * self.capacities).sum()), excess)

    def _choose(self, costs: Ints) -> tuple[int, Ints]:
        """The least cost of everything, and one stretch for each operation that has it."""
        best: list[Ints] = []
        for number, feeds in enumerate(self.feeds):
            own = costs[self.sizes[number] : self.sizes[number + 1]]
            for feed in feeds:
                own += best[feed.number][feed.in_time]
                np.minimum(own, NEVER, out=own)
            least = np.empty(len(own) + 1, np.int64)
            least[0] = NEVER
            np.minimum.accumulate(own, out=least[1:])
            best.append(least)
        limits = np.diff(self.sizes)
        chosen = np.empty(len(self.feeds), np.int64)
        for number in range(len(self.feeds) - 1, -1, -1):
            begin = self.sizes[number]
            pick = int(costs[begin : begin + limits[number]].argmin())
            chosen[number] = begin + pick
            for feed in self.feeds[number]:
                limits[feed.number] = feed.in_time[pick]
        return sum(int(best[root][-1]) for root in self.roots), chosen

    def _taken(self, chosen: Ints, late: Ints) -> Ints:
        """Ticks by resource and bucket that the chosen stretches take when their runs end so much later than they could."""
        cut = self.stretches
        through, partly = np.zeros((2, self.widths.size), np.int64)
        np.add.at(through, cut.begin[chosen], 1)
        np.add.at(through, cut.end[chosen], -1)
        np.add.at(partly, cut.begin[chosen], -cut.begin_in[chosen] - late)
        np.add.at(partly, cut.end[chosen], cut.end_in[chosen] + late)
        worked = (np.cumsum(through) * self.widths.ravel() + partly).reshape(self.widths.shape)
        taken = np.zeros_like(self.capacities)
        for column in range(self.takers.shape[1]):
            np.add.at(taken, self.takers[:, column], self.takes[:, column, None] * worked)
        taken[:, -1] = 0
        return taken


def relax(outlook: Outlook, edges: Ints, is_over: Callable[[], bool]) -> Relaxation | None:
    """The relaxation with buckets between these edges; None where an operation finds no place, or numbers are too large, or it is
    over before all is read."""
    if _worst(outlook) > LARGEST // SCALE:
        return None
    cutter = Cutter(outlook, Resources.of(outlook.problem, outlook.facts), edges)
    free = [key for key in outlook.sequence if key not in outlook.facts]
    cuts, ends = _cut(outlook, cutter, takewhile(lambda _: not is_over(), free))
    if not free or any(key not in cuts or not len(cuts[key]) for key in free):
        return None
    links = _kept_links(outlook, ends)
    charged = _charged(outlook, ends, links)
    constant = _cost_of_the_past(outlook, set(charged.values()))
    for key, order in charged.items():
        earliest = max(ends[operation.id] for operation in outlook.members[order])
        cuts[key] = _with_order(outlook.problem, cuts[key], outlook.problem.order_by_id[order], earliest)
    numbers = {key: number for number, key in enumerate(free)}
    feeds: dict[str, list[Feed]] = defaultdict(list)
    for key, link in links.items():
        in_time = np.searchsorted(cuts[key].run_end, cuts[link.after].start - link.min_lag, side="right")
        feeds[link.after].append(Feed(numbers[key], in_time))
    stretches = Stretches.chain([cuts[key] for key in free])
    return Relaxation(
        stretches=replace(stretches, cost=stretches.cost * SCALE, rise=stretches.rise * SCALE),
        sizes=tuple(np.cumsum([0, *(len(cuts[key]) for key in free)]).tolist()),
        feeds=tuple(tuple(feeds[key]) for key in free),
        roots=tuple(numbers[key] for key in free if key not in links),
        constant=constant * SCALE,
        makespan=max(ends.values()),
        capacities=np.array(cutter.capacities, np.int64),
        widths=np.array([cutter.clocks[share.clock].widths for share in cutter.shares], np.int64),
        takers=_table([share.resources for share in cutter.shares]),
        takes=_table([share.counts for share in cutter.shares]),
    )


def _worst(outlook: Outlook) -> int:
    """More than any schedule can cost, the makespan aside."""
    problem, weights = outlook.problem, outlook.problem.objective
    last = max([problem.horizon, *outlook.ends.values()])
    worst = 0
    for order in problem.orders:
        latest = last + abs(order.release) + abs(order.due or 0)
        worst += latest * (weights.weighted_tardiness * order.weight + weights.flow_time) + weights.late_orders
    for operation in problem.operations:
        for mode in operation.modes:
            worst += weights.setup * outlook.least_setup(operation, mode) + weights.mode_cost * mode.cost
    return worst


def _table(rows: Sequence[tuple[int, ...]]) -> Ints:
    """Rows of different lengths, filled up by zeros."""
    most = max(map(len, rows))
    return np.array([row + (0,) * (most - len(row)) for row in rows], np.int64)


def _cut(outlook: Outlook, cutter: Cutter, free: Iterable[str]) -> tuple[dict[str, Stretches], dict[str, int]]:
    """The stretches of each operation, and earliest run ends that calendars without room for them have put off."""
    ends = dict(outlook.ends)
    cuts: dict[str, Stretches] = {}
    for key in free:
        ready = max([outlook.starts[key], *(ends[link.before] + link.min_lag for link in outlook.before[key])])
        cuts[key] = cutter.cut(outlook.problem.operation_by_id[key], ready)
        if len(cuts[key]):
            ends[key] = max(ends[key], int(cuts[key].run_end[0]))
    return cuts, ends


def _kept_links(outlook: Outlook, ends: Mapping[str, int]) -> dict[str, Precedence]:
    """For each operation that others wait for, one of them, of its own order if there is one: the last to end.

    So nobody has two to wait for it, and what leads to an operation is a tree.
    """
    order_of = {operation.id: operation.order for operation in outlook.problem.operations}
    kept: dict[str, Precedence] = {}
    for links in outlook.before.values():
        for link in links:
            if link.before not in outlook.facts:
                rivals = (kept.get(link.before, link), link)
                kept[link.before] = max(
                    rivals, key=lambda each: (order_of[each.before] == order_of[each.after], ends[each.after])
                )
    return kept


def _charged(outlook: Outlook, ends: Mapping[str, int], links: Mapping[str, Precedence]) -> dict[str, str]:
    """Order by the one operation that is charged for its completion: of those that none of the order waits for, the last."""
    charged: dict[str, str] = {}
    for order, members in outlook.members.items():
        own = {operation.id for operation in members}
        last = [key for key in own - outlook.facts.keys() if key not in links or links[key].after not in own]
        if last:
            charged[max(sorted(last), key=ends.__getitem__)] = order
    return charged


def _cost_of_the_past(outlook: Outlook, open_orders: set[str]) -> int:
    """What the orders cost that history has completed, and the modes of what has begun."""
    problem = outlook.problem
    cost = 0
    for order, completed in outlook.completions.items():
        if order not in open_orders:
            cost += int(_order_cost(problem, problem.order_by_id[order], np.array([completed]))[0])
    begun = ((operation, operation.actual) for operation in problem.operations)
    modes = (operation.mode_on(actual.machine) for operation, actual in begun if actual is not None)
    return cost + problem.objective.mode_cost * sum(mode.cost for mode in modes if mode is not None)


def _with_order(problem: Problem, cut: Stretches, order: Order, earliest: int) -> Stretches:
    """The stretches of an operation that is charged for its order, which is not completed before `earliest`."""
    completed = np.maximum(cut.run_end, earliest)
    weights = problem.objective
    is_late = completed >= (NEVER if order.due is None else order.due)
    rise = np.where(cut.run_end >= earliest, weights.flow_time + weights.weighted_tardiness * order.weight * is_late, 0)
    return replace(cut, cost=cut.cost + _order_cost(problem, order, completed), rise=rise)


def _order_cost(problem: Problem, order: Order, completed: Ints) -> Ints:
    """What the objective counts for an order by its completion, the makespan aside."""
    weights = problem.objective
    cost = weights.flow_time * (completed - order.release)
    if order.due is not None:
        late = np.maximum(0, completed - order.due)
        cost = cost + weights.weighted_tardiness * order.weight * late + weights.late_orders * (late > 0)
    return np.asarray(cost, np.int64)
