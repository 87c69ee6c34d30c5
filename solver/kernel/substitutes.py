"""Moves of people: somebody else does the work, so that whoever did it is free for what waits."""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.shifting import dice
from solver.kernel.tables import (
    COUNT,
    CURRENT,
    FAVOURED,
    FIRST_SLOT,
    FIXED,
    NEEDS,
    NEEDS_END,
    NONE,
    PEOPLE,
    PEOPLE_END,
    PERSON,
    PINNED,
    SLOTS,
    SLOTS_END,
    Plant,
    Row,
    Scratch,
    Search,
)

DRAWS = 4


@compiled
def _is_among(crew: Row, first: int, last: int, person: int) -> bool:
    for slot in range(first, last):  # noqa: SIM110 - numba compiles no generators within expressions
        if crew[slot] == person:
            return True
    return False


@compiled
def _favour_another(plant: Plant, search: Search, scratch: Scratch, operation: int) -> bool:
    """Favour those who do an operation now, but for one of them somebody else who can; False when there is nobody."""
    state = search.states[search.memo[CURRENT]]
    first, last = plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]
    need = plant.operation[operation, NEEDS] + dice(
        search, plant.operation[operation, NEEDS_END] - plant.operation[operation, NEEDS]
    )
    people = plant.need[need, PEOPLE_END] - plant.need[need, PEOPLE]
    if people <= plant.need[need, COUNT]:
        return False
    slot = first + plant.need[need, FIRST_SLOT] + dice(search, plant.need[need, COUNT])
    for _ in range(DRAWS):
        person = plant.able[plant.need[need, PEOPLE] + dice(search, people), PERSON]
        if state.crew[slot] >= 0 and not _is_among(state.crew, first, last, person):
            for other in range(first, last):
                scratch.favour[other] = state.crew[other]
            scratch.favour[slot] = person
            return True
    return False


@compiled
def _favour_anybody(plant: Plant, scratch: Scratch, operation: int) -> bool:
    """Let go of favourites; False when there are none."""
    first, last = plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]
    had = False
    for slot in range(first, last):
        had = had or scratch.favour[slot] >= 0
        scratch.favour[slot] = -1
    return had


@unit
def substituted(plant: Plant, search: Search, scratch: Scratch, operations: int, blocks: int) -> int:
    """Other people for an operation of the chain, or for one that keeps it waiting, which is FAVOURED then; the index of its
    cluster, -1 for none."""
    for _ in range(DRAWS):
        if blocks and dice(search, 2):
            operation = search.block[dice(search, blocks), 0]
        else:
            operation = search.chain[dice(search, operations)]
        if plant.cluster_of[operation] < 0 or plant.operation[operation, SLOTS] == plant.operation[operation, SLOTS_END]:
            continue
        if plant.operation[operation, PINNED] != NONE or plant.operation[operation, FIXED]:
            continue  # it has its people before the list begins
        is_free = dice(search, 4) == 0 and _favour_anybody(plant, scratch, operation)
        if is_free or _favour_another(plant, search, scratch, operation):
            search.memo[FAVOURED] = operation
            return search.rank[plant.cluster_of[operation]]
    return -1
