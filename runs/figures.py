"""How the runs are doing, counted in SQL from their rows: nothing is counted beside them that could be wrong.

Totals are over all runs that are kept. Rates, times and averages are over those that somebody or a schedule asked for and that
ended within a window before now:

    success rate    finished ÷ (finished + failed); “no plan is possible” is an answer, and who cancels judges nothing
    solve seconds   from the first attempt to the end, of runs that finished or failed
    wait seconds    from the request to the first attempt, of all that began
"""

# ruff: noqa: S608 - put together from the constants of this file only; every value is a parameter

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from runs.models import FailureCode, Outcome, State
from runs.models.run import LEASED
from runs.queues import HIGH_QUEUE, SOLVE_QUEUE

KINDS = ("interactive", "scheduled", "fallback")
SHARES = (0.5, 0.95, 0.99)

# which queue a run goes through, and who asked for it
QUEUE = f"CASE WHEN fallback THEN '{HIGH_QUEUE}' ELSE '{SOLVE_QUEUE}' END"
KIND = "CASE WHEN fallback THEN 'fallback' WHEN scheduled_for IS NOT NULL THEN 'scheduled' ELSE 'interactive' END"
SOLVE_SECONDS = "CASE WHEN state IN ('finished', 'failed') THEN extract(epoch FROM finished_at - started_at)::float8 END"
WAIT_SECONDS = "extract(epoch FROM started_at - requested_at)::float8"

# index run_counted
TOTALS = "SELECT state, outcome, failure_code, count(*) FROM runs_run GROUP BY state, outcome, failure_code"

# index run_ended; the row of all queues together has no queue. What nobody asked for fails nobody: a trial is there to fail.
WINDOW = f"""
WITH ended AS (
    SELECT {QUEUE} AS queue, {KIND} AS kind, state, {SOLVE_SECONDS} AS solve, {WAIT_SECONDS} AS wait
    FROM runs_run WHERE finished_at >= statement_timestamp() - %(since)s AND NOT by_itself
)
SELECT queue, kind, count(*) FILTER (WHERE state = 'finished'), count(*) FILTER (WHERE state = 'failed'),
    count(solve), avg(solve), percentile_cont(%(shares)s::float8[]) WITHIN GROUP (ORDER BY solve),
    count(wait), avg(wait), percentile_cont(%(shares)s::float8[]) WITHIN GROUP (ORDER BY wait)
FROM ended GROUP BY GROUPING SETS ((), (queue), (kind))"""


@dataclass(frozen=True, slots=True)
class Spread:
    """How some durations are spread, in seconds; without any of them there is nothing to say."""

    count: int = 0
    average: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class EndedFigures:
    """Of the runs that ended within the window: how many came to an answer, how many failed, how long they took."""

    finished: int = 0
    failed: int = 0
    solve_seconds: Spread = Spread()
    wait_seconds: Spread = Spread()

    @property
    def judged(self) -> int:
        return self.finished + self.failed

    @property
    def success_rate(self) -> float | None:
        """0…1; None while no run has ended."""
        return self.finished / self.judged if self.judged else None

    @property
    def failure_rate(self) -> float | None:
        """0…1; None while no run has ended."""
        return self.failed / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class RunFigures:
    """Totals of all runs by state, outcome and failure code; `ended` and what is by queue and kind is of the window `since`."""

    since: timedelta
    by_state: Mapping[str, int]
    by_outcome: Mapping[str, int]
    by_failure_code: Mapping[str, int]
    running_now: int
    ended: EndedFigures
    by_queue: Mapping[str, EndedFigures]
    by_kind: Mapping[str, EndedFigures]

    @property
    def success_rate(self) -> float | None:
        return self.ended.success_rate

    @property
    def failure_rate(self) -> float | None:
        return self.ended.failure_rate

    @property
    def average_seconds_by_kind(self) -> dict[str, float | None]:
        """Average solve seconds of interactive, scheduled and fallback runs."""
        return {kind: figures.solve_seconds.average for kind, figures in self.by_kind.items()}


def run_figures(since: timedelta = timedelta(hours=1)) -> RunFigures:
    """The figures as of now: two queries, however many runs there are."""
    totals = _Totals(fetched(TOTALS))
    window = fetched(WINDOW, {"since": since, "shares": list(SHARES)})
    queues = {row[0]: _ended(row) for row in window if row[0] is not None}
    kinds = {row[1]: _ended(row) for row in window if row[1] is not None}
    together = next(_ended(row) for row in window if row[0] is None and row[1] is None)
    return RunFigures(
        since=since,
        by_state=totals.by(0, State.values),
        by_outcome=totals.by(1, Outcome.values),
        by_failure_code=totals.by(2, FailureCode.values),
        running_now=sum(totals.by(0, LEASED).values()),
        ended=together,
        by_queue={SOLVE_QUEUE: EndedFigures(), HIGH_QUEUE: EndedFigures()} | queues,
        by_kind={kind: EndedFigures() for kind in KINDS} | kinds,
    )


class _Totals:
    """Counts by state, outcome and failure code."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def by(self, column: int, values: list[str] | tuple[str, ...]) -> dict[str, int]:
        """The counts by one of the columns, for each of the values, also where there is none."""
        return {str(value): sum(row[3] for row in self._rows if row[column] == value) for value in values}


def _ended(row: tuple[Any, ...]) -> EndedFigures:
    _queue, _kind, finished, failed, *spreads = row
    return EndedFigures(finished, failed, _spread(*spreads[:3]), _spread(*spreads[3:]))


def _spread(count: int, average: float | None, shares: list[float] | None) -> Spread:
    return Spread(count, average, *shares) if shares else Spread()


def fetched(query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
