"""Rows that somebody else is writing to hold up nobody, and nothing is announced before it can be read."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from _pytest.mark import ParameterSet
from django.db import connection, transaction
from django.utils import timezone

from runs import broadcast, leases
from runs.models import Run, RunEvent
from tests.faults.table import Tally
from tests.runs.making import claimed, improved, let_lease_run_out, make_run

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 20.0
SOON = "SET lock_timeout = '2s'"  # who waits for a lock here fails instead


@contextmanager
def written_to(run: Run) -> Iterator[None]:
    """A transaction of somebody else that has changed the row and is not over."""
    begun, over = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            Run.objects.filter(pk=run.pk).update(spent_seconds=1.0)
            begun.set()
            over.wait(PATIENCE_SECONDS)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert begun.wait(PATIENCE_SECONDS)
        yield
    finally:
        over.set()
        thread.join()


def claim_another(there: Run) -> None:
    lease = leases.claim("solve@here/1", uuid.uuid4())
    assert lease is not None
    assert lease.run_id == there.pk


def reap_another(there: Run) -> None:
    assert [reaped.run_id for reaped in leases.reap(timedelta(0))] == [there.pk]


def ring_another(there: Run) -> None:
    assert leases.due_rings(broker_lost=False, queue_empty=False) == [there.pk]


def expire_another(there: Run) -> None:
    assert [found.run_id for found in leases.expire()] == [there.pk]


def wait(_run: Run) -> None:
    """As it was made."""


def lose(run: Run) -> None:
    claimed(run, f"solve@x/{run.pk}")
    let_lease_run_out(run)


def wait_in_vain(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(deadline_at=timezone.now() - timedelta(days=1))


def case(name: str, prepare: Callable[[Run], None], act: Callable[[Run], None]) -> ParameterSet:
    return pytest.param(prepare, act, id=name, marks=pytest.mark.fault("F22", f"locked_row_{name}"))


@pytest.mark.parametrize(
    ("prepare", "act"),
    [
        case("claim", wait, claim_another),
        case("reap", lose, reap_another),
        case("ring", wait, ring_another),
        case("expire", wait_in_vain, expire_another),
    ],
)
def test_a_row_in_the_hands_of_another_is_passed_over(
    tally: Tally, prepare: Callable[[Run], None], act: Callable[[Run], None]
) -> None:
    busy, there = make_run(), make_run()
    for run in (busy, there):
        prepare(run)
    tally.begin()
    with connection.cursor() as cursor, written_to(busy):
        cursor.execute(SOON)
        try:
            act(there)
        finally:
            cursor.execute("RESET lock_timeout")
    tally.recovered(0.0)
    tally.assert_recovered()


@pytest.mark.fault("F14", "announced_when_committed")
def test_whoever_hears_of_an_event_can_read_it(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()
    lease = claimed(run)
    readable: list[bool] = []

    def look(run_id: int, seq: int) -> None:
        """As another process sees it."""

        def read() -> None:
            readable.append(RunEvent.objects.filter(run=run_id, seq=seq).exists())
            connection.close()

        reader = threading.Thread(target=read)
        reader.start()
        reader.join()

    monkeypatch.setattr(broadcast, "announce", look)
    tally.begin()
    with transaction.atomic():
        leases.append(lease, *improved())
        assert readable == []
    assert readable == [True]
    tally.recovered(0.0)
