"""When a calendar is open, against a second opinion that looks at one instant at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.calendars import OpenOrClosed, Rules, WeeklyShift, Window, instant, windows_by_rules

BERLIN, LORD_HOWE, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/New_York")
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
NIGHTS = tuple(WeeklyShift(1, weekday, time(22), time(6)) for weekday in range(7))


def hours(windows: list[Window]) -> float:
    return sum((stop - start).total_seconds() for start, stop in windows) / 3600


def night(zone: ZoneInfo, evening: date) -> float:
    """Hours of the night shift that begins in that evening."""
    begin, end = (datetime.combine(evening + days * DAY, time(12), zone).astimezone(UTC) for days in (0, 1))
    return hours(windows_by_rules(Rules(zone, NIGHTS), begin, end))


@pytest.mark.parametrize(
    ("zone", "evening", "expected"),
    [
        (BERLIN, date(2026, 3, 28), 7),
        (BERLIN, date(2026, 3, 29), 8),
        (BERLIN, date(2026, 10, 24), 9),
        (NEW_YORK, date(2026, 3, 7), 7),
        (NEW_YORK, date(2026, 10, 31), 9),
        (LORD_HOWE, date(2026, 10, 3), 7.5),
        (LORD_HOWE, date(2026, 4, 4), 8.5),
        (LORD_HOWE, date(2026, 4, 5), 8),
    ],
)
def test_a_night_shift_is_as_long_as_the_night(zone: ZoneInfo, evening: date, expected: float) -> None:
    assert night(zone, evening) == expected


def test_a_time_that_is_skipped_means_the_moment_of_the_jump() -> None:
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert instant(date(2026, 3, 29), time(2, 0), BERLIN) == jump
    assert instant(date(2026, 3, 29), time(2, 45), BERLIN) == jump
    assert instant(date(2026, 3, 29), time(3, 0), BERLIN) == jump
    assert instant(date(2026, 3, 29), time(1, 59), BERLIN) == jump - timedelta(minutes=1)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.sampled_from([BERLIN, LORD_HOWE]))  # noqa: DTZ001 - wall-clock times
def test_an_instant_shows_its_time_or_the_first_after_the_gap(wall: datetime, zone: ZoneInfo) -> None:
    wall = wall.replace(microsecond=0)
    there = instant(wall.date(), wall.time(), zone)
    shown = there.astimezone(zone).replace(tzinfo=None)
    assert shown >= wall
    if shown > wall:
        before = (there - timedelta(seconds=1)).astimezone(zone)
        assert before.replace(tzinfo=None) < wall
        assert before.utcoffset() != there.astimezone(zone).utcoffset()


def test_a_time_that_happens_twice_means_its_first_time() -> None:
    assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant(date(2026, 10, 25), time(3, 0), BERLIN) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_a_shift_within_the_skipped_hour_does_not_take_place() -> None:
    rules = Rules(BERLIN, (WeeklyShift(1, 6, time(2, 10), time(2, 50)),))
    assert windows_by_rules(rules, datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)) == []
    assert hours(windows_by_rules(rules, datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 4, 6, tzinfo=UTC))) == pytest.approx(
        40 / 60
    )


def test_the_pattern_repeats_from_its_anchor_in_both_directions() -> None:
    weeks = tuple(WeeklyShift(week, 0, time(start), time(start + 8)) for week, start in ((1, 6), (2, 14), (3, 0)))
    rules = Rules(BERLIN, weeks, cycle_weeks=3, cycle_anchor=date(2026, 1, 7))  # a Wednesday: its week is week 1

    def start_on(monday: date) -> int:
        begin = datetime.combine(monday, time(), BERLIN).astimezone(UTC)
        return windows_by_rules(rules, begin, begin + DAY)[0][0].astimezone(BERLIN).hour

    assert [start_on(date(2026, 1, 5) + 7 * DAY * week) for week in range(-3, 5)] == [6, 14, 0, 6, 14, 0, 6, 14]


def test_a_shift_that_begins_on_a_holiday_does_not_take_place_but_the_night_before_is_worked_to_its_end() -> None:
    rules = Rules(BERLIN, NIGHTS, days_off={date(2026, 5, 1): "Labour Day"})
    found = windows_by_rules(rules, datetime(2026, 4, 30, 12, tzinfo=UTC), datetime(2026, 5, 2, 12, tzinfo=UTC))
    assert found == [(datetime(2026, 4, 30, 20, tzinfo=UTC), datetime(2026, 5, 1, 4, tzinfo=UTC))]


def test_an_open_exception_wins_over_a_holiday_and_of_two_exceptions_the_last_counts() -> None:
    begin, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    noon = begin + timedelta(hours=12)
    opened, closed = OpenOrClosed(begin, end, "open"), OpenOrClosed(begin, noon, "closed")
    off = {date(2026, 5, 1): "Labour Day"}
    assert windows_by_rules(Rules(BERLIN, (), days_off=off, exceptions=(opened, closed)), begin, end) == [(noon, end)]
    assert windows_by_rules(Rules(BERLIN, (), days_off=off, exceptions=(closed, opened)), begin, end) == [(begin, end)]


def test_windows_are_cut_off_at_the_ends_that_were_asked_for() -> None:
    always = tuple(WeeklyShift(1, weekday, time(), time()) for weekday in range(7))
    begin, end = datetime(2026, 3, 28, 11, 7, tzinfo=UTC), datetime(2026, 3, 30, 2, 3, tzinfo=UTC)
    assert windows_by_rules(Rules(BERLIN, always), begin, end) == [(begin, end)]
    assert windows_by_rules(Rules(BERLIN, always), end, begin) == []


quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
shifts = st.builds(WeeklyShift, st.integers(1, 3), st.integers(0, 6), quarters, quarters)
changes = [
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 10, 4, tzinfo=UTC),
    datetime(2026, 3, 8, tzinfo=UTC),
]
moments = st.builds(lambda base, quarter: base + quarter * QUARTER, st.sampled_from(changes), st.integers(-600, 600))
exceptions = st.builds(
    lambda start, length, says: OpenOrClosed(start, start + length * QUARTER, says),
    moments,
    st.integers(1, 300),
    st.sampled_from(["open", "closed"]),
)
all_rules = st.builds(
    Rules,
    zone=st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE]),
    shifts=st.lists(shifts, max_size=6).map(tuple),
    cycle_weeks=st.integers(1, 3),
    cycle_anchor=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    days_off=st.sets(st.dates(date(2026, 3, 20), date(2026, 4, 5)), max_size=4).map(lambda days: dict.fromkeys(days, "Holiday")),
    exceptions=st.lists(exceptions, max_size=3).map(tuple),
)


@given(rules=all_rules, begin=moments, length=st.integers(1, 400))
def test_windows_are_sorted_disjoint_not_touching_in_utc_and_within_what_was_asked(
    rules: Rules, begin: datetime, length: int
) -> None:
    end = begin + length * QUARTER
    found = windows_by_rules(rules, begin, end)
    edges = [edge for window in found for edge in window]
    assert edges == sorted(set(edges))
    assert all(begin <= edge <= end and edge.tzinfo is UTC for edge in edges)


@given(rules=all_rules, begin=moments, first=st.integers(1, 200), second=st.integers(1, 200))
def test_two_stretches_together_are_open_as_the_whole(rules: Rules, begin: datetime, first: int, second: int) -> None:
    middle, end = begin + first * QUARTER, begin + (first + second) * QUARTER
    parts = [*windows_by_rules(rules, begin, middle), *windows_by_rules(rules, middle, end)]
    assert hours(parts) == hours(windows_by_rules(rules, begin, end))
    assert all(is_open(parts, moment) == is_open(windows_by_rules(rules, begin, end), moment) for moment in (begin, middle))


@given(rules=all_rules, moment=moments)
def test_an_instant_is_open_when_the_rules_say_so(rules: Rules, moment: datetime) -> None:
    found = windows_by_rules(rules, moment - 3 * DAY, moment + DAY)
    assert is_open(found, moment) == expected_open(rules, moment)


def is_open(windows: list[Window], moment: datetime) -> bool:
    return any(start <= moment < stop for start, stop in windows)


def expected_open(rules: Rules, moment: datetime) -> bool:
    """Straight from the wall clock, without turning shifts into instants."""
    for exception in reversed(rules.exceptions):
        if exception.start <= moment < exception.end:
            return exception.says == "open"
    # A second pass through a doubled stretch lies behind all times of the first pass: read it as the last moment of that.
    local = moment.astimezone(rules.zone)
    wall = local.replace(tzinfo=None)
    if local.fold:
        while wall.replace(tzinfo=rules.zone, fold=1).utcoffset() != wall.replace(tzinfo=rules.zone).utcoffset():
            wall += timedelta(minutes=1)
        wall -= timedelta(minutes=1)
    return any(_takes_place(rules, shift, day, wall) for shift in rules.shifts for day in (wall.date(), wall.date() - DAY))


def _takes_place(rules: Rules, shift: WeeklyShift, day: date, wall: datetime) -> bool:
    if day.weekday() != shift.weekday or day in (rules.days_off or {}):
        return False
    anchor = rules.cycle_anchor - rules.cycle_anchor.weekday() * DAY
    if ((day - day.weekday() * DAY) - anchor).days // 7 % rules.cycle_weeks + 1 != shift.week:
        return False
    start = datetime.combine(day, shift.start)
    end = datetime.combine(day if shift.end > shift.start else day + DAY, shift.end)
    return start <= wall < end
