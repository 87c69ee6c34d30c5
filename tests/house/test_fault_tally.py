"""A fault test is looked at when it is over, whether it thinks of it or not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from runs.models import Attempt
from scheduler_site.env import REPOSITORY
from tests.faults import checking
from tests.faults.checking import Ground, left_behind, own_ground
from tests.runs.making import claimed, make_run

CONFTEST = """
from tests.faults import table
from tests.faults.checking import tally

def pytest_addoption(parser):
    table.add_options(parser)

def pytest_configure(config):
    config.addinivalue_line("markers", "fault: as in the project")
    config.pluginmanager.register(table.Collected())
"""
FORGETFUL = """
import subprocess, sys
import pytest

@pytest.mark.fault("none", "forgetful")
def test_a_solver_is_started(tally):
    tally.begin()
    subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)  # until this process has ended
    tally.recovered(0.0)
"""


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"]) as process:
        yield process
        process.kill()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "ORPHAN_SECONDS", 0.0)


@pytest.fixture
def ground() -> Ground:
    return own_ground(has_database=False)


def test_a_process_that_was_started_and_goes_on_is_left_behind(ground: Ground, child: subprocess.Popen[bytes]) -> None:
    assert left_behind(ground) == [f"Solver process {child.pid} is left over."]
    child.kill()
    child.wait()
    assert left_behind(ground) == []


def test_one_that_was_there_before_is_none_of_its_business(child: subprocess.Popen[bytes]) -> None:
    assert left_behind(own_ground(has_database=False)) == []
    assert child.poll() is None


@pytest.mark.django_db
def test_a_broken_rule_is_found_where_there_is_a_database() -> None:
    run = make_run()
    claimed(run)
    Attempt.objects.create(run=run, number=9, owner="solve@here/9", began_at=timezone.now())
    assert left_behind(own_ground(has_database=True)) == [f"Run {run.pk}: an attempt of it is open that nobody holds."]


def test_a_fault_test_that_looks_at_nothing_fails_all_the_same_and_is_counted(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_forgetful.py").write_text(FORGETFUL)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:django", "-c", os.devnull, str(tmp_path)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=tmp_path, env=variables | {"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 passed, 1 error" in done.stdout
    assert "1 faults, 1 violations" in done.stdout
