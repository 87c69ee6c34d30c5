"""What ends a child that nobody looks after any more, takes too much, or says nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from solver.bench.plants import EVERYTHING, plant
from solver.events import Finished, Improved
from solver.limits import Limits
from solver.process import Patience, SolverHung, SolverLeaseOver, SolverOutOfMemory, SolverProcess
from solver.process.guards import resident_bytes
from tests.solver.children import LONG, easy, is_gone, read_until, saying, wait_until


def test_a_child_without_a_lease_ends_itself() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG, lease_seconds=1.0) as child, pytest.raises(SolverLeaseOver):
        read_until(child, lambda event: isinstance(event, Finished))


def test_an_extended_lease_lets_it_live() -> None:
    with SolverProcess(plant(350, EVERYTHING), Limits(seconds=8.0, threads=1), lease_seconds=4.0) as child:
        while not child.finished:
            child.extend_lease(4.0)
            child.read(0.3)

    assert child.finished


PARENT = """
import sys, time
from solver.bench.plants import EVERYTHING, plant
from solver.limits import Limits
from solver.process import SolverProcess
with SolverProcess(plant(350, EVERYTHING), Limits(seconds=120.0, threads=1), lease_seconds=100.0) as child:
    while not child.read(1.0):
        pass
    print(child.pid, flush=True)
    time.sleep(100)
"""


def test_a_child_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not is_gone(child)

    parent.kill()
    parent.communicate()

    assert wait_until(lambda: is_gone(child)) < 5.0


def test_a_child_that_takes_too_much_memory_ends() -> None:
    question = plant(120, EVERYTHING)

    with SolverProcess(question, Limits(memory_mb=50)) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))


def test_the_parent_looks_after_the_memory_too() -> None:
    """A child whose own watch does not run is killed for it."""
    hoard = 'import time; print(\'{"type":"alive"}\', flush=True); hoard = bytearray(200 * 2**20); time.sleep(100)'

    with saying(hoard)(easy(), Limits(memory_mb=100)) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))


def test_the_parent_looks_after_the_memory_of_a_child_that_never_stops_talking() -> None:
    line = '{"type": "bound", "elapsed": 0.1, "bound": 1}'
    hoard = f"hoard = bytearray(200 * 2**20)\nwhile True: print('{line}', flush=True)"

    with saying(hoard)(easy(), Limits(memory_mb=100)) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))

    assert child.peak_memory_mb is not None
    assert child.peak_memory_mb > 110


def test_memory_is_measured() -> None:
    assert (resident_bytes() or 0) > 1 << 20
    assert resident_bytes(2**22 + 5) is None


def test_a_silent_child_is_hung() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        read_until(child, lambda event: isinstance(event, Improved))
        os.kill(child.pid, signal.SIGSTOP)
        child._patience = Patience(hung_seconds=2.0)
        with pytest.raises(SolverHung):
            read_until(child, lambda event: isinstance(event, Finished))
