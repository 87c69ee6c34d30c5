"""Who and what is busy when, among the open time of its calendar. The counterpart of `solver.calendars` on tables.

A *lane* (a machine of capacity 1, or a person) has disjoint busy stretches, sorted: rows of `State.busy` from its FIRST on. A
*room* (a machine of higher capacity, or a limited cell) has a level that changes at steps: rows of `State.step`.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled
from solver.kernel.tables import (
    AT,
    BEGIN,
    CALENDAR,
    CAPACITY,
    CLOSE,
    FIRST,
    LEVEL,
    NEVER,
    OPEN,
    OWNER,
    UNTIL,
    WINDOWS,
    WINDOWS_END,
    Plant,
    State,
    Table,
)


@compiled
def first_above(table: Table, column: int, low: int, high: int, value: int) -> int:
    """The first row in [low, high) whose column is above the value; `high` for none."""
    while low < high:
        middle = (low + high) >> 1
        if table[middle, column] > value:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def first_from(table: Table, column: int, low: int, high: int, value: int) -> int:
    """The first row in [low, high) whose column is at least the value; `high` for none."""
    while low < high:
        middle = (low + high) >> 1
        if table[middle, column] >= value:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def lane_free_from(plant: Plant, state: State, lane: int, instant: int, ticks: int) -> int:
    """The earliest instant, not before the one given, from which `ticks` in one window are free; NEVER when there is none."""
    return lane_free_within(plant, state, lane, window_at(plant, plant.lane[lane, CALENDAR], instant), instant, ticks)


@compiled
def window_at(plant: Plant, calendar: int, instant: int) -> int:
    """The first window of a calendar that closes after an instant; the one behind its last for none."""
    return first_above(plant.window, CLOSE, plant.calendar[calendar, WINDOWS], plant.calendar[calendar, WINDOWS_END], instant)


@compiled
def lane_free_within(plant: Plant, state: State, lane: int, window: int, instant: int, ticks: int) -> int:
    """The same for those who know the window at the instant already."""
    last = plant.lane[lane, FIRST] + state.lane_length[lane]
    end_of_windows = plant.calendar[plant.lane[lane, CALENDAR], WINDOWS_END]
    after = first_above(state.busy, UNTIL, plant.lane[lane, FIRST], last, instant)
    while window < end_of_windows:
        instant = max(instant, plant.window[window, OPEN])
        end = instant + ticks
        if end > plant.window[window, CLOSE]:
            window += 1
            continue
        while after < last and state.busy[after, UNTIL] <= instant:
            after += 1
        if after == last or state.busy[after, BEGIN] >= end:
            return instant
        instant = state.busy[after, UNTIL]
        while window < end_of_windows and plant.window[window, CLOSE] <= instant:
            window += 1
    return NEVER


@compiled
def lane_slack(plant: Plant, state: State, lane: int, window: int, begin: int, end: int) -> int:
    """How much free time there is around a stretch within a window, no more than its own length before it and behind it; -1 when
    the stretch itself is not free."""
    opens, closes = plant.window[window, OPEN], plant.window[window, CLOSE]
    if begin < opens or end > closes:
        return -1
    first = plant.lane[lane, FIRST]
    last = first + state.lane_length[lane]
    after = first_from(state.busy, BEGIN, first, last, end)
    ticks = end - begin
    free_from, free_until = max(begin - ticks, opens), min(end + ticks, closes)
    if after > first:
        free_from = max(free_from, state.busy[after - 1, UNTIL])
        if free_from > begin:
            return -1
    if after < last:
        free_until = min(free_until, state.busy[after, BEGIN])
    return begin - free_from + free_until - end


@compiled
def lane_clash(plant: Plant, state: State, lane: int, begin: int, end: int) -> int:
    """When the last busy stretch within [begin, end) ends; 0 when there is none. No stretch of the future ends at 0."""
    first = plant.lane[lane, FIRST]
    after = first_from(state.busy, BEGIN, first, first + state.lane_length[lane], end)
    if after > first and state.busy[after - 1, UNTIL] > begin:
        return state.busy[after - 1, UNTIL]
    return 0


@compiled
def lane_engage(plant: Plant, state: State, lane: int, begin: int, end: int, owner: int) -> None:
    first = plant.lane[lane, FIRST]
    last = first + state.lane_length[lane]
    place = first_from(state.busy, BEGIN, first, last, begin)
    for row in range(last, place, -1):
        state.busy[row, BEGIN] = state.busy[row - 1, BEGIN]
        state.busy[row, UNTIL] = state.busy[row - 1, UNTIL]
        state.busy[row, OWNER] = state.busy[row - 1, OWNER]
    state.busy[place, BEGIN] = begin
    state.busy[place, UNTIL] = end
    state.busy[place, OWNER] = owner
    state.lane_length[lane] += 1


@compiled
def lane_release(plant: Plant, state: State, lane: int, begin: int) -> None:
    first = plant.lane[lane, FIRST]
    state.lane_length[lane] -= 1
    last = first + state.lane_length[lane]
    for row in range(first_from(state.busy, BEGIN, first, last, begin), last):
        state.busy[row, BEGIN] = state.busy[row + 1, BEGIN]
        state.busy[row, UNTIL] = state.busy[row + 1, UNTIL]
        state.busy[row, OWNER] = state.busy[row + 1, OWNER]


@compiled
def room_clash(plant: Plant, state: State, room: int, begin: int, end: int) -> int:
    """When the last full stretch within [begin, end) ends; 0 when there is room throughout."""
    first = plant.room[room, FIRST]
    last = first + state.room_length[room]
    place = first_from(state.step, AT, first, last, end) - 1
    while state.step[place, LEVEL] < plant.room[room, CAPACITY]:
        if state.step[place, AT] <= begin:
            return 0
        place -= 1
    return state.step[place + 1, AT] if place + 1 < last else NEVER


@compiled
def room_free_from(plant: Plant, state: State, room: int, instant: int, ticks: int) -> int:
    """The earliest instant, not before the one given, from which there is room for `ticks` in one window; NEVER for none."""
    calendar = plant.room[room, CALENDAR]
    end_of_windows = plant.calendar[calendar, WINDOWS_END]
    window = first_above(plant.window, CLOSE, plant.calendar[calendar, WINDOWS], end_of_windows, instant)
    while window < end_of_windows:
        instant = max(instant, plant.window[window, OPEN])
        if instant + ticks > plant.window[window, CLOSE]:
            window += 1
            continue
        full_until = room_clash(plant, state, room, instant, instant + ticks)
        if full_until == 0:
            return instant
        instant = full_until
        window = first_above(plant.window, CLOSE, window, end_of_windows, instant)
    return NEVER


@compiled
def room_level_at(plant: Plant, state: State, room: int, instant: int) -> int:
    """How many are inside at an instant."""
    first = plant.room[room, FIRST]
    return state.step[first_above(state.step, AT, first, first + state.room_length[room], instant) - 1, LEVEL]


@compiled
def _room_step_at(plant: Plant, state: State, room: int, instant: int) -> int:
    """The row of a step that begins exactly here, made when there is none."""
    first = plant.room[room, FIRST]
    last = first + state.room_length[room]
    place = first_from(state.step, AT, first, last, instant)
    if place == last or state.step[place, AT] != instant:
        for row in range(last, place, -1):
            state.step[row, AT] = state.step[row - 1, AT]
            state.step[row, LEVEL] = state.step[row - 1, LEVEL]
        state.step[place, AT] = instant
        state.step[place, LEVEL] = state.step[place - 1, LEVEL]
        state.room_length[room] += 1
    return place


@compiled
def room_change(plant: Plant, state: State, room: int, begin: int, end: int, change: int) -> None:
    """So many more are inside during [begin, end). Steps that no longer change the level vanish."""
    first = _room_step_at(plant, state, room, begin)
    last = _room_step_at(plant, state, room, end)
    for row in range(first, last):
        state.step[row, LEVEL] += change
    _drop_if_level(plant, state, room, last)
    _drop_if_level(plant, state, room, first)


@compiled
def _drop_if_level(plant: Plant, state: State, room: int, place: int) -> None:
    first = plant.room[room, FIRST]
    if place > first and state.step[place, LEVEL] == state.step[place - 1, LEVEL]:
        state.room_length[room] -= 1
        for row in range(place, first + state.room_length[room]):
            state.step[row, AT] = state.step[row + 1, AT]
            state.step[row, LEVEL] = state.step[row + 1, LEVEL]
