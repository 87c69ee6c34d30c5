"""Whom to send to work that may pause: those with whom it ends first.

A crew is written as in `solver.kernel.crews`. When there is none, the answer is when it is worth asking again.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.crews import is_in
from solver.kernel.favours import favoured_pausing, obstacle, put_person, span_of
from solver.kernel.partial import see
from solver.kernel.tables import (
    CALENDAR,
    CHANCE,
    COUNT,
    END,
    FIRST_SLOT,
    HELD,
    MACHINE_CALENDAR,
    NEEDS,
    NEEDS_END,
    NEVER,
    NONE,
    PEOPLE,
    PEOPLE_END,
    PERSON,
    SETUP_ONLY,
    SETUP_START,
    STAMP,
    START,
    Plant,
    Row,
    Scratch,
    State,
)


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
                if is_in(crew, n_slots, person) or (chosen == 0 and only >= 0 and kind != only):
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
