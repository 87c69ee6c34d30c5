"""Which processes are alive. Rows are written by the processes themselves, by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypedDict

import psutil
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from psycopg.types.json import Jsonb

from runs.models import Heartbeat
from runs.models.heartbeat import ProcessKind
from runs.queues import TICK_SECONDS

ALIVE = timedelta(seconds=30)  # a process that was not seen for longer counts as gone
FORGET = timedelta(hours=1)
BEAT = "beat"  # the process name under which the schedule clock is seen: there is one, wherever it runs
SILENT = timedelta(seconds=3 * TICK_SECONDS)

# one statement, so that two processes of one name do not trip over each other
SEEN = """
INSERT INTO runs_heartbeat (process, kind, slots, queues, memory_mb, largest_mb, sockets, doing, draining, started_at, seen_at)
VALUES (%(process)s, %(kind)s, %(slots)s, %(queues)s, %(memory_mb)s, %(largest_mb)s, %(sockets)s, %(doing)s, false,
    statement_timestamp(), statement_timestamp())
ON CONFLICT (process) DO UPDATE SET seen_at = statement_timestamp(), slots = excluded.slots, queues = excluded.queues,
    memory_mb = excluded.memory_mb, largest_mb = excluded.largest_mb, sockets = excluded.sockets, doing = excluded.doing"""

BEGUN = SEEN + ", draining = false, started_at = excluded.started_at"


class Doing(TypedDict):
    """A task that a worker works on, since an instant in ISO 8601."""

    task: str
    since: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a process says of itself."""

    slots: int = 0
    queues: tuple[str, ...] = ()
    sockets: int | None = None
    doing: list[Doing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of this process and all that it started, in MiB: together, and the largest of them."""

    together_mb: int
    largest_mb: int


def begun(process: str, kind: ProcessKind, report: int | Report = 0) -> None:
    """This process has just started, perhaps in the place of one of the same name. A number reports its slots alone."""
    _write(BEGUN, process, kind, report)


def seen(process: str, kind: ProcessKind, report: int | Report = 0) -> None:
    """This process is alive. A number reports its slots alone."""
    _write(SEEN, process, kind, report)


def memory() -> Memory:
    """What this process and everything that it started hold now."""
    sizes = [0]
    here = psutil.Process()
    for process in (here, *here.children(recursive=True)):
        try:
            sizes.append(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue  # it has ended meanwhile
    return Memory(sum(sizes) // 2**20, max(sizes) // 2**20)


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


def everybody() -> QuerySet[Heartbeat]:
    """All processes that were seen lately. That somebody looked at the schedules has a row too, and is no process."""
    return Heartbeat.objects.filter(seen_at__gt=Now() - ALIVE).exclude(process=BEAT)


def steward_is_silent() -> bool:
    """Nobody looks after runs: lost messages and dead workers are not noticed."""
    return not alive(ProcessKind.STEWARD).exists()


def beat_is_silent() -> bool:
    """Nobody has looked at the solve schedules for a while."""
    return not Heartbeat.objects.filter(process=BEAT, seen_at__gt=Now() - SILENT).exists()


def forget() -> None:
    """Drop processes that were not seen for an hour."""
    Heartbeat.objects.filter(seen_at__lt=Now() - FORGET).delete()


def _write(statement: str, process: str, kind: ProcessKind, report: int | Report) -> None:
    said = Report(slots=report) if isinstance(report, int) else report
    held = (
        memory() if process != BEAT else Memory(0, 0)
    )  # the clock is no process: whoever looked at the schedules has its own row
    parameters: dict[str, Any] = {
        "process": process,
        "kind": kind.value,
        "slots": said.slots,
        "queues": ",".join(said.queues),
        "memory_mb": held.together_mb,
        "largest_mb": held.largest_mb,
        "sockets": said.sockets,
        "doing": Jsonb(said.doing),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
