"""Who decided what about a run, when, and why: from its events, and from the runs that ask its question again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from runs.models import Attempt, FailureCode, Run, RunEvent, StopKind
from runs.models.event import EventKind
from runs.models.run import GIVEN_UP
from runs.words import GONE

STEWARD = "the steward"  # who ends what takes too long


class Decision(NamedTuple):
    """One decision. `other_run`: the run that it led to."""

    at: datetime
    what: str
    who: str
    reason: str
    other_run: int | None = None


def decisions(run: Run) -> Sequence[Decision]:
    """In the order in which they were made; two queries, up to two more where a plan was kept."""
    told = (EventKind.QUEUED, EventKind.PROMOTED, EventKind.STOPPING, EventKind.CANCELLED)
    own = [_told(run, event) for event in RunEvent.objects.filter(run=run, kind__in=told).order_by("seq")]
    first = RunEvent.objects.filter(run__again_of=run, seq=1).order_by("run")
    later = [Decision(event.at, "Solved again", _who(event), _reason(event), event.run_id) for event in first]
    return sorted([each for each in own if each is not None] + later + _kept(run), key=lambda each: each.at)


def _kept(run: Run) -> list[Decision]:
    """That somebody made a draft of it after all. Nothing is told of a run that has ended; the plan itself says it."""
    plan = run.plan if run.state in GIVEN_UP else None
    if plan is None:
        return []
    return [Decision(plan.created_at, "Plan kept", plan.created_by.get_username() if plan.created_by else GONE, "")]


class AttemptLine(NamedTuple):
    """One attempt at a run, for those who look for the cause of a failure."""

    attempt: Attempt
    ending: str
    facts: str


def attempts(run: Run) -> list[AttemptLine]:
    """In order; one query."""
    return [AttemptLine(attempt, _ending(attempt), _facts(attempt)) for attempt in run.attempts.order_by("number")]


def _ending(attempt: Attempt) -> str:
    if not attempt.outcome:
        return "Going on"
    if attempt.failure_code:
        return FailureCode(attempt.failure_code).label
    return attempt.get_outcome_display()


def _facts(attempt: Attempt) -> str:
    """“2 threads, seed 1, at most 310 MB, by solve@plant/…”."""
    parts = [
        f"{attempt.threads} thread{'' if attempt.threads == 1 else 's'}" if attempt.threads is not None else "",
        f"seed {attempt.seed}" if attempt.seed is not None else "",
        f"at most {attempt.peak_memory_mb:,} MB" if attempt.peak_memory_mb is not None else "",
        f"on {attempt.owner.partition('/')[0]}" if attempt.owner else "",
    ]
    return ", ".join(filter(None, parts))


def _told(run: Run, event: RunEvent) -> Decision | None:
    """None for an event in which nobody decided anything: that a worker has stopped the search, as it was asked to."""
    if event.kind == EventKind.QUEUED:
        is_worth_saying = bool(_reason(event) or run.again_of_id)
        return Decision(event.at, "Asked for", _who(event), _reason(event)) if is_worth_saying else None
    if event.kind == EventKind.PROMOTED:
        return Decision(event.at, f"Made {event.data['priority']}", _who(event), _reason(event))
    if "kind" not in event.data:
        return None
    if event.kind == EventKind.CANCELLED:
        what = "Removed from the queue"
    else:
        what = "Cancelled" if event.data["kind"] == StopKind.CANCEL else "Stopped"
    return Decision(event.at, what, _who(event), _reason(event))


def _who(event: RunEvent) -> str:
    by = event.data.get("by")
    return by if isinstance(by, str) else STEWARD


def _reason(event: RunEvent) -> str:
    return str(event.data.get("reason") or "")
