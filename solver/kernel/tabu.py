"""Tabu search for the makespan, where nothing binds but machines, changeovers and precedence with least waits.

A schedule is a sequence on every machine. The best move that is not tabu is taken, whether it makes the schedule better or not.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, entry
from solver.kernel.moves import find_path, look_at_blocks, look_at_machines, must_wait, pair, throw
from solver.kernel.paths import end, is_in_section, measure_all, set_mode
from solver.kernel.relocating import move_operation
from solver.kernel.tables import (
    BEST_COST,
    BEST_MAKESPAN,
    ELSE_AFTER,
    ELSE_ESTIMATE,
    ELSE_MODE,
    ELSE_MOVING,
    HAS_GAPS,
    MACHINE,
    MAKESPAN_NOW,
    MODES,
    MODES_END,
    MOVE_AFTER,
    MOVE_MODE,
    MOVING,
    NEVER,
    PATH_LENGTH,
    SECTION,
    SECTION_END,
    TEARDOWN,
    TIES,
    TURN,
    TURN_OF_BEST,
    Path,
    Plant,
)

LONGEST_TENURE = 60
FORBIDDEN = 20
"""Turns for which a move is tabu that has turned out to make a circle."""


@compiled
def _fits(plant: Plant, path: Path) -> bool:
    """Whether all is over within the horizon, teardown included: the makespan does not say so."""
    if not path.memo[HAS_GAPS]:
        return path.memo[MAKESPAN_NOW] <= plant.horizon
    for operation in range(plant.operations):
        mode = path.mode[operation]
        if end(path, operation) + plant.mode[mode, TEARDOWN] > plant.horizon:
            return False
    return True


@compiled
def _is_worth_keeping(plant: Plant, path: Path) -> bool:
    """Shorter than the best. In a section also what is as long, so that the next search in it begins from somewhere else."""
    is_whole = path.memo[SECTION_END] - path.memo[SECTION] == plant.operations
    return path.memo[MAKESPAN_NOW] < path.memo[BEST_MAKESPAN] + (not is_whole)


@compiled
def _keep_best(plant: Plant, path: Path) -> None:
    if path.memo[MAKESPAN_NOW] < path.memo[BEST_MAKESPAN]:
        path.memo[BEST_MAKESPAN], path.memo[TURN_OF_BEST] = path.memo[MAKESPAN_NOW], path.memo[TURN]
    for operation in range(plant.operations):
        path.best_mode[operation] = path.mode[operation]
        path.best_head[operation] = path.head[operation]
        path.best_previous[operation] = path.previous[operation]


@compiled
def return_to_best(plant: Plant, path: Path) -> None:
    """Make the best so far the current one again."""
    for machine in range(plant.machines):
        path.first[machine] = -1
    for operation in range(plant.operations):
        set_mode(plant, path, operation, path.best_mode[operation])
        path.previous[operation] = path.best_previous[operation]
        path.next[operation] = -1
    for operation in range(plant.operations):
        before = path.previous[operation]
        if before >= 0:
            path.next[before] = operation
        else:
            path.first[plant.mode[path.mode[operation], MACHINE]] = operation
    measure_all(plant, path)


@compiled
def _shake(plant: Plant, path: Path) -> None:
    """Some neighbours on machines swapped."""
    first, last = path.memo[SECTION], path.memo[SECTION_END]
    for _ in range(3 + throw(path, 12)):
        operation = path.order[first + throw(path, last - first)]
        after = path.next[operation]
        if is_in_section(path, after) and not must_wait(plant, path, operation, after):
            move_operation(plant, path, operation, path.mode[operation], after)


@entry
def begin_path(plant: Plant, path: Path) -> bool:
    """Start from `path.best_mode` and `path.best_previous`, which are not the best when they do not fit into the horizon; False
    when these go round in a circle."""
    path.memo[MAKESPAN_NOW] = -1
    return_to_best(plant, path)
    if path.memo[MAKESPAN_NOW] < 0:
        return False
    path.memo[TURN] += LONGEST_TENURE  # nothing is tabu any more
    path.memo[BEST_MAKESPAN] = NEVER
    _keep_best(plant, path)
    if not _fits(plant, path):
        path.memo[BEST_MAKESPAN] = NEVER
    return True


@compiled
def _forbid(plant: Plant, path: Path, operation: int, mode: int, before: int) -> None:
    """Not to try again for a while what makes a circle."""
    until = path.memo[TURN] + FORBIDDEN
    if mode != path.mode[operation]:
        path.tabu[mode] = until
    elif before >= 0 and path.place[before] > path.place[operation]:
        path.ban[pair(plant, path, path.next[operation], operation)] = until
    else:
        path.ban[pair(plant, path, operation, path.previous[operation])] = until


@compiled
def _forbid_reversal(plant: Plant, path: Path, operation: int, old_mode: int, old_before: int) -> None:
    """Not to go back to the machine that the operation has left; on the same one, not past any that it has passed."""
    base = 8 + path.memo[PATH_LENGTH] // 12
    modes = plant.operation[operation, MODES_END] - plant.operation[operation, MODES]
    until = path.memo[TURN] + min(LONGEST_TENURE, base + modes + throw(path, base))
    if path.mode[operation] != old_mode:
        path.tabu[old_mode] = until
        return
    if old_before >= 0 and path.place[old_before] > path.place[operation]:
        passed = old_before
        while passed != operation:
            path.ban[pair(plant, path, passed, operation)] = until
            passed = path.previous[passed]
        return
    passed = path.previous[operation]
    while passed != old_before:
        path.ban[pair(plant, path, operation, passed)] = until
        passed = path.previous[passed]


@entry
def tabu(plant: Plant, path: Path, turns: int, patience: int, bound: int) -> int:
    """So many turns, fewer when the makespan is down to the bound, or the same for `patience` turns; how many were made."""
    for made in range(turns):
        if path.memo[BEST_MAKESPAN] <= bound or path.memo[TURN] - path.memo[TURN_OF_BEST] >= patience:
            return made
        path.memo[TURN] += 1
        find_path(plant, path)
        path.memo[BEST_COST], path.memo[TIES], path.memo[MOVING] = NEVER, 0, -1
        path.memo[ELSE_ESTIMATE], path.memo[ELSE_MOVING] = NEVER, -1
        look_at_blocks(plant, path)
        look_at_machines(plant, path)
        operation, mode, before = path.memo[MOVING], path.memo[MOVE_MODE], path.memo[MOVE_AFTER]
        if operation < 0:
            operation, mode, before = path.memo[ELSE_MOVING], path.memo[ELSE_MODE], path.memo[ELSE_AFTER]
        if operation < 0:
            _shake(plant, path)
            continue
        old_mode, old_before = path.mode[operation], path.previous[operation]
        if not move_operation(plant, path, operation, mode, before):
            _forbid(plant, path, operation, mode, before)
            continue
        _forbid_reversal(plant, path, operation, old_mode, old_before)
        if _is_worth_keeping(plant, path) and _fits(plant, path):
            _keep_best(plant, path)
    return turns
