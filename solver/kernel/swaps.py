"""People who change places, so that an operation can stay where it is published: nothing moves but who does it.

A published plan does not say who was to do what, and where people are not alike not every choice lets all of it stay.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.favours import AT_EXACTLY, put_person, span_of
from solver.kernel.fitting import setup_in
from solver.kernel.lanes import first_above, first_from, lane_clash, lane_engage, lane_release
from solver.kernel.tables import (
    BEGIN,
    CALENDAR,
    CALLS,
    CLOSE,
    COUNT,
    END,
    FIRST,
    FIRST_SLOT,
    HELD,
    LANE,
    MACHINE,
    MACHINE_CALENDAR,
    MAY_PAUSE,
    MEMBERS,
    MEMBERS_END,
    MODE_SETUP,
    NEEDS,
    NEEDS_END,
    NEVER,
    OPEN,
    OWNER,
    PEOPLE,
    PEOPLE_END,
    PERSON,
    RESERVED,
    RUN,
    SETUP_ONLY,
    SETUP_START,
    SLOTS,
    SLOTS_END,
    SPOT_MODE,
    START,
    SWAP_ROWS,
    SWAPS,
    TEARDOWN,
    UNTIL,
    WINDOWS,
    WINDOWS_END,
    Plant,
    Scratch,
    State,
)

DEEPEST = 4
"""How many may change places for one another's sake."""
PATIENCE = 2_000
"""How often somebody is looked for, for the sake of one operation."""
NOBODY = -1
"""Who owns a stretch that is only reserved."""


@compiled
def _is_open(plant: Plant, calendar: int, begin: int, until: int) -> bool:
    """Whether one window covers all of it."""
    last = plant.calendar[calendar, WINDOWS_END]
    row = first_above(plant.window, CLOSE, plant.calendar[calendar, WINDOWS], last, begin)
    return row < last and plant.window[row, OPEN] <= begin and until <= plant.window[row, CLOSE]


@compiled
def _is_in_crew(plant: Plant, state: State, operation: int, person: int) -> bool:
    for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
        if state.crew[slot] == person:
            return True
    return False


@compiled
def _need_of(plant: Plant, operation: int, slot: int) -> int:
    """The requirement that a slot belongs to."""
    need = plant.operation[operation, NEEDS]
    while slot >= plant.operation[operation, SLOTS] + plant.need[need, FIRST_SLOT] + plant.need[need, COUNT]:
        need += 1
    return need


@compiled
def _slot_of(plant: Plant, state: State, operation: int, person: int) -> int:
    """The slot of somebody in a crew; -1 when history has engaged him."""
    for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
        if state.crew[slot] == person:
            return slot
    return -1


@compiled
def _engage(plant: Plant, state: State, operation: int, slot: int, person: int) -> None:
    """Let somebody else fill a slot, or nobody."""
    begin, until = state.spot[operation, SETUP_START], state.spot[operation, END]
    if plant.need[_need_of(plant, operation, slot), SETUP_ONLY]:
        until = state.spot[operation, START]
    if state.crew[slot] >= 0:
        lane_release(plant, state, plant.machines + state.crew[slot], begin)
    state.crew[slot] = person
    if person >= 0:
        lane_engage(plant, state, plant.machines + person, begin, until, operation)


@compiled
def _change(plant: Plant, state: State, scratch: Scratch, operation: int, slot: int, person: int) -> None:
    """The same, noted."""
    row = scratch.word[SWAPS]
    scratch.swap[row, 0], scratch.swap[row, 1], scratch.swap[row, 2] = operation, slot, state.crew[slot]
    scratch.word[SWAPS] = row + 1
    _engage(plant, state, operation, slot, person)


@compiled
def _change_back(plant: Plant, state: State, scratch: Scratch, mark: int) -> None:
    """Undo every change since there were so many."""
    while scratch.word[SWAPS] > mark:
        row = scratch.word[SWAPS] - 1
        scratch.word[SWAPS] = row
        _engage(plant, state, scratch.swap[row, 0], scratch.swap[row, 1], scratch.swap[row, 2])


@compiled
def _reserve(plant: Plant, state: State, scratch: Scratch, person: int, begin: int, until: int) -> None:
    """Keep somebody free for an operation that is to stay."""
    row = scratch.word[RESERVED]
    scratch.reserved[row, 0], scratch.reserved[row, 1] = person, begin
    scratch.word[RESERVED] = row + 1
    lane_engage(plant, state, plant.machines + person, begin, until, NOBODY)


