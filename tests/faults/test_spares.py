"""What becomes of the solver processes that are kept ready: when they are broken, and when whoever keeps them ends."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import psutil
import pytest

from scheduler_site import processes
from scheduler_site.drill.desk import Desk
from solver.process.spare import ANSWER_SECONDS
from tests.faults.checking import ORPHAN_SECONDS, column, is_gone, wait_for_end
from tests.faults.conftest import EXTENT
from tests.faults.rigged_solver import Seed
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until

EXIT_SECONDS = 10.0
FRESH_SECONDS = 10.0  # a fresh child and a run that ends at once, on a machine that is busy with other things


def spares(stack: LiveStack) -> list[psutil.Process]:
    """One for each run that can be solved at the same time, as soon as all have loaded everything."""
    wanted = EXTENT.copies["worker-solve"] * EXTENT.slots
    wait_until(lambda: sum(map(is_loaded, stack.spares())) == wanted, "all spares")
    return stack.spares()


def is_loaded(spare: psutil.Process) -> bool:
    """It sleeps, with everything in its memory."""
    with suppress(psutil.NoSuchProcess):
        return spare.status() == psutil.STATUS_SLEEPING and any("ortools" in file.path for file in spare.memory_maps())
    return False


def renew_pools(stack: LiveStack) -> None:
    """A child that was not given the run will notice only before its next one that its spare is broken."""
    for worker in stack.workers():
        for child in stack.children(worker):
            child.kill()


@pytest.mark.fault("F13", "spares_killed_or_frozen", limit=ANSWER_SECONDS + FRESH_SECONDS)
def test_a_spare_that_is_broken_costs_its_run_nothing_but_a_moment(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for number in tally.count(quick=2, full=10):
        broken = spares(stack)
        for spare in broken:
            os.kill(spare.pid, (signal.SIGKILL, signal.SIGSTOP)[number % 2])
        tally.begin()
        began = time.monotonic()
        run = desk.submit(5, seed=Seed.QUICK)
        wait_for_end(stack, [run])
        tally.recovered(time.monotonic() - began)
        assert [column(stack, run, name) for name in ("state", "failures", "attempt")] == ["finished", 0, 1]
        renew_pools(stack)
    tally.assert_recovered()


def kill_child(_stack: LiveStack, _worker: str, child: psutil.Process) -> None:
    child.kill()


def kill_worker(stack: LiveStack, worker: str, _child: psutil.Process) -> None:
    stack.kill(worker)


def stop_worker(stack: LiveStack, worker: str, _child: psutil.Process) -> None:
    processes.ask_to_stop(stack.commands[worker], stack.running[worker])
    wait_until(lambda: not stack.is_running(worker), f"the end of {worker}", EXIT_SECONDS)


@pytest.mark.fault("F02", "spares_left_by_dead_workers", limit=ORPHAN_SECONDS)
def test_no_spare_outlives_whoever_keeps_it(stack: LiveStack, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=3):
        for end in (kill_child, kill_worker, stop_worker):
            kept = {spare.ppid(): spare for spare in spares(stack)}
            worker = stack.workers()[0]
            child = stack.children(worker)[0]
            tally.begin()
            end(stack, worker, child)
            began = time.monotonic()
            wait_until(lambda spare=kept[child.pid]: is_gone(spare), f"the end of its spare after {end.__name__}", ORPHAN_SECONDS)  # type: ignore[misc] # the loop's own
            tally.recovered(time.monotonic() - began)
            if not stack.is_running(worker):
                stack.start(worker)
                stack.wait_ready(worker)
    tally.assert_recovered()
