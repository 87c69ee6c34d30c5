"""What the steward, and the main process of a worker, do about runs that others hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from psycopg.types.json import Jsonb

from runs.failures import POLICIES
from runs.leases import statements
from runs.models import FailureCode, State

RENEWAL_GRACE = timedelta(seconds=20)  # after a start of PostgreSQL
STOP_PATIENCE = timedelta(seconds=30)  # for an attempt that was asked to end
LOST_RING = timedelta(seconds=15)  # the queue is empty and nobody has claimed
ANY_RING = timedelta(minutes=10)
LATE = timedelta(seconds=statements.LEASE_SECONDS + 60)  # beyond its deadline
VERY_LATE = timedelta(hours=1)
CONCLUDE_PATIENCE = timedelta(seconds=5)

KILLED = "Its process was killed, or did not end when it was asked to."
SILENT = "Its process gave no sign of life any more."


class Reaped(NamedTuple):
    """A run that was taken from a dead process, the state it is in now, and the attempt that was lost."""

    run_id: int
    state: State
    attempt: int


class Found(NamedTuple):
    """A run, and its latest attempt."""

    run_id: int
    attempt: int


def reap(grace: timedelta = RENEWAL_GRACE) -> list[Reaped]:
    """Take the runs whose lease is over: requeue them, or fail them when they were lost too often."""
    statements.execute(statements.TAKE_AWAY, {"patience": STOP_PATIENCE})
    code, policy = FailureCode.WORKER_LOST.value, POLICIES[FailureCode.WORKER_LOST]
    parameters = {
        "grace": grace,
        "code": code,
        "text": policy.text,
        "retries": policy.retries,
        "machinery": policy.is_machinery,
        "killed": KILLED,
        "silent": SILENT,
        "data": Jsonb({"reason": code, "text": policy.text}),
    }
    reaped = []
    for run_id, state, attempt, seq in statements.rows(statements.REAP, parameters):
        statements.tell(run_id, seq)
        reaped.append(Reaped(run_id, State(state), attempt))
    return reaped


def overdue() -> list[Found]:
    """Runs that should have ended by themselves, and that have a plan or may still come to one."""
    return [Found(*found) for found in statements.rows(statements.OVERDUE, {"patience": LATE})]


def waiting_to_end() -> list[int]:
    """Runs that were stopped while they waited for their next attempt, and that no worker has come to conclude."""
    return [run_id for (run_id,) in statements.rows(statements.WAITING, {"patience": CONCLUDE_PATIENCE})]


def expire() -> list[Found]:
    """Fail the runs that were begun, wait for another attempt in vain, and have no plan; which they were.

    One that was never begun waits for ever: it was promised an answer.
    """
    policy = POLICIES[FailureCode.DEADLINE_EXCEEDED]
    code = FailureCode.DEADLINE_EXCEEDED.value
    data = Jsonb({"reason": code, "text": policy.text})
    parameters = {"patience": VERY_LATE, "code": code, "text": policy.text, "data": data}
    expired = statements.rows(statements.EXPIRE, parameters)
    for run_id, _attempt, seq in expired:
        statements.tell(run_id, seq)
    return [Found(run_id, attempt) for run_id, attempt, _seq in expired]


def hand_over() -> list[int]:
    """Leave queued runs to dispatching rules while the circuit is not closed; which they were."""
    handed_over = statements.rows(statements.HAND_OVER, {})
    for run_id, seq in handed_over:
        statements.tell(run_id, seq)
    return [run_id for run_id, _seq in handed_over]


def lost(task_id: str) -> Found | None:
    """The process that executed this Celery task is known to be dead: its lease is over at once. None: it had none."""
    found = statements.row(statements.LOSE, {"task": task_id})
    return None if found is None else Found(*found)


def drain(worker: str) -> int:
    """Ask all runs of a worker that is shutting down to go back to the queue; how many there are."""
    return len(statements.rows(statements.DRAIN, {"prefix": f"{worker}/"}))


def due_rings(*, broker_lost: bool, queue_empty: bool, fallback: bool = False) -> list[int]:
    """Runs of one queue that nobody may know of, in its order; they count as rung from now on."""
    parameters = {
        "broker_lost": broker_lost,
        "queue_empty": queue_empty,
        "fallback": fallback,
        "lost_ring": LOST_RING,
        "any_ring": ANY_RING,
    }
    return [run_id for (run_id,) in statements.rows(statements.DUE_RINGS, parameters)]


def rung(run_id: int) -> None:
    """Its message is in the queue."""
    statements.execute(statements.RUNG, {"run": run_id})


def unring_next(*, fallback: bool = False) -> None:
    """A message was used up for nothing: the steward rings again for the next run of that queue."""
    statements.execute(statements.UNRING_NEXT, {"fallback": fallback})


def unring(run_ids: Sequence[int]) -> None:
    """Their messages did not arrive: the steward rings again."""
    statements.execute(statements.UNRING, {"runs": list(run_ids)})
