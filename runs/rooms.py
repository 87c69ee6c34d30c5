"""Who watches what in this process. A room is one run: it reads each event once and writes each message once, however many watch.

Rooms hold what happened, members how far they are: a member that falls behind costs no memory, its next message just tells more.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import structlog
from channels.db import database_sync_to_async

from runs import reading
from runs.audience import Watcher
from runs.models import State
from runs.models.run import ACTIVE
from runs.reading import Frame, Reading
from runs.retrying import AWAY
from runs.wire import Events, RunChanged, RunEvent, RunState

KEPT_EVENTS = 5000  # in memory for each run that is watched; who is further behind reads the rows
PAUSE_SECONDS = 1.0  # before the rows are tried again

log = structlog.get_logger(__name__)


class CloseCode(IntEnum):
    BAD_MESSAGE = 4400
    ANONYMOUS = 4401
    FORBIDDEN = 4403
    UNKNOWN_RUN = 4404
    TOO_MANY = 4429
    TOO_SLOW = 4008
    BROKEN = 1011
    TRY_AGAIN = 1013


@dataclass(eq=False, slots=True)
class Member:
    """A socket as rooms see it: `wake` is set when there may be something to send, `dismissed` when it is to be closed."""

    watcher: Watcher
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    dismissed: CloseCode | None = None

    def dismiss(self, code: CloseCode) -> None:
        self.dismissed = code
        self.wake.set()


class Place:
    """Something to watch. Its task looks at the rows whenever it is `due`, and wakes the members."""

    def __init__(self) -> None:
        self.members: set[Member] = set()
        self.version = 0
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def join(self, member: Member) -> None:
        self.members.add(member)
        if self._task is None or self._task.done():
            self._task = started(self._follow(), str(self), self.members)

    async def leave(self, member: Member) -> None:
        self.members.discard(member)
        if not self.members and self._task is not None:
            task, self._task = self._task, None
            await end([task])

    def look(self) -> None:
        """There may be something new."""
        self._due.set()

    def changed(self) -> None:
        self.version += 1
        for member in self.members:
            member.wake.set()

    async def refresh(self) -> None:
        raise NotImplementedError

    async def _follow(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self.refresh()
            except AWAY as error:
                log.warning("rows_unreachable", place=str(self), error=repr(error))
                await asyncio.sleep(PAUSE_SECONDS)
                self._due.set()


class Room(Place):
    """One run. It knows the events after `base` up to `until`, the state and the newest frame, all once a member has brought the
    first reading."""

    def __init__(self, run_id: int) -> None:
        super().__init__()
        self.run_id = run_id
        self.base = self.until = 0
        self.state: RunState | None = None
        self.frame: Frame | None = None
        self._events: deque[RunEvent] = deque()
        self._texts: dict[int, str] = {}

    def __str__(self) -> str:
        return f"run {self.run_id}"

    @property
    def mark(self) -> tuple[int, int | None]:
        """Changes with every event and every stored incumbent."""
        return self.until, self.state["incumbent_seq"] if self.state else None

    def seed(self, first: Reading) -> None:
        """Start from what the first member has read."""
        if self.state is not None:
            return
        self.base = self.until = first.until
        self.state, self.frame = first.state, first.frame
        self.look()

    def text_after(self, seq: int) -> str | None:
        """The Events message for a member that has everything up to `seq`, written once for all that are as far.

        None when the room does not remember so far back.
        """
        if self.state is None or seq < self.base:
            return None
        if seq not in self._texts:
            events = [event for event in self._events if event["seq"] > seq]
            self._texts[seq] = events_text(self.state, events)
        return self._texts[seq]

    async def refresh(self) -> None:
        """Read what is new until nothing is. Before the first reading there is nothing to go on from."""
        complete = self.state is None
        while not complete:
            read = await database_sync_to_async(reading.read)(self.run_id, self.until, self.frame.seq if self.frame else 0)
            if read is None:
                for member in self.members:
                    member.dismiss(CloseCode.UNKNOWN_RUN)
                return
            self._take(read)
            complete = read.is_complete

    def _take(self, read: Reading) -> None:
        is_new = bool(read.events) or read.frame is not None or timeless(read.state) != timeless(self.state)
        self._events.extend(read.events)
        while len(self._events) > KEPT_EVENTS:
            self.base = self._events.popleft()["seq"]
        self.until, self.state, self.frame = read.until, read.state, read.frame or self.frame
        self._texts.clear()
        if is_new:
            self.changed()


class Board(Place):
    """All runs: the last state of each that has changed since somebody watches. Only ended ones are forgotten again."""

    def __init__(self) -> None:
        super().__init__()
        self._dirty: set[int] = set()
        self._shown: dict[int, tuple[int, str, RunState]] = {}

    def __str__(self) -> str:
        return "board"

    @property
    def marks(self) -> Mapping[int, tuple[int, int | None]]:
        return {run: (state["last_seq"], state["incumbent_seq"]) for run, (_, _, state) in self._shown.items()}

    def queued(self) -> set[int]:
        return {run for run, (_, _, state) in self._shown.items() if state["state"] == State.QUEUED}

    def look_at(self, run_id: int) -> None:
        self._dirty.add(run_id)
        self.look()

    def texts_after(self, version: int) -> list[str]:
        """A RunChanged message for each run that changed after `version`, in the order of their changes."""
        newer = sorted((at, text) for at, text, _ in self._shown.values() if at > version)
        return [text for _, text in newer]

    async def refresh(self) -> None:
        dirty, self._dirty = self._dirty, set()
        try:
            states = await database_sync_to_async(reading.states)(dirty)
        except AWAY:
            self._dirty |= dirty
            raise
        self.show(states)

    def show(self, states: Mapping[int, RunState]) -> list[str]:
        """Note how these runs are now; the message for each, written anew only if something is."""
        texts = [self._show(run_id, state) for run_id, state in states.items()]
        self._forget()
        return texts

    def _show(self, run_id: int, state: RunState) -> str:
        shown = self._shown.pop(run_id, None)
        if shown is not None and timeless(shown[2]) == timeless(state):
            self._shown[run_id] = shown
            return shown[1]
        text = changed_text(state)
        self._shown[run_id] = (self.version + 1, text, state)
        self.changed()
        return text

    def _forget(self) -> None:
        """The oldest that have ended: a sweep finds one that goes on again, and it would be told anew each time."""
        ended = [run for run, (_, _, state) in self._shown.items() if state["state"] not in ACTIVE]
        for run in ended[: -reading.KEPT_RUNS]:
            del self._shown[run]


def started(work: Coroutine[None, None, None], name: str, members: Iterable[Member]) -> asyncio.Task[None]:
    """A task on which `members` depend. If it breaks, they are sent away, so that their clients come back to a new one."""

    def look_how_it_ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.error("feed_broken", task=name, exc_info=error)
            for member in members:
                member.dismiss(CloseCode.BROKEN)

    task = asyncio.create_task(work, name=name)
    task.add_done_callback(look_how_it_ended)
    return task


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until they have ended: a client library may swallow a cancellation that comes together with its answer."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=PAUSE_SECONDS)


def events_text(state: RunState, events: list[RunEvent]) -> str:
    return json.dumps(Events(type="events", run=state, events=events), separators=(",", ":"))


def changed_text(state: RunState) -> str:
    return json.dumps(RunChanged(type="runs", run=state), separators=(",", ":"))


def timeless(state: RunState | None) -> Mapping[str, object]:
    """What is left of a state when the clock does not count."""
    return {name: value for name, value in (state or {}).items() if name not in {"server_time", "elapsed_seconds"}}
