"""No guard could be taken away without a test that notices."""

from __future__ import annotations

import pytest

from tests.faults.guards import GUARDS
from tests.faults.mutants import assert_sound, survivors
from tests.faults.table import Tally

QUICK = ["attempt fence of APPEND"]


@pytest.mark.fault("F21", "guards_taken_away")
def test_every_guard_is_missed_when_it_is_gone(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    """Only one of them outside `bin/test --faults`: each costs a pytest with servers of its own."""
    names = list(GUARDS)[: len(tally.count(quick=0, full=len(GUARDS)))] or QUICK
    for _ in names:
        tally.begin()
    with capsys.disabled():
        print()
        if tally.is_full:  # otherwise the same session has them among its tests
            assert_sound(names)
        left = survivors(names)
    assert left == []
    for _ in names:
        tally.recovered(0.0)
    tally.assert_recovered()
