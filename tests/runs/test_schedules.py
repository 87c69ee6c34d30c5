"""Schedules make one run for each occurrence, whoever looks and however often."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django_celery_beat.models import PeriodicTask

from plant.models import Machine, OperationMode, Order
from runs import launch, liveness, schedules
from runs.models import ObjectiveProfile, Run, SolveSchedule, State
from runs.queues import TICK
from tests.plans.making import make_operation, make_order, make_site

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
    with patch("runs.schedules.timezone.now", return_value=now), patch("runs.launch.timezone.now", return_value=now):
        yield


def tick_at(now: datetime) -> None:
    with clock_at(now):
        schedules.tick()


def make_schedule(**columns: Any) -> SolveSchedule:
    profile, _ = ObjectiveProfile.objects.get_or_create(name="For tests", defaults={"makespan": 1})
    columns = {"name": "Early", "crontab": "30 5 * * mon-fri", "profile": profile, "watch_from": MONDAY - DAY} | columns
    return SolveSchedule.objects.create(**columns)


def occurrences_run() -> list[datetime]:
    return [run.scheduled_for for run in Run.objects.order_by("scheduled_for") if run.scheduled_for]


@pytest.mark.usefixtures("plant")
def test_an_occurrence_makes_one_run_however_often_one_looks() -> None:
    schedule = make_schedule(limit_seconds=45, threads=1, horizon_days=7)
    tick_at(MONDAY - MINUTE)
    assert occurrences_run() == []
    for _look in range(3):
        tick_at(MONDAY + MINUTE)
    run = Run.objects.get()
    assert (run.schedule, run.scheduled_for, run.state, run.requested_by) == (schedule, MONDAY, State.QUEUED, None)
    assert (run.limit_seconds, run.threads, run.horizon_days) == (45, 1, 7)


@pytest.mark.usefixtures("plant")
def test_a_schedule_runs_by_the_plants_clock_through_a_change_of_the_clocks() -> None:
    make_schedule()
    now = MONDAY - MINUTE
    while now < MONDAY + 8 * DAY:
        tick_at(now)
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
def test_an_occurrence_missed_by_more_than_the_grace_is_let_go() -> None:
    make_schedule(grace_minutes=60)
    tick_at(MONDAY + 61 * MINUTE)
    assert occurrences_run() == []
    tick_at(MONDAY + DAY)
    assert occurrences_run() == [MONDAY + DAY]


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


def test_celerys_clock_fires_one_task_and_its_tick_is_seen() -> None:
    assert list(PeriodicTask.objects.exclude(task__startswith="celery.").values_list("task", flat=True)) == [TICK]
    assert liveness.beat_is_silent()
    make_site()
    schedules.tick()
    assert not liveness.beat_is_silent()
