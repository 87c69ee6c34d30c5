"""Decode a list that differs a little from another: what the difference does not reach is put where it was.

The *log* of the current list says, turn by turn, which operations got which places, and what was looked at for it: of machines
nothing before one instant and nothing from another one on, and of people between instants of their own. Where what differs
touches nothing of that, a cluster comes out as it did, without a search.
"""

from __future__ import annotations

from solver.kernel.cells import enter_all
from solver.kernel.compiling import compiled, unit
from solver.kernel.differences import (
    compare_with_before,
    count,
    forget_differences,
    is_all_as_it_was,
    is_touched,
    let_happen,
    visit,
)
from solver.kernel.expecting import expect_cost, expect_end, expect_the_same, is_hopeless
from solver.kernel.lists import copy_state, value_of
from solver.kernel.partial import go_back, lay, remember
from solver.kernel.placing import place
from solver.kernel.tables import (
    AFTER,
    AFTER_END,
    ANY_MODE,
    BEFORE,
    BEFORE_END,
    BUCKETS,
    CHANGEOVERS,
    CURRENT,
    DIFFERING,
    END,
    FOLLOWERS,
    FOLLOWERS_END,
    FOLLOWS,
    HAS_RETRIED,
    HIGH,
    LANE,
    LOOK_COLUMNS,
    LOW,
    MACHINE,
    MARKED,
    MEMBERS,
    MEMBERS_END,
    MODES,
    MODES_END,
    NEEDS,
    NEEDS_END,
    NEVER,
    NONE,
    OTHER,
    PEOPLE_HIGH,
    PEOPLE_LOW,
    PEOPLE_SEEN_FROM,
    PEOPLE_SEEN_UNTIL,
    POOL,
    POOLS,
    POOLS_END,
    RETRIED,
    ROOM,
    RUN_END,
    SEEN_FROM,
    SEEN_UNTIL,
    SHIFT,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    STATES_FIRST,
    STAY_ROOM,
    STAYS,
    STAYS_END,
    STRIDE,
    TRAIL_LENGTH,
    TRIAL,
    VALID,
    WORK,
    Plant,
    Row,
    Scratch,
    Search,
    State,
)

AT_LEAST = 32
SHARE = 32
"""What a list is worth so far is asked after so many searches, or a share of all operations: it costs as much as some of them."""

WORTH_A_SEARCH = 10
"""Operations that are put where they were in the time that a search takes."""


@compiled
def _has_other_neighbours(plant: Plant, search: Search, operation: int) -> bool:
    """Whether something that it is linked with differs."""
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        if search.differs[plant.link[link, OTHER]]:
            return True
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        if search.differs[plant.link[link, OTHER]]:
            return True
    for row in range(plant.operation[operation, FOLLOWERS], plant.operation[operation, FOLLOWERS_END]):
        if search.differs[plant.follower[row]]:
            return True
    leader = plant.operation[operation, FOLLOWS]
    return leader >= 0 and search.differs[leader] > 0


@compiled
def _has_other_grounds(plant: Plant, search: Search, scratch: Scratch, operation: int, look: Row) -> bool:
    """Whether a machine or a person that was looked at for it is touched."""
    pools = plant.lanes + plant.rooms
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        if is_touched(search, pools + plant.need[need, POOL], look[PEOPLE_LOW], look[PEOPLE_HIGH]):
            return True
    wanted = scratch.wanted[operation]
    for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
        if wanted not in (ANY_MODE, mode):
            continue
        machine = plant.mode[mode, MACHINE]
        lane = plant.machine[machine, LANE]
        row = lane if lane >= 0 else plant.lanes + plant.machine[machine, ROOM]
        if is_touched(search, row, look[LOW], look[HIGH]):
            return True
        if lane < 0 or plant.mode[mode, CHANGEOVERS] < 0:
            continue
        for pool in range(plant.lane[lane, POOLS], plant.lane[lane, POOLS_END]):
            if is_touched(search, pools + plant.pool[pool], look[PEOPLE_LOW], look[PEOPLE_HIGH]):
                return True
    return False


@compiled
def _is_told_otherwise(plant: Plant, search: Search, scratch: Scratch, operation: int) -> bool:
    """Whether the new list wants it elsewhere, holds it until another instant, or favours other people for it."""
    if scratch.wanted[operation] != search.wanted[operation] or scratch.hold[operation] != search.hold[operation]:
        return True
    for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
        if scratch.favour[slot] != search.favour[slot]:
            return True
    return False


@compiled
def _is_reached(plant: Plant, search: Search, scratch: Scratch, turn: int) -> bool:
    """Whether the difference may reach the cluster of a turn of the current list. Its cells are asked by entering them, unless
    it had to come back to them then."""
    cluster = search.sequence[turn]
    first, last = plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]
    for row in range(first, last):
        if _is_told_otherwise(plant, search, scratch, plant.member[row]):
            return True
    if search.memo[DIFFERING] == 0:
        return False
    look = search.look[turn]
    if look[PEOPLE_LOW] == NONE and look[PEOPLE_HIGH] == NEVER:  # it depends on whatever there is
        return True
    for row in range(first, last):
        operation = plant.member[row]
        if search.differs[operation] or _has_other_neighbours(plant, search, operation):
            return True
        if _has_other_grounds(plant, search, scratch, operation, look):
            return True
    if look[RETRIED]:
        for row in range(plant.cluster[cluster, STAYS], plant.cluster[cluster, STAYS_END]):
            if search.touched[plant.lanes + plant.stay[plant.cluster_stay[row], STAY_ROOM], BUCKETS]:
                return True
    return False


