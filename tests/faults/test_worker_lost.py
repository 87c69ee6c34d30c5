"""A whole worker is killed, or stands still for longer than its lease."""

from __future__ import annotations

import time

import pytest

from runs.leases import LEASE_SECONDS
from scheduler_site.drill.desk import Desk
from tests.faults.checking import (
    ORPHAN_SECONDS,
    column,
    executor,
    frozen,
    is_gone,
    only_solver,
    seconds_to_attempt,
    wait_for_attempt,
    wait_for_end,
    wait_for_plan,
)
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until


@pytest.mark.fault("F02", "kill_worker_main_mid_solve", limit=LEASE_SECONDS + 5)
def test_a_killed_worker_costs_a_lease(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=10):
        run = desk.submit(120)
        wait_for_plan(stack, run)
        tally.begin()
        worker, _child = executor(stack, run)
        solver = only_solver(stack)
        killed_at = time.time()
        stack.kill(worker)
        wait_until(lambda solver=solver: is_gone(solver), "the end of the orphan", ORPHAN_SECONDS)  # type: ignore[misc] # the loop's own
        stack.start(worker)
        wait_for_attempt(stack, run, 2)
        tally.recovered(seconds_to_attempt(stack, run, 2, killed_at))
        stack.wait_ready(worker)
        desk.stop(run)
        wait_for_end(stack, [run])
        assert (column(stack, run, "state"), column(stack, run, "failures")) == ("finished", 1)
    tally.assert_recovered()


@pytest.mark.fault("F03", "sigstop_zombie_then_cont", limit=LEASE_SECONDS + 5)
def test_a_frozen_child_loses_its_run_and_writes_nothing_when_it_wakes(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=10):
        run = desk.submit(120)
        wait_for_plan(stack, run)
        tally.begin()
        worker, child = executor(stack, run)
        solver = only_solver(stack)
        noticed = stack.log(worker).count("taken over")
        frozen_at = time.time()
        with frozen(child.pid):
            wait_until(lambda solver=solver: is_gone(solver), "the end of the zombie's solver", LEASE_SECONDS + ORPHAN_SECONDS)  # type: ignore[misc] # the loop's own
            wait_for_attempt(stack, run, 2)
            tally.recovered(seconds_to_attempt(stack, run, 2, frozen_at))
        wait_until(lambda worker=worker, noticed=noticed: stack.log(worker).count("taken over") > noticed, "the zombie notices")  # type: ignore[misc] # the loop's own
        desk.stop(run)
        wait_for_end(stack, [run])
        late = stack.sql(
            """SELECT count(*) FROM runs_runevent e JOIN runs_runevent began ON began.run_id = e.run_id
            WHERE e.run_id = %s AND began.attempt = 2 AND began.kind = 'started' AND e.attempt = 1 AND e.seq > began.seq""",
            run,
        )
        assert late == [(0,)]
        assert (column(stack, run, "state"), column(stack, run, "attempt")) == ("finished", 2)
    tally.assert_recovered()
