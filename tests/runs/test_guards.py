"""What the database refuses, whoever asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField, CharField, DateTimeField, Field, TextField
from django.utils import timezone

from plans.models import Plan
from runs import leases
from runs.leases import Conclusion, Setback
from runs.models import (
    Attempt,
    Breaker,
    BreakerState,
    Ending,
    FailureCode,
    Incumbent,
    ObjectiveProfile,
    Outcome,
    Run,
    RunEvent,
    State,
)
from tests.runs.making import claimed, keep_incumbent, make_run, make_snapshot

pytestmark = pytest.mark.django_db

REPOSITORY = Path(__file__).resolve().parents[2]


def refused(run: Run, match: str, **columns: Any) -> None:
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**columns)


def finished_run(**columns: Any) -> Run:
    run = make_run(**columns)
    lease = claimed(run)
    keep_incumbent(lease)
    leases.finish(lease, Conclusion(Outcome.FEASIBLE, 10, {"makespan": 10}), 1.0, uuid.uuid4())
    run.refresh_from_db()
    return run


MAY_CHANGE = {"profile", "requested_by", "schedule", "again_of", "plan", "answers_key", "thinned_at"}
COLUMNS = [field for field in Run._meta.concrete_fields if field.name not in MAY_CHANGE]
OTHER: dict[str, Any] = {
    "state": State.QUEUED,
    "outcome": Outcome.OPTIMAL,
    "stop_kind": "stop",
    "setback": "internal",
    "failure_code": "internal",
    "measures": {"makespan": 9},
    "reasons": ["Because."],
}


def another(run: Run, column: Field[Any, Any]) -> Any:
    """A value that the column may have and has not."""
    value = getattr(run, column.attname)
    match column:
        case _ if column.name in OTHER:
            return OTHER[column.name]
        case BooleanField():
            return not value
        case DateTimeField():
            return timezone.now() + timedelta(days=1)
        case CharField() | TextField():
            return "something else"
        case _:
            return (value or 0) + 1


@pytest.mark.parametrize("column", COLUMNS, ids=[column.name for column in COLUMNS])
def test_what_has_ended_stays_as_it_ended(column: Field[Any, Any]) -> None:
    run = finished_run()
    refused(run, "has ended", **{column.attname: another(run, column)})


def test_what_has_ended_is_not_begun_again() -> None:
    refused(finished_run(), "has ended", state=State.QUEUED, outcome="", finished_at=None)


def a_person() -> User:
    return User.objects.create(username=uuid.uuid4().hex)


def test_what_has_ended_may_lose_the_rows_it_points_to() -> None:
    run = finished_run(again_of=make_run(), profile=ObjectiveProfile.default(), requested_by=a_person())
    Run.objects.filter(pk=run.pk).update(profile=None, plan=None, requested_by=None, again_of=None, answers_key=False)


@pytest.mark.parametrize("column", ["profile", "requested_by", "again_of", "answers_key"])
def test_what_has_ended_does_not_get_others_instead(column: str) -> None:
    others = {
        "profile": ObjectiveProfile.default(),
        "requested_by": a_person(),
        "again_of": make_run(),
        "answers_key": True,
    }
    refused(finished_run(answers_key=False), "has ended", **{column: others[column]})


def test_a_plan_may_still_be_kept_or_go_but_not_be_another() -> None:
    run = finished_run()
    kept, another = (
        Plan.objects.create(number=number, snapshot=run.snapshot, objective=10, measures={"makespan": 10}) for number in (1, 2)
    )
    Run.objects.filter(pk=run.pk).update(plan=kept)
    refused(run, "has ended", plan=another)
    Run.objects.filter(pk=run.pk).update(plan=None)


def test_a_run_is_thinned_once() -> None:
    run = finished_run()
    Run.objects.filter(pk=run.pk).update(thinned_at=timezone.now())
    refused(run, "has ended", thinned_at=None)


def untold(run: Run, seq: int) -> None:
    with pytest.raises(IntegrityError, match="not among those"), transaction.atomic():
        RunEvent.objects.create(run=run, seq=seq, attempt=run.attempt, kind="bound", event_uid=uuid.uuid4())


@pytest.mark.parametrize("make", [finished_run, make_run])
def test_no_event_is_told_that_its_run_has_not_counted(make: Callable[[], Run]) -> None:
    run = make()
    untold(run, run.last_seq + 1)
    untold(run, run.last_seq + 2)


def test_a_number_that_thinning_has_freed_is_not_used_again() -> None:
    run = finished_run()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL taktline.retention = 'on'")
        Run.objects.filter(pk=run.pk).update(thinned_at=timezone.now())
        RunEvent.objects.filter(run=run, kind="improved").delete()
    untold(run, 3)


@pytest.mark.parametrize("column", ["attempt", "failures", "last_seq"])
def test_counters_do_not_go_back(column: str) -> None:
    run = make_run()
    leases.set_back(claimed(run), Setback(FailureCode.WORKER_LOST), uuid.uuid4())
    refused(run, "never go back", **{column: 0})


def test_no_step_is_skipped() -> None:
    refused(make_run(), "cannot go from queued", state=State.FINISHED, outcome=Outcome.UNKNOWN, finished_at=timezone.now())


def an_attempt(run: Run, **columns: Any) -> Attempt:
    return Attempt.objects.create(run=run, number=1, owner="solve@here/1", began_at=timezone.now(), **columns)


def test_an_attempt_that_has_ended_stays_as_it_ended() -> None:
    run = make_run()
    attempt = an_attempt(run)
    Attempt.objects.filter(pk=attempt.pk).update(threads=2)
    Attempt.objects.filter(pk=attempt.pk).update(outcome=Ending.FINISHED, ended_at=timezone.now())
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(log_tail="something else")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).delete()


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"outcome": Ending.FINISHED}, "attempt_outcome_iff_ended"),
        ({"outcome": Ending.LOST, "ended_at": timezone.now()}, "attempt_failure_iff_failed"),
        ({"failure_code": "internal"}, "attempt_failure_iff_failed"),
    ],
)
def test_an_attempt_does_not_contradict_itself(columns: dict[str, Any], rule: str) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        an_attempt(make_run(), **columns)


def test_there_is_one_breaker_and_it_does_not_contradict_itself() -> None:
    for columns, rule in (
        ({"id": 2}, "breaker_only_one"),
        ({"state": BreakerState.OPEN}, "breaker_retries_iff_open"),
        ({"trial": make_run()}, "breaker_tries_only_in_trial"),
    ):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Breaker.objects.create(**columns)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"lease_until": timezone.now(), "lease_owner": "x"}, "run_leased_iff_running"),
        ({"outcome": Outcome.UNKNOWN}, "run_outcome_iff_finished"),
        ({"failure_code": "internal"}, "run_failure_iff_failed"),
        ({"finished_at": timezone.now()}, "run_end_iff_ended"),
        ({"best_objective": 3}, "run_measures_iff_objective"),
        ({"failures": 1}, "run_failures_within_attempts"),
        ({"limit_seconds": 0}, "run_limits_positive"),
        ({"priority": 51}, "run_priority_known"),
        ({"state": "sleeping"}, "sleeping|run_state_known"),
    ],
)
def test_columns_that_contradict_each_other(change: dict[str, Any], rule: str) -> None:
    refused(make_run(), rule, **change)


ENDED = {"finished_at": timezone.now(), "best_objective": 3, "measures": {"makespan": 3}}


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"state": "sleeping"}, "run_state_known"),
        ({"state": State.CANCELLED, "finished_at": timezone.now()}, "run_stopping_was_asked"),
        (ENDED | {"state": State.FINISHED, "outcome": Outcome.OPTIMAL, "fallback": True}, "run_fallback_proves_nothing"),
        (ENDED | {"state": State.FINISHED, "outcome": Outcome.INFEASIBLE}, "run_outcome_agrees_with_progress"),
    ],
)
def test_rows_that_contradict_themselves(columns: dict[str, Any], rule: str) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        make_run(**columns)


def test_events_and_incumbents_are_never_changed() -> None:
    run = finished_run()
    for rows, change in (
        (RunEvent.objects.filter(run=run), {"kind": "bound"}),
        (Incumbent.objects.filter(run=run), {"objective": 1}),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows.update(**change)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows.delete()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run.delete()


def test_a_run_of_which_nothing_is_told_is_kept_as_well() -> None:
    run = Run.objects.create(horizon_days=14, limit_seconds=60, snapshot=make_snapshot(), idempotency_key=uuid.uuid4().hex)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run.delete()


def test_retention_as_documented_deletes_what_is_old_and_nothing_else() -> None:
    old = finished_run()
    young = finished_run(again_of=old)
    sql = (REPOSITORY / "docs" / "runs.md").read_text().partition("```sql\nBEGIN;\n")[2].partition("COMMIT;")[0]
    year = "finished_at < now() - interval '1 year'"
    assert year in sql
    with connection.cursor() as cursor:
        cursor.execute(sql.replace(year, f"id = {old.pk}"))
    assert list(Run.objects.values_list("pk", "again_of")) == [(young.pk, None)]
    assert (
        set(RunEvent.objects.values_list("run", flat=True)) == set(Incumbent.objects.values_list("run", flat=True)) == {young.pk}
    )


def test_an_event_is_there_once() -> None:
    run = make_run()
    (first,) = RunEvent.objects.filter(run=run)
    Run.objects.filter(pk=run.pk).update(last_seq=2)
    for seq, uid, rule in ((1, uuid.uuid4(), "run_event_numbered"), (2, first.event_uid, "run_event_once")):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            RunEvent.objects.create(run=run, seq=seq, attempt=0, kind="queued", event_uid=uid)


@pytest.mark.parametrize(("seq", "kind", "rule"), [(0, "bound", "run_event_from_one"), (2, "sneezed", "run_event_kind_known")])
def test_an_event_makes_sense(seq: int, kind: str, rule: str) -> None:
    run = make_run()
    Run.objects.filter(pk=run.pk).update(last_seq=2)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        RunEvent.objects.create(run=run, seq=seq, attempt=0, kind=kind, event_uid=uuid.uuid4())


def test_a_question_is_answered_by_one_run() -> None:
    make_run(idempotency_key="asked")
    make_run(idempotency_key="asked", answers_key=False)
    with pytest.raises(IntegrityError, match="run_one_answer_per_question"), transaction.atomic():
        make_run(idempotency_key="asked")
