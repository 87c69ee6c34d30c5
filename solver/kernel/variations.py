"""How one list becomes another: moves that follow the reasons why an order costs so much, and which of them pay.

A move looks at an order that costs much, follows back why it is not earlier, and then lets a waiting operation go before the one
that blocks it, or puts an operation on another machine, or lets the whole rest of the order go first, or that of another one
later, or changes where a campaign begins and ends (`campaigns`), or who does the work (`substitutes`); some moves are blind.
"""

from __future__ import annotations

from solver.kernel.binding import bind, release
from solver.kernel.campaigns import rearranged
from solver.kernel.compiling import compiled, unit
from solver.kernel.lanes import first_above
from solver.kernel.reasons import chain_to
from solver.kernel.shifting import dice, move, shift
from solver.kernel.substitutes import substituted
from solver.kernel.tables import (
    ANY_MODE,
    BLIND,
    CAMPAIGNS,
    CHURN,
    CURRENT,
    DELAY,
    EFFORT,
    FAVOURED,
    FIRST,
    FIXED,
    GAIN,
    HURRY,
    JUMPS,
    KIND,
    KINDS,
    LANE,
    LESSONS,
    MACHINE,
    MACHINES,
    MARKED,
    MODES,
    MODES_END,
    NONE,
    OPERATIONS,
    OPERATIONS_END,
    ORDER,
    OWNER,
    PINNED,
    RUN_END,
    SETUP_START,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    SUBSTITUTES,
    UNBLOCK,
    UNTIL,
    WEIGHT_OF_KIND,
    Plant,
    Scratch,
    Search,
    State,
)

REACH = 40
BINDING = 20
"""Of a hundred moves where moving costs: those that bring something back to where it is published."""

GUESSES = 20
"""At something that has moved."""
SHARES = 1200
LESSONS_APART = 400


@compiled
def _move_order(plant: Plant, search: Search, scratch: Scratch, operation: int, target: int) -> int:
    """The rest of an order, from one of its operations on, to an index, all of it together."""
    target = max(0, min(target, plant.clusters - 1))
    here = search.rank[plant.cluster_of[operation]]
    order = plant.operation[operation, ORDER]
    search.memo[MARKED] += 1
    furthest = here
    for row in range(plant.order[order, OPERATIONS], plant.order[order, OPERATIONS_END]):
        cluster = plant.cluster_of[plant.order_operation[row]]
        rank = search.rank[cluster]
        if rank >= here and (target < here or rank <= target):
            search.mark[cluster] = search.memo[MARKED]
            furthest = max(furthest, rank)
    if target == here:
        return -1
    return shift(plant, search, scratch, furthest if target < here else here, target)


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
def _choose(search: Search) -> int:
    """A kind of move, by weight."""
    total = 0
    for kind in range(KINDS):
        total += search.kind[kind, WEIGHT_OF_KIND]
    left = dice(search, total)
    kind = 0
    while left >= search.kind[kind, WEIGHT_OF_KIND]:
        left -= search.kind[kind, WEIGHT_OF_KIND]
        kind += 1
    return kind


@compiled
def _far(plant: Plant, search: Search) -> int:
    """Some places in the list: now and then a few, now and then very many."""
    reach = 2
    while reach < plant.clusters and dice(search, 4):
        reach *= 2
    return 1 + dice(search, reach)


@compiled
def _brought_back(plant: Plant, search: Search, scratch: Scratch) -> int:
    """Something that has moved, or all of its order, where it is published; now and then before others, which take its place."""
    for _ in range(GUESSES):
        operation = dice(search, plant.operations)
        first = bind(plant, search, scratch, plant.operation[operation, ORDER] if dice(search, 2) else -1, operation)
        if first >= 0:
            moved = move(plant, search, scratch, first, dice(search, first + 1)) if dice(search, 2) else -1
            return first if moved < 0 else min(first, moved)
    return -1


