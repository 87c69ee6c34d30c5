"""Asking the very same question once more, and what is remembered of who asked and why."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plant.models import Machine
from runs import leases
from runs.launch import QUESTION, RunRequest, repeat_run, request_run
from runs.models import ObjectiveProfile, Priority, Run, State
from runs.words import asked_by
from tests.plans.making import make_operation, make_order

pytestmark = pytest.mark.django_db


def requested(person: User) -> Run:
    profile = ObjectiveProfile.default()
    assert profile is not None
    wanted = RunRequest(
        profile, horizon_days=5, limit_seconds=90, threads=3, seed=7, gap=0.01, iterations=500, reason="Monday's shift"
    )
    return request_run(wanted, person).run


def test_the_same_question_is_asked_again_though_the_plant_has_changed(plant: Machine, bell: list[int]) -> None:
    petra = User.objects.create_user("petra")
    first = requested(petra)
    leases.cancel(first.pk, petra, "")
    order = make_order("4712", release=first.requested_at, due=first.requested_at)
    make_operation(order, plant)
    second = repeat_run(first, User.objects.create_user("paul"), "The worker was out of memory").run
    assert (second.state, second.again_of) == (State.QUEUED, first)
    assert {name: getattr(second, name) for name in QUESTION} == {name: getattr(first, name) for name in QUESTION}
    event = second.events.get()
    assert event.data == {"by": "paul", "reason": "The worker was out of memory"}


def test_asking_again_does_not_read_the_snapshot(plant: Machine, bell: list[int]) -> None:
    petra = User.objects.create_user("petra")
    original = Run.objects.get(pk=requested(petra).pk)
    with CaptureQueriesContext(connection) as asked:
        repeat_run(original, petra, "")
    assert [query["sql"] for query in asked.captured_queries if '"plans_snapshot"."problem"' in query["sql"]] == []


def test_the_new_run_answers_the_question_from_then_on(plant: Machine, bell: list[int]) -> None:
    petra = User.objects.create_user("petra")
    first = requested(petra)
    second = repeat_run(first, petra, "").run
    first.refresh_from_db()
    assert (first.answers_key, second.answers_key) == (False, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [(Priority.LOW, Priority.NORMAL), (Priority.NORMAL, Priority.NORMAL), (Priority.URGENT, Priority.URGENT)],
)
def test_somebody_waits_for_what_is_asked_again(plant: Machine, bell: list[int], before: Priority, after: Priority) -> None:
    petra = User.objects.create_user("petra")
    first = requested(petra)
    Run.objects.update(priority=before)
    first.refresh_from_db()
    assert repeat_run(first, petra, "").run.priority == after


def test_runs_of_before_are_told_apart_by_whether_anybody_asked_for_them(plant: Machine, bell: list[int]) -> None:
    petra = User.objects.create_user("petra")
    of_petra, of_nobody = requested(petra), repeat_run(requested(petra), None, "").run
    petra.delete()
    Run.objects.update(by_itself=False)  # as they were before there was such a column
    with connection.cursor() as cursor:
        cursor.execute(import_module("runs.migrations.0012_promotions").BY_ITSELF)
    told = [asked_by(Run.objects.get(pk=run.pk)) for run in (of_petra, of_nobody)]
    assert told == ["a user who is gone", "Taktline"]


def test_the_first_event_says_who_asked_and_why(plant: Machine, bell: list[int]) -> None:
    run = requested(User.objects.create_user("petra"))
    assert run.events.get().data == {"by": "petra", "reason": "Monday's shift"}
