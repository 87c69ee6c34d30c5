"""What `manage.py doctor` looks at. Each examination gives findings; nothing here changes anything."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from zoneinfo import available_timezones

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from runs import liveness
from scheduler_site import addresses
from scheduler_site.celery import app
from scheduler_site.fleet import solve_workers

PACKAGES = ("django", "celery", "redis", "channels", "channels-redis", "daphne", "psycopg", "ortools")
LOW_DISK_BYTES = 2 * 1024**3
SLOW_MILLISECONDS = 50.0
LONG_QUEUE = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was seen, and whether somebody should act."""

    subject: str
    seen: str
    fine: bool = True


def examine() -> Iterator[Finding]:
    """All findings, in the order in which one would look for a fault."""
    yield from _versions()
    yield from _machine()
    database = _postgres()
    yield database
    if database.fine:
        migrations = _migrations()
        yield migrations
        if migrations.fine:
            yield from _caretakers()
    broker = _redis()
    yield broker
    if broker.fine:
        yield from _queues()
        yield from _workers()


def _versions() -> Iterator[Finding]:
    yield Finding("Python", f"{platform.python_version()} at {sys.executable}")
    yield Finding("packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES))


def _machine() -> Iterator[Finding]:
    environment = settings.ENVIRONMENT
    yield Finding("mode", settings.MODE)
    yield Finding("processors", f"{os.cpu_count()}, {solve_workers(environment)} run(s) solved at a time")
    zones = len(available_timezones())
    yield Finding("time zones", f"stored in {settings.TIME_ZONE}, {zones} known", fine=zones > 300)
    folder = settings.DATA_DIR
    if not folder.exists():
        yield Finding("data folder", f"{folder} does not exist yet; bin/start makes it", fine=False)
        return
    free = shutil.disk_usage(folder).free
    yield Finding("disk", f"{free / 1024**3:.1f} GiB free at {folder}", fine=free > LOW_DISK_BYTES)


def _milliseconds(ask: Callable[[], object]) -> float:
    """The quickest of three: the first may have to connect."""
    took: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return 1000 * min(took)


def _postgres() -> Finding:
    try:
        with psycopg.connect(settings.SERVERS.database, connect_timeout=3) as link:
            (number,) = link.execute("SHOW server_version").fetchone() or ("?",)
            took = _milliseconds(lambda: link.execute("SELECT 1"))
    except psycopg.OperationalError as reason:
        return Finding("PostgreSQL", _unreachable(str(reason).splitlines()[0]), fine=False)
    return Finding("PostgreSQL", f"{number}, {took:.2f} ms", fine=took < SLOW_MILLISECONDS)


def _caretakers() -> Iterator[Finding]:
    """The two processes that nobody misses until something else has broken."""
    silent = liveness.steward_is_silent()
    yield Finding("steward", "none is seen: dead workers are not noticed" if silent else "at work", fine=not silent)
    silent = liveness.beat_is_silent()
    yield Finding("schedule clock", "silent: the steward looks at the schedules" if silent else "at work", fine=not silent)


def _redis() -> Finding:
    try:
        with redis.Redis.from_url(addresses.redis(settings.SERVERS.redis, 0), socket_timeout=3, retry=None) as client:
            info = client.info("server")
            took = _milliseconds(client.ping)
    except redis.RedisError as reason:
        return Finding("Redis", _unreachable(str(reason)), fine=False)
    number = f"Valkey {info['valkey_version']}" if "valkey_version" in info else info["redis_version"]
    return Finding("Redis", f"{number}, {took:.2f} ms", fine=took < SLOW_MILLISECONDS)


def _unreachable(reason: str) -> str:
    return f"does not answer ({reason}). Is the site running? bin/start"


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return Finding("migrations", f"{pending} pending: manage.py migrate" if pending else "none pending", fine=not pending)


def _queues() -> Iterator[Finding]:
    with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=3) as client:
        for queue in settings.CELERY_TASK_QUEUES:
            waiting = int(client.llen(queue.name))
            yield Finding(f"queue {queue.name}", f"{waiting} waiting", fine=waiting < LONG_QUEUE)


def _workers() -> Iterator[Finding]:
    """One line for each queue: a queue that nobody serves is the commonest reason why nothing happens."""
    serving = app.control.inspect(timeout=1.5).active_queues() or {}
    for queue in settings.CELERY_TASK_QUEUES:
        names = sorted(worker for worker, queues in serving.items() if any(entry["name"] == queue.name for entry in queues))
        yield Finding(f"workers of {queue.name}", ", ".join(names) or "none: runs will wait", fine=bool(names))
