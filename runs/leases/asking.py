"""What people ask of a run."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser
from psycopg.types.json import Jsonb

from runs.leases import statements
from runs.leases.terms import Stopped
from runs.models import Run, State, StopKind
from runs.models.run import ENDED


def stop(run_id: int, actor: AbstractBaseUser | None, reason: str) -> Stopped:
    """End the search and keep the best plan so far; a run that has none yet and only waits is cancelled.

    `actor` None is the steward. Raises Run.DoesNotExist.
    """
    return _ask(run_id, StopKind.STOP, actor, reason)


def cancel(run_id: int, actor: AbstractBaseUser | None, reason: str) -> Stopped:
    """End the run without a plan. Raises Run.DoesNotExist."""
    return _ask(run_id, StopKind.CANCEL, actor, reason)


def _ask(run_id: int, kind: StopKind, actor: AbstractBaseUser | None, reason: str) -> Stopped:
    data = {"kind": kind.value, "by": actor.get_username() if actor else None, "reason": reason}
    found = statements.row(statements.STOP, {"run": run_id, "kind": kind.value, "data": Jsonb(data), "uid": uuid4()})
    if found:
        statements.tell(run_id, found[0])
        return Stopped.CANCELLED if found[2] == State.CANCELLED else Stopped.STOPPING
    state = Run.objects.values_list("state", flat=True).get(pk=run_id)
    return Stopped.ALREADY_ENDED if state in ENDED else Stopped.ALREADY_STOPPING
