"""Runs that start by themselves: what is due, what comes next, and the one look that makes the runs.

`tick` may be called by anybody at any time, by several at once: each occurrence of a schedule makes one run, and one that was
missed by more than the schedule's grace makes none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone

from plant.models import Site
from runs import liveness
from runs.launch import ProblemRefused, RunRequest, request_scheduled_run
from runs.models import SolveSchedule
from runs.models.heartbeat import ProcessKind
from runs.occurrences import Crontab, every

log = structlog.get_logger()


def tick() -> None:
    """Make the runs of all occurrences that are due."""
    liveness.seen(liveness.BEAT, ProcessKind.BEAT)
    zone, now = Site.load().zone, timezone.now()
    for pk in SolveSchedule.objects.filter(is_enabled=True).values_list("pk", flat=True):
        _tend(pk, now, zone)


def occurrences(schedule: SolveSchedule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When the schedule is due after an instant, ascending, in UTC."""
    if schedule.interval_minutes is not None:
        return every(schedule.interval_minutes, schedule.watch_from, after)
    return Crontab.parse(schedule.crontab).after(after, zone)


def next_occurrences(schedule: SolveSchedule, count: int) -> list[datetime]:
    """The next few occurrences from now on, in the plant's time zone."""
    zone = Site.load().zone
    return [instant.astimezone(zone) for instant in islice(occurrences(schedule, timezone.now(), zone), count)]


def request_of(schedule: SolveSchedule) -> RunRequest:
    """What the schedule asks for each time."""
    return RunRequest(
        profile=schedule.profile,
        horizon_days=schedule.horizon_days,
        limit_seconds=schedule.limit_seconds,
        threads=schedule.threads,
        memory_mb=schedule.memory_mb,
    )


@transaction.atomic
def _tend(pk: int, now: datetime, zone: ZoneInfo) -> None:
    """Deal with the latest occurrence that is due, if any, while nobody else does."""
    schedule = (
        SolveSchedule.objects.select_for_update(skip_locked=True).select_related(None).filter(pk=pk, is_enabled=True).first()
    )
    if schedule is None:
        return
    since = max(filter(None, (schedule.last_occurrence, schedule.watch_from)))
    earliest = now - timedelta(minutes=schedule.grace_minutes)
    due = list(takewhile(lambda instant: instant <= now, occurrences(schedule, max(since, earliest), zone)))
    if due:
        schedule.last_occurrence = due[-1]  # what was missed before it is made up for by this one
        schedule.last_error = _start(schedule, due[-1])
        schedule.save(update_fields=["last_occurrence", "last_error"])


def _start(schedule: SolveSchedule, scheduled_for: datetime) -> str:
    """Launch the run; why there is none, in sentences, or nothing."""
    try:
        launched = request_scheduled_run(request_of(schedule), schedule, scheduled_for)
    except ProblemRefused as refused:
        log.warning("scheduled run refused", schedule=schedule.name, faults=len(refused.faults))
        return str(refused)
    log.info("scheduled run", schedule=schedule.name, run=launched.run.pk, scheduled_for=scheduled_for.isoformat())
    return ""
