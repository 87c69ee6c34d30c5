"""Visits of limited cells: letting them in, and out again."""

from __future__ import annotations

from solver.kernel.compiling import compiled
from solver.kernel.lanes import room_change, room_clash, room_level_at
from solver.kernel.partial import see
from solver.kernel.single import blocked
from solver.kernel.tables import (
    CAPACITY,
    ENTRIES,
    FIXED,
    FIXED_RUN_END,
    FIXED_START,
    IS_INSIDE,
    NEVER,
    NONE,
    PINNED,
    RUN_END,
    SINCE,
    SPOT_MODE,
    START,
    STAY_OPERATIONS,
    STAY_OPERATIONS_END,
    STAY_ROOM,
    STAYS,
    STAYS_END,
    Plant,
    Scratch,
    State,
)


@compiled
def _stay_span(plant: Plant, state: State, stay: int) -> tuple[int, int]:
    """When a visit whose operations all have their places enters and leaves."""
    entry = 0 if plant.stay[stay, IS_INSIDE] else NEVER
    leave = NONE
    for row in range(plant.stay[stay, STAY_OPERATIONS], plant.stay[stay, STAY_OPERATIONS_END]):
        operation = plant.stay_operation[row]
        if plant.operation[operation, FIXED]:
            entry = min(entry, plant.operation[operation, FIXED_START])
            leave = max(leave, plant.operation[operation, FIXED_RUN_END])
        elif state.spot[operation, SPOT_MODE] >= 0:
            entry = min(entry, state.spot[operation, START])
            leave = max(leave, state.spot[operation, RUN_END])
    return entry, leave


@compiled
def _change_room(plant: Plant, state: State, room: int, begin: int, end: int, change: int) -> None:
    room_change(plant, state, room, begin, end, change)


@compiled
def _enter(plant: Plant, state: State, scratch: Scratch, stay: int) -> bool:
    """Let a visit into its cell; the obstacle is that the cell is full at some time between its entry and its exit, or, for one
    that history has let in, that it leaves so late that the limit is broken when another enters."""
    room = plant.stay[stay, STAY_ROOM]
    first, last = plant.stay[stay, STAY_OPERATIONS], plant.stay[stay, STAY_OPERATIONS_END]
    entry, leave = _stay_span(plant, state, stay)
    if plant.stay[stay, IS_INSIDE]:
        see(scratch, NONE, NEVER)
    else:
        see(scratch, entry, leave)
    if not plant.stay[stay, IS_INSIDE]:
        full_until = room_clash(plant, state, room, entry, leave)
        if full_until:
            for row in range(first, last):
                pinned = plant.operation[plant.stay_operation[row], PINNED]
                if pinned != NONE and pinned < full_until:
                    return not blocked(scratch, NEVER, plant.stay_operation[first], stay)
            return not blocked(scratch, full_until, plant.stay_operation[first], stay)
        _change_room(plant, state, room, entry, leave, 1)
        state.entry[plant.room[room, ENTRIES] + state.entry_length[room]] = entry
        state.entry_length[room] += 1
        return True
    since = plant.stay[stay, SINCE]
    _change_room(plant, state, room, since, NEVER, -1)
    _change_room(plant, state, room, min(entry, since), leave, 1)
    entries = plant.room[room, ENTRIES]
    for row in range(entries, entries + state.entry_length[room]):
        level = room_level_at(plant, state, room, state.entry[row])
        if level > plant.room[room, CAPACITY]:
            _change_room(plant, state, room, min(entry, since), leave, -1)
            _change_room(plant, state, room, since, NEVER, 1)
            return not blocked(scratch, NEVER, plant.stay_operation[first], stay)
    return True


@compiled
def _leave(plant: Plant, state: State, stay: int) -> None:
    """Undo `_enter`."""
    room = plant.stay[stay, STAY_ROOM]
    entry, leave = _stay_span(plant, state, stay)
    if plant.stay[stay, IS_INSIDE]:
        since = plant.stay[stay, SINCE]
        _change_room(plant, state, room, min(entry, since), leave, -1)
        _change_room(plant, state, room, since, NEVER, 1)
        return
    _change_room(plant, state, room, entry, leave, -1)
    state.entry_length[room] -= 1
    first = plant.room[room, ENTRIES]
    last = first + state.entry_length[room]
    row = first
    while row < last and state.entry[row] != entry:
        row += 1
    state.entry[row] = state.entry[last]


@compiled
def enter_all(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """Let all visits of a cluster into their cells, or none; False when there is an obstacle."""
    first, last = plant.cluster[cluster, STAYS], plant.cluster[cluster, STAYS_END]
    for row in range(first, last):
        if not _enter(plant, state, scratch, plant.cluster_stay[row]):
            for entered in range(first, row):
                _leave(plant, state, plant.cluster_stay[entered])
            return False
    return True


@compiled
def leave_all(plant: Plant, state: State, cluster: int) -> None:
    """Undo `enter_all`, while the operations still have the places with which they entered."""
    for row in range(plant.cluster[cluster, STAYS], plant.cluster[cluster, STAYS_END]):
        _leave(plant, state, plant.cluster_stay[row])
