"""Moves of annealing where moving away from a published plan costs: let go of what is held, and bring back what has moved."""

from __future__ import annotations

from solver.kernel.compiling import compiled
from solver.kernel.lists import has_moved
from solver.kernel.tables import (
    CURRENT,
    FIXED,
    MACHINE,
    MODES,
    MODES_END,
    NONE,
    OPERATIONS,
    OPERATIONS_END,
    PINNED,
    PLANNED_MACHINE,
    PLANNED_START,
    SPOT_MODE,
    START,
    Plant,
    Scratch,
    Search,
)


@compiled
def release(plant: Plant, search: Search, scratch: Scratch, operations: int) -> int:
    """Let the first operations of the chain of reasons start as early as they can; the first index at which the list changes."""
    first = -1
    for k in range(operations):
        operation = search.chain[k]
        if scratch.hold[operation] == 0 or plant.operation[operation, FIXED]:
            continue
        scratch.hold[operation] = 0
        rank = search.rank[plant.cluster_of[operation]]
        if first < 0 or rank < first:
            first = rank
    return first


@compiled
def _bind_one(plant: Plant, search: Search, scratch: Scratch, operation: int) -> int:
    """Want one operation where it is published; its index, -1 when it is there, or cannot be."""
    spot = search.states[search.memo[CURRENT]].spot[operation]
    if plant.operation[operation, FIXED] or plant.operation[operation, PINNED] != NONE:
        return -1
    if not has_moved(plant, operation, plant.mode[spot[SPOT_MODE], MACHINE], spot[START]):
        return -1
    for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
        if plant.mode[mode, MACHINE] == plant.operation[operation, PLANNED_MACHINE]:
            scratch.wanted[operation] = mode
            scratch.hold[operation] = max(0, plant.operation[operation, PLANNED_START])
            return search.rank[plant.cluster_of[operation]]
    return -1


@compiled
def bind(plant: Plant, search: Search, scratch: Scratch, order: int, operation: int) -> int:
    """Want an operation, or all of an order from 0 on, where it is published; the first index at which the list changes."""
    if order < 0:
        return _bind_one(plant, search, scratch, operation)
    first = -1
    for row in range(plant.order[order, OPERATIONS], plant.order[order, OPERATIONS_END]):
        rank = _bind_one(plant, search, scratch, plant.order_operation[row])
        if rank >= 0 and (first < 0 or rank < first):
            first = rank
    return first
