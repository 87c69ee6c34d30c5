"""A schedule while it grows: putting operations in and taking them out, with a trail to go back along."""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.lanes import lane_engage, lane_release, room_change
from solver.kernel.tables import (
    COUNT,
    END,
    FIRST_SLOT,
    FIXED,
    FIXED_RUN_END,
    LANE,
    MACHINE,
    NEEDS,
    NEEDS_END,
    NONE,
    PEOPLE_SEEN_FROM,
    PEOPLE_SEEN_UNTIL,
    ROOM,
    RUN_END,
    SEEN_FROM,
    SEEN_UNTIL,
    SETUP_ONLY,
    SETUP_START,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    START,
    TRAIL_LENGTH,
    Plant,
    Row,
    Scratch,
    State,
)


@compiled
def run_end_of(plant: Plant, state: State, operation: int) -> int:
    """When its material is ready; NONE before it has its place."""
    if plant.operation[operation, FIXED]:
        return plant.operation[operation, FIXED_RUN_END]
    return state.spot[operation, RUN_END] if state.spot[operation, SPOT_MODE] >= 0 else NONE


@compiled
def see_machines(scratch: Scratch, since: int, until: int) -> None:
    """Note that of machines what is before `until` and not over by `since` was looked at."""
    scratch.word[SEEN_FROM] = min(scratch.word[SEEN_FROM], since)
    scratch.word[SEEN_UNTIL] = max(scratch.word[SEEN_UNTIL], until)


@compiled
def see_people(scratch: Scratch, since: int, until: int) -> None:
    """The same of people."""
    scratch.word[PEOPLE_SEEN_FROM] = min(scratch.word[PEOPLE_SEEN_FROM], since)
    scratch.word[PEOPLE_SEEN_UNTIL] = max(scratch.word[PEOPLE_SEEN_UNTIL], until)


@compiled
def see(scratch: Scratch, since: int, until: int) -> None:
    """The same of both."""
    see_machines(scratch, since, until)
    see_people(scratch, since, until)


@compiled
def lay(plant: Plant, state: State, operation: int, change: int) -> None:
    """Engage (+1) or release (-1) machine and people of a placed operation."""
    machine = plant.mode[state.spot[operation, SPOT_MODE], MACHINE]
    begin, start, end = state.spot[operation, SETUP_START], state.spot[operation, START], state.spot[operation, END]
    lane = plant.machine[machine, LANE]
    if lane < 0:
        room_change(plant, state, plant.machine[machine, ROOM], begin, end, change)
    elif change > 0:
        lane_engage(plant, state, lane, begin, end, operation)
    else:
        lane_release(plant, state, lane, begin)
    slots = plant.operation[operation, SLOTS]
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        until = start if plant.need[need, SETUP_ONLY] else end
        first = slots + plant.need[need, FIRST_SLOT]
        for slot in range(first, first + plant.need[need, COUNT]):
            person = state.crew[slot]
            if person < 0:
                continue
            if change > 0:
                lane_engage(plant, state, plant.machines + person, begin, until, operation)
            else:
                lane_release(plant, state, plant.machines + person, begin)


@compiled
def remember(plant: Plant, state: State, scratch: Scratch, operation: int) -> None:
    """Note where it stands before it is changed."""
    length = scratch.word[TRAIL_LENGTH]
    scratch.trail[length, 0] = operation
    for column in range(6):
        scratch.trail[length, 1 + column] = state.spot[operation, column]
    slots = plant.operation[operation, SLOTS]
    for slot in range(plant.operation[operation, SLOTS_END] - slots):
        scratch.trail_crew[length, slot] = state.crew[slots + slot]
    scratch.word[TRAIL_LENGTH] = length + 1


@unit
def put(plant: Plant, state: State, scratch: Scratch, operation: int, spot: Row, crew: Row) -> None:
    """Give an operation its place, or a new one, its people and machine engaged accordingly."""
    remember(plant, state, scratch, operation)
    if state.spot[operation, SPOT_MODE] >= 0:
        lay(plant, state, operation, -1)
    for column in range(6):
        state.spot[operation, column] = spot[column]
    slots = plant.operation[operation, SLOTS]
    for slot in range(plant.operation[operation, SLOTS_END] - slots):
        state.crew[slots + slot] = crew[slot]
    lay(plant, state, operation, 1)


@unit
def lift(plant: Plant, state: State, scratch: Scratch, operation: int) -> None:
    """Take a placed operation out for a moment."""
    remember(plant, state, scratch, operation)
    lay(plant, state, operation, -1)
    state.spot[operation, SPOT_MODE] = -1


@unit
def go_back(plant: Plant, state: State, scratch: Scratch, mark: int) -> None:
    """Undo every `put` and `lift` since the trail had this length."""
    while scratch.word[TRAIL_LENGTH] > mark:
        length = scratch.word[TRAIL_LENGTH] - 1
        scratch.word[TRAIL_LENGTH] = length
        operation = scratch.trail[length, 0]
        if state.spot[operation, SPOT_MODE] >= 0:
            lay(plant, state, operation, -1)
        for column in range(6):
            state.spot[operation, column] = scratch.trail[length, 1 + column]
        slots = plant.operation[operation, SLOTS]
        for slot in range(plant.operation[operation, SLOTS_END] - slots):
            state.crew[slots + slot] = scratch.trail_crew[length, slot]
        if state.spot[operation, SPOT_MODE] >= 0:
            lay(plant, state, operation, 1)
