"""Annealing over the order list: change what is to blame, decode again, keep what is better and, now and then, what is worse.

A move looks at an order that costs much, follows back why it is not earlier, and then lets a waiting operation go before the one
that blocks it, or puts an operation on another machine; some moves are blind. The decoder keeps every rule, so every schedule on
the way is legal. Only what a change reaches is decoded again.
"""

from __future__ import annotations

from math import log

from solver.kernel.compiling import compiled, entry, unit
from solver.kernel.lanes import first_above
from solver.kernel.lists import copy_state, order_cost, start
from solver.kernel.reasons import chain_to
from solver.kernel.replay import decode_again, decode_first, take_over
from solver.kernel.tables import (
    ANY_MODE,
    BEST,
    BEST_VALUE,
    CURRENT,
    DICE,
    FIRST,
    FIXED,
    LANE,
    MACHINE,
    MAKESPAN,
    MARKED,
    MODES,
    MODES_END,
    NEXT,
    NEXT_END,
    NONE,
    OPERATIONS,
    OPERATIONS_END,
    OWNER,
    PINNED,
    PRIOR,
    PRIOR_END,
    RUN_END,
    SETUP_START,
    SPOT_MODE,
    STATES_FIRST,
    UNTIL,
    VALUE,
    Plant,
    Row,
    Scratch,
    Search,
    State,
)

BLIND, MACHINES, JUMPS = 15, 40, 65
"""Of a hundred moves: blind ones, then those to another machine, then those past a neighbour on it; the rest unblocks."""

REACH = 40
ABOVE_ALL = 2**62
MODULUS = 2**31 - 1


@compiled
def _throw(search: Search) -> int:
    """The next of the minimal standard generator (Park & Miller 1988, with 48271). It never leaves 31 bits: compiled code must
    not overflow."""
    search.memo[DICE] = search.memo[DICE] * 48271 % MODULUS
    return search.memo[DICE]


@compiled
def dice(search: Search, sides: int) -> int:
    """A number from 0 on, below `sides`."""
    if sides < 1 << 20:
        return _throw(search) % sides
    return (_throw(search) << 31 | _throw(search)) % sides


@compiled
def _mark(plant: Plant, mark: Row, cluster: int, first: int, last: int, stamp: int) -> None:
    """What is bound to a cluster."""
    for row in range(plant.cluster[cluster, first], plant.cluster[cluster, last]):
        mark[plant.following[row]] = stamp


@unit
def move(plant: Plant, search: Search, scratch: Scratch, source: int, target: int) -> int:
    """The cluster at one index to another, and with it whatever must stay before it when it goes forward, or behind it when it
    goes back. The first index at which the list changes, -1 for none."""
    target = max(0, min(target, plant.clusters - 1))
    if source == target:
        return -1
    search.memo[MARKED] += 1
    stamp = search.memo[MARKED]
    step = -1 if target < source else 1
    first, last = (PRIOR, PRIOR_END) if target < source else (NEXT, NEXT_END)
    _mark(plant, search.mark, search.sequence[source], first, last, stamp)
    moving = 1
    for index in range(source + step, target + step, step):
        cluster = search.sequence[index]
        if search.mark[cluster] == stamp:
            _mark(plant, search.mark, cluster, first, last, stamp)
            moving += 1
    search.mark[search.sequence[source]] = stamp
    behind = target - step * moving
    for index in range(target, source - step, -step):
        cluster = search.sequence[index]
        if search.mark[cluster] == stamp:
            continue
        scratch.sequence[behind] = cluster
        behind -= step
    ahead = target - step * (moving - 1)
    for index in range(source, target + step, step):
        cluster = search.sequence[index]
        if search.mark[cluster] == stamp:
            scratch.sequence[ahead] = cluster
            ahead += step
    low = min(source, target)
    high = max(source, target)
    while low <= high and scratch.sequence[low] == search.sequence[low]:
        low += 1
    return low if low <= high else -1


@compiled
def _accept(plant: Plant, search: Search, scratch: Scratch, first: int, value: int) -> None:
    """The list in `scratch` becomes the current one."""
    take_over(plant, search, scratch, first)
    search.memo[VALUE] = value
    _count_costs(plant, search, scratch)
    if value < search.memo[BEST_VALUE]:
        search.memo[BEST_VALUE] = value
        copy_state(plant, search.states[search.memo[CURRENT]], search.states[search.memo[BEST]])


@compiled
def _count_costs(plant: Plant, search: Search, scratch: Scratch) -> None:
    """What each order costs; that of the makespan goes to the order that ends last."""
    last, end = 0, NONE
    for order in range(plant.orders):
        completion = scratch.completion[order]
        search.cost[order] = max(0, order_cost(plant, order, completion))
        if completion > end:
            last, end = order, completion
    if plant.orders:
        search.cost[last] += plant.weight[MAKESPAN] * max(0, end)


