"""What the parent has understood of the child's lines."""

from __future__ import annotations

import time

from solver.events import BoundRaised, Event, EventFormatError, Finished, Improved, decode_event
from solver.process.errors import SolverGarbage
from solver.process.messages import ALIVE, LINE_LIMIT_BYTES, READY

_QUOTED_CHARACTERS = 200


def as_text(said: bytes) -> str:
    """For people: what cannot be read becomes U+FFFD, and so does U+0000, which PostgreSQL does not keep in texts."""
    return said.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


class Hearing:
    """Bytes in, events out.

    `heard_at`: monotonic seconds of the last complete line (of its making, before the first). `has_answered`: whether the child
    has read its question, as its first line after that says.
    """

    def __init__(self) -> None:
        self.heard_at = time.monotonic()
        self.has_answered = False
        self.finished = False
        self._pieces: list[bytes] = []
        self._size = 0
        self._events: list[Event] = []
        self._best: Improved | None = None
        self._bound: BoundRaised | None = None

    def hear(self, data: bytes) -> None:
        """Raises SolverGarbage for a line that is no event or is longer than any event may be."""
        *complete, rest = data.split(b"\n")
        for line in complete:
            self._understand(b"".join([*self._pieces, line]))
            self._pieces, self._size = [], 0
        self._pieces.append(rest)
        self._size += len(rest)
        if self._size > LINE_LIMIT_BYTES:
            raise SolverGarbage(f"The solver process sent a line of more than {LINE_LIMIT_BYTES} bytes.")

    def take(self) -> list[Event]:
        """The events understood since the last time."""
        events, self._events = self._events, []
        self.finished = self.finished or any(isinstance(event, Finished) for event in events)
        return events

    def finish_by_force(self) -> None:
        """Finished in the name of a child that cannot say it any more: the best that it has reported stands."""
        heard = [event.elapsed for event in (self._best, self._bound) if event]
        self._events.append(
            Finished(
                elapsed=max(heard, default=0.0),
                outcome="feasible" if self._best else "unknown",
                objective=self._best.objective if self._best else None,
                bound=self._bound.bound if self._bound else None,
            )
        )
        self.finished = True

    def _understand(self, line: bytes) -> None:
        self.heard_at = time.monotonic()
        if line + b"\n" == READY:
            return
        self.has_answered = True
        if line + b"\n" == ALIVE:
            return
        try:
            event = decode_event(line.decode())
        except (EventFormatError, UnicodeDecodeError) as error:
            quoted = as_text(line[:_QUOTED_CHARACTERS])
            raise SolverGarbage(f"The solver process said something that is no event: {quoted}") from error
        if isinstance(event, Improved):
            self._best = event
        elif isinstance(event, BoundRaised):
            self._bound = event
        self._events.append(event)
