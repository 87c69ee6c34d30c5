"""Whom to send to work that does not pause: as early as enough of them are there, those whose free time it fills best, the least
skilled of equals.

A crew is written into a row of `Scratch.crew`, by slot: the slots of a requirement come together, in the order of the
requirements in the problem; -1 is nobody. When there is none, the answer is when it is worth asking again.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.favours import favoured_unbroken
from solver.kernel.lanes import lane_free_from, lane_free_within, lane_slack, window_at
from solver.kernel.partial import see_people
from solver.kernel.tables import (
    CALENDAR,
    CLOSE,
    COUNT,
    FIRST_SLOT,
    HELD,
    NEEDS,
    NEEDS_END,
    NEVER,
    OPEN,
    PEOPLE,
    PEOPLE_END,
    PERSON,
    SETUP_ONLY,
    STAMP,
    WINDOWS,
    WINDOWS_END,
    Plant,
    Row,
    Scratch,
    State,
    Table,
)


@compiled
def _free_while_held(plant: Plant, state: State, lane: int, held: int, free: int, ticks: int) -> int:
    """When the person is free for `ticks` within one stretch in which the skill is held; `free`: when anyway."""
    for row in range(plant.calendar[held, WINDOWS], plant.calendar[held, WINDOWS_END]):
        begin, end = plant.window[row, OPEN], plant.window[row, CLOSE]
        while free < NEVER and free + ticks <= end:
            if begin <= free:
                return free
            free = lane_free_from(plant, state, lane, begin, ticks)
    return NEVER


@compiled
def _window_at(plant: Plant, scratch: Scratch, calendar: int, instant: int) -> int:
    """The same as `window_at`, looked for once for all people of the same shift; whoever begins to ask takes a new STAMP."""
    if scratch.kind[calendar, 0] != scratch.word[STAMP]:
        scratch.kind[calendar, 0] = scratch.word[STAMP]
        scratch.kind[calendar, 1] = window_at(plant, calendar, instant)
    return scratch.kind[calendar, 1]


@compiled
def _free(plant: Plant, state: State, scratch: Scratch, row: int, instant: int, ticks: int) -> int:
    """The same for a row of `Plant.able`."""
    lane = plant.machines + plant.able[row, PERSON]
    free = lane_free_within(plant, state, lane, _window_at(plant, scratch, plant.lane[lane, CALENDAR], instant), instant, ticks)
    held = plant.able[row, HELD]
    return free if held < 0 else _free_while_held(plant, state, lane, held, free, ticks)


@compiled
def is_in(crew: Row, n: int, person: int) -> bool:
    for slot in range(n):  # noqa: SIM110 - numba compiles no generators within expressions
        if crew[slot] == person:
            return True
    return False


@compiled
def _smallest(values: Row, n: int, rank: int) -> int:
    """The value that is at `rank` (from 0) in ascending order; reorders the values."""
    for place in range(rank + 1):
        least = place
        for other in range(place + 1, n):
            if values[other] < values[least]:
                least = other
        values[place], values[least] = values[least], values[place]
    return values[rank]


@compiled
def _seat(place: int, able: Table, able_length: Row, holder: Row, seen: Row) -> bool:
    """Find somebody for a place, moving others on where that helps (augmenting paths)."""
    for k in range(able_length[place]):
        person = able[place, k]
        if not seen[person]:
            seen[person] = 1
            if holder[person] < 0 or _seat(holder[person], able, able_length, holder, seen):
                holder[person] = place
                return True
    return False


@compiled
def _another_way(
    plant: Plant, state: State, scratch: Scratch, operation: int, instant: int, setup: int, total: int, crew: Row
) -> int:
    """Needs that compete for the same people, shared out; or, when there are too few whatever one does, when the next is free."""
    places = 0
    again = NEVER
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        ticks = setup if plant.need[need, SETUP_ONLY] else total
        for _ in range(plant.need[need, COUNT] if ticks else 0):
            n = 0
            for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
                free = _free(plant, state, scratch, row, instant, ticks)
                if free == instant:
                    scratch.able[places, n] = plant.able[row, PERSON]
                    n += 1
                else:
                    again = min(again, free)
            scratch.able_length[places] = n
            places += 1
    for person in range(plant.people):
        scratch.holder[person] = -1
    for place in range(places):
        for person in range(plant.people):
            scratch.seen[person] = 0
        if not _seat(place, scratch.able, scratch.able_length, scratch.holder, scratch.seen):
            return again
    place = 0
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        count = plant.need[need, COUNT] if (setup if plant.need[need, SETUP_ONLY] else total) else 0
        slot = plant.need[need, FIRST_SLOT]
        for person in range(plant.people if count else 0):
            if place <= scratch.holder[person] < place + count:
                crew[slot] = person
                slot += 1
        place += count
    return instant


@compiled
def _slack(plant: Plant, state: State, scratch: Scratch, row: int, instant: int, ticks: int) -> int:
    """How much free time somebody of a row of `Plant.able` has around a stretch of work; -1 for whoever cannot do it."""
    lane = plant.machines + plant.able[row, PERSON]
    calendar = plant.lane[lane, CALENDAR]
    window = _window_at(plant, scratch, calendar, instant)
    if window == plant.calendar[calendar, WINDOWS_END]:
        return -1
    slack = lane_slack(plant, state, lane, window, instant, instant + ticks)
    held = plant.able[row, HELD]
    if slack >= 0 and held >= 0 and _free_while_held(plant, state, lane, held, instant, ticks) != instant:
        return -1
    return slack


@compiled
def _soonest(plant: Plant, state: State, scratch: Scratch, need: int, instant: int, ticks: int, missing: int) -> int:
    """When so many more of those who can fill a need are free than now, each for themselves."""
    n = 0
    for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
        free = _free(plant, state, scratch, row, instant, ticks)
        if free > instant:
            scratch.later[n] = free
            n += 1
    return _smallest(scratch.later, n, missing - 1) if n >= missing else NEVER


@unit
def unbroken(
    plant: Plant, state: State, scratch: Scratch, operation: int, instant: int, setup: int, total: int, crew: Row
) -> int:
    """`instant`, and `crew` filled, when people are there from then on without a break; else the next instant to ask for."""
    needs, needs_end = plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]
    if favoured_unbroken(plant, state, scratch, operation, instant, setup, total, crew):
        return instant
    n_slots = 0
    has_taken = False
    for need in range(needs, needs_end):
        n_slots += plant.need[need, COUNT]
    for slot in range(n_slots):
        crew[slot] = -1
    scratch.word[STAMP] += 1
    for need in range(needs, needs_end):
        ticks = setup if plant.need[need, SETUP_ONLY] else total
        if ticks == 0:
            continue
        count, slot = plant.need[need, COUNT], plant.need[need, FIRST_SLOT]
        chosen = 0
        for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
            person = plant.able[row, PERSON]
            if has_taken and is_in(crew, n_slots, person):
                continue
            slack = _slack(plant, state, scratch, row, instant, ticks)
            if slack < 0:
                continue
            place = chosen
            while place > 0 and scratch.seen[place - 1] > slack:
                scratch.seen[place] = scratch.seen[place - 1]
                scratch.holder[place] = scratch.holder[place - 1]
                place -= 1
            scratch.seen[place] = slack
            scratch.holder[place] = person
            chosen += 1
        see_people(scratch, instant - ticks, instant + 2 * ticks)
        if chosen < count:
            if has_taken:
                see_people(scratch, instant, instant + total)  # all needs are asked there, those behind this one, too
                return _another_way(plant, state, scratch, operation, instant, setup, total, crew)
            return _soonest(plant, state, scratch, need, instant, ticks, count - chosen)
        for place in range(count):
            crew[slot + place] = scratch.holder[place]
        has_taken = has_taken or count > 0
    return instant