@compiled
def _repeat(plant: Plant, state: State, search: Search, scratch: Scratch, turn: int) -> bool:
    """Put the cluster of a turn of the current list where the log has it; False, and nothing done, when a cell is full."""
    cluster = search.sequence[turn]
    has_stays = plant.cluster[cluster, STAYS] < plant.cluster[cluster, STAYS_END]
    scratch.word[TRAIL_LENGTH] = 0
    for row in range(search.log_first[turn], search.log_first[turn + 1]):
        operation = search.log[row, 0]
        if has_stays:
            remember(plant, state, scratch, operation)
        if state.spot[operation, SPOT_MODE] >= 0:
            lay(plant, state, operation, -1)
        for column in range(6):
            state.spot[operation, column] = search.log[row, 1 + column]
        slots = plant.operation[operation, SLOTS]
        for slot in range(plant.operation[operation, SLOTS_END] - slots):
            state.crew[slots + slot] = search.log_crew[row, slot]
        lay(plant, state, operation, 1)
    if not has_stays or enter_all(plant, state, scratch, cluster):
        return True
    go_back(plant, state, scratch, 0)
    return False


@unit
def bring_up(plant: Plant, search: Search, scratch: Scratch, checkpoint: int) -> None:
    """Make the state at a checkpoint that of the current list, and all before it."""
    stride = search.memo[STRIDE]
    while search.memo[VALID] < checkpoint:
        at = search.memo[VALID]
        copy_state(plant, search.states[STATES_FIRST + at], search.states[STATES_FIRST + at + 1])
        for turn in range(at * stride, (at + 1) * stride):
            _repeat(plant, search.states[STATES_FIRST + at + 1], search, scratch, turn)
        search.memo[VALID] = at + 1


@compiled
def _copy_log(plant: Plant, search: Search, old: int, turn: int) -> None:
    """What a turn of the current list has done, into the new log. All of it is as it was now."""
    target = search.new_log_first[turn]
    for row in range(search.log_first[old], search.log_first[old + 1]):
        for column in range(7):
            search.new_log[target, column] = search.log[row, column]
        for slot in range(plant.slots):
            search.new_log_crew[target, slot] = search.log_crew[row, slot]
        if search.differs[search.log[row, 0]]:
            count(plant, search, search.log[row, 0], -1)
        target += 1
    for column in range(LOOK_COLUMNS):
        search.new_look[turn, column] = search.look[old, column]
    search.new_log_first[turn + 1] = target


@compiled
def _write(plant: Plant, state: State, search: Search, scratch: Scratch, turn: int) -> None:
    """What the search of a turn has changed, into the new log."""
    target = search.new_log_first[turn]
    for at in range(scratch.word[TRAIL_LENGTH]):
        operation = scratch.trail[at, 0]
        if search.pending[operation]:
            continue
        search.pending[operation] = 1
        search.new_log[target, 0] = operation
        for column in range(6):
            search.new_log[target, 1 + column] = state.spot[operation, column]
        slots = plant.operation[operation, SLOTS]
        for slot in range(plant.operation[operation, SLOTS_END] - slots):
            search.new_log_crew[target, slot] = state.crew[slots + slot]
        target += 1
    for row in range(search.new_log_first[turn], target):
        search.pending[search.new_log[row, 0]] = 0
    look = search.new_look[turn]
    look[LOW], look[HIGH] = scratch.word[SEEN_FROM], scratch.word[SEEN_UNTIL]
    look[PEOPLE_LOW], look[PEOPLE_HIGH] = scratch.word[PEOPLE_SEEN_FROM], scratch.word[PEOPLE_SEEN_UNTIL]
    look[RETRIED] = scratch.word[HAS_RETRIED]
    search.new_log_first[turn + 1] = target


@compiled
def _expect(plant: Plant, state: State, search: Search, turn: int, cluster: int) -> None:
    """What a turn of the new list lets expect, which has placed a cluster."""
    current = search.states[search.memo[CURRENT]]
    for row in range(search.new_log_first[turn], search.new_log_first[turn + 1]):
        operation = search.new_log[row, 0]
        expect_cost(plant, current, search, operation, state.spot[operation])
        if plant.cluster_of[operation] == cluster:
            expect_end(plant, current, search, operation, state.spot[operation, RUN_END])


@compiled
def _last_difference(plant: Plant, search: Search, scratch: Scratch) -> int:
    """The last turn at which another cluster comes, or one that is told otherwise."""
    last = plant.clusters - 1
    while last >= 0 and scratch.sequence[last] == search.sequence[last]:
        last -= 1
    for operation in range(plant.operations):
        if _is_told_otherwise(plant, search, scratch, operation):
            last = max(last, search.rank[plant.cluster_of[operation]])
    return last


