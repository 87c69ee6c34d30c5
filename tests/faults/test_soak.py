"""Everything at random, all at once; the same as `manage.py soak`."""

from __future__ import annotations

import pytest

from scheduler_site.drill.desk import Desk
from scheduler_site.drill.soak import DRAIN_SECONDS, Soak, soak
from tests.faults.table import Tally
from tests.live_stack import LiveStack


@pytest.mark.fault("F20", "soak", limit=DRAIN_SECONDS)
def test_after_a_soak_nothing_is_left_and_nothing_is_wrong(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    """The long one has a stack of its own, as the command does."""
    seconds, seed = (300.0 if tally.is_full else 15.0), 1
    tally.begin()
    if tally.is_full:
        report = soak(seconds, seed, say=print)
    else:
        report = Soak(stack, desk, seed, say=print).go(seconds)
        for name in stack.commands:
            stack.wait_ready(name)
    print(*report.lines(), sep="\n")
    tally.name = f"soak_of_{seconds:.0f}_s_with_{report.faults.total()}_faults"
    tally.violations += report.violations
    assert report.drained_seconds is not None
    tally.recovered(report.drained_seconds)
    assert report.violations == []
    faults, runs = (50, 200) if tally.is_full else (3, 5)
    assert report.faults.total() >= faults
    assert report.wishes["runs"] >= runs
    tally.assert_recovered()
