"""What is old goes, in small steps; what is live, and what people need, stays."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from celery import current_app
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django_celery_results.models import TaskResult
from pytest_django import Settings

from plans.models import Plan, Snapshot
from runs import housekeeping, invariants, leases, reading
from runs.leases import Conclusion
from runs.models import Attempt, Incumbent, Outcome, Run, RunEvent, State
from runs.queues import CHORES, LOW_QUEUE, queue_of
from tests.runs.making import claimed, improved, keep_incumbent, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db

LIFE = ["queued", "started", "finished"]


def make_plan() -> Plan:
    number = Plan.objects.count() + 1
    return Plan.objects.create(
        number=number, name=f"Draft {number}", snapshot=make_snapshot(), objective=10, measures={"makespan": 10}
    )


@pytest.fixture(autouse=True)
def policy(settings: Settings) -> None:
    settings.RETENTION_DAYS = {"events": 90, "incumbents": 14, "runs": 365, "results": 7}


def searched(**columns: Any) -> Run:
    """A running run with three improvements, two of them with their schedule."""
    run = make_run(**columns)
    lease = claimed(run)
    keep_incumbent(lease, 30)
    leases.append(lease, *improved(20))
    keep_incumbent(lease, 10)
    return run


def ended(days_ago: int, **columns: Any) -> Run:
    """A finished run with all of that, so many days ago."""
    run = searched(**columns)
    run.refresh_from_db()
    plan = make_plan()
    conclusion = Conclusion(Outcome.FEASIBLE, 10, {"makespan": 10}, plan_id=plan.pk)
    leases.finish(leases.Lease(run.pk, run.attempt, run.lease_owner), conclusion, 1.0, uuid.uuid4())
    age(run, days_ago)
    return run


def age(run: Run, days: int) -> None:
    """As if it had ended before: the guards would refuse to change that."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers
        Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=days))
        cursor.execute("SET session_replication_role = DEFAULT")


def live() -> list[Run]:
    """One run in each state that has not ended, and one that has just ended."""
    stopping = searched()
    leases.stop(stopping.pk, None, "")
    return [make_run(), searched(), stopping, ended(0)]


def everything() -> dict[str, list[Any]]:
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in (Run, RunEvent, Incumbent, Attempt, Snapshot, Plan)
    }


@pytest.mark.parametrize("chore", housekeeping.CHORES.values(), ids=housekeeping.CHORES)
def test_what_is_live_or_young_is_left_as_it_is(chore: Callable[[], int]) -> None:
    live()
    before = everything()
    assert chore() == 0
    assert everything() == before


def test_old_searches_lose_their_steps_and_keep_their_life() -> None:
    old, young, runs = ended(91), ended(89), live()
    assert housekeeping.clean_events() == 3
    assert kinds(old) == LIFE
    assert len(kinds(young)) == 6
    old.refresh_from_db()
    assert old.thinned_at is not None
    assert Run.objects.filter(thinned_at=None).count() == 1 + len(runs)
    assert invariants.violations() == []
    assert housekeeping.clean_events() == 0


def test_a_thinned_run_is_told_to_browsers_as_such_and_to_its_end() -> None:
    old = ended(91)
    first = reading.read(old.pk, 0, None)
    housekeeping.clean_events()
    thinned = reading.read(old.pk, 0, None)
    assert first is not None
    assert thinned is not None
    assert (first.state["thinned"], thinned.state["thinned"]) == (False, True)
    assert [event["kind"] for event in thinned.events] == LIFE
    assert thinned.is_complete


def test_a_gap_in_a_run_that_was_not_thinned_is_still_a_violation() -> None:
    old = ended(91)
    with housekeeping._retention():
        RunEvent.objects.filter(run=old, kind="improved").delete()
    assert len(invariants.violations()) == 1


def test_old_runs_keep_their_best_schedule_and_their_plan() -> None:
    old, young = ended(15), ended(13)
    given_up = searched()
    leases.cancel(given_up.pk, None, "")
    best = Incumbent.objects.filter(run=old).latest("seq")
    assert housekeeping.clean_incumbents() == 1
    assert list(Incumbent.objects.filter(run=old)) == [best]
    assert Incumbent.objects.filter(run__in=[young, given_up]).count() == 4
    old.refresh_from_db()
    assert (old.incumbent_seq, old.plan) == (best.seq, Plan.objects.get(runs=old))
    assert invariants.violations() == []
    assert housekeeping.clean_incumbents() == 0


def test_runs_go_only_when_the_policy_says_so_and_their_plans_stay(settings: Settings) -> None:
    old, young = ended(366), ended(364)
    child = make_run(again_of=old)
    settings.RETENTION_DAYS |= {"runs": 0}
    assert housekeeping.clean_runs() == 0
    settings.RETENTION_DAYS |= {"runs": 365}
    assert housekeeping.clean_runs() == 1
    assert set(Run.objects.values_list("pk", flat=True)) == {young.pk, child.pk}
    assert set(RunEvent.objects.values_list("run", flat=True)) == {young.pk, child.pk}
    assert set(Attempt.objects.values_list("run", flat=True)) == {young.pk}
    assert Plan.objects.count() == 2
    assert Run.objects.get(pk=child.pk).again_of is None
    assert housekeeping.clean_runs() == 0


