"""One operation: where it ends first, or at its fixed start, and whether that is right where it stands among its neighbours.

When it is not there is an *obstacle*: some operations must not start before OBSTACLE_FROM (NEVER: not at all), one operation
(OBSTACLE_OPERATION) or all of a stay (OBSTACLE_STAY).
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.fitting import NO_FIT, earliest, exactly
from solver.kernel.lanes import first_above, first_from
from solver.kernel.partial import put, run_end_of, see, see_machines, see_people
from solver.kernel.tables import (
    AFTER,
    AFTER_END,
    ANY_MODE,
    BEFORE,
    BEFORE_END,
    BEGIN,
    CHANGEOVERS,
    COST,
    END,
    ENOUGH,
    EXTRAS,
    FIRST,
    FIXED,
    FIXED_END,
    FIXED_MACHINE,
    FOLLOWERS,
    FOLLOWERS_END,
    FOLLOWS,
    LANE,
    LATEST,
    MACHINE,
    MAX_LAG,
    MAY_PAUSE,
    MEMBERS,
    MEMBERS_END,
    MIN_LAG,
    MODE_SETUP,
    MODES,
    MODES_END,
    NEVER,
    NONE,
    OBSTACLE_FROM,
    OBSTACLE_OPERATION,
    OBSTACLE_STAY,
    OTHER,
    PINNED,
    RELEASE,
    RUN,
    RUN_END,
    SETUP_FROM,
    SETUP_START,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    START,
    TEARDOWN,
    TORN_AFTER,
    TORN_BEFORE,
    UNTIL,
    Plant,
    Scratch,
    State,
)

CANDIDATE, BEST = 0, 2
"""Registers: what is looked at, the best so far; each with the one behind it."""


@compiled
def _put_fit(plant: Plant, state: State, scratch: Scratch, operation: int, answer: int, register: int) -> None:
    """What comes next first, which makes room with its shorter or earlier setup."""
    if answer >= 0:
        put(plant, state, scratch, answer, scratch.spot[register + 1], scratch.crew[register + 1])
    put(plant, state, scratch, operation, scratch.spot[register], scratch.crew[register])


@compiled
def machine_of(plant: Plant, state: State, operation: int) -> int:
    """Where an operation stands, -1 while it has no place."""
    if plant.operation[operation, FIXED]:
        return plant.operation[operation, FIXED_MACHINE]
    mode = state.spot[operation, SPOT_MODE]
    return plant.mode[mode, MACHINE] if mode >= 0 else -1


@compiled
def end_of(plant: Plant, state: State, operation: int) -> int:
    return plant.operation[operation, FIXED_END] if plant.operation[operation, FIXED] else state.spot[operation, END]


@compiled
def _window(plant: Plant, state: State, operation: int, bound: int) -> tuple[int, int]:
    """When the run may start, as far as release and predecessors go."""
    run_from, latest = max(plant.operation[operation, RELEASE], bound), NEVER
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        run_end = run_end_of(plant, state, plant.link[link, OTHER])
        if run_end != NONE:
            run_from = max(run_from, run_end + plant.link[link, MIN_LAG])
            latest = min(latest, run_end + plant.link[link, MAX_LAG])
    return run_from, latest


@compiled
def _only_machine(plant: Plant, state: State, operation: int) -> tuple[int, int]:
    """The machine that a pin to follow another operation leaves, and from when on: (-1, SETUP_FROM) for any."""
    setup_from = plant.operation[operation, SETUP_FROM]
    leader = plant.operation[operation, FOLLOWS]
    machine = machine_of(plant, state, leader) if leader >= 0 else -1
    return machine, setup_from if machine < 0 else max(setup_from, end_of(plant, state, leader))


@compiled
def _best_fit(plant: Plant, state: State, scratch: Scratch, operation: int, bound: int) -> int:
    """The mode in which it ends first, the cheapest of equals; one that comes too late after a predecessor only for want of
    better. In register BEST."""
    run_from, latest = _window(plant, state, operation, bound)
    only, setup_from = _only_machine(plant, state, operation)
    best = NO_FIT
    best_is_late, best_end, best_cost = True, NEVER, NEVER
    for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
        if (scratch.wanted[operation] != ANY_MODE and scratch.wanted[operation] != mode) or (
            only >= 0 and plant.mode[mode, MACHINE] != only
        ):
            continue
        is_late, least_end = run_from > latest, run_from + plant.mode[mode, RUN]
        if is_late and not best_is_late:
            continue
        if is_late == best_is_late and (least_end > best_end or (least_end == best_end and best_cost < 0)):
            continue
        scratch.word[ENOUGH] = NEVER - 1 if best_is_late else best_end
        answer = earliest(plant, state, scratch, operation, mode, run_from, setup_from, CANDIDATE)
        if answer == NO_FIT or scratch.spot[CANDIDATE, END] > plant.horizon:
            continue
        is_late, run_end, cost = scratch.spot[CANDIDATE, START] > latest, scratch.spot[CANDIDATE, RUN_END], plant.mode[mode, COST]
        is_better = best_is_late and not is_late
        if is_late == best_is_late:
            is_better = run_end < best_end or (run_end == best_end and cost < best_cost)
        if is_better:
            best, best_is_late, best_end, best_cost = answer, is_late, run_end, cost
            _keep(plant, scratch)
    return best


@compiled
def _keep(plant: Plant, scratch: Scratch) -> None:
    """The candidate becomes the best."""
    for register in range(2):
        for column in range(6):
            scratch.spot[BEST + register, column] = scratch.spot[CANDIDATE + register, column]
        for slot in range(plant.slots):
            scratch.crew[BEST + register, slot] = scratch.crew[CANDIDATE + register, slot]


@compiled
def blocked(scratch: Scratch, instant: int, operation: int, stay: int) -> bool:
    scratch.word[OBSTACLE_FROM] = instant
    scratch.word[OBSTACLE_OPERATION] = operation
    scratch.word[OBSTACLE_STAY] = stay
    return True


@compiled
def is_member(plant: Plant, scratch: Scratch, cluster: int, operation: int) -> bool:
    """Whether it is being placed in one go with the others: of the cluster, or taken out for its sake."""
    if cluster < 0:
        return False
    for k in range(scratch.word[EXTRAS]):
        if scratch.extra[k] == operation:
            return True
    for member in range(plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]):
        if plant.member[member] == operation:
            return True
    return False


@compiled
def _pull(plant: Plant, state: State, scratch: Scratch, operation: int, before: int, ticks: int, cluster: int) -> bool:
    """Let a predecessor come later, if it is one that can still move."""
    can_move = state.spot[before, SPOT_MODE] >= 0 and plant.operation[before, PINNED] == NONE
    if can_move and is_member(plant, scratch, cluster, before):
        return blocked(scratch, state.spot[before, START] + ticks, before, -1)
    if can_move:
        scratch.word[TORN_BEFORE] = before
        scratch.word[TORN_AFTER] = operation
    return blocked(scratch, NEVER, operation, -1)


@compiled
def _leads(plant: Plant, state: State, scratch: Scratch, operation: int, answer: int, register: int) -> bool:
    """Whether it is where it must be for the operations that are pinned to follow it, and for the one that it must follow."""
    spot = scratch.spot[register]
    machine = plant.mode[spot[SPOT_MODE], MACHINE]
    for row in range(plant.operation[operation, FOLLOWERS], plant.operation[operation, FOLLOWERS_END]):
        after = plant.follower[row]
        if after == answer:
            mode, setup_start = scratch.spot[register + 1, SPOT_MODE], scratch.spot[register + 1, SETUP_START]
        else:
            mode, setup_start = state.spot[after, SPOT_MODE], state.spot[after, SETUP_START]
        if mode >= 0 and (plant.mode[mode, MACHINE] != machine or setup_start < spot[END]):
            return False
    leader = plant.operation[operation, FOLLOWS]
    if leader < 0 or machine_of(plant, state, leader) < 0:
        return True
    return machine_of(plant, state, leader) == machine and end_of(plant, state, leader) <= spot[SETUP_START]


@compiled
def _is_wrong(plant: Plant, state: State, scratch: Scratch, operation: int, answer: int, register: int, cluster: int) -> bool:
    """Whether there is an obstacle to a place: too late, for itself or after a predecessor, or at odds with what is pinned."""
    spot = scratch.spot[register]
    if spot[RUN_END] > plant.operation[operation, LATEST]:
        return blocked(scratch, NEVER, operation, -1)
    run_from, _ = _window(plant, state, operation, 0)
    if spot[START] < run_from:
        return blocked(scratch, NEVER, operation, -1)
    for link in range(plant.operation[operation, BEFORE], plant.operation[operation, BEFORE_END]):
        before, max_lag = plant.link[link, OTHER], plant.link[link, MAX_LAG]
        run_end = run_end_of(plant, state, before)
        if run_end != NONE and spot[START] > run_end + max_lag:
            return _pull(plant, state, scratch, operation, before, spot[START] - max_lag - run_end, cluster)
    for link in range(plant.operation[operation, AFTER], plant.operation[operation, AFTER_END]):
        after = plant.link[link, OTHER]
        if state.spot[after, SPOT_MODE] < 0:
            continue
        if spot[RUN_END] + plant.link[link, MIN_LAG] > state.spot[after, START]:
            return blocked(scratch, NEVER, operation, -1)
        if spot[RUN_END] + plant.link[link, MAX_LAG] < state.spot[after, START]:
            instant = spot[START] + state.spot[after, START] - plant.link[link, MAX_LAG] - spot[RUN_END]
            return blocked(scratch, instant, operation, -1)
    return not _leads(plant, state, scratch, operation, answer, register) and blocked(scratch, NEVER, operation, -1)


@compiled
def _fit_of_pin(plant: Plant, state: State, scratch: Scratch, operation: int) -> int:
    """At the fixed start, in the mode in which it ends first. In register BEST."""
    only, _ = _only_machine(plant, state, operation)
    best, best_end, best_cost = NO_FIT, NEVER, NEVER
    for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
        if (scratch.wanted[operation] != ANY_MODE and scratch.wanted[operation] != mode) or (
            only >= 0 and plant.mode[mode, MACHINE] != only
        ):
            continue
        answer = exactly(plant, state, scratch, operation, mode, plant.operation[operation, PINNED], CANDIDATE)
        if answer == NO_FIT or scratch.spot[CANDIDATE, END] > plant.horizon:
            continue
        if _is_wrong(plant, state, scratch, operation, answer, CANDIDATE, -1):
            continue
        run_end, cost = scratch.spot[CANDIDATE, RUN_END], plant.mode[mode, COST]
        if run_end < best_end or (run_end == best_end and cost < best_cost):
            best, best_end, best_cost = answer, run_end, cost
            _keep(plant, scratch)
    return best


@unit
def place_pin(plant: Plant, state: State, scratch: Scratch, operation: int) -> bool:
    """Reserve the room of an operation with a fixed start; False when there is none."""
    answer = _fit_of_pin(plant, state, scratch, operation)
    if answer == NO_FIT:
        return False
    _put_fit(plant, state, scratch, operation, answer, BEST)
    return True


@compiled
def _see_mode(plant: Plant, state: State, scratch: Scratch, operation: int, mode: int, run_from: int, setup_from: int) -> None:
    """What may be decisive on the machine of one mode: all that is there until it could end there as early as it does now, with
    changeovers the one after that, too; and, from where it may begin, with changeovers the two before that."""
    until = scratch.spot[BEST, RUN_END] + plant.mode[mode, TEARDOWN]
    is_pausing = plant.operation[operation, MAY_PAUSE] > 0
    people = plant.operation[operation, SLOTS_END] - plant.operation[operation, SLOTS]
    if is_pausing and (plant.mode[mode, TEARDOWN] or people > 1):
        until = NEVER
    see_people(scratch, NEVER, until)  # whoever asks them says from where on
    setup = plant.mode[mode, MODE_SETUP]
    lane = plant.machine[plant.mode[mode, MACHINE], LANE]
    if plant.mode[mode, CHANGEOVERS] < 0 or lane < 0:
        # Of work that may pause, whoever looks says from where on: its setup begins nobody knows when.
        see_machines(scratch, NEVER if is_pausing else max(setup_from, run_from - setup), until)
        return
    first = plant.lane[lane, FIRST]
    last = first + state.lane_length[lane]
    gap = first_above(state.busy, BEGIN, first, last, run_from) - 2
    row = first_from(state.busy, BEGIN, first, last, until)
    see_machines(scratch, state.busy[gap, BEGIN] if gap >= first else NONE, state.busy[row, UNTIL] if row < last else NEVER)


@compiled
def _see_fit(plant: Plant, state: State, scratch: Scratch, operation: int, bound: int) -> None:
    """What was decisive for the best fit."""
    run_from, latest = _window(plant, state, operation, bound)
    _, setup_from = _only_machine(plant, state, operation)
    if scratch.spot[BEST, START] > latest:  # any mode in which it came in time would have been better
        see(scratch, NONE, NEVER)
        return
    see(scratch, NEVER, scratch.spot[BEST, END])
    for mode in range(plant.operation[operation, MODES], plant.operation[operation, MODES_END]):
        if scratch.wanted[operation] == ANY_MODE or scratch.wanted[operation] == mode:
            _see_mode(plant, state, scratch, operation, mode, run_from, setup_from)


@unit
def place_one(plant: Plant, state: State, scratch: Scratch, operation: int, cluster: int) -> bool:
    """One operation of the cluster; False when there is an obstacle."""
    if plant.operation[operation, PINNED] == NONE:
        answer = _best_fit(plant, state, scratch, operation, scratch.bound[operation])
    else:
        answer = _fit_of_pin(plant, state, scratch, operation)
    if answer == NO_FIT or plant.operation[operation, PINNED] != NONE:
        see(scratch, NONE, NEVER)
    else:
        _see_fit(plant, state, scratch, operation, scratch.bound[operation])
    if answer == NO_FIT:
        return not blocked(scratch, NEVER, operation, -1)
    if _is_wrong(plant, state, scratch, operation, answer, BEST, cluster):
        return False
    _put_fit(plant, state, scratch, operation, answer, BEST)
    return True
