"""Tabu search for the makespan, where nothing binds but machines, changeovers and precedence with least waits.

A schedule is a sequence on every machine. Its critical path, from which the makespan comes, falls into blocks of operations that
follow one another on a machine; only moving an operation to an end of its block, or to another machine, can shorten it (block
moves: Balas & Vazacopoulos 1998, Zhang et al. 2007; another machine: Mastrolilli & Gambardella 2000). Neighbours are judged by
their heads and tails, the best that is not tabu is taken, and heads and tails are computed anew.

    head    when the run of an operation starts at the earliest
    tail    what must still follow its run until the last is done
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, entry, unit
from solver.kernel.tables import (
    AFTER,
    AFTER_END,
    BEFORE,
    BEFORE_END,
    BEST_ESTIMATE,
    BEST_MAKESPAN,
    CHANGEOVERS,
    ELSE_AFTER,
    ELSE_ESTIMATE,
    ELSE_MODE,
    ELSE_MOVING,
    FAMILY,
    FAMILY_NOW,
    MACHINE,
    MAKESPAN_NOW,
    MIN_LAG,
    MODE_SETUP,
    MODES,
    MODES_END,
    MOVE_AFTER,
    MOVE_MODE,
    MOVING,
    NEVER,
    OTHER,
    PATH_LENGTH,
    RELEASE,
    RUN,
    TABU_DICE,
    TEARDOWN,
    TIES,
    TURN,
    TURN_OF_BEST,
    Path,
    Plant,
)
from solver.kernel.variations import MODULUS

WIDEST = 60
"""Operations that a block move may pass."""

INSERTIONS = 30
"""Places on another machine that are looked at."""

LONGEST_TENURE = 60
FORBIDDEN = 20
"""Turns for which a move is tabu that has turned out to make a circle."""


@compiled
def _throw(path: Path, sides: int) -> int:
    path.memo[TABU_DICE] = path.memo[TABU_DICE] * 48271 % MODULUS
    return path.memo[TABU_DICE] % sides


@compiled
def _changeover(plant: Plant, mode: int, family: int) -> int:
    row = plant.mode[mode, CHANGEOVERS]
    return plant.mode[mode, MODE_SETUP] + (plant.changeover[row, family] if row >= 0 else 0)


@compiled
def _gap(plant: Plant, path: Path, before: int, mode: int) -> int:
    """Ticks from the run end of an operation to the run start of what comes next on the machine, in this mode; from the beginning
    when there is none before it."""
    if before < 0:
        return _changeover(plant, mode, plant.machine[plant.mode[mode, MACHINE], FAMILY_NOW])
    return plant.mode[path.mode[before], TEARDOWN] + _changeover(plant, mode, plant.operation[before, FAMILY])


@compiled
def _run(plant: Plant, path: Path, operation: int) -> int:
    return plant.mode[path.mode[operation], RUN]


@compiled
def _ready(plant: Plant, path: Path, operation: int) -> int:
    """When its material is there."""
    ready = plant.operation[operation, RELEASE]
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        other = plant.link[link, OTHER]
        ready = max(ready, path.head[other] + _run(plant, path, other) + plant.link[link, MIN_LAG])
    return ready


@compiled
def _due(plant: Plant, path: Path, operation: int) -> int:
    """What must follow its run for the sake of its successors."""
    rest = 0
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        other = plant.link[link, OTHER]
        rest = max(rest, plant.link[link, MIN_LAG] + _run(plant, path, other) + path.tail[other])
    return rest


@compiled
def _unlink(plant: Plant, path: Path, operation: int) -> None:
    before, after = path.previous[operation], path.next[operation]
    machine = plant.mode[path.mode[operation], MACHINE]
    if before >= 0:
        path.next[before] = after
    else:
        path.first[machine] = after
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


@unit
def measure_path(plant: Plant, path: Path) -> bool:
    """Heads, tails and the makespan; False when the sequences go round in a circle."""
    length = 0
    for operation in range(plant.operations):
        path.waiting[operation] = plant.operation[operation, BEFORE_END] - plant.operation[operation, BEFORE]
        path.waiting[operation] += path.previous[operation] >= 0
        if path.waiting[operation] == 0:
            path.order[length] = operation
            length += 1
    at = makespan = 0
    while at < length:
        operation = path.order[at]
        at += 1
        before = path.previous[operation]
        since = path.head[before] + _run(plant, path, before) if before >= 0 else 0
        path.head[operation] = max(_ready(plant, path, operation), since + _gap(plant, path, before, path.mode[operation]))
        makespan = max(makespan, path.head[operation] + _run(plant, path, operation))
        after = path.next[operation]
        if after >= 0:
            path.waiting[after] -= 1
            if path.waiting[after] == 0:
                path.order[length] = after
                length += 1
        for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
            other = plant.link[link, OTHER]
            path.waiting[other] -= 1
            if path.waiting[other] == 0:
                path.order[length] = other
                length += 1
    if length < plant.operations:
        return False
    for at in range(length - 1, -1, -1):
        operation = path.order[at]
        after = path.next[operation]
        rest = _due(plant, path, operation)
        if after >= 0:
            rest = max(rest, _gap(plant, path, operation, path.mode[after]) + _run(plant, path, after) + path.tail[after])
        path.tail[operation] = rest
    path.memo[MAKESPAN_NOW] = makespan
    return True


@compiled
def _consider(path: Path, operation: int, mode: int, before: int, estimate: int) -> None:
    """A neighbour: keep the best that is not tabu, any of equals, and the best that is, for want of others."""
    if path.tabu[mode] > path.memo[TURN] and estimate >= path.memo[BEST_MAKESPAN]:
        if estimate < path.memo[ELSE_ESTIMATE]:
            path.memo[ELSE_ESTIMATE] = estimate
            path.memo[ELSE_MOVING], path.memo[ELSE_MODE], path.memo[ELSE_AFTER] = operation, mode, before
        return
    if estimate > path.memo[BEST_ESTIMATE]:
        return
    path.memo[TIES] = path.memo[TIES] + 1 if estimate == path.memo[BEST_ESTIMATE] else 1
    if path.memo[TIES] > 1 and _throw(path, path.memo[TIES]):
        return
    path.memo[BEST_ESTIMATE] = estimate
    path.memo[MOVING], path.memo[MOVE_MODE], path.memo[MOVE_AFTER] = operation, mode, before


@compiled
def _find_path(plant: Plant, path: Path) -> None:
    """A critical path, one of them at random, in `path.path`."""
    current, ties = -1, 0
    for operation in range(plant.operations):
        if path.head[operation] + path.tail[operation] + _run(plant, path, operation) == path.memo[MAKESPAN_NOW] and (
            path.tail[operation] == 0
        ):
            ties += 1
            if _throw(path, ties) == 0:
                current = operation
    length = 0
    while current >= 0:
        path.path[length] = current
        length += 1
        following, ties = -1, 0
        before = path.previous[current]
        if before >= 0:
            end = path.head[before] + _run(plant, path, before)
            if end + _gap(plant, path, before, path.mode[current]) == path.head[current]:
                following, ties = before, 1
        for link in range(plant.operation[current, BEFORE], plant.operation[current, BEFORE_END]):
            other = plant.link[link, OTHER]
            end = path.head[other] + _run(plant, path, other) + plant.link[link, MIN_LAG]
            if end == path.head[current] and other != following:
                ties += 1
                if _throw(path, ties) == 0:
                    following = other
        current = following
    for place in range(length // 2):
        path.path[place], path.path[length - 1 - place] = path.path[length - 1 - place], path.path[place]
    path.memo[PATH_LENGTH] = length


@compiled
def _must_wait(plant: Plant, path: Path, operation: int, last: int) -> bool:
    """Whether something that follows the operation might have to come before `last`: then it cannot go behind it."""
    beyond = path.tail[last] + _run(plant, path, last)
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        other = plant.link[link, OTHER]
        if other == last or beyond < path.tail[other] + _run(plant, path, other):
            return True
    return False


@compiled
def _must_hurry(plant: Plant, path: Path, operation: int, first: int) -> bool:
    """Whether something that the operation follows might have to come after `first`: then it cannot go before it."""
    beyond = path.head[first] + _run(plant, path, first)
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        other = plant.link[link, OTHER]
        if other == first or beyond < path.head[other] + _run(plant, path, other):
            return True
    return False


@compiled
def _estimate(plant: Plant, path: Path, count: int, before: int, after: int) -> int:
    """The longest path through `path.stretch`, so many operations in a new sequence between two that stay."""
    since = path.head[before] + _run(plant, path, before) if before >= 0 else 0
    previous = before
    for place in range(count):
        operation = path.stretch[place]
        start = since + _gap(plant, path, previous, path.mode[operation])
        path.new_head[place] = max(start, _ready(plant, path, operation))
        since = path.new_head[place] + _run(plant, path, operation)
        previous = operation
    worst, following = 0, after
    rest_of_following = path.tail[after] + _run(plant, path, after) if after >= 0 else 0
    for place in range(count - 1, -1, -1):
        operation = path.stretch[place]
        rest = _due(plant, path, operation)
        if following >= 0:
            rest = max(rest, _gap(plant, path, operation, path.mode[following]) + rest_of_following)
        rest_of_following = rest + _run(plant, path, operation)
        worst = max(worst, path.new_head[place] + rest_of_following)
        following = operation
    return worst


@compiled
def _push(plant: Plant, path: Path, first: int, last: int) -> None:
    """The operation at one place of the path right behind the one at a later place."""
    operation, target = path.path[first], path.path[last]
    if _must_wait(plant, path, operation, target):
        return
    for place in range(first, last):
        path.stretch[place - first] = path.path[place + 1]
    path.stretch[last - first] = operation
    estimate = _estimate(plant, path, last - first + 1, path.previous[operation], path.next[target])
    _consider(path, operation, path.mode[operation], target, estimate)


@compiled
def _pull(plant: Plant, path: Path, first: int, last: int) -> None:
    """The operation at one place of the path right before the one at an earlier place."""
    target, operation = path.path[first], path.path[last]
    if _must_hurry(plant, path, operation, target):
        return
    path.stretch[0] = operation
    for place in range(first, last):
        path.stretch[place - first + 1] = path.path[place]
    estimate = _estimate(plant, path, last - first + 1, path.previous[target], path.next[operation])
    _consider(path, operation, path.mode[operation], path.previous[target], estimate)


@compiled
def _look_at_blocks(plant: Plant, path: Path) -> None:
    """Every operation to either end of its block, the ends into it."""
    length = path.memo[PATH_LENGTH]
    begin = 0
    while begin < length:
        end = begin
        while end + 1 < length and path.previous[path.path[end + 1]] == path.path[end]:
            end += 1
        for place in range(begin, end + 1):
            if place < end and end - place <= WIDEST:
                _push(plant, path, place, end)
            if place > begin and place - begin <= WIDEST:
                _pull(plant, path, begin, place)
            if begin < place < end and place - begin <= WIDEST:
                _push(plant, path, begin, place)
            if begin < place < end and end - place <= WIDEST:
                _pull(plant, path, place, end)
        begin = end + 1


@compiled
def _look_at_machines(plant: Plant, path: Path) -> None:
    """Every operation of the path on its other machines, where it can go there without a circle."""
    for place in range(path.memo[PATH_LENGTH]):
        operation = path.path[place]
        if plant.operation[operation, MODES_END] - plant.operation[operation, MODES] < 2:
            continue
        ready, rest = _ready(plant, path, operation), _due(plant, path, operation)
        latest_head = 0  # of what it follows: what ends before that cannot come behind it
        for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
            other = plant.link[link, OTHER]
            latest_head = max(latest_head, path.head[other])
        soonest = NEVER  # end of what follows it: what starts then or later cannot come before it
        for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
            other = plant.link[link, OTHER]
            soonest = min(soonest, path.head[other] + _run(plant, path, other))
        for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
            if mode != path.mode[operation]:
                _look_at_machine(plant, path, operation, mode, ready, rest, latest_head, soonest)


@compiled
def _is_linked(plant: Plant, operation: int, other: int, first: int, last: int) -> bool:
    """Whether they are before or after one another by precedence."""
    for link in range(plant.operation[operation, first], plant.operation[operation, last]):
        if plant.link[link, OTHER] == other:
            return True
    return False


@compiled
def _look_at_machine(
    plant: Plant, path: Path, operation: int, mode: int, ready: int, rest: int, latest_head: int, soonest: int
) -> None:
    machine = plant.mode[mode, MACHINE]
    run, teardown = plant.mode[mode, RUN], plant.mode[mode, TEARDOWN]
    before, after = -1, path.first[machine]
    while after >= 0:
        end = path.head[after] + _run(plant, path, after)
        costs_nothing = end <= max(latest_head, ready - _gap(plant, path, after, mode)) and path.head[after] < soonest
        if not costs_nothing and not _is_linked(plant, operation, after, BEFORE, BEFORE_END):
            break
        before, after = after, path.next[after]
    for _ in range(INSERTIONS):
        start = ready
        since = path.head[before] + _run(plant, path, before) if before >= 0 else 0
        start = max(start, since + _gap(plant, path, before, mode))
        tail = rest
        if after >= 0:
            gap = teardown + _changeover(plant, path.mode[after], plant.operation[operation, FAMILY])
            tail = max(tail, gap + _run(plant, path, after) + path.tail[after])
        _consider(path, operation, mode, before, start + run + tail)
        if after < 0 or path.head[after] >= soonest or _is_linked(plant, operation, after, AFTER, AFTER_END):
            return
        before, after = after, path.next[after]


@compiled
def _do(plant: Plant, path: Path, operation: int, mode: int, before: int) -> bool:
    """Move it, unless that makes a circle: then all is as it was."""
    old_mode, old_before = path.mode[operation], path.previous[operation]
    _unlink(plant, path, operation)
    path.mode[operation] = mode
    _link(plant, path, operation, before)
    if measure_path(plant, path):
        return True
    _unlink(plant, path, operation)
    path.mode[operation] = old_mode
    _link(plant, path, operation, old_before)
    measure_path(plant, path)
    return False


@compiled
def _fits(plant: Plant, path: Path) -> bool:
    """Whether all is over within the horizon, teardown included: the makespan does not say so."""
    for operation in range(plant.operations):
        mode = path.mode[operation]
        if path.head[operation] + plant.mode[mode, RUN] + plant.mode[mode, TEARDOWN] > plant.horizon:
            return False
    return True


@compiled
def _keep_best(plant: Plant, path: Path) -> None:
    path.memo[BEST_MAKESPAN], path.memo[TURN_OF_BEST] = path.memo[MAKESPAN_NOW], path.memo[TURN]
    for operation in range(plant.operations):
        path.best_mode[operation] = path.mode[operation]
        path.best_head[operation] = path.head[operation]
        path.best_previous[operation] = path.previous[operation]


@unit
def return_to_best(plant: Plant, path: Path) -> None:
    """Make the best so far the current one again."""
    for machine in range(plant.machines):
        path.first[machine] = -1
    for operation in range(plant.operations):
        path.mode[operation] = path.best_mode[operation]
        path.previous[operation] = path.best_previous[operation]
        path.next[operation] = -1
    for operation in range(plant.operations):
        before = path.previous[operation]
        if before >= 0:
            path.next[before] = operation
        else:
            path.first[plant.mode[path.mode[operation], MACHINE]] = operation
    measure_path(plant, path)


@compiled
def _shake(plant: Plant, path: Path) -> None:
    """From the best again, with some neighbours on machines swapped."""
    return_to_best(plant, path)
    for _ in range(3 + _throw(path, 12)):
        operation = _throw(path, plant.operations)
        after = path.next[operation]
        if after >= 0 and not _must_wait(plant, path, operation, after):
            _do(plant, path, operation, path.mode[operation], after)
    for operation in range(plant.operations):
        for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
            path.tabu[mode] = 0
    path.memo[TURN_OF_BEST] = path.memo[TURN]


@entry
def begin_path(plant: Plant, path: Path) -> bool:
    """Start from `path.best_mode` and `path.best_previous`; False when these go round in a circle."""
    path.memo[MAKESPAN_NOW] = -1
    return_to_best(plant, path)
    if path.memo[MAKESPAN_NOW] < 0:
        return False
    _keep_best(plant, path)
    return True


@entry
def tabu(plant: Plant, path: Path, turns: int, patience: int, bound: int) -> int:
    """So many turns, fewer when the makespan is down to the bound; how many were made. After `patience` turns without a better
    makespan it goes back to the best and shakes it."""
    for made in range(turns):
        if path.memo[BEST_MAKESPAN] <= bound:
            return made
        path.memo[TURN] += 1
        _find_path(plant, path)
        path.memo[BEST_ESTIMATE], path.memo[TIES], path.memo[MOVING] = NEVER, 0, -1
        path.memo[ELSE_ESTIMATE], path.memo[ELSE_MOVING] = NEVER, -1
        _look_at_blocks(plant, path)
        _look_at_machines(plant, path)
        operation, mode, before = path.memo[MOVING], path.memo[MOVE_MODE], path.memo[MOVE_AFTER]
        if operation < 0:
            operation, mode, before = path.memo[ELSE_MOVING], path.memo[ELSE_MODE], path.memo[ELSE_AFTER]
        if operation < 0:
            _shake(plant, path)
            continue
        old_mode = path.mode[operation]
        if not _do(plant, path, operation, mode, before):
            path.tabu[mode] = path.memo[TURN] + FORBIDDEN
            if path.memo[TURN] - path.memo[TURN_OF_BEST] > patience:
                _shake(plant, path)
            continue
        base = 8 + path.memo[PATH_LENGTH] // 12
        modes = plant.operation[operation, MODES_END] - plant.operation[operation, MODES]
        path.tabu[old_mode] = path.memo[TURN] + min(LONGEST_TENURE, base + modes + _throw(path, base))
        if path.memo[MAKESPAN_NOW] < path.memo[BEST_MAKESPAN] and _fits(plant, path):
            _keep_best(plant, path)
        elif path.memo[TURN] - path.memo[TURN_OF_BEST] > patience:
            _shake(plant, path)
    return turns
