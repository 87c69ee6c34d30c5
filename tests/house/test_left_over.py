"""Which solver processes of a stack count as left over: a spare does not, as long as a living worker has it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scheduler_site.drill.stack import Stack
from scheduler_site.processes import Command
from solver.process.naming import SOLVE, SPARE

WORKER = "worker-solve"
PATIENCE_SECONDS = 20.0

NAMED = """
import sys, time
from solver.process.naming import name_process
name_process(sys.argv[1])
print("named", flush=True)
time.sleep(100)
"""
CHILD = """
import subprocess, sys, time
program, name = sys.argv[1:]
solver = subprocess.Popen([sys.executable, "-c", program, name], stdout=subprocess.PIPE)
solver.stdout.readline()
print(solver.pid, flush=True)
time.sleep(100)
"""
MAIN = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdout=subprocess.PIPE)
print(child.pid, child.stdout.readline().decode(), flush=True)
time.sleep(100)
"""

Tree = tuple[Stack, int, int]


@pytest.fixture
def grow(tmp_path: Path) -> Iterator[Callable[[str], Tree]]:
    """A stack with a worker, its child and a solver process of such a name, which does not die with them; the pids of the two."""
    mains: list[subprocess.Popen[bytes]] = []
    grown: list[int] = []

    def make(name: str) -> Tree:
        main = subprocess.Popen(
            [sys.executable, "-c", MAIN, CHILD, NAMED, name],
            cwd=tmp_path,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
        )
        assert main.stdout is not None
        child, solver = map(int, main.stdout.readline().split())
        main.stdout.close()
        mains.append(main)
        grown.extend([child, solver])
        stack = Stack(tmp_path, "", "", "", {}, {WORKER: Command(WORKER, [])}, {WORKER: main})
        return stack, child, solver

    yield make
    for main in mains:
        main.kill()
        main.wait()
    for pid in grown:
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)


def pids(found: list[psutil.Process]) -> list[int]:
    return [process.pid for process in found]


def kill(pid: int) -> None:
    """And wait until its children have another parent."""
    orphans = psutil.Process(pid).children()
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(orphan.ppid() == pid for orphan in orphans):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_spare_of_a_living_worker_does_not(grow: Callable[[str], Tree]) -> None:
    stack, _child, solver = grow(SPARE)
    assert pids(stack.solvers()) == []
    assert pids(stack.spares()) == [solver]


@pytest.mark.parametrize("name", [SOLVE, "python3"])
def test_one_that_searches_or_says_nothing_of_itself_does(grow: Callable[[str], Tree], name: str) -> None:
    stack, _child, solver = grow(name)
    assert pids(stack.solvers()) == [solver]
    assert pids(stack.spares()) == []


def test_a_spare_whose_parent_is_dead_does(grow: Callable[[str], Tree]) -> None:
    stack, child, solver = grow(SPARE)
    kill(child)
    assert pids(stack.solvers()) == [solver]


def test_a_spare_whose_worker_is_dead_does(grow: Callable[[str], Tree]) -> None:
    stack, child, solver = grow(SPARE)
    kill(stack.pid(WORKER))
    assert set(pids(stack.solvers())) == {child, solver}
