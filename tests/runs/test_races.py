"""Many at once on real connections: claims, cancels, reaping, ringing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection

from runs import leases
from runs.leases import Conclusion, Stale, Stopped
from runs.models import Outcome, Run, RunEvent, State
from tests.runs.making import faults_of_the_log, improved, make_run

pytestmark = pytest.mark.django_db(transaction=True)

Item = TypeVar("Item")
THREADS = 8


def at_once(act: Callable[[Item], object], items: Sequence[Item]) -> None:
    """`act` on every item, in eight threads with a connection each."""

    def work(item: Item) -> None:
        try:
            act(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, items))


def test_every_run_is_claimed_or_cancelled_and_none_twice() -> None:
    runs = [make_run().pk for _ in range(40)]
    won: list[int] = []
    cancelled: list[int] = []

    def act(item: tuple[int, int]) -> None:
        run, number = item
        if number == THREADS - 1:
            if run % 2 and leases.cancel(run, None, "") is Stopped.CANCELLED:
                cancelled.append(run)
        elif lease := leases.claim(f"solve@{number}/{uuid.uuid4()}", uuid.uuid4()):
            won.append(lease.run_id)

    at_once(act, [(run, number) for run in runs for number in range(THREADS)])
    assert sorted(won + cancelled) == runs
    assert set(Run.objects.values_list("attempt", flat=True)) <= {0, 1}
    assert faults_of_the_log() == []


def test_an_ending_and_a_cancel_at_the_same_moment_leave_one_end() -> None:
    claimed = [leases.claim_this(make_run().pk, f"solve@x/{number}", uuid.uuid4()) for number in range(30)]

    def act(item: tuple[int, str]) -> None:
        place, what = item
        lease = claimed[place]
        assert lease is not None
        if what == "cancel":
            leases.cancel(lease.run_id, None, "")
            return
        if what == "stop":
            leases.stop(lease.run_id, None, "")
            return
        leases.append(lease, *improved(3))
        leases.finish(lease, Conclusion(Outcome.FEASIBLE, 3, {"makespan": 3}), 1.0, uuid.uuid4())

    at_once(act, [(place, what) for place in range(30) for what in ("finish", "cancel", "stop")])
    assert set(Run.objects.values_list("state", flat=True)) == {State.FINISHED}
    assert faults_of_the_log() == []


def test_events_written_at_once_have_no_gap_and_no_order_but_that_of_commits() -> None:
    run = make_run()
    lease = leases.claim_this(run.pk, "solve@x/1", uuid.uuid4())
    assert lease is not None
    at_once(lambda _number: leases.append(lease, *improved()), range(60))
    assert RunEvent.objects.filter(run=run).count() == 62
    assert faults_of_the_log() == []


def test_stewards_side_by_side_reap_and_ring_for_each_run_once() -> None:
    runs = [make_run().pk for _ in range(30)]
    for run in runs[:15]:
        leases.claim_this(run, f"solve@x/{run}", uuid.uuid4())
        leases.lost(str(run))
    reaped: list[int] = []
    rung: list[int] = []

    def act(_number: int) -> None:
        reaped.extend(taken.run_id for taken in leases.reap(timedelta(0)))
        rung.extend(leases.due_rings(broker_lost=False, queue_empty=False))

    at_once(act, range(THREADS))
    assert sorted(reaped) == runs[:15]
    assert sorted(rung) == runs[15:]
    assert faults_of_the_log() == []


def test_a_zombie_and_its_successor_never_write_in_turns() -> None:
    run = make_run()
    zombie = leases.claim_this(run.pk, "solve@x/1", uuid.uuid4())
    assert zombie is not None
    refused: list[int] = []

    def act(number: int) -> None:
        if number == 20:
            leases.lost("1")
            while not leases.reap():  # it passes over a row that is being written to
                continue
            return
        try:
            leases.append(zombie, *improved())
        except Stale:
            refused.append(number)

    at_once(act, range(80))
    assert refused
    log = list(RunEvent.objects.filter(run=run).order_by("seq").values_list("kind", flat=True))
    assert log[-1] == "requeued"
    assert faults_of_the_log() == []
