"""Moves of campaigns: what is done one after another on a machine without a changeover in between.

An operation joins others of its family, or parts with them and goes into a campaign before it, or its whole campaign changes
places with a neighbouring one.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.lanes import first_above
from solver.kernel.shifting import dice, move, shift
from solver.kernel.tables import (
    CHANGEOVERS,
    CURRENT,
    FAMILY,
    FIRST,
    FIXED,
    LANE,
    MACHINE,
    MARKED,
    NONE,
    OWNER,
    PINNED,
    SETUP_START,
    SPOT_MODE,
    UNTIL,
    Plant,
    Scratch,
    Search,
    State,
)

DRAWS = 4
REACH = 24
"""Operations on a machine, on either side, among which others of the same family are looked for."""


@compiled
def _family(plant: Plant, state: State, row: int) -> int:
    return plant.operation[state.busy[row, OWNER], FAMILY]


@compiled
def _place(plant: Plant, search: Search, state: State, row: int) -> int:
    """Where in the list that is what a machine is busy with; -1 for what is not in it."""
    cluster = plant.cluster_of[state.busy[row, OWNER]]
    return search.rank[cluster] if cluster >= 0 else -1


@compiled
def _stay_there(plant: Plant, scratch: Scratch, state: State, operation: int) -> None:
    """Keep an operation that may go elsewhere on the machine on which it is."""
    if plant.operation[operation, PINNED] == NONE and plant.operation[operation, FIXED] == 0:
        scratch.wanted[operation] = state.spot[operation, SPOT_MODE]


@compiled
def _end_of_campaign(plant: Plant, state: State, row: int, step: int, last: int) -> int:
    """The furthest row in this direction, no further than the last one, between which and this one the family stays the same."""
    while row != last and _family(plant, state, row + step) == _family(plant, state, row):
        row += step
    return row


@compiled
def _next_of_family(plant: Plant, state: State, row: int, step: int, last: int) -> int:
    """The next row in this direction with the same family behind others; -1 for none nearby."""
    at = _end_of_campaign(plant, state, row, step, last)
    for _ in range(REACH):
        if at == last:
            return -1
        at += step
        if _family(plant, state, at) == _family(plant, state, row):
            return at
    return -1


@compiled
def _joined(plant: Plant, search: Search, scratch: Scratch, state: State, row: int, step: int, last: int) -> int:
    """Together with the next of its family in this direction that it is apart from: either goes to the other."""
    at = _next_of_family(plant, state, row, step, last)
    if at < 0:
        return -1
    earlier, later = (row, at) if step > 0 else (at, row)
    moving, staying = (later, earlier) if dice(search, 2) else (earlier, later)
    source, target = _place(plant, search, state, moving), _place(plant, search, state, staying)
    if source < 0 or target < 0:
        return -1
    _stay_there(plant, scratch, state, state.busy[moving, OWNER])
    moved = move(plant, search, scratch, source, target + 1 if target < source else target)
    return source if moved < 0 else min(moved, source)


@compiled
def _parted(plant: Plant, search: Search, scratch: Scratch, state: State, row: int, first: int) -> int:
    """Into the campaign before its own, or before all of that."""
    begin = _end_of_campaign(plant, state, row, -1, first)
    if begin == first:
        return -1
    before = begin - 1
    length = before - _end_of_campaign(plant, state, before, -1, max(first, before - REACH)) + 1
    target = _place(plant, search, state, before - dice(search, length))
    return -1 if target < 0 else move(plant, search, scratch, _place(plant, search, state, row), target)


@compiled
def _exchanged(plant: Plant, search: Search, scratch: Scratch, state: State, row: int, step: int, first: int, last: int) -> int:
    """All of its campaign past the next one in this direction."""
    near = _end_of_campaign(plant, state, row, step, last)
    if near == last:
        return -1
    target = _place(plant, search, state, _end_of_campaign(plant, state, near + step, step, last))
    if target < 0:
        return -1
    search.memo[MARKED] += 1
    source, at = -1, _end_of_campaign(plant, state, row, -step, first)
    while at != near + step:
        place = _place(plant, search, state, at)
        if place >= 0 and (place - target) * step < 0:
            search.mark[search.sequence[place]] = search.memo[MARKED]
            _stay_there(plant, scratch, state, state.busy[at, OWNER])
            if source < 0 or (place - source) * step < 0:
                source = place
        at += step
    if source < 0:
        return -1
    moved = shift(plant, search, scratch, source, target)
    return min(source, target) if moved < 0 else min(moved, source)


@unit
def rearranged(plant: Plant, search: Search, scratch: Scratch, operations: int) -> int:
    """One of these moves for an operation of the chain; the first index at which the list changes, -1 for none."""
    state = search.states[search.memo[CURRENT]]
    for _ in range(DRAWS):
        operation = search.chain[dice(search, operations)]
        mode = state.spot[operation, SPOT_MODE]
        lane = plant.machine[plant.mode[mode, MACHINE], LANE]
        if lane < 0 or plant.mode[mode, CHANGEOVERS] < 0 or plant.cluster_of[operation] < 0:
            continue
        first = plant.lane[lane, FIRST]
        last = first + state.lane_length[lane] - 1
        row = first_above(state.busy, UNTIL, first, last + 1, state.spot[operation, SETUP_START])
        is_back = dice(search, 2)
        kind = dice(search, 3)
        if kind == 0 and is_back:
            found = _joined(plant, search, scratch, state, row, 1, last)
        elif kind == 0:
            found = _joined(plant, search, scratch, state, row, -1, first)
        elif kind == 1:
            found = _parted(plant, search, scratch, state, row, first)
        elif is_back:
            found = _exchanged(plant, search, scratch, state, row, 1, first, last)
        else:
            found = _exchanged(plant, search, scratch, state, row, -1, last, first)
        if found >= 0:
            return found
    return -1
