"""What differs, while two lists are decoded turn by turn: the *current* one, as its log has it, and a new one.

Operations that do not stand where they stood at the same turn of the current list are *differing*; each machine, person, room and
pool of people knows how many of them touch it, by parts of time. What is not touched where it was looked at has not changed.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled
from solver.kernel.tables import (
    BUCKETS,
    COUNTED_IN,
    DIFFERING,
    END,
    FAVOURED,
    LANE,
    MACHINE,
    POOLS,
    POOLS_END,
    ROOM,
    SETUP_START,
    SHIFT,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    STAY_ROOM,
    STAYS,
    STAYS_END,
    TRAIL_LENGTH,
    Plant,
    Row,
    Scratch,
    Search,
    State,
)


@compiled
def _bucket(search: Search, instant: int) -> int:
    """Where an instant is noted: time falls into parts of equal length."""
    return min(max(instant, 0) >> search.memo[SHIFT], BUCKETS - 1)


@compiled
def _touch(search: Search, row: int, low: int, high: int, change: int) -> None:
    """One operation more or less that touches something between two instants."""
    search.touched[row, BUCKETS] += change
    for bucket in range(_bucket(search, low), _bucket(search, high) + 1):
        search.touched[row, bucket] += change


@compiled
def is_touched(search: Search, row: int, seen_from: int, seen_until: int) -> bool:
    if search.touched[row, BUCKETS] == 0:
        return False
    for bucket in range(_bucket(search, seen_from), _bucket(search, seen_until) + 1):  # noqa: SIM110 - no generators here
        if search.touched[row, bucket]:
            return True
    return False


@compiled
def _touch_all(plant: Plant, search: Search, operation: int, spot: Row, crew: Row, first: int, change: int) -> None:
    """All that an operation has at a place, its crew from one slot on."""
    if spot[SPOT_MODE] < 0:
        return
    low, high = spot[SETUP_START], spot[END]
    machine = plant.mode[spot[SPOT_MODE], MACHINE]
    lane = plant.machine[machine, LANE]
    _touch(search, lane if lane >= 0 else plant.lanes + plant.machine[machine, ROOM], low, high, change)
    if plant.operation[operation, COUNTED_IN] >= 0:
        search.touched[plant.lanes + plant.operation[operation, COUNTED_IN], BUCKETS] += change
    for slot in range(plant.operation[operation, SLOTS_END] - plant.operation[operation, SLOTS]):
        person = crew[first + slot]
        if person < 0:
            continue
        lane = plant.machines + person
        _touch(search, lane, low, high, change)
        for row in range(plant.lane[lane, POOLS], plant.lane[lane, POOLS_END]):
            _touch(search, plant.lanes + plant.rooms + plant.pool[row], low, high, change)


@compiled
def count(plant: Plant, search: Search, operation: int, change: int) -> None:
    """Let an operation begin (+1) or cease (-1) to differ, as `then` and `now` have it."""
    first = plant.operation[operation, SLOTS]
    _touch_all(plant, search, operation, search.then[operation], search.then_crew, first, change)
    _touch_all(plant, search, operation, search.now[operation], search.now_crew, first, change)
    search.differs[operation] = 1 if change > 0 else 0
    search.memo[DIFFERING] += change


@compiled
def _stands_as_it_stood(plant: Plant, search: Search, operation: int) -> bool:
    if search.then[operation, SPOT_MODE] < 0 and search.now[operation, SPOT_MODE] < 0:
        return True
    for column in range(6):
        if search.then[operation, column] != search.now[operation, column]:
            return False
    for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
        if search.then_crew[slot] != search.now_crew[slot]:
            return False
    return True


@compiled
def _compare(plant: Plant, state: State, search: Search, operation: int) -> None:
    """Whether it stands where it stood, from now on. One for which other people are favoured differs in any case: when something
    comes before it on its machine later, it may be set up again by others."""
    for column in range(6):
        search.now[operation, column] = state.spot[operation, column]
    for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
        search.now_crew[slot] = state.crew[slot]
    if operation == search.memo[FAVOURED] or not _stands_as_it_stood(plant, search, operation):
        count(plant, search, operation, 1)


@compiled
def is_all_as_it_was(plant: Plant, search: Search) -> bool:
    """Whether nothing stands elsewhere, whoever is favoured."""
    operation = search.memo[FAVOURED]
    if operation >= 0 and search.differs[operation] and _stands_as_it_stood(plant, search, operation):
        return search.memo[DIFFERING] == 1
    return search.memo[DIFFERING] == 0


@compiled
def compare_with_before(plant: Plant, state: State, search: Search, scratch: Scratch) -> None:
    """After a search: what it has moved, while nothing happened in the current list."""
    for at in range(scratch.word[TRAIL_LENGTH] - 1, -1, -1):
        operation = scratch.trail[at, 0]
        if search.differs[operation]:
            count(plant, search, operation, -1)
            search.pending[operation] = 1
        elif not search.pending[operation]:
            slots = plant.operation[operation, SLOTS]
            for column in range(6):
                search.then[operation, column] = scratch.trail[at, 1 + column]
            for slot in range(plant.operation[operation, SLOTS_END] - slots):
                search.then_crew[slots + slot] = scratch.trail_crew[at, slot]
    for at in range(scratch.word[TRAIL_LENGTH]):
        operation = scratch.trail[at, 0]
        search.pending[operation] = 0
        if not search.differs[operation]:
            _compare(plant, state, search, operation)


@compiled
def let_happen(plant: Plant, state: State, search: Search, turn: int) -> None:
    """What the current list does at a turn happens `then`."""
    for row in range(search.log_first[turn], search.log_first[turn + 1]):
        operation = search.log[row, 0]
        if search.differs[operation]:
            count(plant, search, operation, -1)
        slots = plant.operation[operation, SLOTS]
        for column in range(6):
            search.then[operation, column] = search.log[row, 1 + column]
        for slot in range(plant.operation[operation, SLOTS_END] - slots):
            search.then_crew[slots + slot] = search.log_crew[row, slot]
        _compare(plant, state, search, operation)


@compiled
def visit(plant: Plant, search: Search, cluster: int) -> None:
    """The visits of a cluster take place in one of the two lists, but not yet, or no longer only, in the other one: with a fixed
    start they come and go without any operation that differs."""
    first, last = plant.cluster[cluster, STAYS], plant.cluster[cluster, STAYS_END]
    if first == last:
        return
    search.away[cluster] = 1 - search.away[cluster]
    change = 1 if search.away[cluster] else -1
    for row in range(first, last):
        search.touched[plant.lanes + plant.stay[plant.cluster_stay[row], STAY_ROOM], BUCKETS] += change
    search.memo[DIFFERING] += change


@compiled
def forget_differences(plant: Plant, search: Search) -> None:
    for cluster in range(plant.clusters if search.memo[DIFFERING] else 0):
        if search.away[cluster]:
            visit(plant, search, cluster)
    for operation in range(plant.operations if search.memo[DIFFERING] else 0):
        if search.differs[operation]:
            count(plant, search, operation, -1)
