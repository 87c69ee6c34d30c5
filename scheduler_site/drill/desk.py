"""Asks a product for runs as a person would, without a new Python for each wish: a lasting `manage.py desk` behind a pipe.

DeskAway      the product could not be reached; whether the wish was heard is not known
"""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from scheduler_site.drill.stack import NotInTime, Stack
from scheduler_site.env import REPOSITORY

ANSWER_SECONDS = 60.0


class DeskAway(Exception):
    """The product's database was away; whether the wish was heard is not known."""


class Desk:
    """A context manager. `took_seconds`: how long the last answer took."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.took_seconds = 0.0

    def __enter__(self) -> Self:
        with (self._stack.folder / "desk.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "desk"],
                cwd=REPOSITORY,
                env=self._stack.variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                process_group=0,
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def submit(self, limit_seconds: float, **wishes: Any) -> int:
        """A fresh run over the demo plant; its id. `wishes` are further fields of RunRequest. Raises DeskAway."""
        answer = self._ask(do="submit", limit_seconds=limit_seconds, **{"threads": 1, **wishes})
        return int(answer["run"])

    def stop(self, run: int, reason: str = "") -> str:
        """Stop a run and keep its best plan; what came of it. Raises DeskAway."""
        return str(self._ask(do="stop", run=run, reason=reason)["stopped"])

    def cancel(self, run: int, reason: str = "") -> str:
        """Cancel a run; what came of it. Raises DeskAway."""
        return str(self._ask(do="cancel", run=run, reason=reason)["stopped"])

    def ring(self, run: int) -> None:
        """One more message for a run."""
        self._ask(do="ring", run=run)

    def _ask(self, **wish: Any) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        began = time.monotonic()
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line())
        self.took_seconds = time.monotonic() - began
        if "away" in answer:
            raise DeskAway(answer["away"])
        return answer

    def _line(self) -> bytes:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101 - a pipe was asked for
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            if not selector.select(ANSWER_SECONDS):
                raise NotInTime("the desk has not answered")
        line = stream.readline()
        if not line:
            raise NotInTime(f"the desk has ended: {(self._stack.folder / 'desk.log').read_text()[-4000:]}")
        return line
