"""Runs that start by themselves: what is due, what comes next, and the one look that makes the runs.

`tick` may be called by anybody at any time, by several at once: each occurrence of a schedule makes one run. What was missed is
made up for or skipped as the schedule says, and why the latest occurrence made no run stands on the schedule.

    ScheduleFailed    an error of ours while a schedule was looked at
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from types import TracebackType
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from plant.models import Site
from runs import liveness
from runs.fault_lines import fault_lines
from runs.launch import ProblemRefused, RunRequest, pose_question, request_by_hand, request_scheduled_run
from runs.models import Priority, Run, SolveSchedule, State
from runs.models.heartbeat import ProcessKind
from runs.models.schedule import LONGEST_GRACE_MINUTES, Misfire
from runs.occurrences import Crontab, every
from runs.retrying import AWAY

ON_TIME = timedelta(minutes=2)  # somebody looks every 20 s; a start of the site takes a while too
LONGEST_GRACE = timedelta(minutes=LONGEST_GRACE_MINUTES)

log = structlog.get_logger()


class ScheduleFailed(Exception):
    """An error of ours in one schedule, which has it in words. All others were looked at all the same."""


def tick() -> None:
    """Make the runs of all occurrences that are due. Raises ScheduleFailed when all have been looked at."""
    liveness.seen(liveness.BEAT, ProcessKind.BEAT)
    zone, now = Site.load().zone, _now()
    failures: list[ScheduleFailed] = []
    for pk in SolveSchedule.objects.filter(is_enabled=True).values_list("pk", flat=True):
        try:
            with _Blame(pk, now):
                _tend(pk, now, zone)
        except ScheduleFailed as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def _now() -> datetime:
    """By the database's clock: it is one for all hosts that look."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


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
        gap=schedule.gap_percent / 100,
        threads=schedule.threads,
        memory_mb=schedule.memory_mb,
        priority=Priority.LOW,
    )


def run_now(schedule: SolveSchedule, person: User) -> Run:
    """A new run of the schedule that a person asks for; its occurrences know nothing of it. Raises ProblemRefused."""
    wanted = replace(request_of(schedule), priority=Priority.NORMAL, reason=f"“Run now” of the schedule “{schedule.name}”")
    return request_by_hand(wanted, schedule, person)


@dataclass(frozen=True, slots=True)
class _Blame:
    """Around the look at one schedule: an error is logged, written onto it in words, and raised as ScheduleFailed.

    After an error of the database the occurrence is tried again with the next look, after one of ours the next occurrence is. A
    database that is away altogether ends the look: the writing fails in its turn.
    """

    pk: int
    now: datetime

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            return
        error_id = uuid4()
        found = {"last_error": f"An internal error. The log has it under {error_id}."}
        dealt_with = {} if isinstance(error, AWAY) else {"last_occurrence": self.now}
        SolveSchedule.objects.filter(pk=self.pk).update(**found, **dealt_with)
        log.error("schedule failed", schedule=self.pk, error_id=str(error_id), exc_info=error)
        raise ScheduleFailed(f"Schedule {self.pk}, error {error_id}.") from error


def _tend(pk: int, now: datetime, zone: ZoneInfo) -> None:
    """Deal with the latest occurrence that is due, if any.

    The question is posed outside of the transaction that makes the run: there the plant is read as one consistent state, and no
    lock waits for it. Inside, it is remembered.
    """
    schedule = SolveSchedule.objects.filter(pk=pk, is_enabled=True).first()
    if schedule is None or (latest := _latest(schedule, now, zone)) is None:
        return
    if not _why_not(schedule, latest, now, zone):
        with suppress(ProblemRefused):  # is said inside
            pose_question(request_of(schedule))
    _deal_with(pk, now, zone)


@transaction.atomic
def _deal_with(pk: int, now: datetime, zone: ZoneInfo) -> None:
    """Make the run of the latest occurrence, or say why there is none, while nobody else does."""
    schedule = (
        SolveSchedule.objects.select_for_update(skip_locked=True).select_related(None).filter(pk=pk, is_enabled=True).first()
    )
    if schedule is None:
        return
    latest = _latest(schedule, now, zone)
    if latest is None:
        return
    schedule.last_occurrence = latest  # what was missed before it is made up for by this one, or not at all
    schedule.last_error = _why_not(schedule, latest, now, zone) or _start(schedule, latest)
    schedule.save(update_fields=["last_occurrence", "last_error"])


def _latest(schedule: SolveSchedule, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest occurrence that has come and was not dealt with; None if there is none, or none within the longest grace."""
    since = max(filter(None, (schedule.last_occurrence, schedule.watch_from, now - LONGEST_GRACE)))
    come = deque(takewhile(lambda instant: instant <= now, occurrences(schedule, since, zone)), maxlen=1)
    return come[0] if come else None


def _patience(schedule: SolveSchedule) -> timedelta:
    """How late an occurrence may be to make its run."""
    return ON_TIME if schedule.misfire == Misfire.SKIP else max(ON_TIME, timedelta(minutes=schedule.grace_minutes))


def _why_not(schedule: SolveSchedule, scheduled_for: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Why the occurrence makes no run although one could be asked for, in a sentence; empty when it makes one.

    Runs that come faster than they are taken are not piled up: the one that waits is as good as the next would be.
    """
    due = f"{scheduled_for.astimezone(zone):%a %d %b %Y %H:%M}"
    if now - scheduled_for > _patience(schedule):
        return f"Nobody was there when {due} was due, and later it was too late for it."
    before = schedule.runs.filter(state=State.QUEUED, scheduled_for__lt=scheduled_for).first()
    return f"{due} was skipped: run {before.pk}, the one before it, still waits in the queue." if before else ""


def _start(schedule: SolveSchedule, scheduled_for: datetime) -> str:
    """Launch the run; why there is none, in sentences, or nothing."""
    try:
        run = request_scheduled_run(request_of(schedule), schedule, scheduled_for)
    except ProblemRefused as refused:
        log.warning("scheduled run refused", schedule=schedule.name, faults=len(refused.faults))
        return "\n".join(line.message for line in fault_lines(refused.faults, may_mend=False))
    except IntegrityError:
        if not schedule.runs.filter(scheduled_for=scheduled_for).exists():
            raise
        return ""  # the occurrence has its run: somebody forgot that it was dealt with
    log.info("scheduled run", schedule=schedule.name, run=run.pk, scheduled_for=scheduled_for.isoformat())
    return ""
