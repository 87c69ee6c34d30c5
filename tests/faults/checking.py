"""What fault tests look at, and what is looked at after each of them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, NamedTuple

import psutil
import pytest

from runs.invariants import violations
from tests.faults.table import PROPERTY, Tally
from tests.live_stack import LiveStack, wait_until

STACKS = ("stack", "web_stack")  # the fixtures that give a test a whole product
ORPHAN_SECONDS = 5.0  # promise P8: a solver outlives its lease by no more


class Ground(NamedTuple):
    """What a fault test has used: how to ask which rules are broken there, and which of its solver processes are there."""

    broken: Callable[[], list[str]]
    solvers: Callable[[], list[psutil.Process]]


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Where the test counts its tries; its mark says of which fault. Once it is over, however it ended, what it leaves behind is
    looked at: nothing may be violated."""
    mark = request.node.get_closest_marker(PROPERTY)
    number, name = mark.args
    ground = _ground(request)
    counted = Tally(number, name, mark.kwargs.get("limit"), is_full=request.config.getoption("--faults"))
    yield counted
    try:
        counted.violations += left_behind(ground)
    finally:
        request.node.user_properties.append((PROPERTY, asdict(counted)))
    assert counted.violations == []


def _ground(request: pytest.FixtureRequest) -> Ground:
    for name in STACKS:
        if name in request.fixturenames:
            return stack_ground(request.getfixturevalue(name))
    return own_ground(has_database=request.node.get_closest_marker("django_db") is not None)


def stack_ground(stack: LiveStack) -> Ground:
    """A running product: all its runs have to be over as well."""
    return Ground(lambda: [f"Run {run} has not ended." for run in active(stack)] + violations(stack.sql), stack.solvers)


def own_ground(*, has_database: bool) -> Ground:
    """The database of this process, if the test uses any, and the processes that this one has started since."""
    before = psutil.Process().children()

    def children() -> list[psutil.Process]:
        return [child for child in psutil.Process().children() if child not in before and not is_gone(child)]

    return Ground(violations if has_database else list, children)


def left_behind(ground: Ground) -> list[str]:
    """A sentence for each broken rule, and for each solver process that does not end in time."""
    found = ground.broken()
    deadline = time.monotonic() + ORPHAN_SECONDS
    while (left := ground.solvers()) and time.monotonic() < deadline:  # a spare that is just being born looks like one
        time.sleep(0.05)
    return found + [f"Solver process {solver.pid} is left over." for solver in left]


def active(stack: LiveStack) -> list[int]:
    """Runs that have not ended."""
    return [run for (run,) in stack.sql("SELECT id FROM runs_run WHERE state IN ('queued', 'running', 'stopping') ORDER BY id")]


def column(stack: LiveStack, run: int, name: str) -> Any:
    """One column of a run."""
    ((value,),) = stack.sql(f"SELECT {name} FROM runs_run WHERE id = %s", run)  # noqa: S608 - our own column names
    return value


def has_plan(stack: LiveStack, run: int) -> bool:
    """Its search has found something."""
    return column(stack, run, "incumbent_seq") is not None


def wait_for_plan(stack: LiveStack, run: int) -> None:
    wait_until(lambda: has_plan(stack, run), f"a first plan of run {run}")


def wait_for_attempt(stack: LiveStack, run: int, attempt: int) -> None:
    wait_until(lambda: column(stack, run, "attempt") >= attempt, f"attempt {attempt} of run {run}")


def wait_for_end(stack: LiveStack, runs: Iterable[int], seconds: float = 60.0) -> None:
    wanted = set(runs)
    wait_until(lambda: not wanted & set(active(stack)), f"the end of runs {sorted(wanted)}", seconds)


def seconds_to_attempt(stack: LiveStack, run: int, attempt: int, since: float) -> float:
    """From the breaking, `since` as `time.time()` says, to the beginning of this attempt by the database's clock."""
    query = "SELECT extract(epoch FROM at) FROM runs_runevent WHERE run_id = %s AND attempt = %s AND kind = 'started'"
    ((began,),) = stack.sql(query, run, attempt)
    return float(began) - since


def executor(stack: LiveStack, run: int) -> tuple[str, psutil.Process]:
    """The worker whose child has the run, and that child (the parent of the only solver there is)."""
    owner = str(column(stack, run, "lease_owner"))
    worker = next(name for name in stack.workers() if owner.startswith(f"solve{name.removeprefix('worker-solve')}@"))
    parent = only_solver(stack).ppid()
    (child,) = [child for child in stack.children(worker) if child.pid == parent]
    return worker, child


def only_solver(stack: LiveStack) -> psutil.Process:
    """The one that is at work. Spares that are just being started do not have their name yet."""
    found: list[psutil.Process] = []

    def is_alone() -> bool:
        found[:] = stack.solvers()
        return len(found) == 1

    wait_until(is_alone, "one solver alone", ORPHAN_SECONDS)
    return found[0]


def outage(seconds: float) -> None:
    """How long something stays broken: the length is part of the fault."""
    time.sleep(max(0.0, seconds))


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process stands still within the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def is_gone(process: psutil.Process) -> bool:
    """Ended, whether somebody has taken note of it or not."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def tidy_up(stack: LiveStack) -> None:
    """Wake what is frozen, start what is missing, end what still runs: the next test finds the stack whole."""
    for name in stack.commands:
        if stack.is_running(name):
            stack.signal(name, signal.SIGCONT)
    for name in [name for name in stack.commands if not stack.is_running(name)]:
        stack.start(name)
        stack.wait_ready(name)
    left = active(stack)
    if left:
        stack.manage("shell", "--command", f"from runs import leases\nfor run in {left}: leases.cancel(run, None, 'left over')")
        wait_for_end(stack, left)
