"""Which occurrences get a run, and when: what is due, missed, made up for, or let go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from plant.models import Order, Site
from runs import schedules
from runs.models import Run, SolveSchedule, State
from runs.models.schedule import Misfire
from tests.runs.schedules.clocks import DAY, MINUTE, MONDAY, clock_at, make_schedule, occurrences_run, take_all, tick_at

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("plant")
def test_an_occurrence_makes_one_run_however_often_one_looks() -> None:
    schedule = make_schedule(limit_seconds=45, threads=1, horizon_days=7, gap_percent=2)
    tick_at(MONDAY - MINUTE)
    assert occurrences_run() == []
    for _look in range(3):
        tick_at(MONDAY + MINUTE)
    run = Run.objects.get()
    assert (run.schedule, run.scheduled_for, run.state, run.requested_by) == (schedule, MONDAY, State.QUEUED, None)
    assert (run.limit_seconds, run.threads, run.horizon_days, run.gap) == (45, 1, 7, 0.02)


@pytest.mark.usefixtures("plant")
def test_a_schedule_runs_by_the_plants_clock_through_a_change_of_the_clocks() -> None:
    make_schedule()
    now = MONDAY - MINUTE
    while now < MONDAY + 8 * DAY:
        tick_at(now)
        take_all()
        now += timedelta(minutes=30)
    week = [MONDAY + day * DAY for day in range(5)]
    after = [MONDAY + day * DAY - timedelta(hours=1) for day in (7, 8)]
    assert occurrences_run() == week + after


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize(
    ("zone", "crontab", "begin", "days", "expected"),
    [
        # the hour from 02:00 is skipped on Sunday, 29 March: due at 03:00 summer time
        ("Europe/Berlin", "30 2 * * *", datetime(2026, 3, 27, 23, tzinfo=UTC), 3, ["28 01:30", "29 01:00", "30 00:30"]),
        # the hour from 02:00 comes twice on Sunday, 25 October: due the first time
        ("Europe/Berlin", "30 2 * * *", datetime(2026, 10, 23, 22, tzinfo=UTC), 3, ["24 00:30", "25 00:30", "26 01:30"]),
        # half an hour is skipped on 4 October, and comes twice on 5 April
        ("Australia/Lord_Howe", "15 2 * * *", datetime(2026, 10, 2, 14, tzinfo=UTC), 3, ["02 15:45", "03 15:30", "04 15:15"]),
        ("Australia/Lord_Howe", "45 1 * * *", datetime(2026, 4, 3, 13, tzinfo=UTC), 3, ["03 14:45", "04 14:45", "05 15:15"]),
    ],
)
def test_two_clocks_make_one_run_a_night_when_the_clocks_change(
    zone: str, crontab: str, begin: datetime, days: int, expected: list[str]
) -> None:
    Site.objects.update(time_zone=zone)
    Order.objects.update(release=begin, due=begin + 14 * DAY)
    make_schedule(crontab=crontab, watch_from=begin)
    for half_hour in range(days * 48):
        for _clock in range(2):
            tick_at(begin + half_hour * timedelta(minutes=30))
        take_all()
    assert [f"{instant:%d %H:%M}" for instant in occurrences_run()] == expected


@pytest.mark.usefixtures("plant")
def test_after_an_outage_only_the_latest_missed_occurrence_is_made_up_for() -> None:
    make_schedule(crontab="", interval_minutes=10, grace_minutes=60, watch_from=MONDAY)
    tick_at(MONDAY + 47 * MINUTE)
    assert occurrences_run() == [MONDAY + 40 * MINUTE]
    tick_at(MONDAY + 48 * MINUTE)
    assert len(occurrences_run()) == 1


@pytest.mark.usefixtures("plant")
def test_runs_that_come_faster_than_they_are_taken_do_not_pile_up() -> None:
    schedule = make_schedule(crontab="", interval_minutes=10, watch_from=MONDAY)
    tick_at(MONDAY + 10 * MINUTE)
    tick_at(MONDAY + 20 * MINUTE)
    schedule.refresh_from_db()
    assert (occurrences_run(), schedule.last_occurrence) == ([MONDAY + 10 * MINUTE], MONDAY + 20 * MINUTE)
    waiting = Run.objects.get()
    assert schedule.last_error == (
        f"Mon 23 Mar 2026 05:50 was skipped: run {waiting.pk}, the one before it, still waits in the queue."
    )
    take_all()
    with clock_at(MONDAY + 21 * MINUTE):
        schedules.run_now(schedule, User.objects.create_user("boss"))  # waits as well, and is no occurrence
    tick_at(MONDAY + 30 * MINUTE)
    schedule.refresh_from_db()
    assert (occurrences_run(), schedule.last_error) == ([MONDAY + minutes * MINUTE for minutes in (10, 30)], "")


@pytest.mark.usefixtures("plant")
def test_a_host_whose_clock_is_fast_starts_nothing_too_soon() -> None:
    now = timezone.now()
    schedule = make_schedule(crontab="", interval_minutes=10, watch_from=now)
    with patch("django.utils.timezone.now", return_value=now + 11 * MINUTE):
        schedules.tick()
    schedule.refresh_from_db()
    assert (schedule.last_occurrence, occurrences_run()) == (None, [])
    SolveSchedule.objects.update(watch_from=now - 11 * MINUTE)
    with patch("django.utils.timezone.now", return_value=now - 11 * MINUTE):
        schedules.tick()
    schedule.refresh_from_db()
    assert schedule.last_occurrence == now - MINUTE, "nor too late"


@pytest.mark.usefixtures("plant")
def test_an_occurrence_missed_by_more_than_the_grace_is_let_go_and_said_so() -> None:
    schedule = make_schedule(grace_minutes=60)
    tick_at(MONDAY + 61 * MINUTE)
    schedule.refresh_from_db()
    assert (occurrences_run(), schedule.last_occurrence) == ([], MONDAY)
    assert "Mon 23 Mar 2026 05:30 was due" in schedule.last_error
    tick_at(MONDAY + DAY)
    schedule.refresh_from_db()
    assert (occurrences_run(), schedule.last_error) == ([MONDAY + DAY], "")


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize(("misfire", "grace_minutes"), [(Misfire.SKIP, 600), (Misfire.LATEST, 0)])
def test_what_is_not_made_up_for_still_gets_its_run_in_time(misfire: Misfire, grace_minutes: int) -> None:
    schedule = make_schedule(misfire=misfire, grace_minutes=grace_minutes)
    tick_at(MONDAY + timedelta(seconds=90))  # somebody looks every 20 s, and a start takes its time
    assert occurrences_run() == [MONDAY]
    take_all()
    tick_at(MONDAY + DAY + 3 * MINUTE)
    schedule.refresh_from_db()
    assert occurrences_run() == [MONDAY]
    assert schedule.last_error
    tick_at(MONDAY + 2 * DAY)
    assert occurrences_run() == [MONDAY, MONDAY + 2 * DAY]


@pytest.mark.usefixtures("plant")
def test_a_disabled_schedule_rests_and_what_lay_before_is_none_of_its_business() -> None:
    schedule = make_schedule(is_enabled=False)
    tick_at(MONDAY + MINUTE)
    schedule.is_enabled, schedule.watch_from = True, MONDAY + 2 * MINUTE
    schedule.save()
    tick_at(MONDAY + 3 * MINUTE)
    assert occurrences_run() == []
