"""What the child has to say, written by one thread, so that no search thread ever waits for a slow reader."""

from __future__ import annotations

import os
import threading

from solver.events import BoundRaised, Event, Improved, encode_event
from solver.process.messages import ALIVE, ALIVE_EVERY_SECONDS


class Outbox:
    """`put` never blocks. While the pipe is slow, a newer incumbent replaces an unsent older one; so does a newer bound."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending: list[Event] = []
        self._changed = threading.Condition()
        self._closed = False
        self._writer = threading.Thread(target=self._write_all, name="outbox", daemon=True)
        self._writer.start()

    def put(self, event: Event) -> None:
        with self._changed:
            if isinstance(event, Improved | BoundRaised):
                self._pending = [waiting for waiting in self._pending if type(waiting) is not type(event)]
            self._pending.append(event)
            self._changed.notify()

    def close(self) -> None:
        """Return when everything has been written."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._writer.join()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._closed, ALIVE_EVERY_SECONDS)
                event = self._pending.pop(0) if self._pending else None
                if event is None and self._closed:
                    return
            self._write(ALIVE if event is None else encode_event(event).encode() + b"\n")

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
