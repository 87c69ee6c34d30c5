"""What is let go when its time has come, one chore each. `settings.RETENTION_DAYS` says after how many days; 0 is never.

    events       of ended runs: each step of the search (stages, improvements, bounds). What happened to the run stays
    incumbents   of ended runs: all but the best
    runs         that ended long ago, with all that belongs to them. The plans that they found stay
    snapshots    that no run and no plan asks about any more
    results      what Celery said about each message
    sessions     of people who have been logged out by time
    submissions  what programs were answered, when they will not ask again

A chore works in small transactions, one after the other, and gives the number of rows it let go. It may be killed at any moment,
run again at any time and beside itself. What is live it does not touch, and the database would refuse it (`runs.guards`): rows
that are otherwise kept for good go only through the door that `_retention` opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django_celery_results.models import TaskResult

from plans.models import Snapshot
from runs import submissions
from runs.models import Run, Submission
from runs.models.run import ENDED
from runs.queues import (
    CLEAN_EVENTS,
    CLEAN_INCUMBENTS,
    CLEAN_RESULTS,
    CLEAN_RUNS,
    CLEAN_SESSIONS,
    CLEAN_SNAPSHOTS,
    CLEAN_SUBMISSIONS,
)

RUNS_AT_A_TIME = 20
INCUMBENTS_AT_A_TIME = 100  # each has a whole schedule in it
ROWS_AT_A_TIME = 1000
YOUNG = timedelta(days=1)  # a snapshot may be about to get its run

# `thinned_at` goes with the events: whoever finds numbers missing knows why.
THIN = """
WITH old AS (
    SELECT id FROM runs_run
    WHERE finished_at < statement_timestamp() - make_interval(days => %(days)s) AND thinned_at IS NULL
    ORDER BY finished_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE runs_run SET thinned_at = statement_timestamp() FROM old WHERE runs_run.id = old.id RETURNING runs_run.id
), gone AS (
    DELETE FROM runs_runevent USING old WHERE run_id = old.id AND kind IN ('stage', 'improved', 'bound') RETURNING run_id
) SELECT (SELECT count(*) FROM marked), (SELECT count(*) FROM gone)"""

KEEP_BEST = """
WITH old AS (
    SELECT kept.id FROM runs_incumbent kept JOIN runs_run run ON run.id = kept.run_id
    WHERE run.finished_at < statement_timestamp() - make_interval(days => %(days)s) AND kept.seq < run.incumbent_seq
    LIMIT %(most)s FOR UPDATE OF kept SKIP LOCKED
) DELETE FROM runs_incumbent USING old WHERE runs_incumbent.id = old.id"""

log = structlog.get_logger()


def clean_events() -> int:
    """Let go of the steps of old searches."""
    return _repeat(_thin, "events")


def clean_incumbents() -> int:
    """Let go of all but the best schedule of old runs."""
    return _repeat(_keep_best, "incumbents")


def clean_runs() -> int:
    """Let go of runs that ended long ago."""
    return _repeat(_let_go_of_runs, "runs")


def clean_snapshots() -> int:
    """Let go of questions that nobody asks about."""
    unused = Snapshot.objects.filter(created_at__lt=Now() - YOUNG)
    for relation in Snapshot._meta.related_objects:  # noqa: SLF001 - Django's documented way to a model's relations
        unused = unused.filter(**{f"{relation.name}__isnull": True})
    return _delete(unused, RUNS_AT_A_TIME)


def clean_results() -> int:
    """Let go of what Celery said about messages."""
    days = settings.RETENTION_DAYS["results"]
    return _delete(TaskResult.objects.filter(date_done__lt=Now() - timedelta(days=days)), ROWS_AT_A_TIME) if days else 0


def clean_sessions() -> int:
    """Let go of sessions that are over."""
    return _delete(Session.objects.filter(expire_date__lt=Now()), ROWS_AT_A_TIME)


def clean_submissions() -> int:
    """Let go of what was answered under keys that are no longer used."""
    return _delete(Submission.objects.filter(at__lt=Now() - submissions.KEPT), ROWS_AT_A_TIME)


CHORES: Mapping[str, Callable[[], int]] = {
    CLEAN_SESSIONS: clean_sessions,
    CLEAN_SUBMISSIONS: clean_submissions,
    CLEAN_RESULTS: clean_results,
    CLEAN_EVENTS: clean_events,
    CLEAN_INCUMBENTS: clean_incumbents,
    CLEAN_RUNS: clean_runs,
    CLEAN_SNAPSHOTS: clean_snapshots,
}


@contextmanager
def _retention() -> Iterator[None]:
    """A transaction in which the guards let old rows of ended runs go."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL taktline.retention = 'on'")
        yield


def _repeat(step: Callable[[int], tuple[bool, int]], what: str) -> int:
    """Call `step` with the days of the policy until it found nothing; each call says whether it did, and how many rows went."""
    days = settings.RETENTION_DAYS[what]
    found, total = bool(days), 0
    while found:
        with _retention():
            found, gone = step(days)
        total += gone
    if total:
        log.info("let go", what=what, rows=total, older_than_days=days)
    return total


def _thin(days: int) -> tuple[bool, int]:
    with connection.cursor() as cursor:
        cursor.execute(THIN, {"days": days, "most": RUNS_AT_A_TIME})
        runs, gone = cursor.fetchone() or (0, 0)
    return runs > 0, gone


def _keep_best(days: int) -> tuple[bool, int]:
    with connection.cursor() as cursor:
        cursor.execute(KEEP_BEST, {"days": days, "most": INCUMBENTS_AT_A_TIME})
        return cursor.rowcount > 0, cursor.rowcount


def _let_go_of_runs(days: int) -> tuple[bool, int]:
    old = Run.objects.filter(state__in=ENDED, finished_at__lt=Now() - timedelta(days=days)).order_by("finished_at")
    chosen = list(old.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:RUNS_AT_A_TIME])
    Run.objects.filter(pk__in=chosen).delete()
    return bool(chosen), len(chosen)


def _delete(rows: QuerySet[Model], at_a_time: int) -> int:
    """Delete what a query finds, in small transactions; rows that others hold are left for another time."""
    total, found = 0, True
    while found:
        with transaction.atomic():
            chosen = list(
                rows.order_by("pk").select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:at_a_time]
            )
            rows.filter(pk__in=chosen).delete()
        found = bool(chosen)
        total += len(chosen)
    return total
