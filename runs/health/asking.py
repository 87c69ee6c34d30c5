"""Questions to servers that may be frozen. Who asks waits for a while; the question itself waits in a thread of its own.

A frozen server does not refuse, it says nothing: no time limit of a driver covers every step of a connection. Of each question
there is one thread at most, however often it is asked: whoever comes later waits for the answer to the same one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")


class Silent(Exception):
    """There was no answer in time."""


class Broken(Exception):
    """The question itself went wrong, by a fault of ours; stderr has the traceback."""


class Question(Generic[T]):
    """One question that was asked; `answer` may be called by several."""

    def __init__(self, name: str, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._answers: list[T] = []
        self._answered = threading.Event()
        self._thread = threading.Thread(target=self._wait, name=f"health-{name}", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        return not self._answered.is_set()

    def answer(self, until: float) -> T:
        """Wait until an instant of the monotonic clock. Raises Silent, or Broken."""
        if not self._answered.wait(max(0.0, until - time.monotonic())):
            raise Silent
        if not self._answers:
            raise Broken(self._thread.name)
        return self._answers[0]

    def _wait(self) -> None:
        try:
            self._answers.append(self._ask())
        finally:
            connections.close_all()
            self._answered.set()


_open: dict[str, Question[object]] = {}
_lock = threading.Lock()


def asked(name: str, ask: Callable[[], T]) -> Question[T]:
    """Ask, unless the same question is still open."""
    with _lock:
        question = _open.get(name)
        if question is None or not question.is_open:
            question = _open[name] = Question(name, ask)
        return question  # type: ignore[return-value] # as above
