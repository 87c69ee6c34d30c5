"""A process of the worker's pool dies in the middle of a search."""

from __future__ import annotations

import time

import pytest

from scheduler_site.drill.desk import Desk
from tests.faults.checking import (
    column,
    executor,
    seconds_to_attempt,
    wait_for_attempt,
    wait_for_end,
    wait_for_plan,
)
from tests.faults.table import Tally
from tests.live_stack import LiveStack


@pytest.mark.fault("F01", "kill_celery_child_mid_solve", limit=10.0)
def test_a_killed_child_costs_seconds_and_one_failure(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=20):
        run = desk.submit(120)
        wait_for_plan(stack, run)
        tally.begin()
        child = executor(stack, run)[1]
        killed_at = time.time()
        child.kill()
        wait_for_attempt(stack, run, 2)
        tally.recovered(seconds_to_attempt(stack, run, 2, killed_at))
        desk.stop(run)
        wait_for_end(stack, [run])
        assert (column(stack, run, "state"), column(stack, run, "failures"), column(stack, run, "attempt")) == ("finished", 1, 2)
    tally.assert_recovered()
