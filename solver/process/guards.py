"""Why the child never outlives its welcome: the parent's death, the end of its lease, too much memory."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import threading
import time
from pathlib import Path

from solver.process.messages import EXIT_LEASE_OVER, EXIT_OUT_OF_MEMORY, EXIT_PARENT_GONE, decode_lease

CHECK_EVERY_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


def lower_privileges() -> None:
    """Be nice to everybody else, leave no core files, and ask the kernel (Linux) to be killed when the parent thread dies."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def resident_bytes(pid: int | None = None) -> int | None:
    """Resident memory of a process (this one by default), None where there is no /proc or no such process."""
    try:
        pages = Path(f"/proc/{pid or 'self'}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * resource.getpagesize()


def peak_bytes(pid: int) -> int | None:
    """The most resident memory that a process ever held, None where there is no /proc or no such process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


class LineReader:
    """Lines of a descriptor without Python's buffered reader, whose lock a thread must not hold when the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def is_ready(self) -> bool:
        """Whether the next line has begun to arrive, or the stream has come to its end."""
        return bool(self._rest or select.select([self._descriptor], [], [], 0)[0])

    def line(self) -> bytes | None:
        """The next whole line, None at the end of the stream."""
        pieces = [self._rest]
        while b"\n" not in pieces[-1]:
            piece = os.read(self._descriptor, 1 << 20)
            if not piece:
                return None
            pieces.append(piece)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line


class Lease:
    """The instant (monotonic seconds) at which the child must be gone; later lines move it."""

    def __init__(self, until: float) -> None:
        self._until = until

    def follow(self, lines: LineReader) -> None:
        """Read lease lines for ever; the end of the stream means that the parent is gone."""
        while (line := lines.line()) is not None:
            self._until = decode_lease(line)
        os._exit(EXIT_PARENT_GONE)

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._until


def watch(parent: int, lease: Lease, memory_bytes: int) -> None:
    """End the process as soon as one of its conditions of life fails. Never returns.

    It begins with a pause, so that a lease that has been extended while the process started is heard first.
    """
    pause = threading.Event()
    while True:
        pause.wait(CHECK_EVERY_SECONDS)
        if os.getppid() != parent:
            os._exit(EXIT_PARENT_GONE)
        if lease.is_over:
            os._exit(EXIT_LEASE_OVER)
        if (resident_bytes() or 0) > memory_bytes:
            os._exit(EXIT_OUT_OF_MEMORY)