@compiled
def _improved(plant: Plant, search: Search, scratch: Scratch, kind: int, operations: int, blocks: int) -> int:
    """Something about a chain of reasons changed; the first index at which the list does."""
    if kind in (CAMPAIGNS, SUBSTITUTES):
        first = -1
        if kind == CAMPAIGNS:
            first = rearranged(plant, search, scratch, operations)
        else:
            first = substituted(plant, search, scratch, operations, blocks)
        if first >= 0:
            return first
    if kind in (MACHINES, CAMPAIGNS, SUBSTITUTES) or (blocks == 0 and kind in (UNBLOCK, DELAY)):
        return _on_another_machine(plant, search, scratch, operations)
    if kind == JUMPS:
        return _past_a_neighbour(plant, search, scratch, search.chain[dice(search, operations)])
    if kind == UNBLOCK:
        return _unblocked(plant, search, scratch, dice(search, blocks))
    if kind == HURRY:
        first = search.chain[dice(search, operations)]
        return _move_order(plant, search, scratch, first, search.rank[plant.cluster_of[first]] - _far(plant, search))
    block = dice(search, blocks)
    behind = search.rank[plant.cluster_of[search.block[block, 1]]] + _far(plant, search)
    return _move_order(plant, search, scratch, search.block[block, 0], behind)


@unit
def propose(plant: Plant, search: Search, scratch: Scratch) -> int:
    """Vary the current list into the one in `scratch`; the first index at which they differ, -1 when they do not."""
    for index in range(plant.clusters):
        scratch.sequence[index] = search.sequence[index]
    for operation in range(plant.operations):
        scratch.wanted[operation] = search.wanted[operation]
        scratch.hold[operation] = search.hold[operation]
        for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
            scratch.favour[slot] = search.favour[slot]
    kind = _choose(search)
    search.memo[KIND] = kind
    search.memo[FAVOURED] = -1
    if plant.weight[CHURN] and dice(search, 100) < BINDING:
        return _brought_back(plant, search, scratch)
    if kind == BLIND:
        source = dice(search, plant.clusters)
        return move(plant, search, scratch, source, source + dice(search, 2 * REACH + 1) - REACH)
    state = search.states[search.memo[CURRENT]]
    operation = _last_of_the_dearest(plant, search, state)
    if operation < 0:
        return -1
    operations, blocks = chain_to(plant, state, search, operation)
    if plant.weight[CHURN] == 0:
        return _improved(plant, search, scratch, kind, operations, blocks)
    released = release(plant, search, scratch, 1 + dice(search, operations)) if dice(search, 2) else -1
    moved = -1 if dice(search, 2) else _improved(plant, search, scratch, kind, operations, blocks)
    return max(released, moved) if min(released, moved) < 0 else min(released, moved)


@unit
def learn(search: Search, gain: int, effort: int) -> None:
    """What the last kind of move has gained by so much work; after some hundreds of tries, how often each shall come.

    A kind comes as often as it has gained for its work lately, but each comes now and then (adaptive choice as in Ropke &
    Pisinger 2006).
    """
    kind = search.memo[KIND]
    search.kind[kind, GAIN] += gain
    search.kind[kind, EFFORT] += effort
    search.memo[LESSONS] += 1
    if search.memo[LESSONS] < LESSONS_APART:
        return
    search.memo[LESSONS] = 0
    total = 0.0
    for each in range(KINDS):
        total += search.kind[each, GAIN] / max(1, search.kind[each, EFFORT])
    for each in range(KINDS):
        rate = search.kind[each, GAIN] / max(1, search.kind[each, EFFORT])
        share = int(SHARES * rate / total) if total > 0 else SHARES // KINDS
        search.kind[each, WEIGHT_OF_KIND] = (3 * search.kind[each, WEIGHT_OF_KIND] + share + SHARES // KINDS // 4) // 4
        search.kind[each, GAIN] //= 2
        search.kind[each, EFFORT] //= 2
