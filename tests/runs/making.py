"""Runs for tests, without a plant behind them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from plans.models import Snapshot
from runs import leases
from runs.leases import Lease, NewEvent, Progress
from runs.models import Run, RunEvent, State
from runs.models.event import EventKind

OWNER = "solve@here/task-1"


def make_snapshot(problem: dict[str, Any] | None = None) -> Snapshot:
    labels: Any = {}
    return Snapshot.objects.create(hash=uuid.uuid4().hex, problem=problem or {}, labels=labels)


def make_run(**columns: Any) -> Run:
    """A queued run with its first event."""
    columns.setdefault("idempotency_key", uuid.uuid4().hex)
    if "snapshot" not in columns:
        columns["snapshot"] = make_snapshot()
    run = Run.objects.create(horizon_days=14, last_seq=1, **{"limit_seconds": 60.0, **columns})
    RunEvent.objects.create(run=run, seq=1, attempt=0, kind=EventKind.QUEUED, event_uid=uuid.uuid4(), data={})
    return run


def claimed(run: Run, owner: str = OWNER) -> Lease:
    lease = leases.claim_this(run.pk, owner, uuid.uuid4())
    assert lease is not None
    return lease


def improved(objective: int = 10) -> tuple[list[NewEvent], Progress]:
    """What `leases.append` is given for a better schedule."""
    return (
        [NewEvent(EventKind.IMPROVED, {"objective": objective})],
        Progress(objective=objective, measures={"makespan": objective}),
    )


def keep_incumbent(lease: Lease, objective: int = 10) -> int:
    """Append an improvement and store its schedule; the number of the event."""
    seq = leases.append(lease, *improved(objective))
    leases.keep(lease, leases.NewIncumbent(seq, objective, {"makespan": objective}, {"assignments": []}, b"frame"))
    return seq


def let_lease_run_out(run: Run) -> None:
    """As if the holder had been silent for long."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def let_wait_pass(run: Run) -> None:
    """As if the time until the next attempt were over, if there is to be one."""
    Run.objects.filter(pk=run.pk, state=State.QUEUED).update(available_at=timezone.now() - timedelta(seconds=1))


def kinds(run: Run) -> list[str]:
    return list(RunEvent.objects.filter(run=run).order_by("seq").values_list("kind", flat=True))


def faults_of_the_log() -> list[str]:
    """What no run may ever show, in any state: see each query."""
    queries = {
        "numbers with a gap": """SELECT r.id FROM runs_run r LEFT JOIN runs_runevent e ON e.run_id = r.id
            GROUP BY r.id HAVING count(e.id) <> r.last_seq OR coalesce(max(e.seq), 0) <> r.last_seq""",
        "an end that is not the last event": """SELECT r.id FROM runs_run r JOIN runs_runevent e ON e.run_id = r.id
            WHERE e.kind IN ('finished', 'failed', 'cancelled') AND (e.seq <> r.last_seq OR e.kind <> r.state)""",
        "ended without saying so": """SELECT r.id FROM runs_run r WHERE r.state IN ('finished', 'failed', 'cancelled')
            AND NOT EXISTS (SELECT FROM runs_runevent e WHERE e.run_id = r.id AND e.kind = r.state)""",
        "an attempt that started twice": """SELECT run_id FROM runs_runevent WHERE kind = 'started'
            GROUP BY run_id, attempt HAVING count(*) > 1""",
        "an event of an attempt after a later one began": """SELECT e.run_id FROM runs_runevent e
            JOIN runs_runevent s ON s.run_id = e.run_id AND s.kind = 'started' AND s.attempt > e.attempt AND s.seq < e.seq""",
    }
    found = []
    with connection.cursor() as cursor:
        for fault, query in queries.items():
            cursor.execute(query)
            found += [f"run {run_id}: {fault}" for (run_id,) in cursor.fetchall()]
    return found
