"""Annealing over the order list: change what is to blame, decode again, keep what is better and, now and then, what is worse.

The decoder keeps every rule, so every schedule on the way is legal. Only what a change reaches is decoded again.
"""

from __future__ import annotations

from math import log

from solver.kernel.compiling import compiled, entry
from solver.kernel.expecting import know_completions
from solver.kernel.lists import copy_state, order_cost, start
from solver.kernel.replay import decode_again, decode_first, take_over
from solver.kernel.shifting import dice
from solver.kernel.tables import (
    BEST,
    BEST_VALUE,
    CURRENT,
    MAKESPAN,
    NONE,
    STATES_FIRST,
    VALUE,
    WORK,
    Plant,
    Row,
    Scratch,
    Search,
    State,
)
from solver.kernel.variations import learn, propose

ABOVE_ALL = 2**62
LEEWAY = 8.0
"""Temperatures by which a list may be expected to be above its limit before it is given up (`solver.kernel.expecting`)."""


@compiled
def _accept(plant: Plant, search: Search, scratch: Scratch, first: int, value: int) -> None:
    """The list in `scratch` becomes the current one."""
    take_over(plant, search, scratch, first)
    search.memo[VALUE] = value
    know_completions(plant, search, scratch)
    count_costs(plant, scratch.completion, search.cost)
    if value < search.memo[BEST_VALUE]:
        search.memo[BEST_VALUE] = value
        copy_state(plant, search.states[search.memo[CURRENT]], search.states[search.memo[BEST]])


@compiled
def count_costs(plant: Plant, completion: Row, costs: Row) -> None:
    """What each order costs that is completed then; that of the makespan goes to the order that ends last."""
    last, end = 0, NONE
    for order in range(plant.orders):
        costs[order] = max(0, order_cost(plant, order, completion[order]))
        if completion[order] > end:
            last, end = order, completion[order]
    if plant.orders:
        costs[last] += plant.weight[MAKESPAN] * max(0, end)


@entry
def begin(plant: Plant, base: State, search: Search, scratch: Scratch) -> bool:
    """Decode the list in `scratch` and make it the current one; False when it is illegal."""
    start(plant, base, search.states[STATES_FIRST], scratch)
    value = decode_first(plant, search, scratch, ABOVE_ALL)
    if value == ABOVE_ALL + 1:
        return False
    search.memo[BEST_VALUE] = ABOVE_ALL
    _accept(plant, search, scratch, 0, value)
    return True


@entry
def anneal(plant: Plant, search: Search, scratch: Scratch, temperature: float, tries: int) -> None:
    """So many tries at one temperature, in units of the objective. The best state of all is at BEST."""
    for _ in range(tries):
        first = propose(plant, search, scratch)
        if first < 0:
            continue
        luck = -log((dice(search, 1 << 30) + 1) / (1 << 30))
        limit = search.memo[VALUE] + int(min(temperature * luck, 1e15))
        hopeless = limit + 1 + int(min(LEEWAY * temperature, 1e15))
        value = decode_again(plant, search, scratch, first, limit, hopeless)
        learn(search, max(0, search.memo[VALUE] - value) if 0 <= value <= limit else 0, search.memo[WORK])
        if value < 0 or value > limit:
            continue
        _accept(plant, search, scratch, first, value)
