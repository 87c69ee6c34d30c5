"""The SQL of the leases: each change of a run is one statement that also writes its event, by the database's clock.

Parameters are named; `%(run)s` and `%(attempt)s` are the fence.
"""

# ruff: noqa: S608 - put together from the constants of this file only; every value is a parameter

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import connection, transaction
from structlog.contextvars import bound_contextvars

from runs import broadcast
from runs.failures import FIRST_WAIT_SECONDS, JITTER_SECONDS, LONGEST_WAIT_SECONDS

LEASE_SECONDS = 15.0
DEADLINE_GRACE_SECONDS = 30.0  # start of the child and building, on top of the time for the search
LEAST_SECONDS = 2.0  # of search that an attempt gets, however little time is left
MOST_FREE_RETURNS = 10  # attempts given back by workers that shut down; further ones count as failures

FENCE = "id = %(run)s AND attempt = %(attempt)s AND state IN ('running', 'stopping')"

RELEASED = "lease_owner = '', lease_until = NULL, drain = false"

# Also of a run that was claimed in the very moment in which its worker began to shut down, and got no flag of its own.
WISH = """state, stop_kind, drain OR EXISTS (
    SELECT FROM runs_heartbeat WHERE process = split_part(lease_owner, '/', 1) AND draining)"""

# A changed run's event, as the rest of the statement that begins with `WITH changed AS (UPDATE … RETURNING …)`.
TELL = """, told AS (
    INSERT INTO runs_runevent (run_id, seq, attempt, kind, data, event_uid, at)
    SELECT id, last_seq, attempt, {kind}, %(data)s::jsonb, %(uid)s, clock_timestamp() FROM changed
) SELECT last_seq, attempt, state, id FROM changed"""

# The attempt's own row is closed in the statement that ends it.
CLOSE = """, closed AS (
    UPDATE runs_attempt SET ended_at = statement_timestamp(), outcome = {ending}, failure_code = {code},
        why = CASE WHEN {why} = '' THEN why ELSE {why} END
    FROM changed WHERE runs_attempt.run_id = changed.id AND runs_attempt.number = changed.attempt
)"""

# Not fenced by the run but by its own end, which comes in the same statement as that of the lease.
NOTE = """
UPDATE runs_attempt SET
    threads = coalesce(%(threads)s, threads), seed = coalesce(%(seed)s, seed),
    peak_memory_mb = greatest(peak_memory_mb, %(peak_memory_mb)s),
    log_tail = coalesce(%(log_tail)s, log_tail), why = coalesce(%(why)s, why)
WHERE run_id = %(run)s AND number = %(attempt)s AND ended_at IS NULL"""

RENEW = f"""
UPDATE runs_run SET
    lease_until = statement_timestamp() + make_interval(secs => %(lease)s),
    spent_seconds = greatest(spent_seconds, %(spent)s)
WHERE {FENCE} RETURNING {WISH}"""

LOOK = f"SELECT {WISH} FROM runs_run WHERE {FENCE}"

APPEND = f"""
WITH changed AS (
    UPDATE runs_run SET
        last_seq = last_seq + %(count)s,
        stage = coalesce(%(stage)s, stage),
        best_objective = coalesce(%(objective)s, best_objective),
        measures = coalesce(%(measures)s::jsonb, measures),
        best_bound = greatest(best_bound, %(bound)s)
    WHERE {FENCE} AND NOT EXISTS (SELECT FROM runs_runevent WHERE run_id = %(run)s AND event_uid = %(uid)s)
    RETURNING id, last_seq, attempt
), told AS (
    INSERT INTO runs_runevent (run_id, seq, attempt, kind, data, event_uid, at)
    SELECT changed.id, changed.last_seq - %(count)s + new.place, changed.attempt, new.kind, new.data, new.uid, clock_timestamp()
    FROM changed, unnest(%(kinds)s::text[], %(data)s::jsonb[], %(uids)s::uuid[]) WITH ORDINALITY AS new (kind, data, uid, place)
) SELECT last_seq FROM changed"""

