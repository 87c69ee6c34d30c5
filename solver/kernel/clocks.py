"""When work that may pause is done, while several calendars have to agree: `solver.timing` on tables.

A clock is a row of calendars: the first `n_run` must be open for run and teardown (the machine's, the crew's for "all"), all of
them for the setup. Instants open in all of a few calendars are found without writing their intersection down.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled
from solver.kernel.lanes import first_above, first_from
from solver.kernel.tables import (
    CLOSE,
    NEVER,
    NONE,
    OPEN,
    WINDOWS,
    WINDOWS_END,
    Plant,
    Row,
)


@compiled
def open_from(plant: Plant, clock: Row, n: int, instant: int) -> tuple[int, int]:
    """The first stretch, in all n calendars, that ends after the instant, cut off before it; (NEVER, NEVER) for none."""
    end = NEVER
    agreed = 0
    k = 0
    while agreed < n:
        calendar = clock[k]
        last = plant.calendar[calendar, WINDOWS_END]
        window = first_above(plant.window, CLOSE, plant.calendar[calendar, WINDOWS], last, instant)
        if window == last:
            return NEVER, NEVER
        if plant.window[window, OPEN] > instant:
            instant = plant.window[window, OPEN]
            end = plant.window[window, CLOSE]
            agreed = 1
        else:
            if agreed == 0 or plant.window[window, CLOSE] < end:
                end = plant.window[window, CLOSE]
            agreed += 1
        k = k + 1 if k + 1 < n else 0
    return instant, end


@compiled
def open_before(plant: Plant, clock: Row, n: int, instant: int) -> tuple[int, int]:
    """The last stretch, in all n calendars, that begins before the instant, cut off behind it; (NONE, NONE) for none."""
    begin = NONE
    agreed = 0
    k = 0
    while agreed < n:
        calendar = clock[k]
        first = plant.calendar[calendar, WINDOWS]
        window = first_from(plant.window, OPEN, first, plant.calendar[calendar, WINDOWS_END], instant) - 1
        if window < first:
            return NONE, NONE
        if plant.window[window, CLOSE] < instant:
            instant = plant.window[window, CLOSE]
            begin = plant.window[window, OPEN]
            agreed = 1
        else:
            if agreed == 0 or plant.window[window, OPEN] > begin:
                begin = plant.window[window, OPEN]
            agreed += 1
        k = k + 1 if k + 1 < n else 0
    return begin, instant


@compiled
def walk(plant: Plant, clock: Row, n: int, begin: int, ticks: int) -> int:
    """The end of the last of `ticks` worked from `begin` on; `begin` for none; NEVER when the windows end before the work."""
    if ticks == 0:
        return begin
    while True:
        start, end = open_from(plant, clock, n, begin)
        if start == NEVER:
            return NEVER
        if start + ticks <= end:
            return start + ticks
        ticks -= end - start
        begin = end


@compiled
def walk_back(plant: Plant, clock: Row, n: int, end: int, ticks: int) -> int:
    """The latest start from which `ticks` are worked before `end`; `end` for none; NONE when there is too little before it."""
    if ticks == 0:
        return end
    while True:
        start, stop = open_before(plant, clock, n, end)
        if stop == NONE:
            return NONE
        if stop - ticks >= start:
            return stop - ticks
        ticks -= stop - start
        end = start


@compiled
def _waits(plant: Plant, clock: Row, n_run: int, n: int, start: int) -> bool:
    """Whether the run could have started between the last tick of the setup windows before `start` and `start`."""
    last = walk_back(plant, clock, n, start, 1)
    if last == NONE:
        return True
    instant, _ = open_from(plant, clock, n_run, last + 1)
    return instant < start


@compiled
def span_at(
    plant: Plant, clock: Row, n_run: int, n: int, setup: int, run: int, teardown: int, start: int
) -> tuple[int, int, int, int]:
    """(setup_start, start, run_end, end) of pausing work whose run starts at exactly `start`; all NEVER when it cannot."""
    no = (NEVER, NEVER, NEVER, NEVER)
    instant, _ = open_from(plant, clock, n_run, start)
    if instant != start:
        return no
    setup_start = walk_back(plant, clock, n, start, setup)
    if setup_start == NONE or (setup > 0 and _waits(plant, clock, n_run, n, start)):
        return no
    run_end = walk(plant, clock, n_run, start, run)
    if run_end == NEVER:
        return no
    end = walk(plant, clock, n_run, run_end, teardown)
    if end == NEVER:
        return no
    return setup_start, start, run_end, end


@compiled
def span_from(
    plant: Plant, clock: Row, n_run: int, n: int, setup: int, run: int, teardown: int, setup_from: int, run_from: int
) -> tuple[int, int, int, int]:
    """The earliest span of pausing work whose setup starts at or after `setup_from` and whose run at or after `run_from`."""
    no = (NEVER, NEVER, NEVER, NEVER)
    if setup == 0:
        start, _ = open_from(plant, clock, n_run, max(setup_from, run_from))
    else:
        setup_end = walk(plant, clock, n, setup_from, setup)
        if setup_end == NEVER:
            return no
        start, _ = open_from(plant, clock, n_run, max(setup_end, run_from))
        if start < NEVER and _waits(plant, clock, n_run, n, start):
            again, _ = open_from(plant, clock, n, start)
            if again == NEVER:
                return no
            start, _ = open_from(plant, clock, n_run, again + 1)
    if start == NEVER:
        return no
    return span_at(plant, clock, n_run, n, setup, run, teardown, start)