@compiled
def _unreserve(plant: Plant, state: State, scratch: Scratch, mark: int) -> None:
    """Give back all that was reserved since there was so much."""
    while scratch.word[RESERVED] > mark:
        row = scratch.word[RESERVED] - 1
        scratch.word[RESERVED] = row
        lane_release(plant, state, plant.machines + scratch.reserved[row, 0], scratch.reserved[row, 1])


@compiled
def _free_up(plant: Plant, state: State, scratch: Scratch, person: int, begin: int, until: int) -> bool:
    """Take from somebody all that he has to do between two instants; False when some of it must stay with him."""
    lane = plant.machines + person
    while True:
        first = plant.lane[lane, FIRST]
        row = first_from(state.busy, BEGIN, first, first + state.lane_length[lane], until) - 1
        if row < first or state.busy[row, UNTIL] <= begin:
            return True
        operation = state.busy[row, OWNER]
        if (
            operation == NOBODY
            or scratch.locked[operation]
            or state.spot[operation, SPOT_MODE] < 0
            or scratch.word[SWAPS] + DEEPEST + 2 > SWAP_ROWS
        ):
            return False
        _change(plant, state, scratch, operation, _slot_of(plant, state, operation, person), -1)


@compiled
def _can_do(plant: Plant, state: State, operation: int, row: int, calendar: int) -> bool:
    """Whether the one in a row of `able` could take part, at the same time and with the pauses of a calendar."""
    person, held = plant.able[row, PERSON], plant.able[row, HELD]
    begin, end = state.spot[operation, SETUP_START], state.spot[operation, END]
    if _is_in_crew(plant, state, operation, person) or (held >= 0 and not _is_open(plant, held, begin, end)):
        return False
    own = plant.lane[plant.machines + person, CALENDAR]
    return own == calendar if plant.operation[operation, MAY_PAUSE] else _is_open(plant, own, begin, end)


@compiled
def _find_somebody(plant: Plant, state: State, scratch: Scratch, operation: int, slot: int, before: int, depth: int) -> bool:
    """Somebody for an empty slot in place of the one before, moving others on where that helps; False, and nothing done."""
    scratch.word[CALLS] += 1
    need = _need_of(plant, operation, slot)
    begin = state.spot[operation, SETUP_START]
    until = state.spot[operation, START] if plant.need[need, SETUP_ONLY] else state.spot[operation, END]
    calendar = plant.lane[plant.machines + before, CALENDAR]
    for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
        if _can_do(plant, state, operation, row, calendar):
            person = plant.able[row, PERSON]
            if lane_clash(plant, state, plant.machines + person, begin, until) == 0:
                _change(plant, state, scratch, operation, slot, person)
                return True
    if depth == 0:
        return False
    mark = scratch.word[SWAPS]
    for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
        if scratch.word[CALLS] > PATIENCE:
            return False
        person = plant.able[row, PERSON]
        if person == before or not _can_do(plant, state, operation, row, calendar):
            continue
        is_done = _free_up(plant, state, scratch, person, begin, until)
        last = scratch.word[SWAPS]
        if is_done:
            _change(plant, state, scratch, operation, slot, person)
            scratch.locked[operation] += 1
            for k in range(mark, last):
                is_done = is_done and _find_somebody(
                    plant, state, scratch, scratch.swap[k, 0], scratch.swap[k, 1], scratch.swap[k, 2], depth - 1
                )
            scratch.locked[operation] -= 1
        if is_done:
            return True
        _change_back(plant, state, scratch, mark)
    return False


@compiled
def _replaced(plant: Plant, state: State, scratch: Scratch, person: int, begin: int, until: int) -> bool:
    """Free somebody between two instants, others doing what he had to do; False, and nothing done."""
    mark = scratch.word[SWAPS]
    is_done = _free_up(plant, state, scratch, person, begin, until)
    last = scratch.word[SWAPS]
    if is_done:
        _reserve(plant, state, scratch, person, begin, until)
        for k in range(mark, last):
            is_done = is_done and _find_somebody(
                plant, state, scratch, scratch.swap[k, 0], scratch.swap[k, 1], scratch.swap[k, 2], DEEPEST
            )
        if not is_done:
            _unreserve(plant, state, scratch, scratch.word[RESERVED] - 1)
    if not is_done:
        _change_back(plant, state, scratch, mark)
    return is_done


