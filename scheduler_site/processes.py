"""Child processes that never outlive us, even if we are killed with -9.

Children are started from the main thread and, on Linux, ask the kernel for a signal when that thread dies. Each has its
own process group, so a Ctrl-C at the terminal reaches only us and we decide who stops in which order.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, and how it wants to be stopped.

    `user` is a system user's name to run as (only root can ask for it); `environment` replaces ours where given;
    `orphan_signal` is what the kernel sends it when we die; `log` is a file for its output, anew with each start; `niceness` is
    added to ours.
    """

    name: str
    arguments: Sequence[str]
    environment: dict[str, str] | None = None
    folder: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    log: Path | None = None
    niceness: int = 0


def start(command: Command) -> subprocess.Popen[bytes]:
    """Start it with nothing on stdin; stdout and stderr go to its log, or else to a pipe."""
    if command.log is None:
        return _popen(command, subprocess.PIPE)
    with command.log.open("wb") as output:
        return _popen(command, output)


def _popen(command: Command, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own argument lists
        list(command.arguments),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=command.environment,
        cwd=command.folder,
        process_group=0,
        preexec_fn=_before(command),  # noqa: PLW1509 - we have no other threads when we start children
        **as_user(command.user),
    )


def as_user(user: str | None) -> dict[str, Any]:
    """What subprocess needs to run something as `user` with that user's group and no others of ours."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _before(command: Command) -> Callable[[], None]:
    """What the child does between fork and exec, after it has become `user`."""
    die_with_us = _die_with(os.getpid(), command.orphan_signal)

    def prepare() -> None:
        os.nice(command.niceness)
        if die_with_us:
            die_with_us()

    return prepare


def _die_with(parent: int, orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """A request to the kernel; a later change of user would clear it."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
        if os.getppid() != parent:  # we died between fork and the request
            os._exit(1)

    return ask_kernel


def ask_to_stop(command: Command, process: subprocess.Popen[bytes]) -> None:
    """Send the polite signal to the process itself; it knows its own children."""
    if process.poll() is None:
        process.send_signal(command.stop_signal)


def make_sure(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for the end, then kill whatever is left of its process group."""
    try:
        process.wait(timeout=max(seconds, 0.0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    kill_group(process.pid)


def kill_group(leader: int) -> None:
    """Kill what a finished leader may have left behind."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing was left: the normal case
