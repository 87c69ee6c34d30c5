"""The two servers and the disk: do they answer, and how fast?"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from runs import queues
from runs.health.terms import Check, Measured, ill, span
from runs.thresholds import Status

CONNECT_SECONDS = 2
START = "Is the site running? bin/start, or the services in docs/deploy.md."
NOT_RUNNING = "The site is not running here, and {} is not set. Start it: bin/start, or the services in docs/deploy.md."


class Unreachable(Exception):
    """The server does not answer; the first line of why."""


@dataclass(frozen=True, slots=True)
class Database:
    """PostgreSQL as it was found: `milliseconds` of a query; whether it takes no writes, as a standby does."""

    version: str
    milliseconds: float
    is_read_only: bool


@dataclass(frozen=True, slots=True)
class Broker:
    """Redis or Valkey as it was found, how many messages lie in each queue, and for how long the oldest of them has."""

    version: str
    milliseconds: float
    depth: Mapping[str, int]
    oldest_seconds: Mapping[str, float] = field(default_factory=dict)  # of queues with messages


def look_at_database() -> Database:
    """A connection of its own, as a new request would make one. Raises Unreachable."""
    try:
        with psycopg.connect(
            settings.SERVERS.database, connect_timeout=CONNECT_SECONDS, options="-c statement_timeout=2000", autocommit=True
        ) as link:
            (version, read_only) = link.execute(
                "SELECT current_setting('server_version'), current_setting('transaction_read_only')::bool"
            ).fetchone() or ("?", True)
            return Database(version, milliseconds(lambda: link.execute("SELECT 1")), read_only)
    except psycopg.Error as reason:
        raise Unreachable(_first_line(reason)) from reason


def look_at_broker() -> Broker:
    """Raises Unreachable."""
    try:
        with Redis.from_url(
            settings.CELERY_BROKER_URL, socket_timeout=CONNECT_SECONDS, socket_connect_timeout=CONNECT_SECONDS, retry=None
        ) as client:
            info = client.info("server")
            depth = {queue.name: int(client.llen(queue.name)) for queue in queues.TABLE}
            oldest = {queue.name: _age(client.lindex(queue.name, -1)) for queue in queues.TABLE}  # taken from the right
            ages = {name: seconds for name, seconds in oldest.items() if seconds is not None}
            version = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info['redis_version']}"
            return Broker(version, milliseconds(client.ping), depth, ages)
    except RedisError as reason:
        raise Unreachable(_first_line(reason)) from reason


def database_checks() -> list[Check]:
    """Does PostgreSQL answer, and does it take writes?"""
    if not settings.SERVERS.has_database:
        return [ill("database", NOT_RUNNING.format("DATABASE_URL"))]
    try:
        found = look_at_database()
    except Unreachable as reason:
        return [ill("database", f"PostgreSQL does not answer ({reason}). {START}")]
    if found.is_read_only:
        return [ill("database", f"PostgreSQL {found.version} takes no writes. Is it a standby?")]
    return [
        Measured(
            "database",
            found.milliseconds,
            "ms",
            f"PostgreSQL {found.version} answers in {found.milliseconds:.1f} ms.",
            "Look at its processors, its disk and pg_stat_activity.",
        ).judged()
    ]


def broker_checks() -> list[Check]:
    """Does the broker answer, and does anybody fetch what lies in the queues that have no rows?"""
    if not settings.SERVERS.has_redis:
        return [ill("broker", NOT_RUNNING.format("REDIS_URL"))]
    try:
        found = look_at_broker()
    except Unreachable as reason:
        return [ill("broker", f"The broker does not answer ({reason}): no run is started, none is lost. {START}")]
    answers = Measured(
        "broker",
        found.milliseconds,
        "ms",
        f"{found.version} answers in {found.milliseconds:.1f} ms.",
        "Look at its processors, its memory and SLOWLOG.",
    )
    without_rows = (queues.DEFAULT_QUEUE, queues.LOW_QUEUE)
    return [answers.judged(), *(look(found, name) for look in (_depth, _oldest) for name in without_rows)]


def disk_checks() -> list[Check]:
    """The disk of the data folder, on this machine."""
    folder = settings.DATA_DIR
    if not folder.exists():
        return [ill("disk", f"{folder} does not exist yet; bin/start makes it.", Status.DEGRADED)]
    free = shutil.disk_usage(folder).free / 1024**3
    return [
        Measured("disk", free, "GiB", f"{free:.1f} GiB are free at {folder}.", "Make room before the database stops.").judged()
    ]


def milliseconds(ask: Callable[[], object]) -> float:
    """The quickest of three: the first may have to connect."""
    took: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return 1000 * min(took)


def _age(message: Any) -> float | None:
    """Seconds since a message was sent; None where there is none, or one that does not say, such as one that is not ours."""
    try:
        sent = json.loads(message)["headers"][queues.PUBLISHED] if message else None
        return None if sent is None else max(0.0, time.time() - sent)
    except (ValueError, KeyError, TypeError):
        return None


def _oldest(found: Broker, queue: str) -> Check:
    seconds = found.oldest_seconds.get(queue)
    return Measured(
        f"queue_age.{queue}",
        seconds or 0.0,
        "s",
        f"No message waits in {queue}." if seconds is None else f"The oldest message in {queue} waits for {span(seconds)}.",
        f"Nobody takes it: is worker-{queue} there, and what does its log say?",
    ).judged()


def _depth(found: Broker, queue: str) -> Check:
    messages, oldest = found.depth[queue], found.oldest_seconds.get(queue)
    waits = "No message waits" if not messages else "1 message waits" if messages == 1 else f"{messages} messages wait"
    return Measured(
        f"queue.{queue}",
        messages,
        "messages",
        f"{waits} in {queue}." if oldest is None else f"{waits} in {queue}, the oldest for {span(oldest)}.",
        f"Its worker is too slow, or it hangs: see its log, and restart worker-{queue}.",
        oldest,
    ).judged()


def _first_line(reason: Exception) -> str:
    return (str(reason).strip().splitlines() or [type(reason).__name__])[0]
