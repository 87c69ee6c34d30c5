"""What may never be seen of a run is seen by whoever looks for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from runs.invariants import violations
from runs.models import Attempt, Ending, FailureCode
from tests.runs.making import claimed, make_run

pytestmark = pytest.mark.django_db


def test_an_attempt_that_nobody_holds_any_more_is_found() -> None:
    run = make_run()
    claimed(run)
    assert violations() == []
    Attempt.objects.create(run=run, number=9, owner="solve@here/9", began_at=timezone.now())
    assert violations() == [f"Run {run.pk}: an attempt of it is open that nobody holds."]


@pytest.mark.parametrize(("fallback", "most"), [(False, 2), (True, 3)])
def test_a_run_that_was_tried_again_although_it_had_failed_often_enough_is_found(fallback: bool, most: int) -> None:  # noqa: FBT001 - a case
    run = make_run(max_failures=2, fallback=fallback)

    def lose() -> None:
        """Past the statements that count."""
        now = timezone.now()
        ended: dict[str, Any] = {"ended_at": now, "outcome": Ending.LOST, "failure_code": FailureCode.WORKER_LOST}
        Attempt.objects.create(run=run, number=run.attempts.count() + 1, owner="solve@here/9", began_at=now, **ended)

    for _ in range(most):
        lose()
    assert violations() == []
    lose()
    assert violations() == [f"Run {run.pk}: it failed more often than it may."]


@pytest.mark.parametrize("trigger", ["runs_guard_attempt", "runs_keep_attempts"])
def test_a_guard_of_the_attempts_that_is_switched_off_is_found(trigger: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE runs_attempt DISABLE TRIGGER {trigger}")
    assert violations() == [f"Switched off: trigger {trigger}."]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger} ON runs_attempt")
    assert violations() == [f"Switched off: trigger {trigger}."]
