"""The parent side: start the child, hear its events, keep it alive, end it."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from solver.events import Event
from solver.limits import Limits
from solver.problem import Problem
from solver.process.errors import SolverCrashed, SolverHung, SolverLeaseOver, SolverOutOfMemory
from solver.process.guards import peak_bytes, resident_bytes
from solver.process.hearing import Hearing, as_text
from solver.process.messages import EXIT_LEASE_OVER, EXIT_OUT_OF_MEMORY, Question, encode_lease, encode_question
from solver.schedule import Schedule

_STEP_SECONDS = 0.25
_STDERR_BYTES = 64 * 1024
_EXIT_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """`hung_seconds` without any line before the child counts as hung; `grace_seconds` for it to finish once told to stop."""

    hung_seconds: float = 120.0
    grace_seconds: float = 5.0


class SolverProcess:
    """One search in one child process; a context manager, at whose end no process is left.

    Enter it from a thread that lives as long as the search: the kernel kills the child when that thread ends. Call `read` at
    least once a second, and `extend_lease` before `lease_seconds` have passed since the last time.
    """

    command: ClassVar[tuple[str, ...]] = (sys.executable, "-P", "-m", "solver.process")

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        *,
        hint: Schedule | None = None,
        lease_seconds: float = 30.0,
        patience: Patience | None = None,
    ) -> None:
        self._question = (problem, limits, hint)
        self._lease_seconds = lease_seconds
        self._patience = patience or Patience()
        self._memory_bytes = limits.memory_mb * 1024 * 1024
        self._hearing = Hearing()
        self._outgoing = bytearray()
        self._last_words = b""
        self._unsaid = b""
        self._peak_bytes: int | None = None
        self._stopped_at: float | None = None

    def __enter__(self) -> Self:
        problem, limits, hint = self._question
        lease_until = time.monotonic() + self._lease_seconds
        self._outgoing += encode_question(Question(os.getpid(), lease_until, limits, problem, hint))
        self._child = subprocess.Popen(  # noqa: S603 -- our own interpreter and module, no input from outside
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
            start_new_session=True,
        )
        self._selector = selectors.DefaultSelector()
        self._stdin, self._stdout, self._stderr = (
            stream.fileno() for stream in (self._child.stdin, self._child.stdout, self._child.stderr) if stream
        )
        for descriptor in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(descriptor, False)
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self.finished and kind is None:
            self._wait()
        self.kill()
        self._selector.close()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream:
                stream.close()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def peak_memory_mb(self) -> int | None:
        """The most resident memory that it was seen to hold, in MiB; None before it has started."""
        return self._peak_bytes and -(-self._peak_bytes // (1024 * 1024))

    @property
    def last_words(self) -> str:
        """What it has written to stderr, the last 64 KiB of it."""
        return as_text(self._last_words).strip()

    def take_lines(self) -> list[str]:
        """The whole lines that it has written to stderr since the last time, for the log of whoever listens."""
        *lines, self._unsaid = self._unsaid.split(b"\n")
        return [as_text(line).rstrip() for line in lines if line.strip()]

    @property
    def finished(self) -> bool:
        """Whether `read` has given out the Finished event."""
        return self._hearing.finished

    def read(self, timeout_seconds: float) -> list[Event]:
        """The events since the last time, in order; waits for one until the timeout and may return none.

        Raises a SolverFailed of the matching kind when the child ends, hangs or talks nonsense before it has finished.
        """
        deadline = time.monotonic() + timeout_seconds
        while not self.finished:
            self._transfer(max(0.0, min(_STEP_SECONDS, deadline - time.monotonic())))
            self._watch_memory()
            events = self._hearing.take()
            if events:
                return events
            self._watch()
            if self.finished:
                return self._hearing.take()
            if time.monotonic() >= deadline:
                break
        return []

    def extend_lease(self, seconds: float) -> None:
        """Let the child live for so many seconds from now."""
        self._outgoing += encode_lease(time.monotonic() + seconds)
        self._transfer(0.0)

    def stop(self) -> None:
        """Ask for the best so far. `read` on: Finished follows, after the grace by force with what was heard until then."""
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the child and everything that it started, now."""
        self._signal(signal.SIGKILL)
        self._child.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._child.poll() is None:  # not reaped yet, so the pid cannot be anybody else's
            os.killpg(self._child.pid, number)

    def _transfer(self, timeout_seconds: float) -> None:
        """Move what can be moved through the three pipes, waiting for the first of them."""
        if self._outgoing and self._stdin not in self._selector.get_map():
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        for key, _ in self._selector.select(timeout_seconds):
            if key.fd == self._stdin:
                self._send()
            else:
                self._receive(key.fd)

    def _send(self) -> None:
        try:
            sent = os.write(self._stdin, self._outgoing)
        except BrokenPipeError:  # the child is ending; its exit code will say why
            sent = len(self._outgoing)
        del self._outgoing[:sent]
        if not self._outgoing:
            self._selector.unregister(self._stdin)

    def _receive(self, descriptor: int) -> None:
        data = os.read(descriptor, 1 << 20)
        if not data:
            self._selector.unregister(descriptor)
        elif descriptor == self._stdout:
            self._hearing.hear(data)
        else:
            self._note(data)

    def _note(self, said: bytes) -> None:
        self._last_words = (self._last_words + said)[-_STDERR_BYTES:]
        self._unsaid = (self._unsaid + said)[-_STDERR_BYTES:]

    def _watch_memory(self) -> None:
        """However much it says."""
        held = resident_bytes(self.pid) or 0
        self._peak_bytes = max(held, peak_bytes(self.pid) or 0, self._peak_bytes or 0)
        if held > self._memory_bytes * 1.1:  # the child's own watch comes first, if it can
            self.kill()
            raise SolverOutOfMemory(-signal.SIGKILL, self._stderr_tail())

    def _watch(self) -> None:
        """Judge a child that has said nothing new."""
        silence = time.monotonic() - self._hearing.heard_at
        if self._stdout not in self._selector.get_map():
            self._judge_end(self._wait())
        elif self._stopped_at is not None and time.monotonic() - self._stopped_at > self._patience.grace_seconds:
            self.kill()
            self._hearing.finish_by_force()
        elif silence > self._patience.hung_seconds:
            self.kill()
            raise SolverHung(f"The solver process has given no sign of life for {silence:.0f} seconds.", self._stderr_tail())

    def _judge_end(self, exit_code: int) -> None:
        """The child has closed its stdout without Finished."""
        if exit_code == -signal.SIGTERM and self._stopped_at is not None:  # told to stop before it could listen
            self._hearing.finish_by_force()
            return
        kinds = {EXIT_OUT_OF_MEMORY: SolverOutOfMemory, EXIT_LEASE_OVER: SolverLeaseOver}
        raise kinds.get(exit_code, SolverCrashed)(exit_code, self._stderr_tail())

    def _wait(self) -> int:
        try:
            return self._child.wait(_EXIT_WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._child.wait()

    def _stderr_tail(self) -> str:
        """The child's last words, with those that still lie in the pipe."""
        with suppress(BlockingIOError):
            while data := os.read(self._stderr, 1 << 16):
                self._note(data)
        return self.last_words


def _environment() -> dict[str, str]:
    """All that the child gets to know: the parent's own environment may hold secrets."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]),
        "PYTHONHASHSEED": "0",  # the same question and seed shall give the same answer
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
    }
