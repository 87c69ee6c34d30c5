"""Takes the guards of the product away, one at a time, and sees that some test notices: `python -m tests.faults.mutants [NAME…]`.

Each guard is taken away in a pytest of its own (this module is its plugin, the environment variable MUTANT names the guard) that
runs only the tests which are said to notice. They have to pass with nothing taken away, and one has to fail without the guard.
A test that notices nothing any more, or a guard whose words have changed, fails here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from scheduler_site.env import REPOSITORY
from tests.faults.guards import GUARDS

VARIABLE = "MUTANT"
SIDE_BY_SIDE = 2


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """In the pytest of one mutant: take its guard away, once Django is there."""
    name = os.environ.get(VARIABLE)
    if name:
        GUARDS[name].remove()


def run_tests(name: str, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests without a guard ("" for none missing); pytest's exit code and the names of the tests that failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "tests.faults.mutants", *tests]
    # A session of its own, also when this one is a part of another.
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")} | {VARIABLE: name}
    done = subprocess.run(command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False)
    failed = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", done.stdout, re.MULTILINE)
    return done.returncode, ", ".join(dict.fromkeys(failed)) or done.stdout[-500:]


def assert_sound(names: Sequence[str]) -> None:
    """With every guard in place, the tests that would notice pass. Raises AssertionError."""
    tests = sorted({test for name in names for test in GUARDS[name].noticed_by})
    code, failed = run_tests("", tests)
    if code:
        raise AssertionError(f"with every guard in place: {failed}")


def survivors(names: Sequence[str]) -> list[str]:
    """Take each guard away; those that nobody misses. Prints the table."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        results = list(pool.map(lambda name: run_tests(name, GUARDS[name].noticed_by), names))
    width = max(map(len, names))
    for name, (code, failed) in zip(names, results, strict=True):
        print(f"| {name:<{width}} | {failed if code == 1 else 'NOBODY'} |")
    return [name for name, (code, _) in zip(names, results, strict=True) if code != 1]


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(GUARDS)
    assert_sound(chosen)
    left = survivors(chosen)
    sys.exit(f"Not missed: {', '.join(left)}" if left else None)
