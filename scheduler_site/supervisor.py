"""Watches child processes: forwards their output line by line, starts them again with back-off, stops them all in time.

One thread, one loop. Children must be started from the main thread (see `processes`), and with only one thread there is
nothing to lock.
"""

from __future__ import annotations

import selectors
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO

from scheduler_site import processes
from scheduler_site.processes import Command

TICK_SECONDS = 0.1
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
KILLED_SECONDS = 1.0  # that a killed process has to be gone, before it is killed once more
STEADY_SECONDS = 60.0  # whoever has run this long starts with the first delay again

Say = Callable[[str, str], None]  # (name of the process, line)


class Child:
    """One process of the table and its history."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at: float | None = None
        self.delay_seconds = FIRST_DELAY_SECONDS
        self.half_line = b""

    @property
    def runs(self) -> bool:
        """True while the process is there."""
        return self.process is not None and self.process.poll() is None

    def plan_restart(self, now: float) -> float:
        """Decide when to start again after an unexpected end; returns the delay in seconds."""
        if now - self.started_at > STEADY_SECONDS:
            self.delay_seconds = FIRST_DELAY_SECONDS
        delay = self.delay_seconds
        self.start_again_at = now + delay
        self.delay_seconds = min(2 * delay, LONGEST_DELAY_SECONDS)
        return delay


class Supervisor:
    """Children in the order in which they were started; they are stopped in groups, the latest group first."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._children: list[Child] = []
        self._outputs = selectors.DefaultSelector()

    def add(self, command: Command) -> Child:
        """Start and watch one more."""
        child = Child(command)
        self._children.append(child)
        self._start(child)
        return child

    def tick(self) -> None:
        """One turn of the loop: at most TICK_SECONDS of waiting for output, then a look at who has ended."""
        self._forward(TICK_SECONDS)
        now = time.monotonic()
        for child in self._children:
            if child.start_again_at is not None:
                if now >= child.start_again_at:
                    self._start(child)
            elif not child.runs:
                self._ended(child, now)

    def run_once(self, command: Command, give_up: Callable[[], bool]) -> int:
        """Run a command to its end while watching the others; its exit code. `give_up` ends it early."""
        child = Child(command)
        self._start(child)
        assert child.process is not None  # noqa: S101 - _start has just set it
        while child.runs and not give_up():
            self.tick()
        processes.ask_to_stop(command, child.process)
        processes.make_sure(child.process, 2.0)
        self._forward(0.0)
        return int(child.process.returncode)

    def stop(self, children: Sequence[Child], seconds: float, hurry: Callable[[], bool]) -> None:
        """Ask them all at once, forward what they still say, and after `seconds` (or when `hurry`) kill the rest."""
        self._children = [child for child in self._children if child not in children]
        for child in children:
            if child.process is not None:
                processes.ask_to_stop(child.command, child.process)
        deadline = time.monotonic() + seconds
        while any(child.runs for child in children) and time.monotonic() < deadline and not hurry():
            self._forward(TICK_SECONDS)
        self._kill([child for child in children if child.runs])
        for child in children:
            if child.process is not None:
                processes.make_sure(child.process, KILLED_SECONDS)
        self._forward(0.0)
        for key in [key for key in self._outputs.get_map().values() if key.data in children]:
            self._close(key.fileobj)  # type: ignore[arg-type] # we only register pipes; a grandchild may still hold the other end

    def _start(self, child: Child) -> None:
        child.process = processes.start(child.command)
        child.started_at = time.monotonic()
        child.start_again_at = None
        if child.process.stdout is not None:
            self._outputs.register(child.process.stdout, selectors.EVENT_READ, child)

    def _kill(self, children: Sequence[Child]) -> None:
        """All at once, before anybody waits for one of them: on a busy machine each takes a while to be gone."""
        for child in children:
            self._say(child.command.name, "did not stop in time and was killed")
            assert child.process is not None  # noqa: S101 - it runs
            processes.kill_group(child.process.pid)

    def _ended(self, child: Child, now: float) -> None:
        assert child.process is not None  # noqa: S101 - it has been started
        processes.kill_group(child.process.pid)
        delay = child.plan_restart(now)
        self._say(child.command.name, f"ended ({_how(child.process.returncode)}); starts again in {delay:.0f} s")

    def _close(self, stream: IO[bytes]) -> None:
        self._outputs.unregister(stream)
        stream.close()

    def _forward(self, seconds: float) -> None:
        for key, _events in self._outputs.select(seconds):
            child: Child = key.data
            stream: IO[bytes] = key.fileobj  # type: ignore[assignment] # we only register pipes
            chunk = stream.raw.read(65536)  # type: ignore[attr-defined] # a pipe's buffer: what is there, without waiting for more
            if not chunk:
                self._close(stream)
            *lines, child.half_line = (child.half_line + chunk).split(b"\n") if chunk else (child.half_line, b"")
            for line in lines:
                if line.strip():
                    self._say(child.command.name, line.decode(errors="replace").rstrip())


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
