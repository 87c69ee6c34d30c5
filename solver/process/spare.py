"""A child that is started beforehand, so that the next search begins at once.

    keep ─▶ waits, loaded ─┬─ take ─▶ a search's own child
                           └─ dead, of other code, or not wanted any more ─▶ killed

Nobody relies on it: whoever takes it starts a fresh child when it does not answer in time.
"""

from __future__ import annotations

import os
import sysconfig
import threading
import time
from pathlib import Path

from solver.process.child import Child
from solver.process.guards import resident_bytes
from solver.process.messages import READY

ANSWER_SECONDS = 2.0
"""In which a spare has to take some of its question, and to answer once it has all of it: it only has to read a line."""
LOADING_SECONDS = 10.0
"""Or until so long after its start, when it has not loaded everything yet; a fresh child would have to load it as well."""
LOADED_BYTES = 150 * 1024 * 1024
"""What it holds at least, once it has loaded everything."""

_SOLVER = Path(__file__).resolve().parents[1]
_PACKAGES = Path(sysconfig.get_path("platlib"))

Code = tuple[object, ...]


class Spare:
    """At most one waiting child. For one thread at a time."""

    def __init__(self) -> None:
        self._waiting: _Waiting | None = None

    def keep(self, command: tuple[str, ...]) -> None:
        """See to it that a fit child of this command waits. Raises OSError when none can be started.

        Other threads than the main one are not listened to: the kernel kills a child when the thread that started it ends.
        """
        if threading.current_thread() is not threading.main_thread() or (self._waiting and self._waiting.is_fit(command)):
            return
        self.drop()
        self._waiting = _Waiting(command)

    def take(self, command: tuple[str, ...], memory_bytes: int) -> tuple[Child, float] | None:
        """The child, if a fit one waits, and the instant (monotonic seconds) by which it has loaded everything.

        A search that may hold little more than what is loaded already gets none: a fresh child begins with less.
        """
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return None
        said, held = waiting.said(), max(waiting.held_bytes, LOADED_BYTES)
        if said not in {b"", READY} or not waiting.is_fit(command) or 2 * held > memory_bytes:
            waiting.child.close()
            return None
        return waiting.child, time.monotonic() if said else waiting.started_at + LOADING_SECONDS

    def drop(self) -> None:
        """No child waits any more."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.child.close()


class _Waiting:
    """A child without a question. `started_at`: monotonic seconds. Raises OSError when it cannot be started."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._code = _code()  # before it loads it: what changes meanwhile makes a difference
        self.started_at = time.monotonic()
        self.child = Child(command)

    def is_fit(self, command: tuple[str, ...]) -> bool:
        """Alive, and the same as a fresh child would be."""
        try:
            return self.child.exit_code is None and (self._command, self._code) == (command, _code())
        except OSError:  # the code is just being replaced
            return False

    def said(self) -> bytes:
        """Its first words, empty as long as it loads."""
        try:
            return os.read(self.child.stdout, len(READY)) or b"its end"
        except BlockingIOError:
            return b""

    @property
    def held_bytes(self) -> int:
        return resident_bytes(self.child.pid) or 0


def _code() -> Code:
    """What a child would load now: the solver's source files, and which packages are installed. Raises OSError."""
    stats = [(path, path.stat()) for path in sorted(_SOLVER.rglob("*.py"))]
    return (_PACKAGES.stat().st_mtime_ns, *((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats))
