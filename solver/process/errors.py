"""How a solver process can fail.

SolverFailed
├── SolverCrashed         it ended before it had finished: a signal or an exit code
│   ├── SolverRaised      an exception that nobody in it had reckoned with: a fault of ours
│   ├── SolverOutOfMemory it, or we for it, found that it holds more memory than allowed
│   ├── SolverLeaseOver   nobody extended its lease in time
│   └── SolverRefused     its problem is no question; its last words say why
├── SolverHung            no sign of life for too long
└── SolverGarbage         what it said is not an event
"""

from __future__ import annotations

import signal


class SolverFailed(Exception):
    """`stderr_tail`: the last words of the child, possibly empty."""

    def __init__(self, message: str, stderr_tail: str = "") -> None:
        super().__init__(f"{message}\n{stderr_tail}" if stderr_tail else message)
        self.message = message
        self.stderr_tail = stderr_tail


class SolverCrashed(SolverFailed):
    """`exit_code` as Popen gives it: negative for a signal."""

    def __init__(self, exit_code: int, stderr_tail: str = "") -> None:
        super().__init__(f"The solver process ended with {_name(exit_code)}.", stderr_tail)
        self.exit_code = exit_code

    @property
    def signal(self) -> int | None:
        """The number of the signal that ended it, None when it exited by itself."""
        return -self.exit_code if self.exit_code < 0 else None


class SolverRaised(SolverCrashed):
    """Python ended it with an exception; `stderr_tail` has the traceback."""


class SolverOutOfMemory(SolverCrashed):
    """It held more resident memory than `Limits.memory_mb`."""


class SolverLeaseOver(SolverCrashed):
    """It ended itself because its lease had not been extended."""


class SolverRefused(SolverCrashed):
    """Its problem has faults that are no proof that there is no schedule; the last words are sentences for a planner."""


class SolverHung(SolverFailed):
    """No line for too long."""


class SolverGarbage(SolverFailed):
    """A line that is no event, or one that never ends."""


def _name(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    known = {number.value: number.name for number in signal.Signals}
    return f"signal {known.get(-exit_code, -exit_code)}"
