"""Spans and lateness as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plans.words import lateness, moment, span, stretch

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (60, "1 h"),
        (200, "3 h 20"),
        (1440, "24 h"),
        (1558, "25 h 58"),
        (2 * 1440 + 5, "2 d"),
        (2 * 1440 + 4 * 60 + 30, "2 d 4 h"),
        (-90, "1 h 30"),
    ],
)
def test_a_span_is_in_hours_and_minutes_and_from_two_days_on_in_days_and_hours(minutes: int, words: str) -> None:
    assert span(timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(("minutes", "words"), [(0, "on time"), (30, "30 min late"), (-30, "30 min early")])
def test_lateness_has_a_direction(minutes: int, words: str) -> None:
    assert lateness(timedelta(minutes=minutes)) == words


def test_a_moment_names_day_and_time() -> None:
    assert moment(datetime(2026, 3, 2, 6, 5, tzinfo=BERLIN)) == "Mon 2 Mar, 06:05"


def test_a_stretch_over_night_names_the_second_time_only() -> None:
    begin = datetime(2026, 3, 2, 22, 0, tzinfo=BERLIN)
    assert stretch(begin, begin + timedelta(hours=8)) == "Mon 2 Mar, 22:00 – 06:00"


def test_a_stretch_over_the_weekend_names_both_days() -> None:
    begin = datetime(2026, 3, 6, 22, 0, tzinfo=BERLIN)
    assert stretch(begin, datetime(2026, 3, 9, 6, 0, tzinfo=BERLIN)) == "Fri 6 Mar, 22:00 – Mon 9 Mar, 06:00"


def test_a_day_of_23_hours_is_shorter_than_a_day() -> None:
    """Saturday 12:00 to Sunday 12:00 over the change to summer time: the wall clocks differ by 24 hours, time by 23."""
    begin = datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN)
    assert stretch(begin, datetime(2026, 3, 29, 12, 0, tzinfo=BERLIN)) == "Sat 28 Mar, 12:00 – 12:00"
