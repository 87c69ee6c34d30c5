"""Calendars as rows: shifts, holidays of the site and exceptions, read in a few statements."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from plant.calendars import holidays_by_day, open_windows, open_windows_by_calendar
from plant.models import Calendar, CalendarException, Shift
from tests.plant import making

pytestmark = pytest.mark.django_db

LABOUR_DAY = datetime(2026, 5, 1, tzinfo=UTC)


def day_shifts(**values: object) -> Calendar:
    calendar = Calendar.objects.create(name="Days", **values)
    for weekday in range(5):
        Shift.objects.create(calendar=calendar, weekday=weekday, start_time=time(6), end_time=time(14))
    return calendar


def test_public_holidays_of_the_site_close_a_calendar_that_observes_them() -> None:
    making.site()
    span = (LABOUR_DAY, LABOUR_DAY + timedelta(days=1))
    assert open_windows(day_shifts(), *span) == []
    Calendar.objects.update(observes_holidays=False)
    assert open_windows(Calendar.objects.get(), *span) == [(LABOUR_DAY + timedelta(hours=4), LABOUR_DAY + timedelta(hours=12))]


def test_a_subdivision_has_holidays_of_its_own() -> None:
    epiphany = date(2026, 1, 6)
    span = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert epiphany in holidays_by_day(making.site(), *span)
    assert epiphany not in holidays_by_day(making.site(subdivision="BE"), *span)
    assert holidays_by_day(making.site(country="", subdivision=""), *span) == {}


def test_of_exceptions_that_overlap_the_one_made_last_counts() -> None:
    making.site()
    calendar = day_shifts()
    whole = {"start": LABOUR_DAY, "end": LABOUR_DAY + timedelta(days=1)}
    CalendarException.objects.create(calendar=calendar, is_open=True, reason="Overtime", **whole)
    assert open_windows(calendar, *whole.values()) == [(whole["start"], whole["end"])]
    CalendarException.objects.create(calendar=calendar, is_open=False, reason="Called off", **whole)
    assert open_windows(calendar, *whole.values()) == []


def test_many_calendars_are_read_in_three_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    making.site()
    calendars = [making.always_open(f"Calendar {number}") for number in range(20)]
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    with django_assert_num_queries(3):
        found = open_windows_by_calendar(calendars, begin, begin + timedelta(days=60))
    assert all(windows == [(begin, begin + timedelta(days=60))] for windows in found.values())
    assert len(found) == 20
