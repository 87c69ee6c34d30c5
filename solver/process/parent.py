"""The parent side: start the child, hear its events, keep it alive, end it."""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self

from solver.events import Event
from solver.limits import Limits
from solver.problem import Problem
from solver.process.child import Child
from solver.process.errors import (
    SolverCrashed,
    SolverHung,
    SolverLeaseOver,
    SolverOutOfMemory,
    SolverRaised,
    SolverRefused,
)
from solver.process.guards import peak_bytes, resident_bytes
from solver.process.hearing import Hearing, as_text
from solver.process.messages import (
    EXIT_FAILED,
    EXIT_LEASE_OVER,
    EXIT_OUT_OF_MEMORY,
    EXIT_RAISED,
    EXIT_REFUSED,
    Question,
    encode_lease,
    encode_question,
)
from solver.process.spare import ANSWER_SECONDS, Spare
from solver.schedule import Schedule

_KINDS = {
    EXIT_RAISED: SolverRaised,
    EXIT_FAILED: SolverRaised,
    EXIT_OUT_OF_MEMORY: SolverOutOfMemory,
    EXIT_LEASE_OVER: SolverLeaseOver,
    EXIT_REFUSED: SolverRefused,
}
_STEP_SECONDS = 0.25
_STDERR_BYTES = 64 * 1024
_REPLACED = b"The spare process did not answer; a fresh one has been asked.\n"


@dataclass(frozen=True, slots=True)
class Patience:
    """`hung_seconds` without any line before the child counts as hung; `grace_seconds` for it to finish once told to stop."""

    hung_seconds: float = 120.0
    grace_seconds: float = 5.0


class SolverProcess:
    """One search in one child process; a context manager, at whose end no process is left.

    Enter it and read from a thread that lives as long as the search: the kernel kills the child when the thread that started it
    ends. Call `read` at least once a second, and `extend_lease` before `lease_seconds` have passed since the last time.

    The child is the `spare` of this process, if it has been told to keep one. If that does not answer, a fresh one is asked.
    """

    command: ClassVar[tuple[str, ...]] = (sys.executable, "-P", "-m", "solver.process")
    spare: ClassVar[Spare] = Spare()

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
        self._last_words = b""
        self._unsaid = b""
        self._peak_bytes: int | None = None
        self._stopped_at: float | None = None
        self._loaded_by: float | None = None  # by when a spare has loaded everything; None for others

    def __enter__(self) -> Self:
        self._lease_until = time.monotonic() + self._lease_seconds
        child, self._loaded_by = self.spare.take(self.command, self._memory_bytes) or (Child(self.command), None)
        self._ask(child)
        return self

    def _ask(self, child: Child) -> None:
        """Whatever follows is between us and this child. One that cannot be asked does not stay behind."""
        problem, limits, hint = self._question
        with ExitStack() as undone:
            undone.callback(child.close)
            self._selector = undone.enter_context(selectors.DefaultSelector())
            self._selector.register(child.stdin, selectors.EVENT_WRITE)
            self._selector.register(child.stdout, selectors.EVENT_READ)
            self._selector.register(child.stderr, selectors.EVENT_READ)
            self._outgoing = bytearray(encode_question(Question(os.getpid(), self._lease_until, limits, problem, hint)))
            self._child, self._hearing = child, Hearing()
            self._untaken, self._taken_at = len(self._outgoing), time.monotonic()
            self._letting_go = undone.pop_all()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self.finished and kind is None:
            self._child.wait()
        self._letting_go.close()

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
            self._watch_spare()
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
        self._lease_until = time.monotonic() + seconds
        self._outgoing += encode_lease(self._lease_until)
        self._transfer(0.0)

    def stop(self) -> None:
        """Ask for the best so far. `read` on: Finished follows, after the grace by force with what was heard until then."""
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            self._child.signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the child and everything that it started, now."""
        self._child.kill()

    def _transfer(self, timeout_seconds: float) -> None:
        """Move what can be moved through the three pipes, waiting for the first of them."""
        if self._outgoing and self._child.stdin not in self._selector.get_map():
            self._selector.register(self._child.stdin, selectors.EVENT_WRITE)
        for key, _ in self._selector.select(timeout_seconds):
            if key.fd == self._child.stdin:
                self._send()
            else:
                self._receive(key.fd)

    def _send(self) -> None:
        try:
            sent = os.write(self._child.stdin, self._outgoing)
        except BrokenPipeError:  # the child is ending; its exit code will say why
            sent = len(self._outgoing)
        del self._outgoing[:sent]
        if self._untaken > 0:  # leases that follow are taken by the pipe of a frozen child, too
            self._untaken, self._taken_at = self._untaken - sent, time.monotonic()
        if not self._outgoing:
            self._selector.unregister(self._child.stdin)

    def _receive(self, descriptor: int) -> None:
        data = os.read(descriptor, 1 << 20)
        if not data:
            self._selector.unregister(descriptor)
        elif descriptor == self._child.stdout:
            self._hearing.hear(data)
        else:
            self._note(data)

    def _note(self, said: bytes) -> None:
        self._last_words = (self._last_words + said)[-_STDERR_BYTES:]
        self._unsaid = (self._unsaid + said)[-_STDERR_BYTES:]

    def _watch_spare(self) -> None:
        """One that has died or stands still before it has read its question has done nothing yet: a fresh child can take it over.

        After a stop there is nothing to take over.
        """
        if self._loaded_by is None:
            return
        due = max(self._loaded_by, self._taken_at + ANSWER_SECONDS)
        if self._hearing.has_answered or self._stopped_at is not None:
            self._loaded_by = None
        elif self._child.stdout not in self._selector.get_map() or time.monotonic() > due:
            self._loaded_by = None
            self._note(_REPLACED)
            self._letting_go.close()
            self._ask(Child(self.command))

    def _watch_memory(self) -> None:
        """However much it says."""
        held = resident_bytes(self.pid) or 0
        self._peak_bytes = max(held, peak_bytes(self.pid) or 0, self._peak_bytes or 0)
        if held > self._memory_bytes * 1.1:  # the child's own watch comes first, if it can
            self.kill()
            raise SolverOutOfMemory(-signal.SIGKILL, self._stderr_tail())

    def _watch(self) -> None:
        """Judge a child that has said nothing new, unless it is a spare that has not answered yet."""
        if self._loaded_by is not None:
            return
        silence = time.monotonic() - self._hearing.heard_at
        if self._child.stdout not in self._selector.get_map():
            self._judge_end(self._child.wait())
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
        raise _KINDS.get(exit_code, SolverCrashed)(exit_code, self._stderr_tail())

    def _stderr_tail(self) -> str:
        """The child's last words, with those that still lie in the pipe."""
        with suppress(BlockingIOError):
            while data := os.read(self._child.stderr, 1 << 16):
                self._note(data)
        return self.last_words
