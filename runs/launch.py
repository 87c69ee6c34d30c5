"""Asking for a run: freeze the plant, look for faults, save the row, and ring after the commit.

ProblemRefused    the plant's data does not make a question that can be answered; nothing was saved
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg import errors

from plans.models import Snapshot
from plans.snapshot import PlanningFault, Posed, Refused, pose
from runs import bell, broadcast, circuit, leases
from runs.models import ObjectiveProfile, Outcome, Priority, Run, RunEvent, SolveSchedule, State
from runs.models.event import EventKind
from runs.models.run import ACTIVE

TRIAL_SECONDS = 20.0  # of search at most, when the steward asks
ANSWERING = (*ACTIVE, State.FINISHED)
QUESTION = (  # the ids and not what they stand for: a snapshot is large, and many runs may be asked again at once
    "snapshot_id",
    "profile_id",
    "horizon_days",
    "limit_seconds",
    "threads",
    "seed",
    "memory_mb",
    "gap",
    "iterations",
    "in_turn",
    "priority",
    "idempotency_key",
)

Asked = Mapping[str, str | None]
"""What the first event of a run says about how it came to be: who asked for it, and why."""


class ProblemRefused(Exception):
    """`faults`: everything that is wrong, each a sentence for the planner."""

    def __init__(self, faults: Sequence[PlanningFault]) -> None:
        super().__init__("\n".join(fault.message for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to plan, what counts as good, and what the search may spend.

    `iterations`: so many steps of search, which give the same plan again; the seconds are the most that they may take.
    `again_of` is the run whose question is asked again, `reason` what the person who asks says about it.
    """

    profile: ObjectiveProfile
    horizon_days: int = 14
    limit_seconds: float = 60.0
    threads: int = 2
    seed: int = 1
    memory_mb: int = 2048
    gap: float = 0.0
    iterations: int | None = None
    priority: Priority = Priority.NORMAL
    again_of: Run | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Launched:
    """The run that answers the request; `created`: a new one. `promoted`: an older one that has become as urgent as this."""

    run: Run
    created: bool
    promoted: bool = False


def request_run(wanted: RunRequest, requested_by: User | None, *, fresh: bool = False) -> Launched:
    """A run for this question over today's data; with `fresh` a new one even if the question has been answered.

    Raises ProblemRefused.
    """
    posed = pose_question(wanted)
    with transaction.atomic():
        return launch(posed, wanted, requested_by, fresh=fresh)


def pose_question(wanted: RunRequest) -> Posed:
    """The stored question over the plant of this moment. Best outside of a transaction. Raises ProblemRefused."""
    posed = pose(wanted.horizon_days, wanted.profile.objective(), timezone.now())
    if isinstance(posed, Refused):
        raise ProblemRefused(posed.faults)
    return posed


def launch(posed: Posed, wanted: RunRequest, requested_by: User | None, *, fresh: bool = False) -> Launched:
    """The run of a posed question, as `request_run`. Call it in a transaction."""
    run = _run(posed, wanted)
    run.requested_by = requested_by
    run.by_itself = requested_by is None
    asked = _asked(requested_by, wanted.reason)
    return _save_fresh(run, asked) if fresh else _save_once(run, asked)


def repeat_run(
    original: Run, requested_by: User | None, reason: str, *, fresh: bool = True, limit_seconds: float | None = None
) -> Launched:
    """A new run over the very question that another one was asked, with its limits, whatever the plant's data says by now.

    `limit_seconds`: other seconds of search than those of the original, which makes it another question. Without `fresh` only
    if no other run answers the question. Somebody waits for it: it is at least of normal priority.
    """
    run = _again(original, original.limit_seconds if limit_seconds is None else limit_seconds)
    run.requested_by = requested_by
    run.by_itself = requested_by is None
    run.priority = again_priority(original)
    with transaction.atomic():
        asked = _asked(requested_by, reason)
        return _save_fresh(run, asked) if fresh else _save_once(run, asked)


def again_priority(original: Run) -> Priority:
    """Of a run that a person asks for once more, whoever or whatever asked for the first."""
    return max(Priority(original.priority), Priority.NORMAL)


def request_scheduled_run(wanted: RunRequest, schedule: SolveSchedule, scheduled_for: datetime) -> Run:
    """The run of one occurrence of a schedule: a new one, once. Raises ProblemRefused, IntegrityError for a second one."""
    return _request_own(wanted, {}, schedule=schedule, scheduled_for=scheduled_for)


def request_by_hand(wanted: RunRequest, schedule: SolveSchedule, requested_by: User) -> Run:
    """A new run of a schedule that a person asks for, and no occurrence of it. Raises ProblemRefused."""
    return _request_own(wanted, _asked(requested_by, wanted.reason), schedule=schedule, requested_by=requested_by)


def _request_own(wanted: RunRequest, asked: Asked, **columns: Any) -> Run:
    """A new run whoever else asks the same, with these columns."""
    posed = pose_question(wanted)
    with transaction.atomic():
        run = _run(posed, wanted)
        for name, value in columns.items():
            setattr(run, name, value)
        _save_own(run, asked)
    return run


