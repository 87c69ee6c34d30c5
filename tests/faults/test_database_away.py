"""PostgreSQL is ended without warning and comes back."""

from __future__ import annotations

import time

import pytest

from scheduler_site.drill.desk import Desk
from tests.faults.checking import column, outage, wait_for_end, wait_for_plan
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until


def survive(stack: LiveStack, desk: Desk, tally: Tally, away_seconds: float) -> None:
    """A run goes on through an outage; recovered is the first renewal of its lease."""
    run = desk.submit(120)
    wait_for_plan(stack, run)
    tally.begin()
    stack.crash_postgres()
    outage(away_seconds)
    stack.start("postgres")
    stack.wait_ready("postgres")
    began = time.monotonic()
    before = column(stack, run, "lease_until")
    wait_until(lambda: column(stack, run, "lease_until") > before, "a renewed lease")
    tally.recovered(time.monotonic() - began)
    desk.stop(run)
    wait_for_end(stack, [run])
    columns = [column(stack, run, name) for name in ("state", "attempt", "failures")]
    assert columns == ["finished", 1, 0]


@pytest.mark.fault("F07", "pg_immediate_restart", limit=5.0)
def test_a_database_that_crashes_costs_no_attempt(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=5):
        survive(stack, desk, tally, away_seconds=5.0 if tally.is_full else 2.0)
    tally.assert_recovered()


@pytest.mark.fault("F07", "pg_down_longer_than_a_lease", limit=5.0)
def test_an_outage_longer_than_the_lease_costs_no_attempt(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=2):
        survive(stack, desk, tally, away_seconds=25.0 if tally.is_full else 16.0)
    tally.assert_recovered()
