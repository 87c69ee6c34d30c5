"""Why an operation is not earlier, step by step back in time: what a move that shall help has to change."""

from __future__ import annotations

from solver.kernel.compiling import compiled
from solver.kernel.lanes import first_above
from solver.kernel.partial import run_end_of
from solver.kernel.tables import (
    BEFORE,
    BEFORE_END,
    COUNT,
    FIRST,
    FIRST_SLOT,
    LANE,
    LONGEST_CHAIN,
    MACHINE,
    MIN_LAG,
    NEEDS,
    NEEDS_END,
    NONE,
    OTHER,
    OWNER,
    SETUP_START,
    SLOTS,
    SPOT_MODE,
    START,
    UNTIL,
    Plant,
    Search,
    State,
)


@compiled
def chain_to(plant: Plant, state: State, search: Search, last: int) -> tuple[int, int]:
    """Follow the reasons back from one operation until there is none but calendars and releases.

    Fills `search.chain` with the operations, latest first, and `search.block` with pairs: one that keeps a machine or a person,
    and the one that waits for it. How many there are of both.
    """
    operations = blocks = 0
    operation = last
    while operation >= 0 and state.spot[operation, SPOT_MODE] >= 0 and operations < LONGEST_CHAIN:
        search.chain[operations] = operation
        operations += 1
        following = _binding_predecessor(plant, state, operation)
        if following < 0:
            following = _blocking(plant, state, operation)
            if following >= 0 and state.spot[following, SPOT_MODE] >= 0:
                search.block[blocks, 0] = following
                search.block[blocks, 1] = operation
                blocks += 1
        operation = following
    return operations, blocks


@compiled
def _binding_predecessor(plant: Plant, state: State, operation: int) -> int:
    """The predecessor that ends just before its start, -1 for none."""
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        run_end = run_end_of(plant, state, plant.link[link, OTHER])
        if run_end != NONE and run_end + plant.link[link, MIN_LAG] >= state.spot[operation, START]:
            return plant.link[link, OTHER]
    return -1


@compiled
def _blocking(plant: Plant, state: State, operation: int) -> int:
    """What leaves the machine, or keeps somebody of its crew busy, until shortly before it; -1 for none."""
    instant = state.spot[operation, SETUP_START]
    latest, owner = NONE, -1
    lane = plant.machine[plant.mode[state.spot[operation, SPOT_MODE], MACHINE], LANE]
    if lane >= 0:
        latest, owner = _before(plant, state, lane, instant)
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        first = plant.operation[operation, SLOTS] + plant.need[need, FIRST_SLOT]
        for slot in range(first, first + plant.need[need, COUNT]):
            if state.crew[slot] >= 0:
                until, whose = _before(plant, state, plant.machines + state.crew[slot], instant)
                if until > latest:
                    latest, owner = until, whose
    return owner


@compiled
def _before(plant: Plant, state: State, lane: int, instant: int) -> tuple[int, int]:
    """When the last stretch before an instant ends, and whose it is."""
    first = plant.lane[lane, FIRST]
    row = first_above(state.busy, UNTIL, first, first + state.lane_length[lane], instant) - 1
    if row < first:
        return NONE, -1
    return state.busy[row, UNTIL], state.busy[row, OWNER]
