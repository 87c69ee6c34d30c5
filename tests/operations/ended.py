"""Runs that have ended, made as rows: how they came to their end is another test's business."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from runs.models import FailureCode, Outcome, Run, State
from tests.runs.making import make_run


def make_ended(
    state: State = State.FINISHED,
    *,
    solve_seconds: float = 10.0,
    wait_seconds: float = 1.0,
    ago_seconds: float = 60.0,
    **columns: Any,
) -> Run:
    """A run that finished, failed or was cancelled so many seconds ago."""
    finished_at: datetime = timezone.now() - timedelta(seconds=ago_seconds)
    started_at = finished_at - timedelta(seconds=solve_seconds)
    if state is State.FINISHED:
        columns.setdefault("outcome", Outcome.UNKNOWN)
    elif state is State.FAILED:
        columns.setdefault("failure_code", FailureCode.INTERNAL)
    else:
        columns.setdefault("stop_kind", "cancel")
    return make_run(
        state=state,
        attempt=1,
        requested_at=started_at - timedelta(seconds=wait_seconds),
        started_at=started_at,
        claimed_at=started_at,
        finished_at=finished_at,
        **columns,
    )
