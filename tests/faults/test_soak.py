"""Everything at random, all at once; the same as `manage.py soak`."""

from __future__ import annotations

import pytest

from scheduler_site.drill.soak import DRAIN_SECONDS, soak
from tests.faults.table import Tally


@pytest.mark.stack
@pytest.mark.xdist_group("soak")
@pytest.mark.fault("F20", "soak", limit=DRAIN_SECONDS)
def test_after_a_soak_nothing_is_left_and_nothing_is_wrong(tally: Tally) -> None:
    seconds = 300.0 if tally.is_full else 15.0
    tally.begin()
    report = soak(seconds, seed=1, say=print)
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
