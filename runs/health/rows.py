"""What the rows tell: who is alive, what waits for how long, how the runs of the last hour ended."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from runs import liveness, queues
from runs.figures import RunFigures, fetched, run_figures
from runs.health.terms import Check, Measured, fine, ill, span
from runs.models.breaker import Breaker, BreakerState
from runs.models.heartbeat import ProcessKind
from runs.thresholds import Status

WINDOW = timedelta(hours=1)
NEVER_SECONDS = 366 * 86_400.0  # as the age of what has no row

# index run_queued; `since`: from when it could have been claimed
OLDEST_WAITING = """
SELECT fallback, count(*), extract(epoch FROM statement_timestamp() - min(available_at))::float8
FROM runs_run WHERE state = 'queued' AND available_at <= statement_timestamp() GROUP BY fallback"""

LAST_SEEN = """
SELECT max(seen_at) FILTER (WHERE kind = 'steward'), max(seen_at) FILTER (WHERE process = %(clock)s), statement_timestamp()
FROM runs_heartbeat"""


class Waiting(NamedTuple):
    """Runs that could be claimed, and for how long the oldest could have been."""

    runs: int
    oldest_seconds: float


_none_pending: list[bool] = []


def migration_checks() -> list[Check]:
    """Have the tables the shape that this code needs? Once that is so, it stays so for this process."""
    if not _none_pending:
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if pending:
            return [ill("migrations", f"{pending} pending: manage.py prepare.")]
        _none_pending.append(True)
    return [fine("migrations", "None are pending.")]


def row_checks() -> list[Check]:
    """Everything else that needs the database."""
    figures = run_figures(WINDOW)
    return [*_caretakers(), *_workers(), _memory(), *_waiting(), *_ended(figures), _circuit()]


def waiting() -> dict[str, Waiting]:
    """Queued runs by queue."""
    found = {
        queues.HIGH_QUEUE if fallback else queues.SOLVE_QUEUE: Waiting(count, seconds)
        for fallback, count, seconds in fetched(OLDEST_WAITING)
    }
    return {queue: found.get(queue, Waiting(0, 0.0)) for queue in (queues.SOLVE_QUEUE, queues.HIGH_QUEUE)}


def ages() -> tuple[float | None, float | None]:
    """Seconds since a steward was seen, and since somebody looked at the solve schedules; None: not within the last hour."""
    ((steward, clock, now),) = fetched(LAST_SEEN, {"clock": liveness.BEAT})
    return tuple(None if seen is None else (now - seen).total_seconds() for seen in (steward, clock))  # type: ignore[return-value] # two of them


def _caretakers() -> list[Check]:
    steward, clock = ages()
    beats = liveness.everybody().filter(kind=ProcessKind.BEAT).count()
    return [
        Measured(
            "steward",
            NEVER_SECONDS if steward is None else steward,
            "s",
            _seen("A steward", steward),
            "Dead workers and lost messages go unnoticed: start the steward.",
        ).judged(),
        Measured(
            "schedule_clock",
            NEVER_SECONDS if clock is None else clock,
            "s",
            _seen("A look at the solve schedules", clock),
            "Start beat and worker-default; without them the steward looks, a minute late.",
        ).judged(),
        Measured(
            "beat",
            beats,
            "processes",
            f"{beats} beat process{'' if beats == 1 else 'es'} alive.",
            "The steward looks at the schedules for it, a minute late, and cleaning up waits: start beat.",
        ).judged(),
    ]


def _workers() -> list[Check]:
    serving: dict[str, list[str]] = {queue.name: [] for queue in queues.TABLE}
    for worker in liveness.everybody().filter(draining=False).exclude(queues=""):
        for name in worker.queues.split(","):
            serving.setdefault(name, []).append(worker.process)
    return [
        Measured(
            f"workers.{queue.name}",
            len(serving[queue.name]),
            "workers",
            f"{', '.join(serving[queue.name]) or 'No worker'} serves {queue.name}.",
            f"What is in {queue.name} waits: start {queue.worker}.",
        ).judged()
        for queue in queues.TABLE
    ]


def _memory() -> Check:
    largest, process = max(liveness.everybody().values_list("largest_mb", "process"), default=(0, "nobody"))
    return Measured(
        "memory",
        largest,
        "MiB",
        f"The largest process holds {largest} MiB, at {process}.",
        "Plan fewer days at a time, or give runs a lower memory limit; if it is no solver, restart the process.",
    ).judged()


def _waiting() -> list[Check]:
    return [
        Measured(
            f"queue.{queue}",
            found.oldest_seconds,
            "s",
            f"{found.runs} run{'s wait' if found.runs > 1 else ' waits'} in {queue}, the oldest for {span(found.oldest_seconds)}."
            if found.runs
            else "Nothing waits.",
            f"Runs come faster than they are solved, or worker-{queue} hangs: see what it works on, or add another.",
            found.oldest_seconds if found.runs else None,
        ).judged()
        for queue, found in waiting().items()
    ]


def _ended(figures: RunFigures) -> list[Check]:
    ended, least = figures.ended, settings.HEALTH_LEAST_RUNS
    took = ended.solve_seconds.p95 or 0.0
    if ended.judged < least or ended.failure_rate is None:
        few = f"{ended.judged or 'none'} ended within an hour, {least} are needed"
        failing = fine("failure_rate", f"Too few runs to judge by: {few}.")
    else:
        failing = Measured(
            "failure_rate",
            ended.failure_rate,
            "",
            f"{ended.failed} of {ended.judged} runs failed within an hour.",
            "See the failed runs and what their pages say: /runs/?state=failed.",
        ).judged()
    return [
        failing,
        Measured(
            "solve_time",
            took,
            "s",
            f"95 % of the runs that ended within an hour took at most {span(took)}." if took else "No run ended within an hour.",
            "Give them a shorter time limit or a gap that is good enough, or more processors.",
        ).judged(),
    ]


def _circuit() -> Check:
    found = Breaker.objects.first()
    if found is None or found.state == BreakerState.CLOSED:
        return fine("circuit", "Runs are solved.")
    since = span(max(0.0, (timezone.now() - found.since).total_seconds()))
    text = f"New runs have been answered by dispatching rules for {since}: {found.reason}"
    return ill("circuit", f"{text} See why the last runs failed; it closes by itself once a run works.", Status.DEGRADED)


def _seen(who: str, seconds: float | None) -> str:
    return f"{who} was not seen within the last hour." if seconds is None else f"{who} was seen {span(seconds)} ago."
