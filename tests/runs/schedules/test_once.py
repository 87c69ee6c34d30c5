"""Each occurrence has one run, whoever looks at the same time and whatever is killed meanwhile."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection

from plans.snapshot import Frozen, freeze
from runs import launch, schedules
from runs.models import Run, SolveSchedule
from tests.runs.schedules.clocks import MINUTE, MONDAY, clock_at, make_schedule, occurrences_run, tick_at

pytestmark = pytest.mark.django_db


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


@pytest.mark.usefixtures("plant")
def test_the_database_refuses_a_second_run_of_an_occurrence() -> None:
    schedule = make_schedule()
    tick_at(MONDAY)
    with clock_at(MONDAY), pytest.raises(IntegrityError, match="run_one_per_occurrence"):
        launch.request_scheduled_run(schedules.request_of(schedule), schedule, MONDAY)


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
