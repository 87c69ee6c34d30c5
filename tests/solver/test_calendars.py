"""Window arithmetic against the set of open ticks, which is slow and obvious."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from solver.calendars import (
    Windows,
    around,
    intersect,
    next_open,
    normalise,
    pauses,
    shift_windows,
    subtract,
    walk,
    walk_back,
    window_at,
    working,
    working_windows,
)
from solver.problem import Downtime, Machine, Operator

ticks = st.integers(-20, 40)
raw_intervals = st.lists(st.tuples(ticks, ticks), max_size=6)
windows = raw_intervals.map(normalise)


def open_ticks(intervals: Windows) -> set[int]:
    return {tick for begin, end in intervals for tick in range(begin, end)}


def is_normal(intervals: Windows) -> bool:
    return all(begin < end for begin, end in intervals) and all(left[1] < right[0] for left, right in pairwise(intervals))


@given(raw_intervals)
def test_normalise_keeps_the_instants_and_sorts_them_into_separate_windows(intervals: list[tuple[int, int]]) -> None:
    assert open_ticks(normalise(intervals)) == open_ticks(tuple(intervals))
    assert is_normal(normalise(intervals))


def test_touching_windows_become_one() -> None:
    assert normalise([(10, 20), (0, 10), (30, 30)]) == ((0, 20),)


@given(windows, ticks, ticks)
def test_around_keeps_the_windows_that_have_a_part_in_a_span(intervals: Windows, one: int, other: int) -> None:
    begin, end = sorted((one, other))
    kept = [window for window in intervals if open_ticks((window,)) & open_ticks(((begin, end),))]
    assert begin == end or around(intervals, begin, end) == tuple(kept)


@given(windows, windows)
def test_intersect_keeps_what_is_in_both(left: Windows, right: Windows) -> None:
    assert open_ticks(intersect(left, right)) == open_ticks(left) & open_ticks(right)
    assert is_normal(intersect(left, right))


@given(windows, windows)
def test_subtract_keeps_what_is_only_in_the_first(left: Windows, right: Windows) -> None:
    assert open_ticks(subtract(left, right)) == open_ticks(left) - open_ticks(right)
    assert is_normal(subtract(left, right))


@given(windows, ticks)
def test_next_open_is_the_first_open_tick_from_there(calendar: Windows, instant: int) -> None:
    assert next_open(calendar, instant) == min((tick for tick in open_ticks(calendar) if tick >= instant), default=None)


@given(windows, ticks)
def test_window_at_is_the_window_around_an_open_tick(calendar: Windows, instant: int) -> None:
    around = [(begin, end) for begin, end in calendar if begin <= instant < end]
    assert window_at(calendar, instant) == (around[0] if around else None)


@given(windows, ticks, st.integers(1, 30))
def test_walk_ends_with_the_last_worked_tick(calendar: Windows, begin: int, amount: int) -> None:
    worked = sorted(tick for tick in open_ticks(calendar) if tick >= begin)[:amount]
    assert walk(calendar, begin, amount) == (worked[-1] + 1 if len(worked) == amount else None)


@given(windows, ticks, st.integers(1, 30))
def test_walk_back_starts_with_the_first_worked_tick(calendar: Windows, end: int, amount: int) -> None:
    worked = sorted((tick for tick in open_ticks(calendar) if tick < end), reverse=True)[:amount]
    assert walk_back(calendar, end, amount) == (worked[-1] if len(worked) == amount else None)


@given(windows, ticks)
def test_no_work_stays_where_it_is(calendar: Windows, instant: int) -> None:
    assert walk(calendar, instant, 0) == instant == walk_back(calendar, instant, 0)


@given(windows, ticks, ticks)
def test_working_and_pauses_share_out_the_span(calendar: Windows, begin: int, end: int) -> None:
    span = set(range(begin, end))
    assert working(calendar, begin, end) == len(open_ticks(calendar) & span)
    assert open_ticks(pauses(calendar, begin, end)) == span - open_ticks(calendar)
    assert is_normal(pauses(calendar, begin, end))


def test_a_machine_works_in_its_windows_outside_its_downtime() -> None:
    machine = Machine("m", "Mill", "c", windows=((0, 10), (10, 30)), downtime=(Downtime(25, 40), Downtime(5, 8)))
    assert working_windows(machine) == ((0, 5), (8, 25))


def test_a_person_is_there_in_merged_shifts() -> None:
    assert shift_windows(Operator("o", "Ada", windows=((0, 8), (8, 16), (20, 24)))) == ((0, 16), (20, 24))
