"""The one listener of this process: hints come in by one channel, and every few seconds it looks at the rows without any.

The sweep makes every hint dispensable: it finds what hints did not tell, renews the subscription that a Redis without memory has
forgotten, and closes the sockets of people who may no longer watch.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from runs import audience, reading
from runs.broadcast import GROUP, PATIENCE_SECONDS, Hint, channel_layer
from runs.models import State
from runs.retrying import AWAY
from runs.rooms import PAUSE_SECONDS, Board, CloseCode, Member, Place, Room, end, started

LISTENING_SECONDS = 0.5  # a joining socket waits no longer than this for the subscription; the sweep covers the rest
LOST = (RedisError, OSError, TimeoutError)

log = structlog.get_logger(__name__)


class Hub:
    """Rooms by run, and the board. It runs while anybody watches; all of it belongs to one event loop."""

    _by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()

    def __init__(self) -> None:
        self.rooms: dict[int, Room] = {}
        self.board = Board()
        self.members: set[Member] = set()
        self._channel: str | None = None
        self._listening = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def here(cls) -> Hub:
        """The hub of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in cls._by_loop:
            cls._by_loop[loop] = cls()
        return cls._by_loop[loop]

    @classmethod
    def sockets_here(cls) -> int:
        """All that this process holds open; may be asked from any thread."""
        return sum(len(hub.members) for hub in tuple(cls._by_loop.values()))

    def sockets_of(self, user_id: int) -> int:
        return sum(member.watcher.user_id == user_id for member in self.members)

    def join_run(self, run_id: int, member: Member) -> Room:
        """Join first, wait for `listening`, read afterwards: what happens in between is told by the room."""
        room = self.rooms.setdefault(run_id, Room(run_id))
        self._join(room, member)
        return room

    def join_board(self, member: Member) -> Board:
        self._join(self.board, member)
        return self.board

    async def listening(self) -> None:
        """Until hints come in, or as long as it is worth waiting for them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENING_SECONDS):
                await self._listening.wait()

    async def leave(self, place: Place, member: Member) -> None:
        self.members.discard(member)
        await place.leave(member)
        if isinstance(place, Room) and not place.members and self.rooms.get(place.run_id) is place:
            del self.rooms[place.run_id]
        if not self.members:
            await self._stop()

    def _join(self, place: Place, member: Member) -> None:
        self.members.add(member)
        place.join(member)
        if not self._tasks:
            self._tasks = [
                started(self._listen(), "listening", self.members),
                started(self._sweep_for_ever(), "sweep", self.members),
            ]

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        channel, self._channel = self._channel, None
        self._listening.clear()
        await end(tasks)
        if channel is not None:
            with suppress(*LOST):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await channel_layer().group_discard(GROUP, channel)

    async def _listen(self) -> None:
        layer = channel_layer()
        channel = self._channel = await layer.new_channel("hub")  # a name, nothing in Redis yet
        while True:
            try:
                await layer.group_add(GROUP, channel)
                self._listening.set()
                while True:
                    self._hear(await layer.receive(channel))
            except LOST as error:
                self._listening.clear()
                log.warning("hints_unreachable", error=repr(error))
                await asyncio.sleep(PAUSE_SECONDS)

    def _hear(self, hint: Hint) -> None:
        room = self.rooms.get(hint["run"])
        if room is not None:
            room.look()
        if self.board.members:
            self.board.look_at(hint["run"])

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(settings.LIVE_SWEEP_SECONDS)
            await self.sweep()

    async def sweep(self) -> None:
        """One look at everything: permissions, rows, subscription. A Redis that does not answer holds up nothing."""
        await asyncio.gather(self._look_at_rows(), self._renew_subscription())

    async def _look_at_rows(self) -> None:
        try:
            await self._dismiss_forbidden()
            await self._find_unheard()
        except AWAY as error:
            log.warning("sweep_failed", error=repr(error))

    async def _renew_subscription(self) -> None:
        if self._channel is None:
            return
        with suppress(*LOST):  # the listener says so already
            async with asyncio.timeout(PATIENCE_SECONDS):
                await channel_layer().group_add(GROUP, self._channel)

    async def _find_unheard(self) -> None:
        marks = await database_sync_to_async(reading.marks)({*self.rooms, *self.board.marks})
        for run_id, room in self.rooms.items():
            if room.mark != marks.get(run_id) or (room.state and room.state["state"] == State.QUEUED):
                room.look()
        if self.board.members:
            shown = self.board.marks
            for run_id in {*self.board.queued(), *(run for run, mark in marks.items() if shown.get(run) != mark)}:
                self.board.look_at(run_id)

    async def _dismiss_forbidden(self) -> None:
        members = set(self.members)
        allowed = await database_sync_to_async(audience.allowed)({member.watcher for member in members})
        for member in members:
            if member.watcher not in allowed:
                member.dismiss(CloseCode.FORBIDDEN)
