"""The two sockets. Both only tell; whatever changes something goes through HTTP.

    RunSocket    /ws/runs/<id>/?after=<seq>   one run
    RunsSocket   /ws/runs/                    all runs, their states only

A browser sees a close code only on a socket that was accepted, so refusals are accepted first.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from time import monotonic
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from runs import audience, reading
from runs.hub import Hub
from runs.reading import Reading
from runs.rooms import UNREACHABLE, Board, CloseCode, Member, Place, Room, changed_text, end, events_text
from runs.wire import BadMessage, Catchup, Ping, parse

SEND_SECONDS = 10.0  # a client that takes longer to take one message is too slow
UNREAD_BYTES = 4 * 2**20  # so much may be on its way to a client that says how far it is
MESSAGE_BYTES = 256
MESSAGES, MESSAGES_SECONDS = 20, 10.0
SOCKETS_PER_PERSON = 30


class Refused(Exception):
    """The socket is to be closed with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class Socket(AsyncWebsocketConsumer):
    """What both have in common: who may open it, what a client may say, and how fast it has to take what it is told."""

    channel_layer_alias = "none: the hub listens for all sockets of the process"

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub.here()
        self.member: Member | None = None
        self.place: Place | None = None
        self._teller: asyncio.Task[None] | None = None
        self._heard: deque[float] = deque()
        self._unread = 0
        self._says_how_far = False
        self._gone = False

    async def connect(self) -> None:
        await self.accept()
        try:
            self.member = Member(await self._watcher())
        except Refused as refused:
            await self.close(refused.code)
            return
        self._teller = asyncio.create_task(self._tell_until_the_end(self.member), name="socket tells")

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - the signature is Channels'
        self._gone = True
        if self._teller is not None:
            await end([self._teller])
        if self.place is not None and self.member is not None:
            await self.hub.leave(self.place, self.member)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:  # noqa: ARG002 - as above
        if self.member is None or self.member.dismissed:
            return
        try:
            self._count_message()
            await self._hear(text_data)
        except Refused as refused:
            self.member.dismiss(refused.code)

    async def tell(self, member: Member) -> None:
        """Send the first message, then whatever is new each time the member is woken."""
        raise NotImplementedError

    async def again(self, seq: int, /) -> None:
        """The client wants everything after `seq`."""
        raise NotImplementedError

    async def say(self, text: str | None = None, frame: bytes | None = None) -> None:
        """Send, unless the client cannot keep up."""
        self._unread += len(text or "") + len(frame or b"")
        if self._says_how_far and self._unread > UNREAD_BYTES:
            raise Refused(CloseCode.TOO_SLOW)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self.send(text_data=text, bytes_data=frame)
        except TimeoutError as error:
            raise Refused(CloseCode.TOO_SLOW) from error

    async def woken(self, member: Member) -> None:
        """Wait until there may be something to say; raises Refused when the hub has dismissed the member."""
        await member.wake.wait()
        member.wake.clear()
        if member.dismissed:
            raise Refused(member.dismissed)

    async def _watcher(self) -> audience.Watcher:
        watcher = audience.Watcher.of(self.scope)
        if watcher is None:
            raise Refused(CloseCode.ANONYMOUS)
        if watcher not in await database_sync_to_async(audience.allowed)([watcher]):
            raise Refused(CloseCode.FORBIDDEN)
        if self.hub.sockets_of(watcher.user_id) >= SOCKETS_PER_PERSON:
            raise Refused(CloseCode.TOO_MANY)
        return watcher

    async def _tell_until_the_end(self, member: Member) -> None:
        """A socket that is not told anything any more is closed, so that its client comes back."""
        code = CloseCode.BROKEN
        try:
            await self.tell(member)
        except Refused as refused:
            code = refused.code
        except UNREACHABLE:
            code = CloseCode.TRY_AGAIN
        finally:
            if not self._gone:
                await self._close(code)

    async def _close(self, code: CloseCode) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await self.close(code)

    def _count_message(self) -> None:
        now = monotonic()
        self._heard.append(now)
        while self._heard[0] < now - MESSAGES_SECONDS:
            self._heard.popleft()
        if len(self._heard) > MESSAGES:
            raise Refused(CloseCode.TOO_MANY)

    async def _hear(self, text: str | None) -> None:
        if text is None or len(text) > MESSAGE_BYTES:
            raise Refused(CloseCode.BAD_MESSAGE)
        try:
            said = parse(text)
        except BadMessage as error:
            raise Refused(CloseCode.BAD_MESSAGE) from error
        if said["type"] == "since":
            await self.again(said["seq"])
        else:
            self._note_progress(said)

    def _note_progress(self, ping: Ping) -> None:
        if ping["seq"] is not None:
            self._says_how_far, self._unread = True, 0


