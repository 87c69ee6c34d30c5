"""Doing what a request asks once, however often it is sent: whoever got no answer sends it again with the same key.

InProgress     the same key is being worked on at this moment
OtherPayload   the key was used for something else
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db import connection, transaction

from runs.models import Submission
from runs.retrying import AWAY

KEPT = timedelta(days=2)  # then housekeeping lets go of what was answered
GIVEN = "SELECT payload, run, status, body FROM runs_submission WHERE owner_id = %s AND key = %s"

P = TypeVar("P")


class InProgress(Exception):
    """Ask again in a moment for the answer."""


class OtherPayload(Exception):
    """One key means one request."""


@dataclass(frozen=True, slots=True)
class Named:
    """A request under the name that its sender gave it."""

    owner_id: int
    key: str
    payload: Mapping[str, object]

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.payload, sort_keys=True).encode()).hexdigest()

    @property
    def lock(self) -> str:
        return f"{self.owner_id} {self.key}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is answered, now and whenever the same is asked again."""

    run_id: int
    status: int
    body: str


def once(named: Named, prepare: Callable[[], P], act: Callable[[P], Accepted]) -> tuple[Accepted, bool]:
    """The answer of `act`, and whether it was given before. `act` runs in the transaction that remembers its answer.

    `prepare` runs before it, outside of any transaction. What either raises is not remembered: the same may be asked again.
    Raises InProgress, OtherPayload.
    """
    with held(named.lock):
        with connection.cursor() as cursor:
            cursor.execute(GIVEN, [named.owner_id, named.key])
            given = cursor.fetchone()
        if given is not None:
            payload, *answer = given
            if payload != named.digest:
                raise OtherPayload
            return Accepted(*answer), True
        prepared = prepare()
        with transaction.atomic():
            accepted = act(prepared)
            Submission.objects.create(
                owner_id=named.owner_id,
                key=named.key,
                payload=named.digest,
                run=accepted.run_id,
                body=accepted.body,
                status=accepted.status,
            )
        return accepted, False


@contextmanager
def held(name: str) -> Iterator[None]:
    """The name is ours, in all processes. The lock is the session's: it is gone when this process is. Raises InProgress."""
    # 64 bits, signed, as PostgreSQL numbers its advisory locks
    lock = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            raise InProgress
    try:
        yield
    finally:
        _let_go(lock)


def _let_go(lock: int) -> None:
    """What was done is done, and is to be told of, though the session should be lost by now, and the lock with it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
    except AWAY:
        connection.close()
