"""The whole product as real processes for tests: with the demo plant and the accounts admin, planner and viewer.

Nothing is restarted by itself here: a test that kills a process decides when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from scheduler_site.drill import stack as drill
from scheduler_site.drill.stack import Extent, Stack, page_answers, stop_stack, wait_until

__all__ = [
    "PASSWORD",
    "Extent",
    "LiveStack",
    "page_answers",
    "shared_stack",
    "shared_stacks",
    "start_stack",
    "stop_stack",
    "wait_until",
]

PASSWORD = "a password for tests"
MAKE_USERS = """
from django.contrib.auth.models import Group, User
for name in ("viewer", "planner"):
    user = User.objects.create_user(name, password={password!r})
    user.groups.add(Group.objects.get(name=name))
"""


shared_stacks: dict[str, LiveStack] = {}
"""Those that run for all tests, by the name of their fixture."""


@dataclass
class LiveStack(Stack):
    """Handles on the running product. All accounts have `password`."""

    password: str = PASSWORD


def start_stack(folder: Path, postgres_options: tuple[str, ...], extent: Extent | None = None) -> LiveStack:
    """Bring up everything in `folder`, with the demo plant and three accounts."""
    extent = extent or Extent()
    extent = replace(extent, variables={"TAKTLINE_ADMIN_PASSWORD": PASSWORD, **extent.variables})
    started = drill.start_stack(folder, postgres_options, extent)
    try:
        started.manage("shell", "--command", MAKE_USERS.format(password=PASSWORD))
    except BaseException:
        stop_stack(started)
        raise
    return LiveStack(**vars(started))


@contextmanager
def shared_stack(name: str, parent: Path, postgres_options: tuple[str, ...], extent: Extent | None = None) -> Iterator[LiveStack]:
    """One of `shared_stacks`, within the block."""
    folder = parent / name
    folder.mkdir()
    stack = shared_stacks[name] = start_stack(folder, postgres_options, extent)
    try:
        yield stack
    finally:
        del shared_stacks[name]
        stop_stack(stack)
