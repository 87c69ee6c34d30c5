"""Solver processes that are asked something, or are something else, and looking at them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from solver.events import Event
from solver.limits import Limits
from solver.problem import Objective, Order, Problem
from solver.process import SolverProcess
from tests.solver.examples import operation, problem

LONG = Limits(seconds=120.0, threads=1)
PATIENTLY = 60.0


def easy() -> Problem:
    operations = [operation(f"a{number}", 10, order=f"o{number}") for number in range(4)]
    orders = tuple(Order(f"o{number}", f"O{number}", due=40 - 10 * number) for number in range(4))
    return problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))


def read_until(child: SolverProcess, wanted: Callable[[Event], bool]) -> list[Event]:
    """Every event up to the first that is wanted."""
    events: list[Event] = []
    deadline = time.monotonic() + PATIENTLY
    while not any(map(wanted, events)):
        assert time.monotonic() < deadline, f"waited in vain; heard {events}"
        assert not child.finished, f"finished without it; heard {events}"
        events += child.read(0.5)
    return events


def is_gone(pid: int) -> bool:
    """Whether there is no such process any more, or only its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition: Callable[[], bool]) -> float:
    """Seconds until the condition holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENTLY
        os.sched_yield()
    return time.monotonic() - began


def saying(program: str) -> type[SolverProcess]:
    """A child that is something else."""
    return type("Said", (SolverProcess,), {"command": (sys.executable, "-c", program)})
