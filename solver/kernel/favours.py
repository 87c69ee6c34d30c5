"""The people that a list favours: where they are free when an operation is to be done, nobody else is looked for.

With them a list comes upon a schedule again that somebody else has made; and where they are not alike, keeping them free for one
another is what lets operations stay where they are.
"""

from __future__ import annotations

from solver.kernel.clocks import span_at, span_from
from solver.kernel.compiling import compiled
from solver.kernel.lanes import lane_clash, lane_free_from
from solver.kernel.partial import see, see_people
from solver.kernel.tables import (
    CALENDAR,
    CLOSE,
    COUNT,
    END,
    FIRST_SLOT,
    HELD,
    MACHINE_CALENDAR,
    NEEDS,
    NEEDS_END,
    NEVER,
    NONE,
    OPEN,
    PEOPLE,
    PEOPLE_END,
    PERSON,
    SETUP_ONLY,
    SETUP_START,
    SLOTS,
    SLOTS_END,
    START,
    WINDOWS,
    WINDOWS_END,
    Plant,
    Row,
    Scratch,
    State,
)

FROM, AT_EXACTLY = 0, 1
"""What is asked of work that may pause: the earliest span from two bounds on, or the span whose run starts exactly then."""
UNABLE = -2


@compiled
def span_of(
    plant: Plant,
    scratch: Scratch,
    n_run: int,
    n: int,
    question: int,
    setup: int,
    run: int,
    teardown: int,
    first: int,
    second: int,
) -> tuple[int, int, int, int]:
    if question == FROM:
        return span_from(plant, scratch.clock, n_run, n, setup, run, teardown, first, second)
    return span_at(plant, scratch.clock, n_run, n, setup, run, teardown, first)


@compiled
def obstacle(plant: Plant, state: State, person: int, held: int, begin: int, end: int) -> int:
    """0 when the person is free and able during [begin, end), else the instant from which to ask again."""
    lane = plant.machines + person
    clash = lane_clash(plant, state, lane, begin, end)
    if clash or held < 0:
        return clash
    later = NEVER
    for row in range(plant.calendar[held, WINDOWS], plant.calendar[held, WINDOWS_END]):
        first, last = plant.window[row, OPEN], plant.window[row, CLOSE]
        if first <= begin and end <= last:
            return 0
        if first > begin and later == NEVER:
            later = first
    return later


@compiled
def put_person(plant: Plant, scratch: Scratch, n_run: int, n: int, person: int, is_for_setup: int) -> tuple[int, int]:
    """Let one more calendar agree: behind the others for the setup, else among those for the run. The new (n_run, n)."""
    calendar = plant.lane[plant.machines + person, CALENDAR]
    if not is_for_setup:
        scratch.clock[n] = scratch.clock[n_run]
        scratch.clock[n_run] = calendar
        return n_run + 1, n + 1
    scratch.clock[n] = calendar
    return n_run, n + 1


@compiled
def held_by(plant: Plant, need: int, person: int) -> int:
    """The calendar within which somebody holds the skill of a requirement, -1 for always; UNABLE."""
    for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
        if plant.able[row, PERSON] == person:
            return plant.able[row, HELD]
    return UNABLE


@compiled
def _has_favourites(plant: Plant, scratch: Scratch, operation: int, setup: int) -> bool:
    """Whether everybody that it takes is named."""
    slots = plant.operation[operation, SLOTS]
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        if setup == 0 and plant.need[need, SETUP_ONLY]:
            continue
        first = slots + plant.need[need, FIRST_SLOT]
        for slot in range(first, first + plant.need[need, COUNT]):
            if scratch.favour[slot] < 0:
                return False
    return plant.operation[operation, SLOTS_END] > slots


@compiled
def _take_favourites(plant: Plant, scratch: Scratch, operation: int, setup: int, crew: Row) -> None:
    slots = plant.operation[operation, SLOTS]
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        is_idle = setup == 0 and plant.need[need, SETUP_ONLY] == 1
        first = plant.need[need, FIRST_SLOT]
        for slot in range(first, first + plant.need[need, COUNT]):
            crew[slot] = -1 if is_idle else scratch.favour[slots + slot]


@compiled
def favoured_unbroken(
    plant: Plant, state: State, scratch: Scratch, operation: int, instant: int, setup: int, total: int, crew: Row
) -> bool:
    """Whether the favourites are there from an instant on without a break; in `crew` then."""
    if not _has_favourites(plant, scratch, operation, setup):
        return False
    slots = plant.operation[operation, SLOTS]
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        ticks = setup if plant.need[need, SETUP_ONLY] else total
        first = slots + plant.need[need, FIRST_SLOT]
        for slot in range(first, first + (plant.need[need, COUNT] if ticks else 0)):
            person = scratch.favour[slot]
            see_people(scratch, instant, instant + ticks)
            held = held_by(plant, need, person)
            if held == UNABLE or obstacle(plant, state, person, held, instant, instant + ticks):
                return False
            if lane_free_from(plant, state, plant.machines + person, instant, ticks) != instant:
                return False
    _take_favourites(plant, scratch, operation, setup, crew)
    return True


@compiled
def favoured_pausing(
    plant: Plant,
    state: State,
    scratch: Scratch,
    operation: int,
    machine: int,
    question: int,
    setup: int,
    run: int,
    teardown: int,
    first: int,
    second: int,
    spot: Row,
    crew: Row,
) -> bool:
    """The same for work that may pause, if it starts with them just when it is held: otherwise others may be quicker."""
    if not _has_favourites(plant, scratch, operation, setup):
        return False
    scratch.clock[0] = plant.machine[machine, MACHINE_CALENDAR]
    n_run = n = 1
    slots = plant.operation[operation, SLOTS]
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        if setup == 0 and plant.need[need, SETUP_ONLY]:
            continue
        row = slots + plant.need[need, FIRST_SLOT]
        for slot in range(row, row + plant.need[need, COUNT]):
            n_run, n = put_person(plant, scratch, n_run, n, scratch.favour[slot], plant.need[need, SETUP_ONLY])
    begin, start, run_end, end = span_of(plant, scratch, n_run, n, question, setup, run, teardown, first, second)
    if end == NEVER or (question == FROM and (scratch.hold[operation] == 0 or start != scratch.hold[operation])):
        return False
    see(scratch, begin, NONE)
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        if setup == 0 and plant.need[need, SETUP_ONLY]:
            continue
        until = start if plant.need[need, SETUP_ONLY] else end
        row = slots + plant.need[need, FIRST_SLOT]
        for slot in range(row, row + plant.need[need, COUNT]):
            held = held_by(plant, need, scratch.favour[slot])
            if held == UNABLE or obstacle(plant, state, scratch.favour[slot], held, begin, until):
                return False
    _take_favourites(plant, scratch, operation, setup, crew)
    spot[SETUP_START], spot[START], spot[START + 1], spot[END] = begin, start, run_end, end
    return True
