"""The ways in which a child fails, each told from the others."""

from __future__ import annotations

import os
import signal

import pytest

from solver.bench.plants import EVERYTHING, plant
from solver.events import Finished, Improved
from solver.process import (
    SolverCrashed,
    SolverFailed,
    SolverGarbage,
    SolverHung,
    SolverLeaseOver,
    SolverOutOfMemory,
    SolverProcess,
    SolverRaised,
)
from tests.solver.children import LONG, easy, read_until, saying


def test_a_killed_child_is_a_crash_with_its_signal() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        read_until(child, lambda event: isinstance(event, Improved))
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(SolverCrashed, match="SIGKILL") as raised:
            read_until(child, lambda event: isinstance(event, Finished))

    assert raised.value.signal == signal.SIGKILL


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("print('good morning')", "good morning"),
        ('print(\'{"type": "stage", "name": "sleeping", "elapsed": 1}\')', "sleeping"),
        ("import sys; sys.stdout.buffer.write(bytes([255, 254, 10]))", "no event"),
        ("print('zero:\\0.')", "zero:\N{REPLACEMENT CHARACTER}."),
    ],
)
def test_garbage_is_called_so(program: str, told: str) -> None:
    with saying(program)(easy(), LONG) as child, pytest.raises(SolverGarbage, match=told):
        read_until(child, lambda event: isinstance(event, Finished))


def test_last_words_are_kept() -> None:
    program = "import sys; sys.stderr.write('so\\0long'); sys.exit(3)"

    with saying(program)(easy(), LONG) as child, pytest.raises(SolverCrashed, match="exit code 3") as raised:
        read_until(child, lambda event: isinstance(event, Finished))

    assert raised.value.stderr_tail == "so\N{REPLACEMENT CHARACTER}long", "PostgreSQL keeps no U+0000"
    assert raised.value.signal is None


FAULTY = """
from solver import search
from solver.process.__main__ import main

def faulty(problem, limits, emit, stop, hint):
    {fault}

search.search = faulty
main()
"""


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (FAULTY.format(fault="raise RuntimeError('no such formulation')"), "RuntimeError: no such formulation"),
        (FAULTY.format(fault="return"), "exit code 70"),  # without having finished
        ("import solver.no_such_module", "ModuleNotFoundError"),
    ],
    ids=["search raises", "search says no end", "child raises"],
)
def test_an_error_of_ours_is_told_from_a_crash(program: str, told: str) -> None:
    with saying(program)(easy(), LONG) as child, pytest.raises(SolverRaised, match=told):
        read_until(child, lambda event: isinstance(event, Finished))


UNREADABLE = """
from solver.process import __main__ as child

def decode(line):
    raise MemoryError

child.decode_question = decode
child.main()
"""


@pytest.mark.parametrize("program", [FAULTY.format(fault="raise MemoryError"), UNREADABLE], ids=["search", "question"])
def test_a_lack_of_memory_is_no_error_of_ours(program: str) -> None:
    with saying(program)(easy(), LONG) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))


def test_all_failures_are_of_one_kind() -> None:
    assert all(issubclass(kind, SolverFailed) for kind in (SolverCrashed, SolverHung, SolverGarbage))
    assert issubclass(SolverRaised, SolverCrashed)
    assert issubclass(SolverOutOfMemory, SolverCrashed)
    assert issubclass(SolverLeaseOver, SolverCrashed)
