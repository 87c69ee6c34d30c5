"""A schedule that cannot start its run says why, holds up no other, and is tried again where that may help."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError

from plant.models import Machine, OperationMode
from runs import launch, liveness, schedules
from runs.models import Run, SolveSchedule
from tests.plans.making import make_machine, make_operation, make_order, make_site
from tests.runs.schedules.clocks import DAY, MINUTE, MONDAY, make_schedule, occurrences_run, tick_at

pytestmark = pytest.mark.django_db


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


def test_a_look_at_the_schedules_is_seen() -> None:
    assert liveness.beat_is_silent()
    make_site()
    schedules.tick()
    assert not liveness.beat_is_silent()