@unit
def decode_first(plant: Plant, search: Search, scratch: Scratch, limit: int) -> int:
    """What the list in `scratch` is worth, searched from its beginning and logged; above the limit when it is illegal."""
    state = search.states[search.memo[TRIAL]]
    search.memo[VALID] = 0
    copy_state(plant, search.states[STATES_FIRST], state)
    search.new_log_first[0] = 0
    for turn in range(plant.clusters):
        if not place(plant, state, scratch, scratch.sequence[turn]):
            return limit + 1
        if search.new_log_first[turn] + scratch.word[TRAIL_LENGTH] > search.rows:
            return limit + 1
        _write(plant, state, search, scratch, turn)
    latest = 1
    for operation in range(plant.operations):
        latest = max(latest, state.spot[operation, END])
    search.memo[SHIFT] = 0
    while latest + latest // 4 >> search.memo[SHIFT] >= BUCKETS:
        search.memo[SHIFT] += 1
    return value_of(plant, state, scratch)


@unit
def decode_again(plant: Plant, search: Search, scratch: Scratch, first: int, limit: int, hopeless: int) -> int:
    """What the list in `scratch` is worth, in which clusters that are marked stand elsewhere than in the current one, none before
    index `first`; above the limit when it is illegal, when its beginning is above already (too early said where a later operation
    would shorten a setup), or when it is expected to be worth more than `hopeless`.

    The state is at TRIAL then, and in the new log what `take_over` needs; -1 when it would be the state of the current list.
    """
    forget_differences(plant, search)
    begin = first // search.memo[STRIDE]
    bring_up(plant, search, scratch, begin)
    state = search.states[search.memo[TRIAL]]
    copy_state(plant, search.states[STATES_FIRST + begin], state)
    expect_the_same(plant, search)
    last = _last_difference(plant, search, scratch)
    patience = max(AT_LEAST, plant.operations // SHARE)
    searches = 0
    search.memo[WORK] = plant.operations // WORTH_A_SEARCH
    turn = old = begin * search.memo[STRIDE]
    search.new_log_first[turn] = search.log_first[turn]
    while turn < plant.clusters:
        if turn > last and search.memo[DIFFERING] == 0:
            return -1
        cluster = scratch.sequence[turn]
        is_aligned = old < plant.clusters and cluster == search.sequence[old]
        if not is_aligned and search.mark[cluster] != search.memo[MARKED]:
            let_happen(plant, state, search, old)
            visit(plant, search, search.sequence[old])
            old += 1
            continue
        if is_aligned and not _is_reached(plant, search, scratch, old) and _repeat(plant, state, search, scratch, old):
            _copy_log(plant, search, old, turn)
            _expect(plant, state, search, turn, cluster)
            old += 1
            turn += 1
            continue
        if not place(plant, state, scratch, cluster):
            return limit + 1
        if search.new_log_first[turn] + scratch.word[TRAIL_LENGTH] > search.rows:
            return limit + 1
        _write(plant, state, search, scratch, turn)
        _expect(plant, state, search, turn, cluster)
        if is_hopeless(plant, search, hopeless):
            return limit + 1
        compare_with_before(plant, state, search, scratch)
        if is_aligned:
            let_happen(plant, state, search, old)
            old += 1
        else:
            visit(plant, search, cluster)
        turn += 1
        searches += 1
        search.memo[WORK] += 1
        if searches > patience:
            searches = 0
            if value_of(plant, state, scratch) > limit:
                return limit + 1
    return -1 if is_all_as_it_was(plant, search) else value_of(plant, state, scratch)


@unit
def take_over(plant: Plant, search: Search, scratch: Scratch, first: int) -> None:
    """The list in `scratch`, decoded again from index `first` on, becomes the current one."""
    checkpoint = first // search.memo[STRIDE]
    begin = checkpoint * search.memo[STRIDE]
    for row in range(search.new_log_first[begin], search.new_log_first[plant.clusters]):
        for column in range(7):
            search.log[row, column] = search.new_log[row, column]
        for slot in range(plant.slots):
            search.log_crew[row, slot] = search.new_log_crew[row, slot]
    for turn in range(begin, plant.clusters):
        search.log_first[turn + 1] = search.new_log_first[turn + 1]
        for column in range(LOOK_COLUMNS):
            search.look[turn, column] = search.new_look[turn, column]
        search.sequence[turn] = scratch.sequence[turn]
        search.rank[scratch.sequence[turn]] = turn
    for operation in range(plant.operations):
        search.wanted[operation] = scratch.wanted[operation]
        search.hold[operation] = scratch.hold[operation]
        for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
            search.favour[slot] = scratch.favour[slot]
    search.memo[VALID] = min(search.memo[VALID], checkpoint)
    search.memo[CURRENT], search.memo[TRIAL] = search.memo[TRIAL], search.memo[CURRENT]