@compiled
def _last_of_the_dearest(plant: Plant, search: Search, state: State) -> int:
    """The operation with which an order ends, the order drawn by its share in the objective; -1 when it has none."""
    total = 0
    for order in range(plant.orders):
        total += search.cost[order]
    chosen = dice(search, plant.orders)
    if total:
        left = dice(search, total)
        chosen = 0
        while left >= search.cost[chosen]:
            left -= search.cost[chosen]
            chosen += 1
    last, end = -1, NONE
    for row in range(plant.order[chosen, OPERATIONS], plant.order[chosen, OPERATIONS_END]):
        operation = plant.order_operation[row]
        if state.spot[operation, RUN_END] > end:
            last, end = operation, state.spot[operation, RUN_END]
    return last


@compiled
def _on_another_machine(plant: Plant, search: Search, scratch: Scratch, operations: int) -> int:
    """One operation of the chain on another of its machines, or wherever it ends first; now and then elsewhere in the list."""
    for _ in range(4):
        operation = search.chain[dice(search, operations)]
        modes = plant.operation[operation, MODES_END] - plant.operation[operation, MODES]
        if modes < 2 or plant.operation[operation, PINNED] != NONE or plant.operation[operation, FIXED]:
            continue
        mode = plant.operation[operation, MODES] + dice(search, modes)
        if mode == search.wanted[operation]:
            mode = ANY_MODE
        scratch.wanted[operation] = mode
        rank = search.rank[plant.cluster_of[operation]]
        if dice(search, 2):
            moved = move(plant, search, scratch, rank, rank + dice(search, 2 * REACH + 1) - REACH)
            return moved if 0 <= moved < rank else rank
        return rank
    return -1


@compiled
def _past_a_neighbour(plant: Plant, search: Search, scratch: Scratch, operation: int) -> int:
    """Before one of the three that come before it on its machine, now and then behind one that comes after it."""
    state = search.states[search.memo[CURRENT]]
    lane = plant.machine[plant.mode[state.spot[operation, SPOT_MODE], MACHINE], LANE]
    if lane < 0:
        return -1
    first = plant.lane[lane, FIRST]
    last = first + state.lane_length[lane]
    row = first_above(state.busy, UNTIL, first, last, state.spot[operation, SETUP_START])
    row += 1 + dice(search, 3) if dice(search, 3) == 0 else -1 - dice(search, 3)
    if not first <= row < last:
        return -1
    other = plant.cluster_of[state.busy[row, OWNER]]
    if other < 0:
        return -1
    return move(plant, search, scratch, search.rank[plant.cluster_of[operation]], search.rank[other])


@compiled
def _unblocked(plant: Plant, search: Search, scratch: Scratch, block: int) -> int:
    """The waiting operation before the blocking one, or the blocking one behind it."""
    waiting = search.rank[plant.cluster_of[search.block[block, 1]]]
    blocking = search.rank[plant.cluster_of[search.block[block, 0]]]
    if blocking > waiting:
        return move(plant, search, scratch, waiting, waiting - 1 - dice(search, REACH))
    if dice(search, 2):
        return move(plant, search, scratch, blocking, waiting)
    return move(plant, search, scratch, waiting, blocking)


@compiled
def _propose(plant: Plant, search: Search, scratch: Scratch) -> int:
    """Vary the current list into the one in `scratch`; the first index at which they differ, -1 when they do not."""
    for index in range(plant.clusters):
        scratch.sequence[index] = search.sequence[index]
    for operation in range(plant.operations):
        scratch.wanted[operation] = search.wanted[operation]
    kind = dice(search, 100)
    if kind < BLIND:
        source = dice(search, plant.clusters)
        return move(plant, search, scratch, source, source + dice(search, 2 * REACH + 1) - REACH)
    state = search.states[search.memo[CURRENT]]
    operation = _last_of_the_dearest(plant, search, state)
    if operation < 0:
        return -1
    operations, blocks = chain_to(plant, state, search, operation)
    if kind < MACHINES or (blocks == 0 and kind >= JUMPS):
        return _on_another_machine(plant, search, scratch, operations)
    if kind < JUMPS:
        return _past_a_neighbour(plant, search, scratch, search.chain[dice(search, operations)])
    return _unblocked(plant, search, scratch, dice(search, blocks))


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
        first = _propose(plant, search, scratch)
        if first < 0:
            continue
        luck = -log((dice(search, 1 << 30) + 1) / (1 << 30))
        limit = search.memo[VALUE] + int(min(temperature * luck, 1e15))
        value = decode_again(plant, search, scratch, first, limit)
        if value < 0 or value > limit:
            continue
        _accept(plant, search, scratch, first, value)
