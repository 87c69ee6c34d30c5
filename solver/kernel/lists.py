"""From a list of operations to a whole state, and what that is worth."""

from __future__ import annotations

from solver.kernel.compiling import compiled, entry
from solver.kernel.placing import place
from solver.kernel.single import place_pin
from solver.kernel.tables import (
    AT,
    CHURN,
    CHURN_SO_FAR,
    COST,
    COST_SO_FAR,
    COSTS,
    DUE,
    EARLIEST_END,
    ENTRIES,
    FIRST,
    FIXED,
    FLOW,
    LATE,
    LEVEL,
    MACHINE,
    MAKESPAN,
    MEMBERS,
    MEMBERS_END,
    NEXT,
    NEXT_END,
    NONE,
    ORDER,
    ORDER_RELEASE,
    PLANNED_MACHINE,
    PLANNED_START,
    REST_OF_ORDER,
    RUN_END,
    SETUP_TICKS,
    SETUPS,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    START,
    TARDINESS,
    TOLERANCE,
    TORN_BEFORE,
    TRAIL_LENGTH,
    URGENCY,
    WAITS_FOR,
    WEIGHT,
    Plant,
    Row,
    Scratch,
    State,
)

URGENCIES_APART = 2**40
"""More than places in lists can differ."""


@compiled
def copy_state(plant: Plant, source: State, target: State) -> None:
    """Make `target` the same as `source`, of the same plant."""
    for operation in range(plant.operations):
        for column in range(6):
            target.spot[operation, column] = source.spot[operation, column]
        for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
            target.crew[slot] = source.crew[slot]
    for lane in range(plant.lanes):
        first = plant.lane[lane, FIRST]
        length = source.lane_length[lane]
        target.lane_length[lane] = length
        for row in range(first, first + length):
            for column in range(3):
                target.busy[row, column] = source.busy[row, column]
    for room in range(plant.rooms):
        first = plant.room[room, FIRST]
        length = source.room_length[room]
        target.room_length[room] = length
        for row in range(first, first + length):
            target.step[row, AT] = source.step[row, AT]
            target.step[row, LEVEL] = source.step[row, LEVEL]
        entries = plant.room[room, ENTRIES]
        target.entry_length[room] = source.entry_length[room]
        for row in range(entries, entries + source.entry_length[room]):
            target.entry[row] = source.entry[row]


@entry
def start(plant: Plant, base: State, state: State, scratch: Scratch) -> int:
    """Make `state` history and the fixed starts alone. The place in `scratch.pin` of the first that has no room, -1 for none;
    such are left for their turn: what comes before them may shorten their setup."""
    copy_state(plant, base, state)
    scratch.word[TORN_BEFORE] = -1
    failed = -1
    for place_of_pin in range(plant.pins):
        scratch.word[TRAIL_LENGTH] = 0
        if not place_pin(plant, state, scratch, scratch.pin[place_of_pin]) and failed < 0:
            failed = place_of_pin
    return failed


@entry
def go_on(plant: Plant, state: State, scratch: Scratch, first: int, last: int) -> bool:
    """Put the clusters at these places of the sequence into the state; False, and STUCK set, when one has no room."""
    scratch.word[TORN_BEFORE] = -1
    for step in range(first, last):  # noqa: SIM110 - numba compiles no generators within expressions
        if not place(plant, state, scratch, scratch.sequence[step]):
            return False
    return True


@compiled
def _sift_down(heap: Row, keys: Row, n: int, place: int) -> None:
    moving = heap[place]
    key = keys[moving]
    while True:
        child = 2 * place + 1
        if child >= n:
            break
        if child + 1 < n and keys[heap[child + 1]] < keys[heap[child]]:
            child += 1
        if keys[heap[child]] >= key:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = moving


@compiled
def _sift_up(heap: Row, keys: Row, place: int) -> None:
    moving = heap[place]
    key = keys[moving]
    while place > 0:
        parent = (place - 1) >> 1
        if keys[heap[parent]] <= key:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = moving


@entry
def sequence_of(plant: Plant, scratch: Scratch, highest: int) -> int:
    """Fill `sequence` with the clusters, in an order that respects precedence, and priority (`position` by operation) if it can.

    Urgencies above `highest` count as none. The number of clusters filled
    in: all of them unless precedence goes round in a circle.
    """
    clusters = plant.clusters
    position, sequence, heap, keys, waiting = scratch.position, scratch.sequence, scratch.heap, scratch.key, scratch.waiting
    n = 0
    for cluster in range(clusters):
        urgency = min(plant.cluster[cluster, URGENCY], highest + 1)
        earliest = NONE
        for row in range(plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]):
            place = position[plant.member[row]]
            if earliest == NONE or place < earliest:
                earliest = place
        keys[cluster] = (urgency * URGENCIES_APART + earliest) * clusters + cluster
        waiting[cluster] = plant.cluster[cluster, WAITS_FOR]
        if waiting[cluster] == 0:
            heap[n] = cluster
            n += 1
            _sift_up(heap, keys, n - 1)
    filled = 0
    while n:
        cluster = heap[0]
        n -= 1
        heap[0] = heap[n]
        if n:
            _sift_down(heap, keys, n, 0)
        sequence[filled] = cluster
        filled += 1
        for row in range(plant.cluster[cluster, NEXT], plant.cluster[cluster, NEXT_END]):
            after = plant.following[row]
            waiting[after] -= 1
            if waiting[after] == 0:
                heap[n] = after
                n += 1
                _sift_up(heap, keys, n - 1)
    return filled


@compiled
def has_moved(plant: Plant, operation: int, machine: int, start: int) -> bool:
    planned = plant.operation[operation, PLANNED_START]
    if planned == NONE:
        return False
    return plant.operation[operation, PLANNED_MACHINE] != machine or abs(planned - start) > plant.weight[TOLERANCE]


@compiled
def order_cost(plant: Plant, order: int, completion: int) -> int:
    """What an order costs that is completed then; NONE: it has no operations."""
    weight = plant.weight
    cost = 0 if completion == NONE else weight[FLOW] * (completion - plant.order[order, ORDER_RELEASE])
    due = plant.order[order, DUE]
    if due != NONE and completion > due:
        cost += weight[TARDINESS] * plant.order[order, WEIGHT] * (completion - due) + weight[LATE]
    return cost


@entry
def value_of(plant: Plant, state: State, scratch: Scratch) -> int:
    """The weighted sum of the objective's terms, or, as far as the state goes, what it will be at least; fills `completion` by
    order."""
    weight, completion = plant.weight, scratch.completion
    for order in range(plant.orders):
        completion[order] = plant.order[order, EARLIEST_END]
    setups, costs, moved = 0, weight[COST_SO_FAR], weight[CHURN_SO_FAR]
    for operation in range(plant.operations):
        mode = state.spot[operation, SPOT_MODE]
        if mode < 0 or plant.operation[operation, FIXED]:
            continue
        order = plant.operation[operation, ORDER]
        completion[order] = max(completion[order], state.spot[operation, RUN_END] + plant.operation[operation, REST_OF_ORDER])
        setups += state.spot[operation, SETUP_TICKS]
        costs += plant.mode[mode, COST]
        if weight[CHURN]:
            moved += has_moved(plant, operation, plant.mode[mode, MACHINE], state.spot[operation, START])
    value = weight[SETUPS] * setups + weight[COSTS] * costs + weight[CHURN] * moved
    last = 0
    for order in range(plant.orders):
        last = max(last, completion[order])
        value += order_cost(plant, order, completion[order])
    return value + weight[MAKESPAN] * last