@compiled
def _setup_at(plant: Plant, state: State, mode: int, start: int) -> int:
    """Setup ticks of a run that starts then."""
    lane = plant.machine[plant.mode[mode, MACHINE], LANE]
    if lane < 0:
        return plant.mode[mode, MODE_SETUP]
    first = plant.lane[lane, FIRST]
    gap = first_above(state.busy, BEGIN, first, first + state.lane_length[lane], start)
    return setup_in(plant, state, lane, gap, mode)


@compiled
def _stretch(
    plant: Plant, scratch: Scratch, operation: int, mode: int, setup: int, start: int, person: int, is_for_setup: int
) -> tuple[int, int]:
    """From when until when somebody would be engaged; until NEVER: he could not do it."""
    calendar = plant.lane[plant.machines + person, CALENDAR]
    run, teardown = plant.mode[mode, RUN], plant.mode[mode, TEARDOWN]
    if not plant.operation[operation, MAY_PAUSE]:
        begin = start - setup
        until = start if is_for_setup else start + run + teardown
        return begin, until if _is_open(plant, calendar, begin, until) else NEVER
    scratch.clock[0] = plant.machine[plant.mode[mode, MACHINE], MACHINE_CALENDAR]
    n_run, n = put_person(plant, scratch, 1, 1, person, is_for_setup)
    begin, _, _, end = span_of(plant, scratch, n_run, n, AT_EXACTLY, setup, run, teardown, start, 0)
    if end == NEVER:
        return begin, NEVER
    return begin, start if is_for_setup else end


@compiled
def _fill(plant: Plant, state: State, scratch: Scratch, operation: int, need: int, setup: int) -> bool:
    """Reserve enough people for a requirement: those who are free anyway, then those who can be freed."""
    mode, start, is_for_setup = scratch.wanted[operation], scratch.hold[operation], plant.need[need, SETUP_ONLY]
    slot = plant.operation[operation, SLOTS] + plant.need[need, FIRST_SLOT]
    last = slot + (plant.need[need, COUNT] if setup or not is_for_setup else 0)
    for attempt in range(2):
        for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
            if slot == last:
                return True
            person, held = plant.able[row, PERSON], plant.able[row, HELD]
            begin, until = _stretch(plant, scratch, operation, mode, setup, start, person, is_for_setup)
            if until == NEVER or (held >= 0 and not _is_open(plant, held, begin, until)):
                continue
            if attempt == 0:
                is_free = lane_clash(plant, state, plant.machines + person, begin, until) == 0
                if is_free:
                    _reserve(plant, state, scratch, person, begin, until)
            else:
                is_free = _replaced(plant, state, scratch, person, begin, until)
            if is_free:
                scratch.favour[slot] = person
                slot += 1
    return slot == last


@compiled
def _make_room_for(plant: Plant, state: State, scratch: Scratch, operation: int) -> bool:
    mode = scratch.wanted[operation]
    people = plant.operation[operation, SLOTS_END] - plant.operation[operation, SLOTS]
    if people == 0:
        return True
    if mode < 0 or (plant.operation[operation, MAY_PAUSE] and people > 1):
        return False
    setup = _setup_at(plant, state, mode, scratch.hold[operation])
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        if scratch.word[RESERVED] + plant.need[need, COUNT] > SWAP_ROWS or not _fill(
            plant, state, scratch, operation, need, setup
        ):
            return False
    return True


@compiled
def _forget_favourites(plant: Plant, scratch: Scratch, cluster: int) -> None:
    """Whoever is free may do it again."""
    for row in range(plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]):
        operation = plant.member[row]
        for slot in range(plant.operation[operation, SLOTS], plant.operation[operation, SLOTS_END]):
            scratch.favour[slot] = -1


@unit
def make_room(plant: Plant, state: State, scratch: Scratch, cluster: int) -> bool:
    """Free enough people for a cluster to be done where and when it is wanted, and favour them; whether that could be done."""
    scratch.word[SWAPS], scratch.word[CALLS], scratch.word[RESERVED] = 0, 0, 0
    first, last = plant.cluster[cluster, MEMBERS], plant.cluster[cluster, MEMBERS_END]
    is_done = True
    for row in range(first, last):
        is_done = is_done and _make_room_for(plant, state, scratch, plant.member[row])
    _unreserve(plant, state, scratch, 0)
    if is_done:
        return True
    _change_back(plant, state, scratch, 0)
    _forget_favourites(plant, scratch, cluster)
    return False
