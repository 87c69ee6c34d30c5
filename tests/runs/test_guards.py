"""What the database refuses, whoever asks."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from runs import leases
from runs.leases import Conclusion
from runs.models import Incumbent, Outcome, Run, RunEvent, State
from tests.runs.making import claimed, keep_incumbent, make_run

pytestmark = pytest.mark.django_db

REPOSITORY = Path(__file__).resolve().parents[2]


def refused(run: Run, match: str, **columns: Any) -> None:
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**columns)


def finished_run() -> Run:
    run = make_run()
    lease = claimed(run)
    keep_incumbent(lease)
    leases.finish(lease, Conclusion(Outcome.FEASIBLE, 10, {"makespan": 10}), 1.0, uuid.uuid4())
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.QUEUED, "outcome": "", "finished_at": None},
        {"outcome": Outcome.OPTIMAL},
        {"best_objective": 9},
        {"measures": {"makespan": 9}},
        {"last_seq": 9},
        {"reasons": ["Because."]},
        {"finished_at": timezone.now()},
    ],
)
def test_what_has_ended_stays_as_it_ended(change: dict[str, Any]) -> None:
    refused(finished_run(), "has ended", **change)


def test_what_has_ended_may_lose_the_rows_it_points_to() -> None:
    run = finished_run()
    Run.objects.filter(pk=run.pk).update(profile=None, plan=None, requested_by=None, answers_key=False)


@pytest.mark.parametrize("column", ["attempt", "last_seq"])
def test_counters_do_not_go_back(column: str) -> None:
    run = make_run()
    claimed(run)
    refused(run, "never go back", **{column: 0})


@pytest.mark.parametrize(
    ("state", "others"),
    [
        (State.FINISHED, {"outcome": Outcome.UNKNOWN, "finished_at": timezone.now()}),
        (State.FAILED, {"failure_code": "internal", "finished_at": timezone.now()}),
    ],
)
def test_no_step_is_skipped(state: State, others: dict[str, Any]) -> None:
    refused(make_run(), "cannot go from queued", state=state, **others)


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
        ({"state": "sleeping"}, "sleeping|run_state_known"),
    ],
)
def test_columns_that_contradict_each_other(change: dict[str, Any], rule: str) -> None:
    refused(make_run(), rule, **change)


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


def test_retention_as_documented_deletes_what_is_old_and_nothing_else() -> None:
    old, young = finished_run(), finished_run()
    Run.objects.filter(pk=young.pk).update(again_of=old)
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
    for seq, uid in ((1, uuid.uuid4()), (2, first.event_uid)):
        with pytest.raises(IntegrityError), transaction.atomic():
            RunEvent.objects.create(run=run, seq=seq, attempt=0, kind="queued", event_uid=uid)
