"""Which processes are alive. Rows are written by the processes themselves, by the database's clock."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from runs.models import Heartbeat
from runs.models.heartbeat import ProcessKind
from runs.queues import TICK_SECONDS

ALIVE = timedelta(seconds=30)  # a process that was not seen for longer counts as gone
FORGET = timedelta(hours=1)
BEAT = "beat"  # the process name under which the schedule clock is seen: there is one, wherever it runs
SILENT = timedelta(seconds=3 * TICK_SECONDS)

# one statement, so that two processes of one name do not trip over each other
SEEN = """
INSERT INTO runs_heartbeat (process, kind, slots, draining, started_at, seen_at)
VALUES (%(process)s, %(kind)s, %(slots)s, false, statement_timestamp(), statement_timestamp())
ON CONFLICT (process) DO UPDATE SET seen_at = statement_timestamp(), slots = %(slots)s"""

BEGUN = SEEN + ", draining = false, started_at = statement_timestamp()"


def begun(process: str, kind: ProcessKind, slots: int = 0) -> None:
    """This process has just started, perhaps in the place of one of the same name."""
    _write(BEGUN, process, kind, slots)


def seen(process: str, kind: ProcessKind, slots: int = 0) -> None:
    """This process is alive."""
    _write(SEEN, process, kind, slots)


def gone(process: str) -> None:
    """This process has ended in an orderly way."""
    Heartbeat.objects.filter(process=process).delete()


def draining(process: str) -> None:
    """This process ends soon and claims nothing any more."""
    Heartbeat.objects.filter(process=process).update(draining=True)


def is_draining(owner: str) -> bool:
    """Whether the worker that this owner of a lease belongs to ends soon."""
    worker, _slash, _task = owner.partition("/")
    return Heartbeat.objects.filter(process=worker, draining=True).exists()


def alive(kind: ProcessKind) -> QuerySet[Heartbeat]:
    """The processes of a kind that were seen lately."""
    return Heartbeat.objects.filter(kind=kind, seen_at__gt=Now() - ALIVE)


def steward_is_silent() -> bool:
    """Nobody looks after runs: lost messages and dead workers are not noticed."""
    return not alive(ProcessKind.STEWARD).exists()


def beat_is_silent() -> bool:
    """Nobody has looked at the solve schedules for a while."""
    return not Heartbeat.objects.filter(process=BEAT, seen_at__gt=Now() - SILENT).exists()


def forget() -> None:
    """Drop processes that were not seen for an hour."""
    Heartbeat.objects.filter(seen_at__lt=Now() - FORGET).delete()


def _write(statement: str, process: str, kind: ProcessKind, slots: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"process": process, "kind": kind.value, "slots": slots})
