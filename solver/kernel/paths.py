"""Schedules as sequences on machines, for tabu search: their heads and tails.

head    when the run of an operation starts at the earliest
tail    what must still follow its run until the last is done
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.tables import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    CHANGEOVERS,
    FAMILY,
    FAMILY_NOW,
    HAS_GAPS,
    LASTS,
    MACHINE,
    MAKESPAN_NOW,
    MIN_LAG,
    MODE_SETUP,
    OTHER,
    RELEASE,
    RUN,
    SECTION,
    SECTION_END,
    SEVERAL,
    TEARDOWN,
    Path,
    Plant,
)


@compiled
def changeover(plant: Plant, mode: int, family: int) -> int:
    row = plant.mode[mode, CHANGEOVERS]
    return plant.mode[mode, MODE_SETUP] + (plant.changeover[row, family] if row >= 0 else 0)


@compiled
def gap(plant: Plant, path: Path, before: int, mode: int) -> int:
    """Ticks from the run end of an operation to the run start of what comes next on the machine, in this mode; from the beginning
    when there is none before it."""
    if not path.memo[HAS_GAPS]:
        return 0
    if before < 0:
        return changeover(plant, mode, plant.machine[plant.mode[mode, MACHINE], FAMILY_NOW])
    return plant.mode[path.mode[before], TEARDOWN] + changeover(plant, mode, plant.operation[before, FAMILY])


@compiled
def end(path: Path, operation: int) -> int:
    """When its run is over; 0 for none."""
    return path.head[operation] + path.run[operation] if operation >= 0 else 0


@compiled
def rest(path: Path, operation: int) -> int:
    """From the start of its run until the last is done; 0 for none."""
    return path.run[operation] + path.tail[operation] if operation >= 0 else 0


@compiled
def ready(plant: Plant, path: Path, operation: int) -> int:
    """When its material is there."""
    if path.before_it[operation] != SEVERAL:
        return end(path, path.before_it[operation])
    latest = plant.operation[operation, RELEASE]
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        latest = max(latest, end(path, plant.link[link, OTHER]) + plant.link[link, MIN_LAG])
    return latest


@compiled
def due(plant: Plant, path: Path, operation: int) -> int:
    """What must follow its run for the sake of its successors."""
    if path.after_it[operation] != SEVERAL:
        return rest(path, path.after_it[operation])
    longest = 0
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        longest = max(longest, plant.link[link, MIN_LAG] + rest(path, plant.link[link, OTHER]))
    return longest


@compiled
def head_of(plant: Plant, path: Path, operation: int) -> int:
    before = path.previous[operation]
    return max(ready(plant, path, operation), end(path, before) + gap(plant, path, before, path.mode[operation]))


@compiled
def tail_of(plant: Plant, path: Path, operation: int) -> int:
    after = path.next[operation]
    if after < 0:
        return due(plant, path, operation)
    return max(due(plant, path, operation), gap(plant, path, operation, path.mode[after]) + rest(path, after))


@compiled
def is_in_section(path: Path, operation: int) -> bool:
    return operation >= 0 and path.memo[SECTION] <= path.place[operation] < path.memo[SECTION_END]


@compiled
def measure_makespan(plant: Plant, path: Path) -> None:
    """How long it takes until the last is done; within a section, as far as that depends on it."""
    makespan = 0
    if path.memo[SECTION_END] - path.memo[SECTION] == plant.operations:
        for place in range(path.memo[LASTS]):
            makespan = max(makespan, end(path, path.last[place]))
    else:
        for place in range(path.memo[SECTION], path.memo[SECTION_END]):
            makespan = max(makespan, path.head[path.order[place]] + rest(path, path.order[place]))
    path.memo[MAKESPAN_NOW] = makespan


@compiled
def _append(path: Path, operation: int, length: int) -> int:
    """One thing less that it waits for: the length of the order, with the operation once that was the last."""
    path.waiting[operation] -= 1
    if path.waiting[operation]:
        return length
    path.order[length] = operation
    return length + 1


@compiled
def _sort(plant: Plant, path: Path) -> bool:
    """A topological order from nothing; False when the sequences go round in a circle."""
    length = 0
    for operation in range(plant.operations):
        links = plant.operation[operation, BEFORE_END] - plant.operation[operation, BEFORE]
        path.waiting[operation] = 1 + links + (path.previous[operation] >= 0)
    for operation in range(plant.operations):
        length = _append(path, operation, length)
    at = 0
    while at < length:
        operation = path.order[at]
        path.place[operation] = at
        at += 1
        if path.next[operation] >= 0:
            length = _append(path, path.next[operation], length)
        for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
            length = _append(path, plant.link[link, OTHER], length)
    for operation in range(plant.operations):
        path.waiting[operation] = 0
    return length == plant.operations


@unit
def measure_all(plant: Plant, path: Path) -> bool:
    """The order, heads, tails and the makespan of all; False when the sequences go round in a circle."""
    path.memo[SECTION], path.memo[SECTION_END] = 0, plant.operations
    if not _sort(plant, path):
        return False
    for at in range(plant.operations):
        path.head[path.order[at]] = head_of(plant, path, path.order[at])
    for at in range(plant.operations - 1, -1, -1):
        path.tail[path.order[at]] = tail_of(plant, path, path.order[at])
    measure_makespan(plant, path)
    return True


@compiled
def set_mode(plant: Plant, path: Path, operation: int, mode: int) -> None:
    path.mode[operation], path.run[operation] = mode, plant.mode[mode, RUN]
