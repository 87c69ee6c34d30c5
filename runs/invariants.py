"""What no run may ever show, whatever broke: SQL that finds the runs that do.

Tests ask it after each injected fault, `manage.py soak` at its end, and whoever wants to know of a database in use. Nothing here
writes.
"""

# ruff: noqa: S608 - put together from the constants of this file only

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

Rows = Sequence[tuple[Any, ...]]
Ask = Callable[[str], Rows]  # a query without parameters → its rows

ENDS = "('finished', 'failed', 'cancelled')"

# Each query gives the ids of the runs that break the rule.
RULES: Mapping[str, str] = {
    "its events are not numbered 1, 2, 3 … up to last_seq": """
        SELECT r.id FROM runs_run r LEFT JOIN runs_runevent e ON e.run_id = r.id
        WHERE r.thinned_at IS NULL GROUP BY r.id
        HAVING (count(e.id), max(e.seq), min(e.seq)) IS DISTINCT FROM (r.last_seq, r.last_seq, 1)""",
    "it has not exactly one event that ends it": f"""
        SELECT r.id FROM runs_run r LEFT JOIN runs_runevent e ON e.run_id = r.id AND e.kind IN {ENDS}
        GROUP BY r.id HAVING count(e.id) <> CASE WHEN r.state IN {ENDS} THEN 1 ELSE 0 END""",
    "its last event is not its end": f"""
        SELECT r.id FROM runs_run r JOIN runs_runevent e ON e.run_id = r.id AND e.seq = r.last_seq
        WHERE r.state IN {ENDS} AND e.kind <> r.state""",
    "an attempt of it began twice": """
        SELECT run_id FROM runs_runevent WHERE kind = 'started' GROUP BY run_id, attempt HAVING count(*) > 1""",
    "its attempts are not all accounted for": """
        SELECT r.id FROM runs_run r LEFT JOIN runs_runevent e ON e.run_id = r.id AND e.kind = 'started'
        GROUP BY r.id HAVING count(e.id) <> r.attempt OR coalesce(max(e.attempt), 0) <> r.attempt""",
    "its attempt went back": """
        SELECT run_id FROM (
            SELECT run_id, attempt, lag(attempt) OVER (PARTITION BY run_id ORDER BY seq) AS before FROM runs_runevent
        ) e WHERE attempt < before""",
    "an attempt of it is open that nobody holds": """
        SELECT r.id FROM runs_run r JOIN runs_attempt a ON a.run_id = r.id AND a.ended_at IS NULL
        WHERE r.attempt <> a.number OR r.state NOT IN ('running', 'stopping')""",
    # instead of its end, dispatching rules may have had a try at it
    "it failed more often than it may": """
        SELECT r.id FROM runs_run r JOIN runs_attempt a ON a.run_id = r.id AND a.failure_code <> ''
        GROUP BY r.id HAVING count(*) > r.max_failures + r.fallback::int""",
    "its newest incumbent is not stored": """
        SELECT r.id FROM runs_run r LEFT JOIN runs_incumbent i ON i.run_id = r.id AND i.seq = r.incumbent_seq
        WHERE r.incumbent_seq IS NOT NULL AND i.id IS NULL""",
    "it found a plan and none is stored": """
        SELECT id FROM runs_run WHERE outcome IN ('optimal', 'feasible') AND (best_objective IS NULL OR incumbent_seq IS NULL)""",
}

TABLES = "('runs_run'::regclass, 'runs_runevent'::regclass, 'runs_incumbent'::regclass, 'runs_attempt'::regclass)"
TRIGGERS = [
    *("runs_guard_run", "runs_guard_event", "runs_keep_events", "runs_keep_incumbents", "runs_keep_runs"),
    *("runs_guard_attempt", "runs_keep_attempts"),
]

# PostgreSQL enforces these itself; this sees that nobody has switched one off.
GUARDS = f"""
    SELECT 'constraint ' || conname FROM pg_constraint WHERE conrelid IN {TABLES} AND NOT convalidated
    UNION ALL
    SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid IN {TABLES} AND tgenabled <> 'O'
    UNION ALL
    SELECT 'trigger ' || wanted FROM unnest(ARRAY{TRIGGERS}) AS wanted
    WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = wanted)"""

CHECKS = f"""
    SELECT conrelid::regclass::text, conname, pg_get_expr(conbin, conrelid) FROM pg_constraint
    WHERE contype = 'c' AND conrelid IN {TABLES}"""


def violations(ask: Ask | None = None) -> list[str]:
    """Every broken rule, a sentence for each run; empty when all is well. `ask` defaults to this process's own database."""
    return list(_violations(ask or _ask))


def _violations(ask: Ask) -> Iterator[str]:
    for rule, query in RULES.items():
        yield from (f"Run {run_id}: {rule}." for (run_id,) in ask(query))
    yield from (f"Switched off: {guard}." for (guard,) in ask(GUARDS))
    for table, name, condition in ask(CHECKS):
        broken = ask(f"SELECT id FROM {table} WHERE NOT ({condition})")
        yield from (f"{table} {row_id}: breaks {name}." for (row_id,) in broken)


def _ask(query: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: Rows = cursor.fetchall()
    return found
