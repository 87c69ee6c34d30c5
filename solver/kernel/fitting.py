"""Where one operation fits in one mode, given all that stands already.

A *fit* is written into two rows of `Scratch.spot` and `Scratch.crew`, `register` and `register + 1`: the operation, and, when its
family changes what comes just after it on the machine, that one with its new setup. Nothing else is moved.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.crews import unbroken
from solver.kernel.favours import AT_EXACTLY, FROM
from solver.kernel.lanes import first_above, lane_clash, lane_free_from, room_clash, room_free_from
from solver.kernel.partial import go_back, lift, put, see
from solver.kernel.pausing import pausing
from solver.kernel.tables import (
    BEGIN,
    CHANCE,
    CHANGEOVERS,
    END,
    ENOUGH,
    FAMILY,
    FAMILY_NOW,
    FIRST,
    LANE,
    MACHINE,
    MAY_PAUSE,
    MODE_SETUP,
    NEEDS,
    NEEDS_END,
    NEVER,
    NONE,
    OWNER,
    ROOM,
    RUN,
    RUN_END,
    SETUP_FROM,
    SETUP_START,
    SETUP_TICKS,
    SPOT_MODE,
    START,
    TEARDOWN,
    TRAIL_LENGTH,
    UNTIL,
    Plant,
    Row,
    Scratch,
    State,
)

NO_FIT, ALONE = -2, -1
"""What the functions here answer: no fit; one that leaves what follows alone; from 0 on the operation that is set up again."""

HELD_BACK = 4
"""A register of its own."""


@compiled
def _machine_free_from(plant: Plant, state: State, machine: int, instant: int, ticks: int) -> int:
    lane = plant.machine[machine, LANE]
    if lane < 0:
        room = plant.machine[machine, ROOM]
        return room_free_from(plant, state, room, instant, ticks)
    return lane_free_from(plant, state, lane, instant, ticks)


@compiled
def _machine_clash(plant: Plant, state: State, machine: int, begin: int, end: int) -> int:
    lane = plant.machine[machine, LANE]
    if lane < 0:
        return room_clash(plant, state, plant.machine[machine, ROOM], begin, end)
    return lane_clash(plant, state, lane, begin, end)


@compiled
def _write_unbroken(plant: Plant, spot: Row, mode: int, setup: int, instant: int) -> None:
    spot[SPOT_MODE] = mode
    spot[SETUP_TICKS] = setup
    spot[SETUP_START] = instant
    spot[START] = instant + setup
    spot[RUN_END] = spot[START] + plant.mode[mode, RUN]
    spot[END] = spot[RUN_END] + plant.mode[mode, TEARDOWN]


@unit
def _pausing_candidate(
    plant: Plant,
    state: State,
    scratch: Scratch,
    operation: int,
    mode: int,
    setup: int,
    setup_from: int,
    run_from: int,
    register: int,
) -> bool:
    """The same for work that may pause. Whoever is free first need not be the one with whom it ends first: as long as waiting for
    somebody else might pay, it is looked further."""
    spot, crew = scratch.spot[HELD_BACK], scratch.crew[HELD_BACK]
    machine, run, teardown = plant.mode[mode, MACHINE], plant.mode[mode, RUN], plant.mode[mode, TEARDOWN]
    low, latest = setup_from, min(plant.horizon, scratch.word[ENOUGH] - setup - run + 1)
    is_found = False
    while low < latest:
        scratch.word[CHANCE] = NEVER
        if pausing(plant, state, scratch, operation, machine, FROM, setup, run, teardown, low, run_from, spot, crew):
            see(scratch, spot[SETUP_START], NONE)
            again = scratch.word[CHANCE]
            clash = _machine_clash(plant, state, machine, spot[SETUP_START], spot[END])
            if clash:
                again = min(again, clash)
            elif not is_found or spot[END] < scratch.spot[register, END]:
                is_found = True
                latest = min(latest, spot[END] - setup - run - teardown)
                for column in range(SETUP_START, 6):
                    scratch.spot[register, column] = spot[column]
                for slot in range(plant.slots):
                    scratch.crew[register, slot] = crew[slot]
        else:
            again = spot[END]
        low = max(low + 1, again)
    scratch.spot[register, SPOT_MODE] = mode
    scratch.spot[register, SETUP_TICKS] = setup
    return is_found


@unit
def _candidate(
    plant: Plant,
    state: State,
    scratch: Scratch,
    operation: int,
    mode: int,
    setup: int,
    setup_from: int,
    run_from: int,
    register: int,
) -> bool:
    """The first place for a setup of so many ticks; whether there is one in which the run does not end after ENOUGH."""
    spot, crew = scratch.spot[register], scratch.crew[register]
    machine, run, teardown = plant.mode[mode, MACHINE], plant.mode[mode, RUN], plant.mode[mode, TEARDOWN]
    if plant.operation[operation, MAY_PAUSE]:
        return _pausing_candidate(plant, state, scratch, operation, mode, setup, setup_from, run_from, register)
    total = setup + run + teardown
    has_needs = plant.operation[operation, NEEDS] < plant.operation[operation, NEEDS_END]
    instant = _machine_free_from(plant, state, machine, max(setup_from, run_from - setup), total)
    while instant + setup + run <= scratch.word[ENOUGH]:
        later = unbroken(plant, state, scratch, operation, instant, setup, total, crew) if has_needs else instant
        if later == instant:
            _write_unbroken(plant, spot, mode, setup, instant)
            return True
        instant = _machine_free_from(plant, state, machine, later, total)
    return False


@unit
def _at(plant: Plant, state: State, scratch: Scratch, operation: int, mode: int, setup: int, start: int, register: int) -> bool:
    """With its run starting at `start`; the machine and the people must be free, and its setup not too early."""
    spot, crew = scratch.spot[register], scratch.crew[register]
    machine, run, teardown = plant.mode[mode, MACHINE], plant.mode[mode, RUN], plant.mode[mode, TEARDOWN]
    if plant.operation[operation, MAY_PAUSE]:
        if not pausing(plant, state, scratch, operation, machine, AT_EXACTLY, setup, run, teardown, start, 0, spot, crew):
            return False
        if _machine_clash(plant, state, machine, spot[SETUP_START], spot[END]):
            return False
        spot[SPOT_MODE] = mode
        spot[SETUP_TICKS] = setup
    else:
        begin, total = start - setup, setup + run + teardown
        if unbroken(plant, state, scratch, operation, begin, setup, total, crew) != begin:
            return False
        if _machine_free_from(plant, state, machine, begin, total) != begin:
            return False
        _write_unbroken(plant, spot, mode, setup, begin)
    return spot[SETUP_START] >= plant.operation[operation, SETUP_FROM]


@compiled
def _changeover(plant: Plant, mode: int, family: int) -> int:
    row = plant.mode[mode, CHANGEOVERS]
    return plant.changeover[row, family] if row >= 0 else 0


@compiled
def setup_in(plant: Plant, state: State, lane: int, gap: int, mode: int) -> int:
    """Setup ticks after whatever stands before the gap (a row of `busy`)."""
    if gap > plant.lane[lane, FIRST]:
        family = plant.operation[state.busy[gap - 1, OWNER], FAMILY]
    else:
        family = plant.machine[plant.mode[mode, MACHINE], FAMILY_NOW]
    return plant.mode[mode, MODE_SETUP] + _changeover(plant, mode, family)


@compiled
def _following(plant: Plant, state: State, lane: int, gap: int) -> int:
    """The operation that comes after the gap and can be set up again, -1 for none: history cannot."""
    if gap == plant.lane[lane, FIRST] + state.lane_length[lane]:
        return -1
    owner = state.busy[gap, OWNER]
    return owner if state.spot[owner, SPOT_MODE] >= 0 else -1


@compiled
def _is_as_long(plant: Plant, scratch: Scratch, register: int, run_end: int) -> bool:
    """What is set up again may get other people, and pause with them: nothing but its setup may change."""
    return scratch.spot[register, RUN_END] == run_end and scratch.spot[register, END] <= plant.horizon


@compiled
def _is_set_up_again(
    plant: Plant, state: State, scratch: Scratch, following: int, mode: int, setup: int, start: int, register: int
) -> bool:
    """Whether what comes after the gap can have another setup, nothing of it being there now."""
    if plant.operation[following, MAY_PAUSE]:
        see(scratch, NEVER, NEVER)  # it may pause longer, too
    return _at(plant, state, scratch, following, mode, setup, start, register + 1)


@compiled
def _next_set_up_again(plant: Plant, state: State, scratch: Scratch, lane: int, gap: int, operation: int, register: int) -> int:
    """What comes after the gap, with the setup that it needs then."""
    following = _following(plant, state, lane, gap)
    if following < 0:
        return ALONE
    mode = state.spot[following, SPOT_MODE]
    if plant.mode[mode, CHANGEOVERS] < 0:
        return ALONE
    setup = plant.mode[mode, MODE_SETUP] + _changeover(plant, mode, plant.operation[operation, FAMILY])
    if setup == state.spot[following, SETUP_TICKS]:
        return ALONE
    mark = scratch.word[TRAIL_LENGTH]
    start, run_end = state.spot[following, START], state.spot[following, RUN_END]
    lift(plant, state, scratch, following)
    has_room = _is_set_up_again(plant, state, scratch, following, mode, setup, start, register)
    go_back(plant, state, scratch, mark)
    if not has_room or not _is_as_long(plant, scratch, register + 1, run_end):
        return NO_FIT
    if scratch.spot[register + 1, SETUP_START] < scratch.spot[register, END]:
        return NO_FIT
    return following


@compiled
def _in_widened_gap(
    plant: Plant,
    state: State,
    scratch: Scratch,
    lane: int,
    gap: int,
    operation: int,
    mode: int,
    needed: int,
    setup_from: int,
    run_from: int,
    register: int,
) -> int:
    """In a gap that is wider with it than without it, because what comes after needs a shorter setup then."""
    following = _following(plant, state, lane, gap)
    if following < 0:
        return NO_FIT
    next_mode = state.spot[following, SPOT_MODE]
    if plant.mode[next_mode, CHANGEOVERS] < 0:
        return NO_FIT
    setup = plant.mode[next_mode, MODE_SETUP] + _changeover(plant, next_mode, plant.operation[operation, FAMILY])
    start, run_end = state.spot[following, START], state.spot[following, RUN_END]
    room = start - setup - max(setup_from + needed, run_from)
    if setup >= state.spot[following, SETUP_TICKS] or room < plant.mode[mode, RUN] + plant.mode[mode, TEARDOWN]:
        return NO_FIT
    mark = scratch.word[TRAIL_LENGTH]
    lift(plant, state, scratch, following)
    answer = NO_FIT
    has_room = _is_set_up_again(plant, state, scratch, following, next_mode, setup, start, register)
    if has_room and _is_as_long(plant, scratch, register + 1, run_end):
        put(plant, state, scratch, following, scratch.spot[register + 1], scratch.crew[register + 1])
        if (
            _candidate(plant, state, scratch, operation, mode, needed, setup_from, run_from, register)
            and scratch.spot[register, END] <= scratch.spot[register + 1, SETUP_START]
        ):
            answer = following
    go_back(plant, state, scratch, mark)
    return answer


@unit
def earliest(
    plant: Plant, state: State, scratch: Scratch, operation: int, mode: int, run_from: int, setup_from: int, register: int
) -> int:
    """Where it ends first when its run starts at or after `run_from` and its setup at or after `setup_from`; NO_FIT also when its
    run ends after ENOUGH in any case.

    With changeovers gap after gap, since what comes before decides how long the setup is, and what comes after may need less.
    """
    lane = plant.machine[plant.mode[mode, MACHINE], LANE]
    if plant.mode[mode, CHANGEOVERS] < 0 or lane < 0:
        found = _candidate(plant, state, scratch, operation, mode, plant.mode[mode, MODE_SETUP], setup_from, run_from, register)
        return ALONE if found else NO_FIT
    first = plant.lane[lane, FIRST]
    last = first + state.lane_length[lane]
    rest = plant.mode[mode, RUN] + plant.mode[mode, TEARDOWN]
    for gap in range(max(first, first_above(state.busy, BEGIN, first, last, run_from) - 1), last + 1):
        since = max(setup_from, state.busy[gap - 1, UNTIL]) if gap > first else setup_from
        setup = setup_in(plant, state, lane, gap, mode)
        run_since = max(since + setup, run_from)
        if since + plant.mode[mode, RUN] > scratch.word[ENOUGH]:
            break
        if run_since + plant.mode[mode, RUN] > scratch.word[ENOUGH]:
            continue
        has_room = gap == last or state.busy[gap, BEGIN] - run_since >= rest
        if (
            has_room
            and _candidate(plant, state, scratch, operation, mode, setup, since, run_from, register)
            and first_above(state.busy, UNTIL, first, last, scratch.spot[register, SETUP_START]) == gap
        ):
            answer = _next_set_up_again(plant, state, scratch, lane, gap, operation, register)
            if answer != NO_FIT:
                return answer
        if gap < last:
            answer = _in_widened_gap(plant, state, scratch, lane, gap, operation, mode, setup, since, run_from, register)
            if answer != NO_FIT:
                return answer
    return NO_FIT


@unit
def exactly(plant: Plant, state: State, scratch: Scratch, operation: int, mode: int, start: int, register: int) -> int:
    """With its run starting at `start`."""
    lane = plant.machine[plant.mode[mode, MACHINE], LANE]
    if lane < 0:
        found = _at(plant, state, scratch, operation, mode, plant.mode[mode, MODE_SETUP], start, register)
        return ALONE if found else NO_FIT
    first = plant.lane[lane, FIRST]
    gap = first_above(state.busy, BEGIN, first, first + state.lane_length[lane], start)
    if not _at(plant, state, scratch, operation, mode, setup_in(plant, state, lane, gap, mode), start, register):
        return NO_FIT
    if gap > first and state.busy[gap - 1, UNTIL] > scratch.spot[register, SETUP_START]:
        return NO_FIT
    return _next_set_up_again(plant, state, scratch, lane, gap, operation, register)


@unit
def take_out(plant: Plant, state: State, scratch: Scratch, operation: int, register: int) -> bool:
    """Lift a placed operation for good, and set up what came after it on its machine for what comes before it now; False when
    that has no room, and then the caller must go back."""
    machine = plant.mode[state.spot[operation, SPOT_MODE], MACHINE]
    setup_start = state.spot[operation, SETUP_START]
    lift(plant, state, scratch, operation)
    lane = plant.machine[machine, LANE]
    if lane < 0:
        return True
    first = plant.lane[lane, FIRST]
    gap = first_above(state.busy, UNTIL, first, first + state.lane_length[lane], setup_start)
    following = _following(plant, state, lane, gap)
    if following < 0:
        return True
    mode, start = state.spot[following, SPOT_MODE], state.spot[following, START]
    run_end = state.spot[following, RUN_END]
    setup = setup_in(plant, state, lane, gap, mode)
    if setup == state.spot[following, SETUP_TICKS]:
        return True
    lift(plant, state, scratch, following)
    if not _at(plant, state, scratch, following, mode, setup, start, register):
        return False
    if not _is_as_long(plant, scratch, register, run_end):
        return False
    if gap > first and scratch.spot[register, SETUP_START] < state.busy[gap - 1, UNTIL]:
        return False
    put(plant, state, scratch, following, scratch.spot[register], scratch.crew[register])
    return True
