"""What tabu search may do next: the moves of the operations on a critical path, and how long the makespan would be after each.

The critical path falls into blocks of operations that follow one another on a machine; only moving an operation to an end of its
block, an end into it, or an operation to another machine can shorten it (block moves: Balas & Vazacopoulos 1998, Zhang et al.
2007; another machine: Mastrolilli & Gambardella 2000). Moves are judged by heads and tails; one that cannot be the best is not
judged to its end.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.paths import changeover, due, end, gap, is_in_section, ready, rest
from solver.kernel.shifting import MODULUS
from solver.kernel.tables import (
    AFTER,
    AFTER_END,
    BAN_MASK,
    BEFORE,
    BEFORE_END,
    BEST_COST,
    BEST_MAKESPAN,
    ELSE_AFTER,
    ELSE_ESTIMATE,
    ELSE_MODE,
    ELSE_MOVING,
    FAMILY,
    LASTS,
    MACHINE,
    MAKESPAN_NOW,
    MIN_LAG,
    MODES,
    MODES_END,
    MOVE_AFTER,
    MOVE_MODE,
    MOVING,
    NEVER,
    OTHER,
    PARTS,
    PATH_LENGTH,
    RUN,
    SECTION,
    SECTION_END,
    SEVERAL,
    TABU_DICE,
    TEARDOWN,
    TIES,
    TURN,
    WEIGHT_OF_RUN,
    Path,
    Plant,
)

WIDEST = 60
"""Operations that a block move may pass."""


@compiled
def throw(path: Path, sides: int) -> int:
    path.memo[TABU_DICE] = path.memo[TABU_DICE] * 48271 % MODULUS
    return path.memo[TABU_DICE] % sides


@compiled
def _before_on_path(plant: Plant, path: Path, operation: int) -> int:
    """One of those for which the operation has to wait, by which its head comes about; -1 for none."""
    found, ties = -1, 0
    before, head = path.previous[operation], path.head[operation]
    if before >= 0 and end(path, before) + gap(plant, path, before, path.mode[operation]) == head:
        found, ties = before, 1
    if path.before_it[operation] != SEVERAL:
        other = path.before_it[operation]
        if other >= 0 and other != found and end(path, other) == head and throw(path, ties + 1) == 0:
            found = other
        return found
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        other = plant.link[link, OTHER]
        if end(path, other) + plant.link[link, MIN_LAG] == head and other != found:
            ties += 1
            if throw(path, ties) == 0:
                found = other
    return found


@compiled
def _after_on_path(plant: Plant, path: Path, operation: int) -> int:
    """One in the section that has to wait for the operation, by which its tail comes about; -1 for none."""
    after, tail = path.next[operation], path.tail[operation]
    if is_in_section(path, after) and gap(plant, path, operation, path.mode[after]) + rest(path, after) == tail:
        return after
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        other = plant.link[link, OTHER]
        if is_in_section(path, other) and plant.link[link, MIN_LAG] + rest(path, other) == tail:
            return other
    return -1


@compiled
def _last_on_path(plant: Plant, path: Path) -> int:
    """The last operation of a critical path within the section, of one of them at random."""
    found, ties = -1, 0
    if path.memo[SECTION_END] - path.memo[SECTION] == plant.operations:
        for place in range(path.memo[LASTS]):
            if end(path, path.last[place]) == path.memo[MAKESPAN_NOW]:
                ties += 1
                if throw(path, ties) == 0:
                    found = path.last[place]
        return found
    for place in range(path.memo[SECTION], path.memo[SECTION_END]):
        operation = path.order[place]
        if path.head[operation] + rest(path, operation) == path.memo[MAKESPAN_NOW]:
            ties += 1
            if throw(path, ties) == 0:
                found = operation
    after = found
    while after >= 0:
        found, after = after, _after_on_path(plant, path, after)
    return found


@compiled
def find_path(plant: Plant, path: Path) -> None:
    """A critical path, one of them at random, in `path.path`; of its operations those in the section."""
    current, length = _last_on_path(plant, path), 0
    while is_in_section(path, current):
        path.path[length] = current
        length += 1
        current = _before_on_path(plant, path, current)
    for place in range(length // 2):
        path.path[place], path.path[length - 1 - place] = path.path[length - 1 - place], path.path[place]
    path.memo[PATH_LENGTH] = length


@compiled
def must_wait(plant: Plant, path: Path, operation: int, last: int) -> bool:
    """Whether something that follows the operation might have to come before `last`: then it cannot go behind it."""
    beyond = rest(path, last)
    if path.after_it[operation] != SEVERAL:
        other = path.after_it[operation]
        return other >= 0 and (other == last or beyond < rest(path, other))
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        other = plant.link[link, OTHER]
        if other == last or beyond < rest(path, other):
            return True
    return False


@compiled
def _must_hurry(plant: Plant, path: Path, operation: int, first: int) -> bool:
    """Whether something that the operation follows might have to come after `first`: then it cannot go before it."""
    beyond = end(path, first)
    if path.before_it[operation] != SEVERAL:
        other = path.before_it[operation]
        return other >= 0 and (other == first or beyond < end(path, other))
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        other = plant.link[link, OTHER]
        if other == first or beyond < end(path, other):
            return True
    return False


@compiled
def _consider(path: Path, operation: int, mode: int, before: int, estimate: int, more: int, is_tabu: int) -> None:
    """A neighbour: keep the one of least cost that is not tabu, any of equals, and the shortest that is, for want of others.

    `more`: what it costs besides the makespan, in `PARTS`.
    """
    if is_tabu and estimate >= path.memo[BEST_MAKESPAN]:
        if estimate < path.memo[ELSE_ESTIMATE]:
            path.memo[ELSE_ESTIMATE] = estimate
            path.memo[ELSE_MOVING], path.memo[ELSE_MODE], path.memo[ELSE_AFTER] = operation, mode, before
        return
    cost = estimate * PARTS + more
    if cost > path.memo[BEST_COST]:
        return
    path.memo[TIES] = path.memo[TIES] + 1 if cost == path.memo[BEST_COST] else 1
    if path.memo[TIES] > 1 and throw(path, path.memo[TIES]):
        return
    path.memo[BEST_COST] = cost
    path.memo[MOVING], path.memo[MOVE_MODE], path.memo[MOVE_AFTER] = operation, mode, before


@compiled
def _estimate(plant: Plant, path: Path, count: int, before: int, after: int) -> int:
    """The longest path through `path.stretch`, so many operations in a new sequence between two that stay; NEVER when it is
    longer than what the best move so far costs."""
    since, previous, limit = end(path, before), before, path.memo[BEST_COST] // PARTS
    for place in range(count):
        operation = path.stretch[place]
        since = max(since + gap(plant, path, previous, path.mode[operation]), ready(plant, path, operation))
        path.new_head[place] = since
        since += path.run[operation]
        path.new_due[place] = due(plant, path, operation)
        if since + path.new_due[place] > limit:
            return NEVER
        previous = operation
    worst, following, beyond = 0, after, rest(path, after)
    for place in range(count - 1, -1, -1):
        operation = path.stretch[place]
        if following >= 0:
            beyond += gap(plant, path, operation, path.mode[following])
        beyond = max(path.new_due[place], beyond) + path.run[operation]
        worst = max(worst, path.new_head[place] + beyond)
        if worst > limit:
            return NEVER
        following = operation
    return worst


@compiled
def pair(plant: Plant, path: Path, before: int, after: int) -> int:
    """The place of two operations, one before the other on a machine, in `path.ban`."""
    return (before * plant.operations + after) & path.memo[BAN_MASK]


@compiled
def _push(plant: Plant, path: Path, first: int, last: int) -> None:
    """The operation at one place of the path right behind the one at a later place."""
    operation, target = path.path[first], path.path[last]
    if must_wait(plant, path, operation, target):
        return
    for place in range(first, last):
        path.stretch[place - first] = path.path[place + 1]
    path.stretch[last - first] = operation
    estimate = _estimate(plant, path, last - first + 1, path.previous[operation], path.next[target])
    if estimate == NEVER:
        return
    is_tabu = path.ban[pair(plant, path, path.path[first + 1], operation)] > path.memo[TURN]
    _consider(path, operation, path.mode[operation], target, estimate, 0, is_tabu)


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
    if estimate == NEVER:
        return
    is_tabu = path.ban[pair(plant, path, operation, path.path[last - 1])] > path.memo[TURN]
    _consider(path, operation, path.mode[operation], path.previous[target], estimate, 0, is_tabu)


@unit
def look_at_blocks(plant: Plant, path: Path) -> None:
    """Every operation to either end of its block, the ends into it."""
    length = path.memo[PATH_LENGTH]
    begin = 0
    while begin < length:
        last = begin
        while last + 1 < length and path.previous[path.path[last + 1]] == path.path[last]:
            last += 1
        for place in range(begin, last + 1):
            if place < last and last - place <= WIDEST:
                _push(plant, path, place, last)
            if place > begin and place - begin <= WIDEST:
                _pull(plant, path, begin, place)
            if begin < place < last and place - begin <= WIDEST:
                _push(plant, path, begin, place)
            if begin < place < last and last - place <= WIDEST:
                _pull(plant, path, place, last)
        begin = last + 1


@compiled
def _is_linked(plant: Plant, operation: int, other: int, first: int, last: int) -> bool:
    """Whether they are before or after one another by precedence."""
    for link in range(plant.operation[operation, first], plant.operation[operation, last]):
        if plant.link[link, OTHER] == other:
            return True
    return False


@compiled
def _is_between(path: Path, before: int, after: int) -> bool:
    """Whether an operation of the section can go between two neighbours on a machine without leaving the section."""
    return (before < 0 or path.place[before] < path.memo[SECTION_END]) and (after < 0 or path.place[after] >= path.memo[SECTION])


@compiled
def _look_at_machine(plant: Plant, path: Path, operation: int, mode: int, latest_head: int, soonest: int) -> None:
    """Between those that are over before it can start and those that need not wait for it."""
    since, beyond = ready(plant, path, operation), due(plant, path, operation)
    run = plant.mode[mode, RUN]
    more = path.memo[WEIGHT_OF_RUN] * (run - path.run[operation])
    if (since + run + beyond) * PARTS + more > path.memo[BEST_COST]:
        return
    before, after = -1, path.first[plant.mode[mode, MACHINE]]
    while after >= 0:
        is_over = end(path, after) <= max(latest_head, since - gap(plant, path, after, mode)) and path.head[after] < soonest
        if not is_over and not _is_linked(plant, operation, after, BEFORE, BEFORE_END):
            break
        before, after = after, path.next[after]
    is_tabu = path.tabu[mode] > path.memo[TURN]
    while True:
        start = max(since, end(path, before) + gap(plant, path, before, mode))
        if (start + run + beyond) * PARTS + more > path.memo[BEST_COST]:
            return
        tail = beyond
        if after >= 0:
            wait = plant.mode[mode, TEARDOWN] + changeover(plant, path.mode[after], plant.operation[operation, FAMILY])
            tail = max(beyond, wait + rest(path, after))
        if _is_between(path, before, after):
            _consider(path, operation, mode, before, start + run + tail, more, is_tabu)
        if after < 0 or path.head[after] >= soonest or tail == beyond or _is_linked(plant, operation, after, AFTER, AFTER_END):
            return
        before, after = after, path.next[after]


@unit
def look_at_machines(plant: Plant, path: Path) -> None:
    """Every operation of the path on its other machines, where it can go there without a circle."""
    for place in range(path.memo[PATH_LENGTH]):
        operation = path.path[place]
        if plant.operation[operation, MODES_END] - plant.operation[operation, MODES] < 2:
            continue
        latest_head = 0  # of what it follows: what ends before that cannot come behind it
        for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
            latest_head = max(latest_head, path.head[plant.link[link, OTHER]])
        soonest = NEVER  # end of what follows it: what starts then or later cannot come before it
        for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
            soonest = min(soonest, end(path, plant.link[link, OTHER]))
        for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
            if mode != path.mode[operation]:
                _look_at_machine(plant, path, operation, mode, latest_head, soonest)
