"""One operation put elsewhere in the sequences on machines.

A topological order of all operations is kept. A move changes it only between the old and the new neighbours of what is moved, and
heads only behind it, tails only before it: what stays as it was is not computed anew (Nowicki & Smutnicki 2005; Michel & Van
Hentenryck 2003).
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.paths import head_of, measure_makespan, set_mode, tail_of
from solver.kernel.tables import AFTER, AFTER_END, BEFORE, BEFORE_END, MACHINE, OTHER, SECTION, SECTION_END, SEVERAL, Path, Plant


@compiled
def _unlink(plant: Plant, path: Path, operation: int) -> None:
    before, after = path.previous[operation], path.next[operation]
    if before >= 0:
        path.next[before] = after
    else:
        path.first[plant.mode[path.mode[operation], MACHINE]] = after
    if after >= 0:
        path.previous[after] = before


@compiled
def _link(plant: Plant, path: Path, operation: int, before: int) -> None:
    """Behind another operation on the machine of its mode; -1: as the first."""
    machine = plant.mode[path.mode[operation], MACHINE]
    after = path.next[before] if before >= 0 else path.first[machine]
    path.previous[operation], path.next[operation] = before, after
    if before >= 0:
        path.next[before] = operation
    else:
        path.first[machine] = operation
    if after >= 0:
        path.previous[after] = operation


@compiled
def _is_marked(path: Path, operation: int) -> bool:
    return operation >= 0 and path.waiting[path.place[operation]] > 0


@compiled
def _follows_marked(plant: Plant, path: Path, operation: int) -> bool:
    if _is_marked(path, path.previous[operation]) or _is_marked(path, path.before_it[operation]):
        return True
    if path.before_it[operation] == SEVERAL:
        for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
            if _is_marked(path, plant.link[link, OTHER]):
                return True
    return False


@compiled
def _precedes_marked(plant: Plant, path: Path, operation: int) -> bool:
    if _is_marked(path, path.next[operation]) or _is_marked(path, path.after_it[operation]):
        return True
    if path.after_it[operation] == SEVERAL:
        for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
            if _is_marked(path, plant.link[link, OTHER]):
                return True
    return False


@compiled
def _rearrange(path: Path, first: int, last: int, is_marked_first: int) -> None:
    """From one place of the order to another: either those that are marked come first, or the others; the marks are gone."""
    kept = 0
    free = first
    for at in range(first, last + 1):
        operation = path.order[at]
        if path.waiting[at] == is_marked_first:
            path.order[free], path.place[operation] = operation, free
            free += 1
        else:
            path.aside[kept] = operation
            kept += 1
        path.waiting[at] = 0
    for number in range(kept):
        operation = path.aside[number]
        path.order[free + number], path.place[operation] = operation, free + number


@compiled
def _reorder(plant: Plant, path: Path, operation: int) -> bool:
    """Bring the order in line with its new neighbours on the machine; False when they make a circle."""
    at, first, last = path.place[operation], path.place[operation], path.place[operation]
    before, after = path.previous[operation], path.next[operation]
    if before >= 0 and path.place[before] > at:  # it has to go behind, with all that follows it
        last = path.place[before]
        path.waiting[at] = 1
        for place in range(at + 1, last + 1):
            path.waiting[place] = _follows_marked(plant, path, path.order[place])
    elif after >= 0 and path.place[after] < at:
        first = path.place[after]
        path.waiting[at] = 1
        for place in range(at - 1, first - 1, -1):
            path.waiting[place] = _precedes_marked(plant, path, path.order[place])
    else:
        return True
    if path.waiting[first] and path.waiting[last]:
        for place in range(first, last + 1):
            path.waiting[place] = 0
        return False
    _rearrange(path, first, last, first < at)
    return True


@compiled
def _mark(path: Path, operation: int) -> int:
    """To be measured: 1 when it was not yet, else 0. What is outside of the section is measured once that is left."""
    place = path.place[operation] if operation >= 0 else -1
    if place < path.memo[SECTION] or place >= path.memo[SECTION_END] or path.waiting[place]:
        return 0
    path.waiting[place] = 1
    return 1


@compiled
def _mark_behind(plant: Plant, path: Path, operation: int) -> int:
    marked = _mark(path, path.next[operation]) + _mark(path, path.after_it[operation])
    if path.after_it[operation] == SEVERAL:
        for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
            marked += _mark(path, plant.link[link, OTHER])
    return marked


@compiled
def _mark_before(plant: Plant, path: Path, operation: int) -> int:
    marked = _mark(path, path.previous[operation]) + _mark(path, path.before_it[operation])
    if path.before_it[operation] == SEVERAL:
        for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
            marked += _mark(path, plant.link[link, OTHER])
    return marked


@compiled
def _measure_heads(plant: Plant, path: Path, moved: int, left: int) -> None:
    """Of what was moved, of what came behind it before, and of all that this changes."""
    marked = _mark(path, moved) + _mark_behind(plant, path, moved) + _mark(path, left)
    at = path.place[moved] if left < 0 else min(path.place[moved], path.place[left])
    while marked:
        while not path.waiting[at]:
            at += 1
        path.waiting[at] = 0
        marked -= 1
        operation = path.order[at]
        head = head_of(plant, path, operation)
        if head != path.head[operation]:
            path.head[operation] = head
            marked += _mark_behind(plant, path, operation)


@compiled
def _measure_tails(plant: Plant, path: Path, moved: int, left: int) -> None:
    """Of what was moved, of what came before it, and of all that this changes."""
    marked = _mark(path, moved) + _mark_before(plant, path, moved) + _mark(path, left)
    at = path.place[moved] if left < 0 else max(path.place[moved], path.place[left])
    while marked:
        while not path.waiting[at]:
            at -= 1
        path.waiting[at] = 0
        marked -= 1
        operation = path.order[at]
        tail = tail_of(plant, path, operation)
        if tail != path.tail[operation]:
            path.tail[operation] = tail
            marked += _mark_before(plant, path, operation)


@unit
def move_operation(plant: Plant, path: Path, operation: int, mode: int, before: int) -> bool:
    """Put it behind another one, in a mode of its own, unless that makes a circle: then all is as it was."""
    old_mode, old_before, old_after = path.mode[operation], path.previous[operation], path.next[operation]
    _unlink(plant, path, operation)
    set_mode(plant, path, operation, mode)
    _link(plant, path, operation, before)
    if _reorder(plant, path, operation):
        _measure_heads(plant, path, operation, old_after)
        _measure_tails(plant, path, operation, old_before)
        measure_makespan(plant, path)
        return True
    _unlink(plant, path, operation)
    set_mode(plant, path, operation, old_mode)
    _link(plant, path, operation, old_before)
    return False
