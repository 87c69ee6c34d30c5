"""The statements of the leases raced on real connections: no run is had twice, none ends twice, nobody waits for ever."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import pytest
from django.db import connection

from runs import leases
from runs.leases import Conclusion, Lease, NewIncumbent, Setback, Stale, Wish
from runs.models import FailureCode, Outcome, Run, RunEvent, State
from runs.models.run import ACTIVE, ENDED
from tests.faults.table import Tally
from tests.runs.making import improved, let_wait_pass, make_run

pytestmark = pytest.mark.django_db(transaction=True)

Item = TypeVar("Item")
PATIENCE_SECONDS = 600.0
STEPS = {  # which event may follow which
    "queued": {"started", "cancelled", "stopping"},
    "started": {"improved", "stopping", "requeued", "finished", "failed"},
    "improved": {"improved", "stopping", "requeued", "finished", "failed"},
    "stopping": {"improved", "stopping", "requeued", "finished", "failed", "cancelled", "started"},
    "requeued": {"started", "cancelled", "stopping", "failed"},
}


def at_once(act: Callable[[Item], object], items: Sequence[Item]) -> None:
    """`act` on every item, each in a thread with a connection of its own."""

    def work(item: Item) -> None:
        try:
            act(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(items)) as pool:
        list(pool.map(work, items))


def answer(lease: Lease) -> None:
    """What a worker does, in short: heed the row's wish, and come to an end."""
    wish = leases.look(lease)
    if wish is Wish.CANCEL:
        leases.cancelled(lease, uuid.uuid4())
        return
    seq = leases.append(lease, *improved(7))
    leases.keep(lease, NewIncumbent(seq, 7, {"makespan": 7}, {}, b""))
    leases.finish(lease, Conclusion(Outcome.FEASIBLE, 7, {"makespan": 7}), 1.0, uuid.uuid4())


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def check_steps() -> None:
    """Every log goes step by step, to one end."""
    for run_id in Run.objects.values_list("id", flat=True):
        log = list(RunEvent.objects.filter(run=run_id).order_by("seq").values_list("kind", flat=True))
        assert all(after in STEPS[before] for before, after in pairwise(log)), log
        assert sum(kind in ENDED for kind in log) == 1, log


@pytest.mark.fault("F11", "cancel_race")
def test_a_cancel_at_any_moment_around_claim_and_end_leaves_one_end(tally: Tally) -> None:
    dice = random.Random(11)
    for _ in tally.count(quick=60, full=500):
        run = make_run()
        start = threading.Barrier(3)
        moments = [dice.uniform(0, 0.03), dice.uniform(0, 0.03)]
        kinds = [dice.choice([leases.stop, leases.cancel]) for _ in moments]

        def act(who: int, run: Run = run, start: threading.Barrier = start, moments: list[float] = moments) -> None:
            start.wait()
            if who == 2:
                lease = leases.claim_this(run.pk, f"solve@x/{run.pk}", uuid.uuid4())
                if lease is not None:
                    answer(lease)
                return
            time.sleep(moments[who])  # a random moment is what is tried
            kinds[who](run.pk, None, "")  # noqa: B023 - the threads end within the round

        tally.begin()
        at_once(act, [0, 1, 2])
        run.refresh_from_db()
        if run.state == State.STOPPING:  # a cancel that came after the worker's last look is heard at its next
            raise AssertionError("the worker came to no end")
        assert run.state in ENDED
        tally.recovered(0.0)
    check_steps()
    tally.assert_recovered()


class Crowd:
    """Sixteen threads that do everything at once until no run is left."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.claims: list[tuple[int, int]] = []
        self.deadline = time.monotonic() + PATIENCE_SECONDS

    def act(self, number: int) -> None:
        dice = random.Random(self.seed * 100 + number)
        message = 0
        while Run.objects.filter(state__in=ACTIVE).exists():
            assert time.monotonic() < self.deadline, "runs are left"
            message += 1
            lease = leases.claim(f"solve@{number}/{number}-{message}", uuid.uuid4())
            if lease is not None:
                self.claims.append((lease.run_id, lease.attempt))
                self.treat(lease, dice)
            self.disturb(number, dice)

    def treat(self, lease: Lease, dice: random.Random) -> None:
        """Finish it, fail it, give it back, or die."""
        deed = dice.random()
        try:
            if deed < 0.6:
                answer(lease)
            elif deed < 0.75:
                leases.set_back(lease, Setback(FailureCode.WORKER_LOST), uuid.uuid4())
            elif deed < 0.85:
                leases.give_back(lease, 1.0, uuid.uuid4())
            else:
                leases.lost(lease.owner.partition("/")[2])
        except Stale:
            assert (Run.objects.get(pk=lease.run_id).attempt, Run.objects.get(pk=lease.run_id).state) != (
                lease.attempt,
                "running",
            )

    def disturb(self, number: int, dice: random.Random) -> None:
        leases.reap()
        deed = dice.random()
        waiting = list(Run.objects.filter(state__in=ACTIVE).values_list("id", flat=True)[:20])
        if waiting and deed < 0.1:
            leases.cancel(dice.choice(waiting), None, "")
        elif waiting and deed < 0.2:
            leases.stop(dice.choice(waiting), None, "")
        elif deed < 0.3:
            leases.due_rings(broker_lost=True, queue_empty=True)
        elif deed < 0.4:
            leases.drain(f"solve@{number}")
        elif waiting:
            let_wait_pass(Run(pk=dice.choice(waiting)))


@pytest.mark.fault("F22", "sixteen_threads")
def test_many_workers_people_and_stewards_at_once(tally: Tally) -> None:
    before = deadlocks()
    for run in [make_run() for _ in tally.count(quick=100, full=1000)]:
        assert run.pk
        tally.begin()
    crowd = Crowd(seed=22)
    began = time.monotonic()
    at_once(crowd.act, range(16))
    assert len(set(crowd.claims)) == len(crowd.claims), "an attempt was given out twice"
    for _ in range(tally.tries):
        tally.recovered(time.monotonic() - began)
    check_steps()
    assert deadlocks() == before
