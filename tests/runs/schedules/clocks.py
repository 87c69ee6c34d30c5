"""Schedules in one week of spring, and clocks that stand where a test wants them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from runs import schedules
from runs.models import ObjectiveProfile, Run, SolveSchedule, State
from tests.runs.making import claimed

# the working days of one week in Berlin; the clocks go forward on Sunday, 29 March 2026
MONDAY = datetime(2026, 3, 23, 4, 30, tzinfo=UTC)  # 05:30 by the plant's clock
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@contextmanager
def clock_at(now: datetime) -> Iterator[None]:
    """At which PostgreSQL's clock stands, and the host's."""
    with patch("runs.schedules._now", return_value=now), patch("django.utils.timezone.now", return_value=now):
        yield


def tick_at(now: datetime) -> None:
    with clock_at(now):
        schedules.tick()


def take_all() -> None:
    """What waits begins."""
    for run in Run.objects.filter(state=State.QUEUED):
        claimed(run)


def make_schedule(**columns: Any) -> SolveSchedule:
    profile, _ = ObjectiveProfile.objects.get_or_create(name="For tests", defaults={"makespan": 1})
    columns = {"name": "Early", "crontab": "30 5 * * mon-fri", "profile": profile, "watch_from": MONDAY - DAY} | columns
    return SolveSchedule.objects.create(**columns)


def occurrences_run() -> list[datetime]:
    return [run.scheduled_for for run in Run.objects.order_by("scheduled_for") if run.scheduled_for]
