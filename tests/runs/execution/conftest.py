"""A run, and solver processes that behave as a test wants. Models are imported late, as in tests/runs/conftest.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from solver.process import SolverProcess

if TYPE_CHECKING:
    from runs.models import Run
    from tests.runs.execution.watching import Behave


@pytest.fixture
def behave(monkeypatch: pytest.MonkeyPatch) -> Behave:
    def choose(behaviour: str) -> None:
        monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", behaviour))

    return choose


@pytest.fixture
def run() -> Iterator[Run]:
    """One whose log is in order when the test has ended."""
    from tests.runs.fake_solver import two_operations
    from tests.runs.making import faults_of_the_log, make_run, make_snapshot

    yield make_run(snapshot=make_snapshot(two_operations().to_json()))
    assert faults_of_the_log() == []
