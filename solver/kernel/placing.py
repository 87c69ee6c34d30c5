"""Clusters of operations, one after another, among everything that stands already: what does not fit is tried again later."""

from __future__ import annotations

from solver.kernel.cells import enter_all
from solver.kernel.compiling import compiled, unit
from solver.kernel.fitting import take_out
from solver.kernel.partial import go_back, see
from solver.kernel.single import CANDIDATE, end_of, is_member, machine_of, place_one
from solver.kernel.tables import (
    AFTER,
    AFTER_END,
    ANY_MODE,
    COUNTED_IN,
    EXTRAS,
    FIXED,
    FOLLOWERS,
    FOLLOWERS_END,
    HAS_RETRIED,
    IS_PINNED_SOON,
    LATEST,
    MEMBERS,
    MEMBERS_END,
    MODES,
    MODES_END,
    NEVER,
    NONE,
    OBSTACLE_FROM,
    OBSTACLE_OPERATION,
    OBSTACLE_STAY,
    OTHER,
    PEOPLE_SEEN_FROM,
    PEOPLE_SEEN_UNTIL,
    RUN,
    SEEN_FROM,
    SEEN_UNTIL,
    SPOT_MODE,
    STAY_OPERATIONS,
    STAY_OPERATIONS_END,
    STAYS,
    STAYS_END,
    STUCK,
    TEAR,
    TORN_AFTER,
    TORN_BEFORE,
    TRAIL_LENGTH,
    Plant,
    Scratch,
    State,
)

ATTEMPTS = 60
LAST_RESORT = 48
EARLIER = (0, 5, 20, 60, 180, 720)
"""Ticks by which a visit that waits for a fixed start is tried earlier and earlier."""


@compiled
def _try(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """The cluster with the bounds as they are; False when there is an obstacle."""
    for k in range(scratch.word[EXTRAS] - 1, -1, -1):
        operation = scratch.extra[k]
        if state.spot[operation, SPOT_MODE] < 0 and not place_one(plant, state, scratch, operation, cluster):
            return False
    for row in range(plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]):
        operation = plant.member[row]
        if state.spot[operation, SPOT_MODE] < 0 and not place_one(plant, state, scratch, operation, cluster):
            return False
    return enter_all(plant, state, scratch, cluster)


@compiled
def _set_bounds(plant: Plant, scratch: Scratch, cluster: int, instant: int) -> None:
    """From an instant on, and nothing earlier than it is held."""
    for k in range(scratch.word[EXTRAS]):
        operation = scratch.extra[k]
        scratch.bound[operation] = max(instant, scratch.hold[operation])
    for row in range(plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]):
        operation = plant.member[row]
        scratch.bound[operation] = max(instant, scratch.hold[operation])


@compiled
def _quiet_from(plant: Plant, state: State) -> int:
    """The instant from which nothing is going on any more."""
    latest = 0
    for operation in range(plant.operations):
        if plant.operation[operation, FIXED] or state.spot[operation, SPOT_MODE] >= 0:
            latest = max(latest, end_of(plant, state, operation))
    return latest


@compiled
def _raise_bounds(plant: Plant, scratch: Scratch) -> None:
    """Obey the obstacle."""
    instant, stay = scratch.word[OBSTACLE_FROM], scratch.word[OBSTACLE_STAY]
    if stay < 0:
        operation = scratch.word[OBSTACLE_OPERATION]
        scratch.bound[operation] = max(scratch.bound[operation], instant)
        return
    for row in range(plant.stay[stay, STAY_OPERATIONS], plant.stay[stay, STAY_OPERATIONS_END]):
        operation = plant.stay_operation[row]
        scratch.bound[operation] = max(scratch.bound[operation], instant)


