"""What the steward, and the main process of a worker, do about runs that others hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from psycopg.types.json import Jsonb

from runs.leases import statements
from runs.models import FailureCode, State

RENEWAL_GRACE = timedelta(seconds=20)  # after a start of PostgreSQL
STOP_PATIENCE = timedelta(seconds=30)  # for an attempt that was asked to end
LOST_RING = timedelta(seconds=15)  # the queue is empty and nobody has claimed
ANY_RING = timedelta(minutes=10)

LOST_TEXT = "The process that solved it was lost too often."


class Reaped(NamedTuple):
    """A run that was taken from a dead process, and the state it is in now."""

    run_id: int
    state: State


def reap(grace: timedelta = RENEWAL_GRACE) -> list[Reaped]:
    """Take the runs whose lease is over: requeue them, or fail them when they were lost too often."""
    statements.execute(statements.TAKE_AWAY, {"patience": STOP_PATIENCE})
    code = FailureCode.WORKER_LOST.value
    parameters = {"grace": grace, "code": code, "text": LOST_TEXT, "data": Jsonb({"reason": code, "text": LOST_TEXT})}
    reaped = []
    for run_id, state, seq in statements.rows(statements.REAP, parameters):
        statements.tell(run_id, seq)
        reaped.append(Reaped(run_id, State(state)))
    return reaped


def overdue() -> list[int]:
    """Runs whose attempt should have ended by itself."""
    return [run_id for (run_id,) in statements.rows(statements.OVERDUE, {})]


def lost(run_id: int, task_id: str) -> bool:
    """The process that executed this Celery task is known to be dead: its lease is over at once. False: it had none."""
    return statements.row(statements.LOSE, {"run": run_id, "task": task_id}) is not None


def drain(worker: str) -> int:
    """Ask all runs of a worker that is shutting down to go back to the queue; how many there are."""
    return len(statements.rows(statements.DRAIN, {"prefix": f"{worker}/"}))


def due_rings(*, broker_lost: bool, queue_empty: bool) -> list[int]:
    """Queued runs that nobody may know of, in the order of the queue; they count as rung from now on."""
    parameters = {"broker_lost": broker_lost, "queue_empty": queue_empty, "lost_ring": LOST_RING, "any_ring": ANY_RING}
    return [run_id for (run_id,) in statements.rows(statements.DUE_RINGS, parameters)]


def rung(run_id: int) -> None:
    """Its message is in the queue."""
    statements.execute(statements.RUNG, {"run": run_id})


def unring(run_ids: Sequence[int]) -> None:
    """Their messages did not arrive: the steward rings again."""
    statements.execute(statements.UNRING, {"runs": list(run_ids)})