def test_zero_days_is_never(settings: Settings) -> None:
    ended(10_000)
    TaskResult.objects.create(task_id="1")
    TaskResult.objects.update(date_done=timezone.now() - timedelta(days=10_000))
    settings.RETENTION_DAYS = dict.fromkeys(settings.RETENTION_DAYS, 0)
    before = everything()
    assert [chore() for chore in housekeeping.CHORES.values()] == [0] * len(CHORES)
    assert (everything(), TaskResult.objects.count()) == (before, 1)


def test_snapshots_that_nobody_asks_about_go() -> None:
    kept = {make_run().snapshot_id, make_plan().snapshot_id}
    young, old = make_snapshot(), make_snapshot()
    Snapshot.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert housekeeping.clean_snapshots() == 1
    assert set(Snapshot.objects.values_list("pk", flat=True)) == {*kept, young.pk}
    assert not Snapshot.objects.filter(pk=old.pk).exists()


def test_results_and_sessions_go_when_they_are_over() -> None:
    now = timezone.now()
    for name, days in (("old", 8), ("young", 6)):
        TaskResult.objects.create(task_id=name)
        TaskResult.objects.filter(task_id=name).update(date_done=now - timedelta(days=days))
        Session.objects.create(session_key=name, session_data="", expire_date=now + timedelta(days=7 - days))
    assert (housekeeping.clean_results(), housekeeping.clean_sessions()) == (1, 1)
    assert [row.task_id for row in TaskResult.objects.all()] == [row.session_key for row in Session.objects.all()] == ["young"]


def test_large_clean_ups_take_many_small_transactions() -> None:
    for _number in range(5):
        ended(400)
    with (
        patch.multiple(housekeeping, RUNS_AT_A_TIME=2, INCUMBENTS_AT_A_TIME=2),
        patch.object(housekeeping, "_retention", wraps=housekeeping._retention) as transactions,
    ):
        assert housekeeping.clean_events() == 15
        assert transactions.call_count == 4  # 2 + 2 + 1 runs, and none
        assert housekeeping.clean_incumbents() == 5
        assert transactions.call_count == 8
        assert housekeeping.clean_runs() == 5
        assert transactions.call_count == 12


class Killed(BaseException):
    """As if the process had gone."""


def test_a_chore_that_is_killed_in_the_middle_is_finished_by_the_next_one() -> None:
    runs = [ended(91) for _number in range(3)]
    calls: list[int] = []

    def killed_in_the_second_step(days: int) -> tuple[bool, int]:
        done = step(days)
        calls.append(days)
        if len(calls) == 2:
            raise Killed
        return done

    step = housekeeping._thin
    with (
        patch.object(housekeeping, "RUNS_AT_A_TIME", 1),
        patch.object(housekeeping, "_thin", killed_in_the_second_step),
        pytest.raises(Killed),
    ):
        housekeeping.clean_events()
    assert sorted(len(kinds(run)) for run in runs) == [3, 6, 6], "the second step was rolled back as a whole"
    assert invariants.violations() == []
    assert housekeeping.clean_events() == 6
    assert [kinds(run) for run in runs] == [LIFE] * 3


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_wait_for_each_other_and_let_each_row_go_once() -> None:
    for _number in range(6):
        ended(91)
    together = threading.Barrier(2)

    def clean(_number: int) -> int:
        try:
            together.wait()
            return housekeeping.clean_events() + housekeeping.clean_incumbents()
        finally:
            connection.close()

    with patch.multiple(housekeeping, RUNS_AT_A_TIME=1, INCUMBENTS_AT_A_TIME=1), ThreadPoolExecutor(2) as pool:
        gone = sum(pool.map(clean, range(2)))
    leftover = housekeeping.clean_events() + housekeeping.clean_incumbents()  # what one held while the other looked
    assert gone + leftover == 6 * 3 + 6
    assert invariants.violations() == []


def test_even_with_retention_rows_of_live_runs_do_not_go() -> None:
    for run in live()[:3]:
        assert run.pk
        for rows in (RunEvent.objects.filter(run=run), Incumbent.objects.filter(run=run), Attempt.objects.filter(run=run)):
            if rows.exists():
                with pytest.raises(IntegrityError, match="append-only"), housekeeping._retention():
                    rows.delete()
        with pytest.raises(IntegrityError), housekeeping._retention():
            Run.objects.filter(pk=run.pk).delete()
        assert Run.objects.get(pk=run.pk).state in {State.QUEUED, State.RUNNING, State.STOPPING}


def test_the_door_closes_with_its_transaction() -> None:
    old = ended(91)
    with housekeeping._retention():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL taktline.retention = ''")  # this test is one transaction: what a commit would do
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        RunEvent.objects.filter(run=old).delete()


def test_each_chore_is_a_task_of_the_low_queue() -> None:
    current_app.loader.import_default_modules()
    assert set(housekeeping.CHORES) == set(CHORES)
    for name in CHORES:
        assert queue_of(name) == LOW_QUEUE
        ended(91)
        assert current_app.tasks[name].apply().successful()
