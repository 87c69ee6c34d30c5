"""Whom to send: as early as enough of them are there, those whose free time it fills best, the least skilled of equals.

A crew is written into a row of `Scratch.crew`, by slot: the slots of a requirement come together, in the order of the
requirements in the problem; -1 is nobody. Both ways to find one answer with the instant at which it is worth asking again when
there is none.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.favours import favoured_pausing, favoured_unbroken, obstacle, put_person, span_of
from solver.kernel.lanes import lane_free_from, lane_slack
from solver.kernel.partial import see
from solver.kernel.tables import (
    CALENDAR,
    CHANCE,
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
    STAMP,
    START,
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
def _free(plant: Plant, state: State, row: int, instant: int, ticks: int) -> int:
    """The same for a row of `Plant.able`."""
    lane = plant.machines + plant.able[row, PERSON]
    free = lane_free_from(plant, state, lane, instant, ticks)
    held = plant.able[row, HELD]
    return free if held < 0 else _free_while_held(plant, state, lane, held, free, ticks)


@compiled
def _is_in(crew: Row, n: int, person: int) -> bool:
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
                free = _free(plant, state, row, instant, ticks)
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
    for need in range(needs, needs_end):
        ticks = setup if plant.need[need, SETUP_ONLY] else total
        if ticks == 0:
            continue
        count, slot = plant.need[need, COUNT], plant.need[need, FIRST_SLOT]
        chosen = n_later = 0
        for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
            person = plant.able[row, PERSON]
            if has_taken and _is_in(crew, n_slots, person):
                continue
            free = _free(plant, state, row, instant, ticks)
            if free == instant:
                slack = lane_slack(plant, state, plant.machines + person, instant, instant + ticks)
                place = chosen
                while place > 0 and scratch.seen[place - 1] > slack:
                    scratch.seen[place] = scratch.seen[place - 1]
                    scratch.holder[place] = scratch.holder[place - 1]
                    place -= 1
                scratch.seen[place] = slack
                scratch.holder[place] = person
                chosen += 1
            else:
                scratch.later[n_later] = free
                n_later += 1
        see(scratch, instant - ticks, instant + 2 * ticks)
        if chosen < count:
            if has_taken:
                return _another_way(plant, state, scratch, operation, instant, setup, total, crew)
            missing = count - chosen
            return _smallest(scratch.later, n_later, missing - 1) if n_later >= missing else NEVER
        for place in range(count):
            crew[slot + place] = scratch.holder[place]
        has_taken = has_taken or count > 0
    return instant


@compiled
def _one_by_one(
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
    only: int,
    spot: Row,
    crew: Row,
) -> bool:
    """Each time the person with whom it ends first, the first of them of the kind of shift `only` (-1: any). True with `span` and
    `crew` filled, or False with the instant to ask again in `spot[END]`."""
    needs, needs_end = plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]
    n_slots = 0
    for need in range(needs, needs_end):
        n_slots += plant.need[need, COUNT]
    for slot in range(n_slots):
        crew[slot] = -1
    scratch.clock[0] = plant.machine[machine, MACHINE_CALENDAR]
    n_run = n = 1
    chosen = 0
    for need in range(needs, needs_end):
        is_for_setup = plant.need[need, SETUP_ONLY] == 1
        if is_for_setup and setup == 0:
            continue
        for place in range(plant.need[need, COUNT]):
            scratch.word[STAMP] += 1
            stamp = scratch.word[STAMP]
            best, best_end, chance = -1, NEVER, NEVER
            for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
                person = plant.able[row, PERSON]
                kind = plant.lane[plant.machines + person, CALENDAR]
                if _is_in(crew, n_slots, person) or (chosen == 0 and only >= 0 and kind != only):
                    continue
                if scratch.kind[kind, 0] != stamp:
                    scratch.kind[kind, 0] = stamp
                    with_run, with_all = put_person(plant, scratch, n_run, n, person, is_for_setup)
                    found = span_of(plant, scratch, with_run, with_all, question, setup, run, teardown, first, second)
                    if not is_for_setup:
                        scratch.clock[n_run] = scratch.clock[n]
                    scratch.kind[kind, 1], scratch.kind[kind, 2], scratch.kind[kind, 3], scratch.kind[kind, 4] = found
                end = scratch.kind[kind, 4]
                if end == NEVER or (best >= 0 and end >= best_end):
                    continue
                see(scratch, scratch.kind[kind, 1], NONE)
                until = scratch.kind[kind, 2] if is_for_setup else end
                clash = obstacle(plant, state, person, plant.able[row, HELD], scratch.kind[kind, 1], until)
                if clash:
                    chance = min(chance, clash)
                else:
                    best, best_end = person, end
            if best < 0:
                spot[END] = chance
                return False
            scratch.word[CHANCE] = min(scratch.word[CHANCE], chance)
            kind = plant.lane[plant.machines + best, CALENDAR]
            for column in range(4):
                spot[SETUP_START + column] = scratch.kind[kind, 1 + column]
            n_run, n = put_person(plant, scratch, n_run, n, best, is_for_setup)
            crew[plant.need[need, FIRST_SLOT] + place] = best
            chosen += 1
    if chosen == 0:
        found = span_of(plant, scratch, 1, 1, question, setup, run, teardown, first, second)
        spot[SETUP_START], spot[SETUP_START + 1], spot[SETUP_START + 2], spot[SETUP_START + 3] = found
        return found[3] < NEVER
    clash = _crew_clash(plant, state, operation, setup, spot, crew)
    if clash:
        spot[END] = clash
        return False
    return True


@compiled
def _crew_clash(plant: Plant, state: State, operation: int, setup: int, spot: Row, crew: Row) -> int:
    """The same for the whole crew, whose pauses add up as it grows."""
    worst = 0
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        is_for_setup = plant.need[need, SETUP_ONLY] == 1
        if is_for_setup and setup == 0:
            continue
        until = spot[START] if is_for_setup else spot[END]
        for place in range(plant.need[need, COUNT]):
            person = crew[plant.need[need, FIRST_SLOT] + place]
            held = -1
            for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
                if plant.able[row, PERSON] == person:
                    held = plant.able[row, HELD]
            worst = max(worst, obstacle(plant, state, person, held, spot[SETUP_START], until))
    return worst


@compiled
def _next_kind(plant: Plant, need: int, kind: int) -> int:
    """The next kind of shift among those who can fill a need, in ascending order; -1 behind the last."""
    following = -1
    for row in range(plant.need[need, PEOPLE], plant.need[need, PEOPLE_END]):
        other = plant.lane[plant.machines + plant.able[row, PERSON], CALENDAR]
        if other > kind and (following < 0 or other < following):
            following = other
    return following


@unit
def pausing(
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
    """A crew for an operation that stands still while one of them is off: True with `span` and `crew` filled, or False with the
    instant at which it is worth asking again in `spot[END]`, NEVER for none. Somebody who is busy now might still be quicker than
    whoever was found: in CHANCE, from when on.

    People of different shifts may never meet, so when the first choice leads nowhere, each shift gets its turn to come first.
    """
    if favoured_pausing(plant, state, scratch, operation, machine, question, setup, run, teardown, first, second, spot, crew):
        return True
    if _one_by_one(plant, state, scratch, operation, machine, question, setup, run, teardown, first, second, -1, spot, crew):
        return True
    people = 0
    leading = -1
    for need in range(plant.operation[operation, NEEDS], plant.operation[operation, NEEDS_END]):
        if setup or not plant.need[need, SETUP_ONLY]:
            people += plant.need[need, COUNT]
            if leading < 0:
                leading = need
    if people < 2:
        return False
    again = spot[END]
    best_kind, best_end, kind = -1, NEVER, -1
    while True:
        kind = _next_kind(plant, leading, kind)
        if kind < 0:
            break
        if _one_by_one(
            plant, state, scratch, operation, machine, question, setup, run, teardown, first, second, kind, spot, crew
        ):
            if spot[END] < best_end:
                best_kind, best_end = kind, spot[END]
        else:
            again = min(again, spot[END])
    if best_kind < 0:
        spot[END] = again
        return False
    scratch.word[CHANCE] = min(scratch.word[CHANCE], again)
    return _one_by_one(
        plant, state, scratch, operation, machine, question, setup, run, teardown, first, second, best_kind, spot, crew
    )
