"""Asking for a run: freeze the plant, look for faults, save the row, and ring after the commit.

ProblemRefused    the plant's data does not make a question that can be answered; nothing was saved
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from psycopg import errors

from plans.snapshot import PlanningFault, freeze, store
from runs import bell, broadcast
from runs.models import ObjectiveProfile, Run, RunEvent, SolveSchedule, State
from runs.models.event import EventKind
from runs.models.run import ACTIVE

ANSWERING = (*ACTIVE, State.FINISHED)


class ProblemRefused(Exception):
    """`faults`: everything that is wrong, each a sentence for the planner."""

    def __init__(self, faults: Sequence[PlanningFault]) -> None:
        super().__init__("\n".join(fault.message for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to plan, what counts as good, and what the search may spend. `again_of` is the run whose question is asked again."""

    profile: ObjectiveProfile
    horizon_days: int = 14
    limit_seconds: float = 60.0
    threads: int = 2
    seed: int = 1
    memory_mb: int = 2048
    gap: float = 0.0
    again_of: Run | None = None


@dataclass(frozen=True, slots=True)
class Launched:
    """The run that answers the request; `created` is False when it was there already."""

    run: Run
    created: bool


def request_run(wanted: RunRequest, requested_by: User | None, *, fresh: bool = False) -> Launched:
    """A run for this question over today's data; with `fresh` a new one even if the question has been answered.

    Raises ProblemRefused.
    """
    with transaction.atomic():
        run = _question(wanted)
        run.requested_by = requested_by
        return _save_fresh(run) if fresh else _save_once(run)


def request_scheduled_run(wanted: RunRequest, schedule: SolveSchedule, scheduled_for: datetime) -> Launched:
    """The run of one occurrence of a schedule: a new one, once. Raises ProblemRefused, IntegrityError for a second one."""
    with transaction.atomic():
        run = _question(wanted)
        run.schedule = schedule
        run.scheduled_for = scheduled_for
        return _save_fresh(run)


def idempotency_key(problem_hash: str, wanted: RunRequest) -> str:
    """The same for the same problem, which has the profile's weights in it, and the same limits."""
    limits = [wanted.limit_seconds, wanted.threads, wanted.seed, wanted.memory_mb, wanted.gap]
    return hashlib.sha256(json.dumps([problem_hash, [float(limit) for limit in limits]]).encode()).hexdigest()


def _question(wanted: RunRequest) -> Run:
    """An unsaved run over a stored snapshot. Raises ProblemRefused before anything is stored."""
    frozen = freeze(wanted.horizon_days, wanted.profile.objective(), timezone.now())
    if frozen.faults:
        raise ProblemRefused(frozen.faults)
    snapshot = store(frozen)
    return Run(
        snapshot=snapshot,
        profile=wanted.profile,
        horizon_days=wanted.horizon_days,
        limit_seconds=wanted.limit_seconds,
        threads=wanted.threads,
        seed=wanted.seed,
        memory_mb=wanted.memory_mb,
        gap=wanted.gap,
        again_of=wanted.again_of,
        idempotency_key=idempotency_key(snapshot.hash, wanted),
        last_seq=1,
    )


def _save_once(run: Run) -> Launched:
    """Save the run, unless another one answers the question already."""
    while not _inserted(run):
        answer = _answer(run.idempotency_key)
        if answer is not None:
            return Launched(answer, created=False)
        # it failed or was cancelled in between, and so answers nothing
    return Launched(run, created=True)


def _save_fresh(run: Run) -> Launched:
    """Save the run in the place of the one that has answered the question so far."""
    Run.objects.filter(idempotency_key=run.idempotency_key, answers_key=True, state__in=ANSWERING).update(answers_key=False)
    return _save_once(run)  # another fresh one may have come first: then that is the new one


def _answer(key: str) -> Run | None:
    return Run.objects.filter(idempotency_key=key, answers_key=True, state__in=ANSWERING).first()


def _inserted(run: Run) -> bool:
    """Insert the run with its first event, and ring after the commit. False when the question has a run."""
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        if _is_taken(error):
            return False
        raise
    RunEvent.objects.create(run=run, seq=1, attempt=0, kind=EventKind.QUEUED, event_uid=uuid4(), data={})
    transaction.on_commit(partial(broadcast.announce, run.pk, 1))
    transaction.on_commit(partial(bell.ring, run.pk), robust=True)
    return True


def _is_taken(error: IntegrityError) -> bool:
    cause = error.__cause__
    return isinstance(cause, errors.UniqueViolation) and cause.diag.constraint_name == "run_one_answer_per_question"