@unit
def _place_from(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """All of a cluster from the bounds on, its parts later and later until they agree; False, and STUCK set, if they never do."""
    for attempt in range(ATTEMPTS):
        if attempt == LAST_RESORT:  # behind everything else, where only its own parts are in its way
            see(scratch, NONE, NEVER)
            _set_bounds(plant, scratch, cluster, _quiet_from(plant, state))
        mark = scratch.word[TRAIL_LENGTH]
        if _try(plant, state, scratch, cluster):
            return True
        go_back(plant, state, scratch, mark)
        if scratch.word[OBSTACLE_FROM] >= NEVER:
            scratch.word[STUCK] = scratch.word[OBSTACLE_OPERATION]
            return False
        scratch.word[HAS_RETRIED] = 1
        _raise_bounds(plant, scratch)
    extras = scratch.word[EXTRAS]
    scratch.word[STUCK] = scratch.extra[extras - 1] if extras else plant.member[plant.cluster[cluster, MEMBERS]]
    return False


@compiled
def _place_just_in_time(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """A visit that waits for a fixed start had better come just in time, so as not to fill its cell while it waits: the latest
    possible is tried first, then earlier and earlier."""
    for slack in EARLIER:
        is_waiting = False
        _set_bounds(plant, scratch, cluster, 0)
        for stay in range(plant.cluster[cluster, STAYS], plant.cluster[cluster, STAYS_END]):
            own = plant.cluster_stay[stay]
            for row in range(plant.stay[own, STAY_OPERATIONS], plant.stay[own, STAY_OPERATIONS_END]):
                operation = plant.stay_operation[row]
                if state.spot[operation, SPOT_MODE] < 0 and plant.operation[operation, IS_PINNED_SOON]:
                    is_waiting = True
                    longest = _longest_run(plant, scratch, operation)
                    scratch.bound[operation] = plant.operation[operation, LATEST] - slack - longest
        if not is_waiting:
            return False
        see(scratch, NONE, NEVER)
        if _place_from(plant, state, scratch, cluster):
            return True
    return False


@compiled
def _longest_run(plant: Plant, scratch: Scratch, operation: int) -> int:
    longest = 0
    for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
        if scratch.wanted[operation] == ANY_MODE or scratch.wanted[operation] == mode:
            longest = max(longest, plant.mode[mode, RUN])
    return longest


@compiled
def _depends_on_nobody_else(plant: Plant, state: State, scratch: Scratch, cluster: int, operation: int) -> bool:
    """Whether nothing but the cluster depends on where an operation stands."""
    if plant.operation[operation, COUNTED_IN] >= 0:
        return False
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        other = plant.link[link, OTHER]
        if not is_member(plant, scratch, cluster, other) and machine_of(plant, state, other) >= 0:
            return False
    for row in range(plant.operation[operation, FOLLOWERS], plant.operation[operation, FOLLOWERS_END]):
        other = plant.follower[row]
        if not is_member(plant, scratch, cluster, other) and machine_of(plant, state, other) >= 0:
            return False
    return True


@compiled
def _place_with_predecessors(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """Take out what stands too early for a maximum lag, and place it anew, together with the cluster."""
    before, after = scratch.word[TORN_BEFORE], scratch.word[TORN_AFTER]
    see(scratch, NONE, NEVER)
    for _ in range(TEAR):
        torn = scratch.word[TORN_BEFORE]
        if torn < 0 or not _depends_on_nobody_else(plant, state, scratch, cluster, torn):
            break
        scratch.extra[scratch.word[EXTRAS]] = torn
        scratch.word[EXTRAS] += 1
        if not take_out(plant, state, scratch, torn, CANDIDATE):
            break
        scratch.word[TORN_BEFORE] = -1
        _set_bounds(plant, scratch, cluster, 0)
        if _place_from(plant, state, scratch, cluster):
            return True
    go_back(plant, state, scratch, 0)
    scratch.word[TORN_BEFORE], scratch.word[TORN_AFTER] = before, after
    return False


@unit
def place(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """All of a cluster; False, and STUCK set, when it has no place. What was looked at lies within SEEN_FROM and SEEN_UNTIL,
    of people within PEOPLE_SEEN_FROM and PEOPLE_SEEN_UNTIL."""
    scratch.word[TRAIL_LENGTH] = 0
    scratch.word[EXTRAS] = 0
    scratch.word[TORN_BEFORE] = -1
    scratch.word[SEEN_FROM], scratch.word[SEEN_UNTIL] = NEVER, NONE
    scratch.word[PEOPLE_SEEN_FROM], scratch.word[PEOPLE_SEEN_UNTIL] = NEVER, NONE
    scratch.word[HAS_RETRIED] = 0
    has_stays = plant.cluster[cluster, STAYS] < plant.cluster[cluster, STAYS_END]
    if has_stays and _place_just_in_time(plant, state, scratch, cluster):
        return True
    _set_bounds(plant, scratch, cluster, 0)
    if _place_from(plant, state, scratch, cluster):
        return True
    return scratch.word[TORN_BEFORE] >= 0 and _place_with_predecessors(plant, state, scratch, cluster)
