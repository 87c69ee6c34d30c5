"""Every process is replaced, one after the other, while people go on asking."""

from __future__ import annotations

import time
from datetime import datetime
from math import ceil

import pytest

from scheduler_site import processes
from scheduler_site.drill.desk import Desk
from scheduler_site.drill.stack import SERVERS
from tests.faults.checking import executor, wait_for_end, wait_for_plan
from tests.faults.rigged_solver import Seed
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until

EXIT_SECONDS = 10.0
REQUEUE_SECONDS = 2.0
RUNS = 60  # at least, with all tries
QUICK = {"web", "worker-solve", "steward"}


@pytest.mark.fault("F19", "rolling_restart", limit=EXIT_SECONDS)
def test_a_rolling_restart_fails_nothing_and_charges_nothing(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    names = [name for name in stack.commands if name not in SERVERS and (tally.is_full or name in QUICK)]
    each = ceil(RUNS / len(names)) if tally.is_full else 2
    runs = [desk.submit(20 if tally.is_full else 9) for _ in range(2)]  # searches in earnest all the while
    for name in names:
        runs += [
            desk.submit(3 if number % 4 == 0 else 30, seed=Seed.REAL if number % 4 == 0 else Seed.QUICK) for number in range(each)
        ]
        tally.begin()
        began = time.monotonic()
        processes.ask_to_stop(stack.commands[name], stack.running[name])
        wait_until(lambda name=name: not stack.is_running(name), f"the end of {name}", EXIT_SECONDS + 5)  # type: ignore[misc] # the loop's own
        tally.recovered(time.monotonic() - began)
        stack.start(name)
        stack.wait_ready(name)
    wait_for_end(stack, runs, seconds=300)
    assert stack.sql("SELECT DISTINCT state, failures FROM runs_run WHERE id = ANY(%s)", runs) == [("finished", 0)]
    tally.assert_recovered()


@pytest.mark.fault("F19", "requeue_after_sigterm", limit=REQUEUE_SECONDS)
def test_a_worker_that_is_told_to_end_gives_its_run_back_at_once(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=10):
        run = desk.submit(120)
        wait_for_plan(stack, run)
        worker, _child = executor(stack, run)
        tally.begin()
        ((asked_at,),) = stack.sql("SELECT clock_timestamp()")
        processes.ask_to_stop(stack.commands[worker], stack.running[worker])
        wait_until(lambda run=run: bool(given_back(stack, run)), "the run in the queue")  # type: ignore[misc] # the loop's own
        tally.recovered((given_back(stack, run)[0] - asked_at).total_seconds())
        wait_until(lambda worker=worker: not stack.is_running(worker), f"the end of {worker}", EXIT_SECONDS + 5)  # type: ignore[misc] # as above
        stack.start(worker)
        stack.wait_ready(worker)
        desk.cancel(run)
        wait_for_end(stack, [run])
    tally.assert_recovered(worst=EXIT_SECONDS)


def given_back(stack: LiveStack, run: int) -> list[datetime]:
    """When, by the database's clock."""
    query = "SELECT at FROM runs_runevent WHERE run_id = %s AND kind = 'requeued' AND data->>'reason' = 'shutdown'"
    return [at for (at,) in stack.sql(query, run)]
