"""Runs of the clock beside those of people: which goes first, what “Run now” makes, and who is said to have asked."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from plant.models import Machine
from runs import launch, schedules
from runs.models import Priority, Run, RunEvent
from runs.words import asked_by
from tests.runs.schedules.clocks import MINUTE, MONDAY, clock_at, make_schedule, occurrences_run, tick_at

pytestmark = pytest.mark.django_db


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


def test_a_run_says_who_or_what_asked_for_it_when_that_is_gone(plant: Machine) -> None:
    schedule, boss = make_schedule(), User.objects.create_user("boss")
    tick_at(MONDAY)
    with clock_at(MONDAY):
        schedules.run_now(schedule, boss)
        launch.request_run(launch.RunRequest(profile=schedule.profile), None)
    schedule.delete()
    boss.delete()
    assert [asked_by(run) for run in Run.objects.order_by("pk")] == ["a schedule that is gone", "a user who is gone", "Taktline"]
