"""The stack that most fault tests share: two solve workers with two children each, two stewards, everything else once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler_site.drill.desk import Desk
from scheduler_site.processes import Command
from tests.faults.checking import tidy_up
from tests.live_stack import Extent, LiveStack, shared_stack


def rigged(command: Command) -> Command:
    """Solve workers that can be told to fail; see rigged_worker and rigged_solver."""
    if not command.name.startswith("worker-solve"):
        return command
    return replace(command, arguments=[re.sub(r"^celery$", "tests.faults.rigged_worker", word) for word in command.arguments])


EXTENT = Extent(copies={"worker-solve": 2, "steward": 2}, slots=2, change=rigged)


@pytest.fixture(scope="session")
def fault_stack(open_folder: Path) -> Iterator[LiveStack]:
    """Started once for the session; PostgreSQL with its own settings: what is committed survives a crash."""
    with shared_stack("fault_stack", open_folder, (), EXTENT) as stack:
        yield stack


@pytest.fixture
def stack(fault_stack: LiveStack) -> Iterator[LiveStack]:
    """The shared stack, whole again after each test: nothing frozen, everything running, no run left."""
    yield fault_stack
    tidy_up(fault_stack)


@pytest.fixture
def web_stack(live_stack: LiveStack) -> Iterator[LiveStack]:
    """The stack of the browser tests, whole before and after: sockets need no rigged workers, and so they and everything else
    here take their time side by side. Its channel layer has little room, unlike the shipped one of `stack`."""
    tidy_up(live_stack)
    yield live_stack
    tidy_up(live_stack)


@pytest.fixture(scope="session")
def session_desk(fault_stack: LiveStack) -> Iterator[Desk]:
    with Desk(fault_stack) as desk:
        yield desk


@pytest.fixture
def desk(stack: LiveStack, session_desk: Desk) -> Desk:
    """Where runs are asked for."""
    return session_desk
