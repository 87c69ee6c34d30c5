"""Lists from what hurts: orders that cost much come earlier by as much as it hurts; then all is decoded and looked at again.

By how much an order's operations come before their places in the list to begin with is its *push*. Pushes grow by random shares
of some random orders' pains, and what comes of it is accepted as in annealing ("squeaky wheel" optimization, Joslin & Clements
1999). A step changes much at once, so this is soon far better than the best of the priority rules, and best where lists are long.

When many orders are pushed at once, some of it is good and some is bad, in different parts of the plant: each push is judged by
what the orders have gained that pass through the same cells, and what has cost more than it gained is taken back.
"""

from __future__ import annotations

from math import exp, log, sqrt

from solver.kernel.annealing import ABOVE_ALL, count_costs
from solver.kernel.compiling import compiled, entry
from solver.kernel.lists import copy_state, sequence_of, value_of
from solver.kernel.placing import place
from solver.kernel.shifting import dice
from solver.kernel.tables import (
    BEST,
    BEST_VALUE,
    CELLS,
    CELLS_END,
    CURRENT,
    MEMBERS,
    MEMBERS_END,
    ORDER,
    STATES_FIRST,
    TORN_BEFORE,
    TRIAL,
    VALUE,
    Plant,
    Scratch,
    Search,
)

APART = 1024
"""By so much the places of a list differ."""

NEAREST, FURTHEST = 0.1, 0.5
"""How far the order that costs most is pushed at most, as shares of the list."""

LOOK_EVERY = 16
"""A list may be dropped each time that so much of it is placed: a share of it."""

JUDGED_FROM = 5
"""Orders that are pushed at once."""

FINE = 1 << 20


@compiled
def _chance(search: Search) -> float:
    """From 0 to 1."""
    return (dice(search, FINE) + 0.5) / FINE


@compiled
def _between(search: Search, low: float, high: float) -> float:
    """Anything between two numbers above 0; each doubling is as likely as any other."""
    return low * exp(_chance(search) * log(high / low))


@compiled
def _dearest(plant: Plant, search: Search) -> int:
    """What the order costs that costs most."""
    dearest = 0
    for order in range(plant.orders):
        dearest = max(dearest, search.cost[order])
    return dearest


@compiled
def _push(plant: Plant, search: Search, fewest: float) -> int:
    """Some orders more than now, in `new_push`: each that costs something by a chance that is at least `fewest`. How many."""
    dearest = _dearest(plant, search)
    share, reach = _between(search, fewest, 1.0), _between(search, NEAREST, FURTHEST) * plant.clusters * APART
    pushed = 0
    for order in range(plant.orders):
        search.new_push[order] = search.push[order]
        if search.cost[order] and _chance(search) < share:
            search.new_push[order] += int(reach * sqrt(search.cost[order] / dearest) * _chance(search))
            pushed += 1
    return pushed


@compiled
def _decode(plant: Plant, search: Search, scratch: Scratch, limit: int) -> int:
    """What the list of the new pushes is worth; above the limit when it is illegal, or when its beginning is above already."""
    for operation in range(plant.operations):
        scratch.position[operation] = search.place[operation] - search.new_push[plant.operation[operation, ORDER]]
    sequence_of(plant, scratch, 1)
    state = search.states[search.memo[TRIAL]]
    copy_state(plant, search.states[STATES_FIRST], state)
    scratch.word[TORN_BEFORE] = -1
    stretch = max(1, plant.clusters // LOOK_EVERY)
    for turn in range(plant.clusters):
        if not place(plant, state, scratch, scratch.sequence[turn]):
            return limit + 1
        if turn % stretch == stretch - 1 and value_of(plant, state, scratch) > limit:
            return limit + 1
    return value_of(plant, state, scratch)


@compiled
def _judge(plant: Plant, search: Search, scratch: Scratch) -> int:
    """The new pushes, but none around which orders have become dearer by `completion`, in `judged_push`; how many those are."""
    for cell in range(plant.cells):
        search.worse[cell] = 0
    count_costs(plant, scratch.completion, search.new_cost)
    for order in range(plant.orders):
        dearer = search.new_cost[order] - search.cost[order]
        for row in range(plant.order[order, CELLS], plant.order[order, CELLS_END]):
            search.worse[plant.order_cell[row]] += dearer
    taken = 0
    for order in range(plant.orders):
        search.judged_push[order] = search.new_push[order]
        worse = 0
        for row in range(plant.order[order, CELLS], plant.order[order, CELLS_END]):
            worse += search.worse[plant.order_cell[row]]
        if worse >= 0 and search.new_push[order] != search.push[order]:
            search.judged_push[order] = search.push[order]
            taken += 1
    return taken


@compiled
def _accept(plant: Plant, search: Search, scratch: Scratch, value: int) -> None:
    """The list of the new pushes becomes the current one."""
    search.memo[VALUE] = value
    search.memo[CURRENT], search.memo[TRIAL] = search.memo[TRIAL], search.memo[CURRENT]
    for order in range(plant.orders):
        search.push[order] = search.new_push[order]
    count_costs(plant, scratch.completion, search.cost)
    if value < search.memo[BEST_VALUE]:
        search.memo[BEST_VALUE] = value
        copy_state(plant, search.states[search.memo[CURRENT]], search.states[search.memo[BEST]])
        for order in range(plant.orders):
            search.best_push[order] = search.push[order]


@compiled
def _try(plant: Plant, search: Search, scratch: Scratch, fewest: float, limit: int) -> None:
    """Push some orders; when they are many, then push only those around which it has paid."""
    pushed = _push(plant, search, fewest)
    is_judged = pushed >= JUDGED_FROM
    value = _decode(plant, search, scratch, ABOVE_ALL if is_judged else limit) if pushed else ABOVE_ALL
    taken = _judge(plant, search, scratch) if is_judged and value < ABOVE_ALL else 0
    if value <= limit:
        _accept(plant, search, scratch, value)
        limit = value - 1
    if 0 < taken < pushed:
        for order in range(plant.orders):
            search.new_push[order] = search.judged_push[order]
        value = _decode(plant, search, scratch, limit)
        if value <= limit:
            _accept(plant, search, scratch, value)


@entry
def begin_urging(plant: Plant, search: Search, scratch: Scratch) -> None:
    """The current list becomes the one from which pushes count."""
    for turn in range(plant.clusters):
        cluster = scratch.sequence[turn]
        for row in range(plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]):
            search.place[plant.member[row]] = turn * APART
    for order in range(plant.orders):
        search.push[order] = search.best_push[order] = 0


@entry
def urge(plant: Plant, search: Search, scratch: Scratch, temperature: float, fewest: float, tries: int) -> bool:
    """So many tries at one temperature, in units of the objective; False when no order costs anything. The best state of all is
    at BEST, its pushes are in `best_push`."""
    if _dearest(plant, search) == 0:
        return False
    for _ in range(tries):
        limit = search.memo[VALUE] + int(min(-temperature * log(_chance(search)), 1e15))
        _try(plant, search, scratch, fewest, limit)
    return True


@entry
def take_pushes(plant: Plant, search: Search, scratch: Scratch, limit: int) -> bool:
    """The list of the new pushes becomes the current one when it is worth the limit at most; whether it has."""
    value = _decode(plant, search, scratch, limit)
    if value > limit:
        return False
    _accept(plant, search, scratch, value)
    return True
