"""A started child as its parent holds it: its pid, its three pipes, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_EXIT_WAIT_SECONDS = 5.0


class Child:
    """Starts the command at once. None of the pipes blocks; `stdin`, `stdout` and `stderr` are descriptors.

    Make it in a thread that lives as long as it shall: the kernel kills the child when that thread ends.
    """

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module, no input from outside
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
            start_new_session=True,
        )
        self._streams = [stream for stream in (self._process.stdin, self._process.stdout, self._process.stderr) if stream]
        self.stdin, self.stdout, self.stderr = (stream.fileno() for stream in self._streams)
        for stream in self._streams:
            os.set_blocking(stream.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """As Popen gives it, negative for a signal; None while it lives."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """To it and everything that it started."""
        if self._process.poll() is None:  # not reaped yet, so the pid cannot be anybody else's
            os.killpg(self._process.pid, number)

    def wait(self) -> int:
        """Its exit code; one that does not end by itself is killed."""
        try:
            return self._process.wait(_EXIT_WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it and everything that it started, now."""
        self.signal(signal.SIGKILL)
        return self._process.wait()

    def close(self) -> None:
        """Kill it unless it has ended, and let go of the pipes."""
        self.kill()
        for stream in self._streams:
            stream.close()


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
