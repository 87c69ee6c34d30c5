"""From a published plan to one that is legal again: what can stay stays, and only what cannot is placed anew.

Whatever stays comes first in the list, so that nothing takes its place; what has to move comes behind it.
"""

from __future__ import annotations

from solver.kernel.cells import leave_all
from solver.kernel.compiling import compiled, entry
from solver.kernel.lists import has_moved
from solver.kernel.partial import go_back
from solver.kernel.placing import place
from solver.kernel.swaps import make_room
from solver.kernel.tables import (
    ANY_MODE,
    MACHINE,
    MEMBERS,
    MEMBERS_END,
    NEXT,
    NEXT_END,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    START,
    TORN_BEFORE,
    TRAIL_LENGTH,
    Plant,
    Scratch,
    State,
)

PASSES = 3
"""What could not stay may be able to once what comes before it on its machine is there, since its setup is shorter then."""


@compiled
def _has_moved_something(plant: Plant, state: State, scratch: Scratch) -> bool:
    """Whether something that a search has just put somewhere is not where it was published."""
    for at in range(scratch.word[TRAIL_LENGTH]):
        operation = scratch.trail[at, 0]
        machine = plant.mode[state.spot[operation, SPOT_MODE], MACHINE]
        if has_moved(plant, operation, machine, state.spot[operation, START]):
            return True
    return False


@compiled
def _take_back(plant: Plant, state: State, scratch: Scratch, cluster: int) -> None:
    leave_all(plant, state, cluster)
    go_back(plant, state, scratch, 0)


@compiled
def _stays_as_it_is(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """Put a cluster where it was published; False, and nothing done, when it cannot stay, or only if something else moves."""
    if not place(plant, state, scratch, cluster):
        return False
    if not _has_moved_something(plant, state, scratch):
        return True
    _take_back(plant, state, scratch, cluster)
    return False


@compiled
def _stays(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """The same, if need be with people who change places."""
    if _stays_as_it_is(plant, state, scratch, cluster):
        return True
    return make_room(plant, state, scratch, cluster) and _stays_as_it_is(plant, state, scratch, cluster)


@compiled
def _favour_all(plant: Plant, state: State, scratch: Scratch) -> None:
    """From now on the list wants the people as they are."""
    for operation in range(plant.operations):
        for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
            scratch.favour[slot] = state.crew[slot]


@compiled
def _moves(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """Put a cluster wherever it ends first, not earlier than published unless it has to be; False when it has no place."""
    first, last = plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]
    for row in range(first, last):
        scratch.wanted[plant.member[row]] = ANY_MODE
    if place(plant, state, scratch, cluster):
        return True
    for row in range(first, last):
        scratch.hold[plant.member[row]] = 0
    return place(plant, state, scratch, cluster)


@compiled
def _pass(plant: Plant, state: State, scratch: Scratch, staying: int) -> int:
    """Let those behind the first in the sequence stay that can, and bring them forward; how many stay then."""
    moving = 0
    for cluster in range(plant.clusters):
        scratch.waiting[cluster] = 0
    for turn in range(staying, plant.clusters):
        cluster = scratch.sequence[turn]
        if scratch.waiting[cluster] == 0 and _stays(plant, state, scratch, cluster):
            scratch.sequence[staying] = cluster
            staying += 1
            continue
        scratch.heap[moving] = cluster
        moving += 1
        for row in range(plant.cluster[cluster, NEXT], plant.cluster[cluster, NEXT_END]):
            scratch.waiting[plant.following[row]] = 1
    for k in range(moving):
        scratch.sequence[staying + k] = scratch.heap[k]
    return staying


@entry
def keep(plant: Plant, state: State, scratch: Scratch) -> int:
    """Put all clusters of the sequence into the state: first those that can stay, and then those that must move, or follow one
    that must. How many could stay; -1, and STUCK set, when one has no room.

    The list in `scratch` is then the one that says so: the sequence, and what each operation wants and until when it is held.
    """
    scratch.word[TORN_BEFORE] = -1
    staying = 0
    for _ in range(PASSES):
        before = staying
        staying = _pass(plant, state, scratch, before)
        if staying == before:
            break
    for turn in range(staying, plant.clusters):
        cluster = scratch.sequence[turn]
        if not _stays(plant, state, scratch, cluster) and not _moves(plant, state, scratch, cluster):
            return -1
    _favour_all(plant, state, scratch)
    return staying