def request_trial() -> Run | None:
    """A short run to see whether the search works again.

    Over the newest question that a search has answered: the one that failed last may be to blame itself. Where there is none,
    over one that was answered without the search. None without either, or when somebody else's run is the trial by now.
    """
    searched = Q(fallback=False, state=State.FINISHED) & ~Q(outcome=Outcome.UNKNOWN)
    unsearched = Q(fallback=True) | Q(failure_code__in=circuit.MACHINERY)
    newest = Run.objects.order_by("-pk")
    last = newest.filter(searched).first() or newest.filter(unsearched).first()
    if last is None:
        return None
    run = _again(last, min(last.limit_seconds, TRIAL_SECONDS))
    run.by_itself, run.answers_key, run.max_failures, run.priority = True, False, 1, Priority.LOW
    with transaction.atomic():
        _inserted(run, _asked(None, "A trial: does solving work again?"))
        if run.trial:
            return run
        transaction.set_rollback(True)
    return None


def idempotency_key(problem_hash: str, wanted: RunRequest | Run) -> str:
    """The same for the same problem, which has the profile's weights in it, and the same limits."""
    limits = [wanted.limit_seconds, wanted.threads, wanted.seed, wanted.memory_mb, wanted.gap]
    if wanted.iterations is not None:  # without them the key is that of a version which knows none
        limits.append(wanted.iterations)
    return hashlib.sha256(json.dumps([problem_hash, [float(limit) for limit in limits]]).encode()).hexdigest()


def _again(original: Run, limit_seconds: float) -> Run:
    """An unsaved run over the snapshot of another one."""
    run = Run(**{name: getattr(original, name) for name in QUESTION}, again_of=original, last_seq=1)
    if limit_seconds != original.limit_seconds:
        run.limit_seconds = limit_seconds
        digest = Snapshot.objects.values_list("hash", flat=True).get(pk=original.snapshot_id)
        run.idempotency_key = idempotency_key(digest, run)
    return run


def _run(posed: Posed, wanted: RunRequest) -> Run:
    """An unsaved run over a stored snapshot."""
    return Run(
        snapshot_id=posed.snapshot_id,
        profile=wanted.profile,
        horizon_days=wanted.horizon_days,
        limit_seconds=wanted.limit_seconds,
        threads=wanted.threads,
        seed=wanted.seed,
        memory_mb=wanted.memory_mb,
        gap=wanted.gap,
        iterations=wanted.iterations,
        in_turn=bool(wanted.profile.objective().tiers),
        priority=wanted.priority,
        again_of=wanted.again_of,
        idempotency_key=idempotency_key(posed.digest, wanted),
        last_seq=1,
    )


def _asked(person: User | None, reason: str) -> Asked:
    return {"by": person.get_username() if person else None, "reason": reason}


def _save_once(run: Run, asked: Asked) -> Launched:
    """Save the run, unless another one answers the question already. That one becomes as urgent as this one is, if it waits."""
    while not _inserted(run, asked):
        answer = _answer(run.idempotency_key)
        if answer is not None and not _can_be_bettered(answer):
            promoted = leases.promote(answer.pk, Priority(run.priority), run.requested_by, asked.get("reason") or "")
            answer.priority = run.priority if promoted else answer.priority
            return Launched(answer, created=False, promoted=promoted)
        if answer is not None:
            _displace(run.idempotency_key)
        # it failed or was cancelled in between, and so answers nothing
    return Launched(run, created=True)


def _save_fresh(run: Run, asked: Asked) -> Launched:
    """Save the run in the place of the one that has answered the question so far."""
    _displace(run.idempotency_key)
    return _save_once(run, asked)  # another fresh one may have come first: then that is the new one


def _save_own(run: Run, asked: Asked) -> None:
    """Save the run, whoever else asks the same at this moment: none of them gets the run of another."""
    _displace(run.idempotency_key)
    while not _inserted(run, asked):
        _displace(run.idempotency_key)  # somebody's came in between


def _displace(key: str) -> None:
    """What has answered this question so far does so no longer."""
    Run.objects.filter(idempotency_key=key, answers_key=True, state__in=ANSWERING).update(answers_key=False)


def _can_be_bettered(answer: Run) -> bool:
    """Dispatching rules answered while nothing better was to be had, and now there is."""
    return answer.fallback and answer.state == State.FINISHED and circuit.state().searches


def _answer(key: str) -> Run | None:
    return Run.objects.filter(idempotency_key=key, answers_key=True, state__in=ANSWERING).first()


def _inserted(run: Run, asked: Asked) -> bool:
    """Insert the run with its first event, and ring after the commit. False when the question has a run."""
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        if _is_taken(error):
            return False
        raise
    circuit.seat(run)
    RunEvent.objects.create(run=run, seq=1, attempt=0, kind=EventKind.QUEUED, event_uid=uuid4(), data=asked)
    transaction.on_commit(partial(broadcast.announce, run.pk, 1))
    transaction.on_commit(partial(bell.soon, run.pk, fallback=run.fallback))
    return True


def _is_taken(error: IntegrityError) -> bool:
    cause = error.__cause__
    return isinstance(cause, errors.UniqueViolation) and cause.diag.constraint_name == "run_one_answer_per_question"
