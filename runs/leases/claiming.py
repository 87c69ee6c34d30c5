"""How a worker gets a run: not the one that its message names, but the most urgent that may be had.

A message is a bare doorbell. Each queued run has one in the broker, so all runs are served, the urgent ones first, and the broker
needs no priorities.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from runs.leases import statements
from runs.leases.terms import Lease

ORDER = "priority DESC, available_at, id"

# While the circuit is not closed, only its trial is searched; the others are being handed to the dispatching rules.
# One message claims once: again, that is the repetition of a claim whose answer was lost.
NEXT = """fallback = %(fallback)s
        AND (fallback OR NOT EXISTS (
            SELECT FROM runs_breaker b WHERE b.state <> 'closed' AND b.trial_id IS DISTINCT FROM runs_run.id))
        AND NOT EXISTS (SELECT FROM runs_run held WHERE held.state IN ('running', 'stopping') AND held.lease_owner = %(owner)s)"""

# Nobody claims for a worker that shuts down.
CLAIM = """
WITH chosen AS (
    SELECT id FROM runs_run
    WHERE state = 'queued' AND available_at <= statement_timestamp() AND {which}
        AND NOT EXISTS (SELECT FROM runs_heartbeat WHERE process = %(worker)s AND draining)
    ORDER BY {order} LIMIT 1 FOR UPDATE {locked}
), changed AS (
    UPDATE runs_run SET
        state = CASE WHEN stop_kind = '' THEN 'running' ELSE 'stopping' END,
        attempt = attempt + 1, lease_owner = %(owner)s, drain = false, stage = '',
        lease_until = statement_timestamp() + make_interval(secs => %(lease)s),
        claimed_at = statement_timestamp(), started_at = coalesce(started_at, statement_timestamp()),
        deadline_at = statement_timestamp()
            + make_interval(secs => greatest(limit_seconds - spent_seconds, %(least)s) + %(grace)s),
        last_seq = last_seq + 1
    FROM chosen WHERE runs_run.id = chosen.id
    RETURNING runs_run.id, last_seq, attempt, state
), opened AS (
    INSERT INTO runs_attempt (run_id, number, owner, began_at, outcome, failure_code, why, log_tail)
    SELECT id, attempt, %(owner)s, statement_timestamp(), '', '', '', '' FROM changed
){told}"""

_TOLD = statements.TELL.format(kind="'started'")
CLAIM_NEXT = CLAIM.format(which=NEXT, order=ORDER, locked="SKIP LOCKED", told=_TOLD)
CLAIM_NEXT_PATIENTLY = CLAIM.format(which=NEXT, order=ORDER, locked="", told=_TOLD)
CLAIM_THIS = CLAIM.format(which="id = %(run)s", order="id", locked="", told=_TOLD)

HELD = """
SELECT id, attempt FROM runs_run
WHERE state IN ('running', 'stopping') AND lease_owner = %(owner)s
    AND EXISTS (SELECT FROM runs_runevent e WHERE e.run_id = runs_run.id AND e.event_uid = %(uid)s)"""


def claim(owner: str, uid: UUID, *, fallback: bool = False) -> Lease | None:
    """Take the most urgent queued run of the search, or of those that dispatching rules answer.

    None: there is none, those that there are wait after a failure, or the worker is shutting down.

    Runs that somebody else is writing to at this moment are passed over; if there are no others, they are waited for, because
    this message may be the only one for them.
    """
    parameters = _parameters(owner, uid) | {"fallback": fallback}
    return _claimed(CLAIM_NEXT, parameters) or _claimed(CLAIM_NEXT_PATIENTLY, parameters) or _held(parameters)


def claim_this(run_id: int, owner: str, uid: UUID) -> Lease | None:
    """Take this queued run, whatever others there are. None as `claim`."""
    parameters = _parameters(owner, uid) | {"run": run_id}
    return _claimed(CLAIM_THIS, parameters) or _held(parameters)


def _claimed(statement: str, parameters: dict[str, Any]) -> Lease | None:
    found = statements.row(statement, parameters)
    if found is None:
        return None
    last_seq, attempt, _state, run_id = found
    statements.tell(run_id, last_seq, run=run_id, attempt=attempt)  # not yet within what the attempt says of itself
    return Lease(run_id, attempt, parameters["owner"])


def _held(parameters: dict[str, Any]) -> Lease | None:
    """What this very claim has taken already, when its answer was lost."""
    found = statements.row(HELD, parameters)
    if found is None:
        return None
    run_id, attempt = found
    return Lease(run_id, attempt, parameters["owner"])


def _parameters(owner: str, uid: UUID) -> dict[str, Any]:
    worker, _slash, _task = owner.partition("/")
    return {
        "owner": owner,
        "worker": worker,
        "lease": statements.LEASE_SECONDS,
        "least": statements.LEAST_SECONDS,
        "grace": statements.DEADLINE_GRACE_SECONDS,
        "uid": uid,
        "data": Jsonb({"worker": worker}),
    }