KEEP = f"""
WITH changed AS (
    UPDATE runs_run SET incumbent_seq = %(seq)s WHERE {FENCE} RETURNING id
), kept AS (
    INSERT INTO runs_incumbent (run_id, seq, objective, measures, schedule, frame, stored_at)
    SELECT id, %(seq)s, %(objective)s, %(measures)s, %(schedule)s, %(frame)s, clock_timestamp() FROM changed
    ON CONFLICT (run_id, seq) DO NOTHING
) SELECT id FROM changed"""

FINISH = (
    f"""
WITH changed AS (
    UPDATE runs_run SET
        state = 'finished', outcome = %(outcome)s, best_objective = %(objective)s, measures = %(measures)s::jsonb,
        best_bound = greatest(best_bound, %(bound)s), reasons = %(reasons)s, plan_id = %(plan)s,
        spent_seconds = greatest(spent_seconds, %(spent)s),
        finished_at = statement_timestamp(), last_seq = last_seq + 1, {RELEASED}
    WHERE {FENCE} RETURNING id, last_seq, attempt, state
)"""
    + CLOSE.format(ending="'finished'", code="''", why="''")
    + TELL.format(kind="'finished'")
)

CANCELLED = (
    f"""
WITH changed AS (
    UPDATE runs_run SET state = 'cancelled', finished_at = statement_timestamp(), last_seq = last_seq + 1, {RELEASED}
    WHERE {FENCE} AND state = 'stopping' AND stop_kind = 'cancel' RETURNING id, last_seq, attempt, state
)"""
    + CLOSE.format(ending="'cancelled'", code="''", why="''")
    + TELL.format(kind="'cancelled'")
)

# What becomes of a run whose attempt is over without a conclusion. `failures` is the new count, `is_last` whether no attempt
# follows, `rescued` whether dispatching rules shall answer it now, because searching does not work (runs.circuit).
AFTERMATH = """
        state = CASE WHEN stop_kind = 'cancel' THEN 'cancelled' WHEN {is_last} THEN 'failed' ELSE 'queued' END,
        failures = least({failures}, max_failures), fallback = fallback OR {rescued},
        finished_at = CASE WHEN stop_kind = 'cancel' OR {is_last} THEN statement_timestamp() END,
        failure_code = CASE WHEN stop_kind <> 'cancel' AND {is_last} THEN %(code)s ELSE '' END,
        failure_text = CASE WHEN stop_kind <> 'cancel' AND {is_last} THEN %(text)s ELSE '' END,
        setback = {setback}, rung_at = NULL, last_seq = last_seq + 1,
        -- nothing is to be waited for where nothing is to be searched
        available_at = CASE WHEN {rescued} OR stop_kind <> '' THEN statement_timestamp() ELSE {available_at} END,
        -- improvements that were told but whose schedule died with their attempt are no longer to be had
        best_objective = (SELECT i.objective FROM runs_incumbent i WHERE i.run_id = runs_run.id ORDER BY i.seq DESC LIMIT 1),
        measures = (SELECT i.measures FROM runs_incumbent i WHERE i.run_id = runs_run.id ORDER BY i.seq DESC LIMIT 1)"""

TOLD_AFTERMATH = "CASE state WHEN 'queued' THEN 'requeued' ELSE state END"

# A trial that nobody asked for needs no answer.
WANTED = "NOT (trial AND by_itself)"

RESCUED = f"""(%(machinery)s AND NOT fallback AND stop_kind <> 'cancel' AND {WANTED}
            AND EXISTS (SELECT FROM runs_breaker WHERE state <> 'closed'))"""

# `retries` are those of this failure code, NULL when the run's budget alone decides
SPENT = """(failures + 1 >= max_failures OR %(retries)s <= (
            SELECT count(*) FROM runs_attempt a WHERE a.run_id = runs_run.id AND a.failure_code = %(code)s))"""

FAILED_ONCE_MORE = AFTERMATH.format(
    failures="failures + 1",
    is_last=f"({SPENT} AND NOT {RESCUED})",
    rescued=RESCUED,
    setback="%(code)s",
    available_at=f"""statement_timestamp() + make_interval(secs =>
            least({LONGEST_WAIT_SECONDS}, {FIRST_WAIT_SECONDS} * 2 ^ failures) + {JITTER_SECONDS} * random())""",
)

