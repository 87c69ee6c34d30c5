"""Schedules make one run for each occurrence, whoever looks and however often."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from plans.snapshot import Frozen, freeze
from plant.models import Machine, OperationMode, Order, Site
from runs import launch, liveness, schedules
from runs.models import ObjectiveProfile, Priority, Run, RunEvent, SolveSchedule, State
from runs.models.schedule import Misfire
from runs.words import asked_by
from tests.plans.making import make_machine, make_operation, make_order, make_site
from tests.runs.making import claimed

pytestmark = pytest.mark.django_db

# the working days of one week in Berlin; the clocks go forward on Sunday, 29 March 2026
MONDAY = datetime(2026, 3, 23, 4, 30, tzinfo=UTC)  # 05:30 by the plant's clock
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def plant(plant: Machine) -> Machine:
    """The plant with its order in that week."""
    Order.objects.update(release=MONDAY, due=MONDAY + 14 * DAY)
    return plant


@contextmanager
def clock_at(now: datetime) -> Iterator[None]:
    """At which PostgreSQL's clock stands, and the host's."""
    with patch("runs.schedules._now", return_value=now), patch("django.utils.timezone.now", return_value=now):
        yield


def tick_at(now: datetime) -> None:
    with clock_at(now):
        schedules.tick()


def take_all() -> None:
    """What waits begins."""
    for run in Run.objects.filter(state=State.QUEUED):
        claimed(run)


def make_schedule(**columns: Any) -> SolveSchedule:
    profile, _ = ObjectiveProfile.objects.get_or_create(name="For tests", defaults={"makespan": 1})
    columns = {"name": "Early", "crontab": "30 5 * * mon-fri", "profile": profile, "watch_from": MONDAY - DAY} | columns
    return SolveSchedule.objects.create(**columns)


def occurrences_run() -> list[datetime]:
    return [run.scheduled_for for run in Run.objects.order_by("scheduled_for") if run.scheduled_for]


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


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(IntegrityError, match="solve_schedule_misfire_known"):
        make_schedule(misfire="twice")


@pytest.mark.usefixtures("plant")
def test_a_disabled_schedule_rests_and_what_lay_before_is_none_of_its_business() -> None:
    schedule = make_schedule(is_enabled=False)
    tick_at(MONDAY + MINUTE)
    schedule.is_enabled, schedule.watch_from = True, MONDAY + 2 * MINUTE
    schedule.save()
    tick_at(MONDAY + 3 * MINUTE)
    assert occurrences_run() == []


def test_a_broken_plant_is_told_on_the_schedule_and_the_next_occurrence_tries_again(plant: Machine) -> None:
    broken = make_operation(make_order("5001", release=MONDAY, due=MONDAY + DAY), plant)
    OperationMode.objects.filter(operation=broken).delete()
    schedule = make_schedule()
    tick_at(MONDAY)
    schedule.refresh_from_db()
    assert "5001" in schedule.last_error
    assert schedule.last_occurrence == MONDAY
    assert not Run.objects.exists()
    OperationMode.objects.create(operation=broken, machine=plant, run_minutes=5)
    tick_at(MONDAY + MINUTE)
    assert not Run.objects.exists(), "this occurrence has been dealt with"
    tick_at(MONDAY + DAY)
    schedule.refresh_from_db()
    assert (schedule.last_error, occurrences_run()) == ("", [MONDAY + DAY])


def test_what_many_operations_suffer_from_is_told_once_on_the_schedule(plant: Machine) -> None:
    idle = make_machine(plant.cell, "MI-09", is_active=False)
    for number in ("5001", "5002"):
        make_operation(make_order(number, release=MONDAY, due=MONDAY + DAY), idle)
    schedule = make_schedule()
    tick_at(MONDAY)
    schedule.refresh_from_db()
    assert schedule.last_error == f"Machine {idle} is not active, and 2 operations have no other machine."


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


class Killed(BaseException):
    """As if the process had gone."""


@pytest.mark.usefixtures("plant")
def test_a_clock_that_is_killed_in_the_middle_leaves_the_occurrence_to_the_next_one() -> None:
    schedule = make_schedule()
    with patch("runs.schedules.request_scheduled_run", side_effect=Killed), pytest.raises(Killed):
        tick_at(MONDAY)
    schedule.refresh_from_db()
    assert (schedule.last_occurrence, schedule.last_error) == (None, "")
    tick_at(MONDAY + MINUTE)
    assert occurrences_run() == [MONDAY]


@pytest.mark.usefixtures("plant")
def test_an_occurrence_that_has_its_run_already_is_dealt_with() -> None:
    schedule = make_schedule()
    tick_at(MONDAY)
    SolveSchedule.objects.update(last_occurrence=None)
    tick_at(MONDAY + MINUTE)
    schedule.refresh_from_db()
    assert (occurrences_run(), schedule.last_occurrence, schedule.last_error) == ([MONDAY], MONDAY, "")


def failing_for(name: str, error: Exception) -> Any:
    """Launching fails for one schedule."""

    def launched(wanted: launch.RunRequest, schedule: SolveSchedule, scheduled_for: datetime) -> Run:
        if schedule.name == name:
            raise error
        return launch.request_scheduled_run(wanted, schedule, scheduled_for)

    return patch("runs.schedules.request_scheduled_run", side_effect=launched)


@pytest.mark.usefixtures("plant")
def test_an_error_of_ours_in_one_schedule_holds_up_no_other_and_is_told_on_it() -> None:
    broken, well = make_schedule(name="A"), make_schedule(name="B")
    with failing_for("A", KeyError("a bug")), pytest.raises(schedules.ScheduleFailed) as failure:
        tick_at(MONDAY)
    assert isinstance(failure.value.__cause__, KeyError)
    assert Run.objects.get().schedule == well
    broken.refresh_from_db()
    (error_id,) = re.findall(r"The log has it under ([0-9a-f-]{36})", broken.last_error)
    assert error_id in str(failure.value)
    tick_at(MONDAY + MINUTE)
    assert Run.objects.count() == 1, "it is not tried again and again"
    tick_at(MONDAY + DAY)
    broken.refresh_from_db()
    assert (broken.last_error, broken.runs.get().scheduled_for) == ("", MONDAY + DAY)


@pytest.mark.usefixtures("plant")
def test_after_an_error_of_the_database_the_occurrence_is_tried_again() -> None:
    broken, _well = make_schedule(name="A"), make_schedule(name="B")
    with failing_for("A", OperationalError("canceling statement due to lock timeout")), pytest.raises(schedules.ScheduleFailed):
        tick_at(MONDAY)
    broken.refresh_from_db()
    assert "internal error" in broken.last_error
    tick_at(MONDAY + MINUTE)
    broken.refresh_from_db()
    assert (broken.last_error, broken.runs.get().scheduled_for) == ("", MONDAY)


@pytest.mark.usefixtures("plant")
def test_a_broken_rule_holds_up_no_other() -> None:
    make_schedule(name="A")
    SolveSchedule.objects.update(crontab="written by hand")
    make_schedule(name="B")
    with pytest.raises(schedules.ScheduleFailed):
        tick_at(MONDAY)
    assert occurrences_run() == [MONDAY]


def test_without_a_database_the_look_ends_at_the_first_schedule() -> None:
    make_schedule(name="A")
    make_schedule(name="B")
    away = OperationalError("gone")
    with (
        patch("runs.schedules._tend", side_effect=away) as tended,
        patch("runs.schedules.SolveSchedule.objects.filter", side_effect=[SolveSchedule.objects.all(), away]),
        pytest.raises(OperationalError),
    ):
        tick_at(MONDAY)
    assert tended.call_count == 1


@pytest.mark.usefixtures("plant")
def test_scheduled_runs_let_others_go_first() -> None:
    schedule = make_schedule()
    tick_at(MONDAY)
    with clock_at(MONDAY + MINUTE):
        run_now = schedules.run_now(schedule, User.objects.create_user("boss"))
    assert Run.objects.get(scheduled_for=MONDAY).priority == Priority.LOW
    assert run_now.priority == Priority.NORMAL


@pytest.mark.usefixtures("plant")
def test_run_now_is_a_persons_run_and_disturbs_no_occurrence() -> None:
    schedule = make_schedule(limit_seconds=45, threads=1, horizon_days=7)
    boss = User.objects.create_user("boss")
    with clock_at(MONDAY - MINUTE):
        runs = [schedules.run_now(schedule, boss) for _click in range(2)]
    assert len({run.pk for run in runs}) == 2
    assert {
        (run.requested_by, run.schedule, run.scheduled_for, run.limit_seconds, run.threads, run.horizon_days) for run in runs
    } == {(boss, schedule, None, 45, 1, 7)}
    assert {asked_by(run) for run in runs} == {"boss"}
    assert RunEvent.objects.get(run=runs[0]).data == {"by": "boss", "reason": "“Run now” of the schedule “Early”"}
    schedule.refresh_from_db()
    assert schedule.last_occurrence is None
    tick_at(MONDAY)
    assert occurrences_run() == [MONDAY]


@pytest.mark.usefixtures("plant")
def test_a_scheduled_run_is_a_new_one_even_if_the_question_was_asked_by_hand() -> None:
    schedule = make_schedule()
    with clock_at(MONDAY):
        by_hand = launch.request_run(schedules.request_of(schedule), None).run
    tick_at(MONDAY)
    assert Run.objects.exclude(pk=by_hand.pk).get().schedule == schedule


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("plant", "bell")
def test_many_clocks_at_once_make_one_run() -> None:
    make_schedule()

    def look(_number: int) -> None:
        try:
            schedules.tick()
        finally:
            connection.close()

    with clock_at(MONDAY + MINUTE), ThreadPoolExecutor(6) as pool:
        list(pool.map(look, range(12)))
    assert occurrences_run() == [MONDAY]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("plant", "bell")
def test_schedules_that_ask_the_same_at_once_get_a_run_each() -> None:
    """Between its look and its insert each finds the run of another in the place of its own."""
    twins = [make_schedule(name=f"Early {number}") for number in range(4)]
    together, looks = Barrier(len(twins)), itertools.count()
    displace = launch._displace

    def displaced(key: str) -> None:
        displace(key)
        if next(looks) < len(twins):
            together.wait(10)

    def start(schedule: SolveSchedule) -> None:
        try:
            launch.request_scheduled_run(schedules.request_of(schedule), schedule, MONDAY)
        finally:
            connection.close()

    with clock_at(MONDAY), patch("runs.launch._displace", displaced), ThreadPoolExecutor(len(twins)) as pool:
        list(pool.map(start, twins))
    assert [twin.runs.get().scheduled_for for twin in twins] == [MONDAY] * len(twins)
    assert Run.objects.filter(answers_key=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("plant", "bell")
def test_the_plant_is_read_once_as_one_consistent_state() -> None:
    make_schedule()
    read: list[str] = []

    def noted(*arguments: Any, **options: Any) -> Frozen:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            read.append(cursor.fetchone()[0])
        return freeze(*arguments, **options)

    with patch("plans.snapshot.memory.freeze", noted):
        tick_at(MONDAY)
    assert read == ["repeatable read"]
    assert occurrences_run() == [MONDAY]


@pytest.mark.usefixtures("plant")
def test_the_database_refuses_a_second_run_of_an_occurrence() -> None:
    schedule = make_schedule()
    tick_at(MONDAY)
    with clock_at(MONDAY), pytest.raises(IntegrityError, match="run_one_per_occurrence"):
        launch.request_scheduled_run(schedules.request_of(schedule), schedule, MONDAY)


def test_the_next_occurrences_are_told_by_the_plants_clock() -> None:
    make_site("Europe/Berlin")
    with clock_at(MONDAY + 4 * DAY):
        coming = schedules.next_occurrences(make_schedule(), 2)
    assert [f"{instant:%a %H:%M %z}" for instant in coming] == ["Mon 05:30 +0200", "Tue 05:30 +0200"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"crontab": "30 25 * * *"}, "hour 25"),
        ({"crontab": "", "interval_minutes": None}, "either a crontab or an interval"),
        ({"crontab": "0 6 * * *", "interval_minutes": 5}, "either a crontab or an interval"),
        ({"limit_seconds": 100_000}, "less than or equal to 86400"),
        ({"horizon_days": 1000}, "less than or equal to 120"),
        ({"gap_percent": 51}, "less than or equal to 50"),
        ({"threads": 1000}, "less than or equal to 64"),
        ({"memory_mb": 10**6}, "less than or equal to 262144"),
        ({"grace_minutes": 2**31 - 1}, "less than or equal to 10080"),
        ({"crontab": "", "interval_minutes": 2**31 - 1}, "less than or equal to 527040"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(columns: dict[str, Any], sentence: str) -> None:
    schedule = SolveSchedule(**{"name": "Odd", "crontab": "0 6 * * *", "profile": ObjectiveProfile.objects.first()} | columns)
    with pytest.raises(ValidationError, match=sentence):
        schedule.full_clean()


def test_a_run_says_who_or_what_asked_for_it_when_that_is_gone(plant: Machine) -> None:
    schedule, boss = make_schedule(), User.objects.create_user("boss")
    tick_at(MONDAY)
    with clock_at(MONDAY):
        schedules.run_now(schedule, boss)
        launch.request_run(launch.RunRequest(profile=schedule.profile), None)
    schedule.delete()
    boss.delete()
    assert [asked_by(run) for run in Run.objects.order_by("pk")] == ["a schedule that is gone", "a user who is gone", "Taktline"]


def test_a_look_at_the_schedules_is_seen() -> None:
    assert liveness.beat_is_silent()
    make_site()
    schedules.tick()
    assert not liveness.beat_is_silent()
