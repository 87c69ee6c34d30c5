"""What people ask of a run."""

# ruff: noqa: S608 - put together from constants only; every value is a parameter

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser
from psycopg.types.json import Jsonb

from runs.leases import statements
from runs.leases.terms import ANYTHING, Expected, Stopped
from runs.models import Priority, Run, State, StopKind
from runs.models.run import ENDED

PROMOTE = """
WITH changed AS (
    UPDATE runs_run SET priority = %(priority)s, last_seq = last_seq + 1
    WHERE id = %(run)s AND state = 'queued' AND priority < %(priority)s
    RETURNING id, last_seq, attempt, state
)""" + statements.TELL.format(kind="'promoted'")


def stop(run_id: int, actor: AbstractBaseUser | None, reason: str, expected: Expected = ANYTHING) -> Stopped:
    """End the search and keep the best plan so far; a run that has none yet and only waits is cancelled.

    `actor` None is the steward. Raises Run.DoesNotExist.
    """
    return _ask(run_id, StopKind.STOP, actor, reason, expected)


def cancel(run_id: int, actor: AbstractBaseUser | None, reason: str, expected: Expected = ANYTHING) -> Stopped:
    """End the run without a plan. Raises Run.DoesNotExist."""
    return _ask(run_id, StopKind.CANCEL, actor, reason, expected)


def promote(run_id: int, priority: Priority, actor: AbstractBaseUser | None, reason: str) -> bool:
    """Let a run that waits go before those of lower priority. False when it is no less urgent already, or waits no longer."""
    data = {"priority": priority.label.lower(), "by": actor.get_username() if actor else None, "reason": reason}
    parameters = {"run": run_id, "priority": priority.value, "data": Jsonb(data), "uid": uuid4()}
    found = statements.row(PROMOTE, parameters)
    if found is None:
        return False
    statements.tell(run_id, found[0])
    return True


def _ask(run_id: int, kind: StopKind, actor: AbstractBaseUser | None, reason: str, expected: Expected) -> Stopped:
    data = {"kind": kind.value, "by": actor.get_username() if actor else None, "reason": reason}
    parameters = {"run": run_id, "kind": kind.value, "data": Jsonb(data), "uid": uuid4()}
    found = statements.row(statements.STOP, parameters | {"seq": expected.seq, "becomes": expected.becomes})
    if found:
        statements.tell(run_id, found[0])
        return Stopped.CANCELLED if found[2] == State.CANCELLED else Stopped.STOPPING
    state, asked = Run.objects.values_list("state", "stop_kind").get(pk=run_id)
    if state in ENDED:
        return Stopped.ALREADY_ENDED
    return Stopped.ALREADY_STOPPING if asked in {kind, StopKind.CANCEL} else Stopped.CHANGED