SET_BACK = (
    f"""
WITH changed AS (
    UPDATE runs_run SET {FAILED_ONCE_MORE},
        {RELEASED}
    WHERE {FENCE} RETURNING id, last_seq, attempt, state
)"""
    + CLOSE.format(ending="'failed'", code="%(code)s", why="%(why)s")
    + TELL.format(kind=TOLD_AFTERMATH)
)

# Free of charge, but not for ever: attempt − failures counts the attempts that ended without a failure, this one included.
IS_CHARGED = f"attempt - failures > {MOST_FREE_RETURNS}"

# It keeps its place in the queue. One that has no failure left, and that dispatching rules answer, is given back for nothing too.
GIVEN_BACK = AFTERMATH.format(
    failures=f"failures + ({IS_CHARGED})::int",
    is_last=f"({IS_CHARGED} AND failures + 1 >= max_failures)",
    rescued="false",
    setback="''",
    available_at="available_at",
)

GIVE_BACK = (
    f"""
WITH changed AS (
    UPDATE runs_run SET {GIVEN_BACK},
        spent_seconds = greatest(spent_seconds, %(spent)s), {RELEASED}
    WHERE {FENCE} RETURNING id, last_seq, attempt, state
)"""
    + CLOSE.format(ending="'given_back'", code="''", why="%(why)s")
    + TELL.format(kind=TOLD_AFTERMATH)
)

BECOMES = """CASE WHEN state <> 'queued' THEN 'stopping'
            WHEN %(kind)s = 'cancel' OR incumbent_seq IS NULL THEN 'cancelled' ELSE 'queued' END"""

STOP = f"""
WITH changed AS (
    UPDATE runs_run SET
        state = {BECOMES},
        finished_at = CASE WHEN state = 'queued' AND (%(kind)s = 'cancel' OR incumbent_seq IS NULL)
            THEN statement_timestamp() END,
        stop_kind = %(kind)s, stop_requested_at = coalesce(stop_requested_at, statement_timestamp()), last_seq = last_seq + 1
    WHERE id = %(run)s AND state IN ('queued', 'running', 'stopping')
        AND (stop_kind = '' OR stop_kind = 'stop' AND %(kind)s = 'cancel')
        AND (%(seq)s::bigint IS NULL OR last_seq = %(seq)s)
        AND (%(becomes)s::text IS NULL OR %(becomes)s = {BECOMES})
    RETURNING id, last_seq, attempt, state
)""" + TELL.format(kind="CASE state WHEN 'cancelled' THEN 'cancelled' ELSE 'stopping' END")


# A lease that is known to be over, without waiting for its time: before anything else, and whatever the database's own age.
LOST = "to_timestamp(0)"

# Right after a start of PostgreSQL, the living have to be given time to renew before the dead are told from them.
REAP = f"""
WITH dead AS (
    SELECT id, lease_until = {LOST} AS is_known FROM runs_run
    WHERE state IN ('running', 'stopping') AND (
        lease_until = {LOST}
        OR lease_until < statement_timestamp() AND pg_postmaster_start_time() < statement_timestamp() - %(grace)s
    )
    ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED
), changed AS (
    UPDATE runs_run SET {FAILED_ONCE_MORE},
        {RELEASED}
    FROM dead WHERE runs_run.id = dead.id RETURNING runs_run.id, last_seq, attempt, state, dead.is_known
){CLOSE.format(ending="'lost'", code="%(code)s", why="CASE WHEN is_known THEN %(killed)s ELSE %(silent)s END")}, told AS (
    INSERT INTO runs_runevent (run_id, seq, attempt, kind, data, event_uid, at)
    SELECT id, last_seq, attempt, {TOLD_AFTERMATH}, %(data)s, gen_random_uuid(), clock_timestamp() FROM changed
) SELECT id, state, attempt, last_seq FROM changed"""

# An attempt that did not end although it was asked to: the run is taken away from it.
TAKE_AWAY = f"""
UPDATE runs_run SET lease_until = {LOST}
WHERE state = 'stopping' AND lease_until > {LOST}
    AND greatest(stop_requested_at, claimed_at) < statement_timestamp() - %(patience)s"""

# Those that run, and those that wait for another attempt with a plan in hand although their last one's time is long over.
OVERDUE = """
SELECT id, attempt FROM runs_run WHERE state = 'running' AND deadline_at < statement_timestamp()
    OR state = 'queued' AND stop_kind = '' AND incumbent_seq IS NOT NULL AND deadline_at < statement_timestamp() - %(patience)s"""

