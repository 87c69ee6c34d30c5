"""When schedules are due, over a year and over every change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, product, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.occurrences import Crontab, CrontabError, every
from tests.faults.table import Tally

BERLIN = ZoneInfo("Europe/Berlin")  # 2026: one hour forward on 29 March at 02:00, back on 25 October at 03:00
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour, back on 5 April 2026, forward on 4 October
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def due_between(text: str, begin: datetime, end: datetime, zone: ZoneInfo = BERLIN) -> list[datetime]:
    return [
        instant.astimezone(zone) for instant in takewhile(lambda instant: instant < end, Crontab.parse(text).after(begin, zone))
    ]


def clock(instants: list[datetime]) -> list[str]:
    return [f"{instant:%d. %H:%M %z}" for instant in instants]


@pytest.mark.fault("F18", "clocks_change")
def test_a_daily_schedule_is_due_once_on_each_day_of_the_year(tally: Tally) -> None:
    """A try is a day, of a leap year, in Berlin or on Lord Howe."""
    for zone, text in product([BERLIN, LORD_HOWE], ["30 2 * * *", "0 2 * * *", "15 3 * * *", "59 1 * * *", "0 0 * * *"]):
        first, second = date(2028, 1, 1), timedelta(seconds=1)
        begin, end = (datetime(year, 1, 1, tzinfo=zone) - second for year in (2028, 2029))
        due = [instant.date() for instant in due_between(text, begin, end, zone)]
        for day in (first + timedelta(days=number) for number in range(366)):
            tally.begin()
            assert due.count(day) == 1, f"{text} on {day} in {zone}"
            tally.recovered(0.0)
        assert len(due) == 366
    tally.assert_recovered()


@given(
    st.sampled_from([BERLIN, LORD_HOWE, ZoneInfo("America/St_Johns"), UTC]),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(2020, 2040),
)
def test_every_daily_time_is_due_once_on_each_day_of_every_year(zone: ZoneInfo, hour: int, minute: int, year: int) -> None:
    start, end = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    second = timedelta(seconds=1)
    due = due_between(f"{minute} {hour} * * *", start - second, end - second, zone)
    days = [start.date() + timedelta(days=day) for day in range(366) if (start.date() + timedelta(days=day)).year == year]
    assert [instant.date() for instant in due] == days
    late = [instant for instant in due if (instant.hour, instant.minute) != (hour, minute)]
    assert len(late) <= 1, "only a time that is skipped in spring is due at another one"


def test_a_skipped_time_is_due_at_the_next_instant_that_exists() -> None:
    due = due_between("30 2 * * *", datetime(2026, 3, 28, tzinfo=BERLIN), datetime(2026, 3, 31, tzinfo=BERLIN))
    assert clock(due) == ["28. 02:30 +0100", "29. 03:00 +0200", "30. 02:30 +0200"]


def test_a_doubled_time_is_due_the_first_time_only() -> None:
    due = due_between("30 2 * * *", datetime(2026, 10, 24, tzinfo=BERLIN), datetime(2026, 10, 27, tzinfo=BERLIN))
    assert clock(due) == ["24. 02:30 +0200", "25. 02:30 +0200", "26. 02:30 +0100"]


def test_half_an_hour_is_skipped_and_doubled_on_lord_howe() -> None:
    skipped = due_between(
        "15 2 * * *", datetime(2026, 10, 4, tzinfo=LORD_HOWE), datetime(2026, 10, 5, tzinfo=LORD_HOWE), LORD_HOWE
    )
    assert clock(skipped) == ["04. 02:30 +1100"]
    doubled = due_between("45 1 * * *", datetime(2026, 4, 5, tzinfo=LORD_HOWE), datetime(2026, 4, 6, tzinfo=LORD_HOWE), LORD_HOWE)
    assert clock(doubled) == ["05. 01:45 +1100"]


def test_several_skipped_times_are_one_occurrence() -> None:
    due = due_between("*/20 * * * *", datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN))
    assert clock(due) == ["29. 01:40 +0100", "29. 03:00 +0200", "29. 03:20 +0200"]


def test_the_search_for_the_next_occurrence_may_begin_within_the_doubled_hour() -> None:
    second_pass = datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=BERLIN)
    assert clock(due_between("30 2 * * *", second_pass, datetime(2026, 10, 27, tzinfo=BERLIN))) == ["26. 02:30 +0100"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 5 * * mon-fri", ["Fri 02", "Mon 05", "Tue 06"]),
        ("0 6 * * 7", ["Sun 04", "Sun 11", "Sun 18"]),
        ("0 6 * * 0", ["Sun 04", "Sun 11", "Sun 18"]),
        ("0 6 */10 * *", ["Sun 11", "Wed 21", "Sat 31"]),
        ("0 6 13 * fri", ["Fri 02", "Fri 09", "Tue 13"]),  # either of them
        ("0 6 29 feb *", ["Tue 29", "Sun 29"]),
    ],
)
def test_columns_mean_what_they_mean_in_unix(text: str, expected: list[str]) -> None:
    due = islice(Crontab.parse(text).after(datetime(2026, 1, 1, 12, tzinfo=BERLIN), BERLIN), len(expected))
    assert [f"{instant.astimezone(BERLIN):%a %d}" for instant in due] == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5 4 * *", "five columns"),
        ("60 4 * * *", "minute 60 is not between 0 and 59"),
        ("0 24 * * *", "hour 24"),
        ("0 6 * * tues", "day of week “tues” is not understood"),
        ("0 6 * 13 *", "month 13"),
        ("*/0 * * * *", "step “0”"),
        ("30-10 * * * *", "ends before it begins"),
        ("0 6 31 feb *", "No such day"),
        ("0 6 -1 * *", "not understood"),
    ],
)
def test_nonsense_is_refused_in_words(text: str, sentence: str) -> None:
    with pytest.raises(CrontabError, match=sentence):
        Crontab.parse(text)


@given(st.integers(1, 5000), st.integers(-100_000, 1_000_000))
def test_an_interval_counts_from_its_anchor_whatever_the_clocks_do(minutes: int, offset_seconds: int) -> None:
    after = NEW_YEAR + timedelta(seconds=offset_seconds)
    first, second = islice(every(minutes, NEW_YEAR, after), 2)
    step = timedelta(minutes=minutes)
    assert second - first == step
    assert (first - NEW_YEAR) % step == timedelta(0)
    assert first > max(after, NEW_YEAR)
    assert first - step <= max(after, NEW_YEAR)
