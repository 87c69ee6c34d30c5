"""What the process that executes a run writes to it: fenced, so that one that comes too late writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from runs.failures import POLICIES
from runs.leases import statements
from runs.leases.terms import Conclusion, Json, Lease, NewEvent, NewIncumbent, Progress, Setback, Stale, Vitals, Wish
from runs.models import FailureCode, Run, RunEvent, State, StopKind
from runs.models.event import EventKind


def renew(lease: Lease, spent_seconds: float) -> Wish:
    """Live on for another 15 s. `spent_seconds` of search so far, over all attempts. Raises Stale."""
    return _wish(
        statements.row(statements.RENEW, {**_fence(lease), "lease": statements.LEASE_SECONDS, "spent": spent_seconds}), lease
    )


def look(lease: Lease) -> Wish:
    """What the row wants, without a write. Raises Stale."""
    return _wish(statements.row(statements.LOOK, _fence(lease)), lease)


def note(lease: Lease, vitals: Vitals) -> None:
    """Write down what this attempt works with, and what it has seen, for whoever wants to know later why it ended."""
    statements.execute(statements.NOTE, {**_fence(lease), **asdict(vitals)})


def append(lease: Lease, events: Sequence[NewEvent], progress: Progress) -> int:
    """Write events (at least one) and what follows from them; the number of the last. Raises Stale."""
    parameters = {
        **_fence(lease),
        "count": len(events),
        "uid": events[0].uid,
        "kinds": [event.kind.value for event in events],
        "data": [Jsonb(event.data) for event in events],
        "uids": [event.uid for event in events],
        "stage": progress.stage,
        "objective": progress.objective,
        "measures": _jsonb(progress.measures),
        "bound": progress.bound,
    }
    found = statements.row(statements.APPEND, parameters)
    last_seq = found[0] if found else _seq_of(lease.run_id, events[-1].uid)
    if last_seq is None:
        raise Stale(lease)
    statements.tell(lease.run_id, last_seq)
    return int(last_seq)


def keep(lease: Lease, incumbent: NewIncumbent) -> None:
    """Store an incumbent. In one transaction with the `append` of its event. Raises Stale."""
    parameters = {
        **_fence(lease),
        "seq": incumbent.seq,
        "objective": incumbent.objective,
        "measures": Jsonb(incumbent.measures),
        "schedule": Jsonb(incumbent.schedule),
        "frame": incumbent.frame,
    }
    if statements.row(statements.KEEP, parameters) is None:
        raise Stale(lease)


def finish(lease: Lease, conclusion: Conclusion, spent_seconds: float, uid: UUID) -> None:
    """The search has an answer. In one transaction with the plan that comes of it. Raises Stale."""
    data = {
        "outcome": conclusion.outcome.value,
        "objective": conclusion.objective,
        "measures": conclusion.measures,
        "bound": conclusion.bound,
        "plan_id": conclusion.plan_id,
    }
    parameters = {
        **_fence(lease),
        "outcome": conclusion.outcome.value,
        "objective": conclusion.objective,
        "measures": _jsonb(conclusion.measures),
        "bound": conclusion.bound,
        "reasons": Jsonb(list(conclusion.reasons)),
        "plan": conclusion.plan_id,
        "spent": spent_seconds,
    }
    _end(statements.FINISH, parameters, lease, NewEvent(EventKind.FINISHED, data, uid))


def is_told(lease: Lease, uid: UUID) -> bool:
    """Whether a write with this event has been committed, though its answer may have been lost."""
    return _seq_of(lease.run_id, uid) is not None


def cancelled(lease: Lease, uid: UUID) -> None:
    """The search was cancelled and has stopped. Raises Stale."""
    _end(statements.CANCELLED, _fence(lease), lease, NewEvent(EventKind.CANCELLED, {}, uid))


def set_back(lease: Lease, setback: Setback, uid: UUID) -> State:
    """This attempt went wrong: the run waits for the next one, or has failed, or is cancelled if that was asked. Raises Stale."""
    policy = POLICIES[setback.code]
    text = setback.text or policy.text
    parameters = {
        **_fence(lease),
        "code": setback.code.value,
        "text": text,
        "why": setback.why or text,
        "retries": policy.retries,
        "machinery": policy.is_machinery,
    }
    data = {"reason": setback.code.value, "text": text}
    return _end(statements.SET_BACK, parameters, lease, NewEvent(EventKind.REQUEUED, data, uid))


def give_back(lease: Lease, spent_seconds: float, uid: UUID) -> State:
    """The worker is shutting down: the run goes back to the queue, and no failure is counted. Raises Stale."""
    text = POLICIES[FailureCode.SHUTDOWN].text
    parameters = {
        **_fence(lease),
        "code": FailureCode.SHUTDOWN.value,
        "text": text,
        "why": "Its worker was shut down.",
        "spent": spent_seconds,
    }
    return _end(statements.GIVE_BACK, parameters, lease, NewEvent(EventKind.REQUEUED, {"reason": "shutdown"}, uid))


def _end(statement: str, parameters: dict[str, Any], lease: Lease, event: NewEvent) -> State:
    """Run a statement that takes the lease away; the state it left. A repetition is recognised by the event's uid."""
    found = statements.row(statement, {**parameters, "data": Jsonb(event.data), "uid": event.uid})
    if found:
        statements.tell(lease.run_id, found[0])
        return State(found[2])
    if _seq_of(lease.run_id, event.uid) is None:
        raise Stale(lease)
    return State(Run.objects.values_list("state", flat=True).get(pk=lease.run_id))


def _wish(found: tuple[Any, ...] | None, lease: Lease) -> Wish:
    if found is None:
        raise Stale(lease)
    state, stop_kind, drain = found
    if state == State.STOPPING:
        return Wish.CANCEL if stop_kind == StopKind.CANCEL else Wish.STOP
    return Wish.DRAIN if drain else Wish.GO_ON


def _fence(lease: Lease) -> dict[str, Any]:
    return {"run": lease.run_id, "attempt": lease.attempt}


def _seq_of(run_id: int, uid: UUID) -> int | None:
    return RunEvent.objects.filter(run=run_id, event_uid=uid).values_list("seq", flat=True).first()


def _jsonb(value: Json | None) -> Jsonb | None:
    return None if value is None else Jsonb(value)
