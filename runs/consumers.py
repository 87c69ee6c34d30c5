"""The two sockets. Both only tell; whatever changes something goes through HTTP.

    RunSocket    /ws/runs/<id>/?after=<seq>   one run
    RunsSocket   /ws/runs/                    all runs, their states only

Somebody who is not logged in is turned away before a socket exists. Other refusals are accepted first, because a browser sees a
close code only on a socket that was.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from runs import audience, reading
from runs.hub import Hub
from runs.reading import Reading
from runs.retrying import AWAY
from runs.rooms import Board, CloseCode, Member, Place, Room, end, events_text, started
from runs.wire import PONG, BadMessage, Catchup, parse

SEND_SECONDS = 10.0  # a client that keeps us waiting longer is too slow
UNREAD_BYTES = 4 * 2**20  # so much may be on its way to a client, which says how far it is (wire.Ping)
MESSAGE_BYTES = 256
MESSAGES, MESSAGES_SECONDS = 20, 10.0
SOCKETS_PER_PERSON = 10


class Refused(Exception):
    """The socket is to be closed with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class Underway:
    """What was sent to a client and, as far as it says, not worked off yet. The server in between takes whatever it is given."""

    def __init__(self) -> None:
        self._sent = self._arrived = 0
        self._marks: deque[tuple[int, int]] = deque()

    @property
    def is_too_much(self) -> bool:
        return self._sent - self._arrived > UNREAD_BYTES

    def sent(self, size: int, until: int) -> None:
        """`size` bytes more; with them the client has everything up to event `until`."""
        self._sent += size
        self._marks.append((max(until, self._marks[-1][0] if self._marks else 0), self._sent))

    def arrived(self, seq: int | None) -> None:
        """The client has worked off everything up to event `seq`, or with None all that was sent before."""
        while self._marks and (seq is None or self._marks[0][0] <= seq):
            self._arrived = self._marks.popleft()[1]


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
        self._underway = Underway()
        self._gone = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """A socket that has ended counts no more, also when the server has lost patience with it and kills it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._gone = True
            if self._teller is not None:
                self._teller.cancel()
            if self.place is not None and self.member is not None:
                await self.hub.leave(self.place, self.member)

    async def connect(self) -> None:
        watcher = audience.Watcher.of(self.scope)
        if watcher is None:
            await self._close(CloseCode.ANONYMOUS)
            return
        await self.accept()
        try:
            self.member = Member(await self._let_in(watcher))
        except Refused as refused:
            await self._close(refused.code)
            return
        except AWAY:
            await self._close(CloseCode.TRY_AGAIN)
            return
        self._teller = started(self._tell_until_the_end(self.member), "socket tells", [self.member])

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - the signature is Channels'
        self._gone = True
        if self._teller is not None:
            await end([self._teller])

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:  # noqa: ARG002 - as above
        if self.member is None or self.member.dismissed:
            return
        try:
            self._count_message()
            await self._hear(text_data)
        except Refused as refused:
            self.member.dismiss(refused.code)
        except AWAY:
            self.member.dismiss(CloseCode.TRY_AGAIN)

    async def tell(self, member: Member) -> None:
        """Send the first message, then whatever is new each time the member is woken."""
        raise NotImplementedError

    async def again(self, seq: int, /) -> None:
        """The client wants everything after `seq`."""
        raise NotImplementedError

    async def say(self, text: str | None = None, frame: bytes | None = None, *, until: int = 0) -> None:
        """Send, up to event `until`, once there is room; a client that makes none in time is sent away."""
        async with _in_time():
            await self._room_for_more()
            await self.send(text_data=text, bytes_data=frame)
        self._underway.sent(len(text or "") + len(frame or b""), until)

    async def woken(self, member: Member) -> None:
        """Wait until there may be something to say; raises Refused when the hub has dismissed the member."""
        await member.wake.wait()
        member.wake.clear()
        if member.dismissed:
            raise Refused(member.dismissed)

    async def _let_in(self, watcher: audience.Watcher) -> audience.Watcher:
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
        except AWAY:
            code = CloseCode.TRY_AGAIN
        finally:
            if not self._gone:
                await self._close(code)

    async def _close(self, code: CloseCode) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await self.close(int(code))  # Daphne refuses anything but a plain int

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
            self._note_arrival(said["seq"])
            await self._answer()

    async def _answer(self) -> None:
        """A pong waits for no room: only so many pings are heard as have some."""
        async with _in_time():
            await self.send(text_data=PONG)
        self._underway.sent(len(PONG), 0)

    def _note_arrival(self, seq: int | None) -> None:
        self._underway.arrived(seq)
        if self.member is not None:
            self.member.wake.set()

    async def _room_for_more(self) -> None:
        """Wait until less is on its way. What else wakes the member meanwhile is looked at afterwards."""
        if self.member is None or not self._underway.is_too_much:
            return
        while self._underway.is_too_much:
            await self.woken(self.member)
        self.member.wake.set()


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """A client that takes too long over what is sent within is too slow."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            yield
    except TimeoutError as error:
        raise Refused(CloseCode.TOO_SLOW) from error


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
        text = json.dumps(Catchup(type="catchup", run=first.state, events=first.events), separators=(",", ":"))
        await self.say(text, until=first.until)
        if first.frame is not None:
            self._sent_frame = first.frame.seq
            await self.say(frame=first.frame.data)

    async def _tell_news(self, room: Room) -> None:
        """Up to where the room is. A member that has read further than the room waits for it."""
        while (text := room.text_after(self._sent)) is None:
            missed = await self._read(room, None)
            self._sent = missed.until
            await self.say(events_text(missed.state, missed.events), until=missed.until)
        if self._sent <= room.until:
            self._sent = room.until
            await self.say(text, until=room.until)
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
        for text in board.show(present):
            await self.say(text)
