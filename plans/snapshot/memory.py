"""Posing a question without reading the plant again when nothing has changed since it was posed last.

Why that is exact. Every transaction that touches a table problems are made of leaves its number in PlantChange (`watch`). A
question is remembered together with the database snapshot S in which the plant was read. When it is posed again, in a later
snapshot L:

* what differs between S and L was committed by transactions that L sees and S does not;
* each of them that touched the plant has left its number, which L sees;
* so no such number in L means that the plant reads the same in L as in S.

That asks nothing of the order in which transactions began, wrote or committed, and costs one look at the numbers since S. A
number in L that S does not see is news even if it is our own transaction's. Besides the plant a problem depends on tick 0, the
planned days and the objective, which are the question's hash, and on the published plan, whose number is compared.

Numbers are dropped only while the one lock is held under which questions are remembered, and only those that all remembered
snapshots see: nobody can be holding an older snapshot that is yet to be remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg import errors

from plans.models import KnownQuestion
from plans.snapshot.axis import next_quarter
from plans.snapshot.freeze import Frozen, PlanningFault, freeze, store
from solver.diagnose import Fault
from solver.problem import Objective

FREEZING = 0x7461_6B74  # "takt", the number of the lock
KEPT = timedelta(hours=1)
OF_THE_MOMENT = frozenset({"reported_in_future"})  # faults that go away by waiting

RECALL = """
SELECT known.snapshot_id, snapshot.hash, known.faults::text
FROM plans_knownquestion known LEFT JOIN plans_snapshot snapshot ON snapshot.id = known.snapshot_id
WHERE known.question = %(question)s
    AND known.server_started = pg_postmaster_start_time()
    AND known.published IS NOT DISTINCT FROM (SELECT id FROM plans_plan WHERE state = 'published')
    AND NOT EXISTS (
        SELECT FROM plans_plantchange change
        WHERE change.xid >= pg_snapshot_xmin(known.seen::pg_snapshot)::text::bigint
            AND NOT pg_visible_in_snapshot(change.xid::text::xid8, known.seen::pg_snapshot))"""

SEE = """
SELECT pg_current_snapshot()::text, pg_postmaster_start_time(), (SELECT id FROM plans_plan WHERE state = 'published')"""

# The session says nothing while a large plant becomes a problem, and nobody waits for it longer than lock_timeout.
ONE_STATE = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SET LOCAL idle_in_transaction_session_timeout = '2min'"""

FORGET_CHANGES = """
DELETE FROM plans_plantchange
WHERE xid < (SELECT min(pg_snapshot_xmin(seen::pg_snapshot)::text::bigint) FROM plans_knownquestion)"""


@dataclass(frozen=True, slots=True)
class Posed:
    """The stored snapshot of a question, and the hash of its problem."""

    snapshot_id: int
    digest: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Everything that stands in the way of a question. Nothing was stored that could be solved."""

    faults: tuple[PlanningFault, ...]


class _Seen(NamedTuple):
    seen: str
    server_started: datetime
    published: int | None


def pose(horizon_days: int, objective: Objective, now: datetime) -> Posed | Refused:
    """The question over the plant of this moment, as `freeze` and `store` give it; see above for when they need not work.

    Outside of a transaction the plant is read as one consistent state; inside of one it is read as that transaction sees it.
    """
    question = _hash(horizon_days, objective, now)
    if known := _recall(question):
        return known
    if connection.in_atomic_block:
        return _posed(freeze(horizon_days, objective, now))
    with _alone() as alone:
        if known := _recall(question):
            return known  # whoever had the lock has answered it
        with _one_state():
            seen = _see()
            frozen = freeze(horizon_days, objective, now)
        with transaction.atomic():  # one, because a commit waits for the disk
            posed = _posed(frozen)
            if alone and not any(fault.code in OF_THE_MOMENT for fault in frozen.faults):
                _remember(question, seen, posed)
        return posed


def _hash(horizon_days: int, objective: Objective, now: datetime) -> str:
    asked = [next_quarter(now).isoformat(), horizon_days, asdict(objective)]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _recall(question: str) -> Posed | Refused | None:
    with connection.cursor() as cursor:
        cursor.execute(RECALL, {"question": question})
        row = cursor.fetchone()
    if row is None:
        return None
    snapshot_id, digest, faults = row
    if snapshot_id is None:
        return Refused(tuple(_fault(told) for told in json.loads(faults)))
    return Posed(snapshot_id, digest) if digest else None  # it may have been cleared away


def _fault(told: dict[str, Any]) -> PlanningFault:
    return Fault(told["code"], told["message"], told["subject_kind"], told["subject_id"])


def _posed(frozen: Frozen) -> Posed | Refused:
    if frozen.faults:
        return Refused(frozen.faults)
    snapshot = store(frozen)
    return Posed(snapshot.pk, snapshot.hash)


@contextmanager
def _alone() -> Iterator[bool]:
    """One at a time in all processes: who waits finds the answer remembered. The lock is the session's, and dies with it.

    False for who has waited too long (lock_timeout) and had better do the work than wait on.
    """
    if not _locked():
        yield False
        return
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [FREEZING])


def _locked() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [FREEZING])
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable):
            return False
        raise
    return True


@contextmanager
def _one_state() -> Iterator[None]:
    """All queries see the database as it was at the first of them: an edit in the middle cannot tear the plant."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ONE_STATE)
        yield


def _see() -> _Seen:
    with connection.cursor() as cursor:
        cursor.execute(SEE)
        return _Seen(*cursor.fetchone())


def _remember(question: str, seen: _Seen, posed: Posed | Refused) -> None:
    """Keep the answer, and drop what nobody can ask for any more. In a transaction, while the lock is held."""
    answer: dict[str, Any] = {"snapshot_id": None, "faults": []}
    match posed:
        case Posed():
            answer["snapshot_id"] = posed.snapshot_id
        case Refused():
            answer["faults"] = [asdict(fault) for fault in posed.faults]
    known = KnownQuestion(question=question, **answer, **seen._asdict(), asked_at=timezone.now())
    KnownQuestion.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()
    KnownQuestion.objects.bulk_create(
        [known], update_conflicts=True, unique_fields=["question"], update_fields=[*answer, *_Seen._fields, "asked_at"]
    )
    with connection.cursor() as cursor:
        cursor.execute(FORGET_CHANGES)