class RunSocket(Socket):
    """One run: what it missed, then every event once and in order, and the newest frame."""

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._sent_frame = 0
        self._rewind_to: int | None = None

    async def tell(self, member: Member) -> None:
        self._sent = self._asked_after()
        self.place = room = self.hub.join_run(int(self.scope["url_route"]["kwargs"]["pk"]), member)
        await self.hub.listening()
        await self._catch_up(room)
        version = room.version
        while True:
            if self._rewind() or version != room.version or self._sent < room.until:
                version = room.version
                await self._tell_news(room)
            await self.woken(member)

    async def again(self, seq: int, /) -> None:
        self._rewind_to = seq
        if self.member is not None:
            self.member.wake.set()

    def _rewind(self) -> bool:
        seq, self._rewind_to = self._rewind_to, None
        self._sent = self._sent if seq is None else min(self._sent, seq)
        return seq is not None

    async def _catch_up(self, room: Room) -> None:
        first = await self._read(room, 0)
        room.seed(first)
        self._sent = first.until
        await self.say(json.dumps(Catchup(type="catchup", run=first.state, events=first.events), separators=(",", ":")))
        if first.frame is not None:
            self._sent_frame = first.frame.seq
            await self.say(frame=first.frame.data)

    async def _tell_news(self, room: Room) -> None:
        """Up to where the room is. A member that has read further than the room waits for it."""
        while (text := room.text_after(self._sent)) is None:
            missed = await self._read(room, None)
            self._sent = missed.until
            await self.say(events_text(missed.state, missed.events))
        if self._sent <= room.until:
            self._sent = room.until
            await self.say(text)
        newest = room.frame
        if newest is not None and newest.seq > self._sent_frame:
            self._sent_frame = newest.seq
            await self.say(frame=newest.data)

    async def _read(self, room: Room, frame_after: int | None) -> Reading:
        read = await database_sync_to_async(reading.read)(room.run_id, self._sent, frame_after)
        if read is None:
            raise Refused(CloseCode.UNKNOWN_RUN)
        return read

    def _asked_after(self) -> int:
        query: dict[str, list[str]] = parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        after = query.get("after", ["0"])[-1]
        if not (after.isascii() and after.isdecimal()) or len(after) > 18:
            raise Refused(CloseCode.BAD_MESSAGE)
        return int(after)


class RunsSocket(Socket):
    """All runs: those going on as they are, then each run whenever it changes."""

    async def tell(self, member: Member) -> None:
        self.place = board = self.hub.join_board(member)
        await self.hub.listening()
        version = board.version
        await self._tell_present(board)
        while True:
            texts = board.texts_after(version)
            version = board.version
            for text in texts:
                await self.say(text)
            await self.woken(member)

    async def again(self, _: int, /) -> None:
        """Events have no numbers here: tell the present again."""
        if isinstance(self.place, Board):
            await self._tell_present(self.place)

    async def _tell_present(self, board: Board) -> None:
        present = await database_sync_to_async(reading.going_on)()
        board.show(present)
        for state in present.values():
            await self.say(changed_text(state))