# Stopped while they waited, with a plan that nobody has come to conclude.
WAITING = """
SELECT id FROM runs_run
WHERE state = 'queued' AND stop_kind = 'stop' AND available_at <= statement_timestamp()
    AND stop_requested_at < statement_timestamp() - %(patience)s"""

# A run that was begun, lost what it was held by and found nobody else: without a plan there is nothing left to do.
EXPIRE = """
WITH late AS (
    SELECT id FROM runs_run
    WHERE state = 'queued' AND incumbent_seq IS NULL AND deadline_at < statement_timestamp() - %(patience)s
    ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
), changed AS (
    UPDATE runs_run SET state = 'failed', failure_code = %(code)s, failure_text = %(text)s,
        finished_at = statement_timestamp(), last_seq = last_seq + 1
    FROM late WHERE runs_run.id = late.id RETURNING runs_run.id, last_seq, attempt
), told AS (
    INSERT INTO runs_runevent (run_id, seq, attempt, kind, data, event_uid, at)
    SELECT id, last_seq, attempt, 'failed', %(data)s, gen_random_uuid(), clock_timestamp() FROM changed
) SELECT id, attempt, last_seq FROM changed"""

# The circuit is not closed: all that wait but the trial run are answered by dispatching rules.
HAND_OVER = f"""
UPDATE runs_run SET fallback = true, rung_at = NULL, available_at = least(available_at, statement_timestamp())
FROM runs_breaker
WHERE runs_run.state = 'queued' AND NOT fallback AND {WANTED}
    AND runs_breaker.state <> 'closed' AND trial_id IS DISTINCT FROM runs_run.id
RETURNING runs_run.id, last_seq"""

LOSE = f"""
UPDATE runs_run SET lease_until = {LOST}
WHERE split_part(lease_owner, '/', 2) = %(task)s AND state IN ('running', 'stopping') RETURNING id, attempt"""

DRAIN = """
UPDATE runs_run SET drain = true
WHERE state IN ('running', 'stopping') AND starts_with(lease_owner, %(prefix)s) RETURNING id"""

# Rings are bare doorbells: one too many costs a claim that finds nothing.
DUE_RINGS = """
WITH due AS (
    SELECT id FROM runs_run
    WHERE state = 'queued' AND available_at <= statement_timestamp() AND fallback = %(fallback)s AND (
        rung_at IS NULL
        OR %(broker_lost)s
        OR rung_at < statement_timestamp() - (CASE WHEN %(queue_empty)s THEN %(lost_ring)s ELSE %(any_ring)s END)
    )
    ORDER BY priority DESC, available_at, id LIMIT 200 FOR UPDATE SKIP LOCKED
), rung AS (
    UPDATE runs_run SET rung_at = statement_timestamp() FROM due WHERE runs_run.id = due.id
    RETURNING runs_run.id, priority, available_at
) SELECT id FROM rung ORDER BY priority DESC, available_at, id"""

RUNG = "UPDATE runs_run SET rung_at = statement_timestamp() WHERE id = %(run)s AND state = 'queued'"

# The message that was lost may have been the one for any of them: the next of the queue is rung for in its place.
UNRING_NEXT = """
UPDATE runs_run SET rung_at = NULL WHERE id = (
    SELECT id FROM runs_run WHERE state = 'queued' AND fallback = %(fallback)s AND rung_at IS NOT NULL
    ORDER BY priority DESC, available_at, id LIMIT 1 FOR UPDATE)"""

UNRING = "UPDATE runs_run SET rung_at = NULL WHERE id = ANY(%(runs)s) AND state = 'queued'"


def tell(run_id: int, seq: int, **about: object) -> None:
    """Announce events to the browsers once they are committed. Lines of the log about that say `about`, too."""
    transaction.on_commit(partial(_announce, run_id, seq, about))


def _announce(run_id: int, seq: int, about: Mapping[str, object]) -> None:
    with bound_contextvars(**about):
        broadcast.announce(run_id, seq)


def row(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The only row of a statement, None when it changed nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def execute(statement: str, parameters: Mapping[str, Any]) -> int:
    """Run a statement that returns nothing; how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
