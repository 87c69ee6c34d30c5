"""A websocket as a program sees it: quick enough for hundreds in one process, and able to stop reading while it stays open."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import struct
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
ACCEPT_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
PATIENCE_SECONDS = 20.0
NO_CODE = 1006  # the line broke, nobody said why


_open: set[Line] = set()
Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """As `asyncio.run`, and no line is left open at the end."""

    async def work_and_hang_up() -> Result:
        try:
            return await work
        finally:
            for line in tuple(_open):
                line.drop()
            while _open:  # noqa: ASYNC110 - the loop itself ends them, in its next rounds
                await asyncio.sleep(0)

    return asyncio.run(work_and_hang_up())


class Refused(Exception):
    """The handshake was answered with this HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Closed(Exception):
    """The server has closed the line with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Line(asyncio.Protocol):
    """One connection. Messages wait in `messages`; override `on_message` to have them at once instead."""

    def __init__(self) -> None:
        self.messages: deque[tuple[int, bytes]] = deque()
        self.closed_with: int | None = None
        self._buffer = bytearray()
        self._is_open = False
        self._news = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._key = base64.b64encode(os.urandom(16))
        self._refused_with: int | None = None

    async def open(self, site: str, path: str, cookie: str = "", origin: str = "") -> None:
        """Connect to `site` (http://host:port/). Raises Refused, OSError while there is no server."""
        address = urlsplit(site)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, address.hostname or "", address.port or 80)
        head = [
            f"GET {path} HTTP/1.1",
            f"Host: {address.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {self._key.decode()}",
            "Sec-WebSocket-Version: 13",
            f"Origin: {origin or f'http://{address.netloc}'}",
            f"Cookie: {cookie}",
        ]
        self._write("\r\n".join([*head, "", ""]).encode())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._is_open:
                await self._wait()
                if self._refused_with is not None:
                    raise Refused(self._refused_with)
                if self.closed_with is not None:
                    raise ConnectionResetError("closed during the handshake")

    async def next(self) -> tuple[int, bytes]:
        """The next message: TEXT or BINARY, and what it says. Raises Closed after the last one."""
        while not self.messages:
            if self.closed_with is not None:
                raise Closed(self.closed_with)
            await self._wait()
        return self.messages.popleft()

    def say(self, text: str) -> None:
        """Send a text in one frame, masked with zeros as the standard allows."""
        data = text.encode()
        if len(data) < 126:
            size = bytes([0x80 | len(data)])
        else:
            size = b"\xfe" + struct.pack("!H", len(data)) if len(data) < 2**16 else b"\xff" + struct.pack("!Q", len(data))
        self._write(b"\x81" + size + bytes(4) + data)

    def stop_reading(self) -> None:
        """As a browser whose tab is frozen: the line stays open, and fills."""
        self._open_transport().pause_reading()

    def go_on_reading(self) -> None:
        self._open_transport().resume_reading()

    def drop(self) -> None:
        """Break the line without a word."""
        if self._transport is not None:
            self._transport.abort()

    def on_message(self, kind: int, data: bytes) -> None:
        """A message has come."""
        self.messages.append((kind, data))
        self._news.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        _open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self.closed_with is None:
            self.closed_with = NO_CODE
        self._news.set()
        _open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            self._read_head()
        while self._is_open and self._read_frame():
            continue

    def _read_head(self) -> None:
        head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not end:
            return
        self._buffer = bytearray(rest)
        status = int(head.split(b" ", 2)[1])
        accepted = base64.b64encode(hashlib.sha1(self._key + ACCEPT_KEY).digest())  # noqa: S324 - the protocol's own
        self._is_open = status == 101 and accepted in head
        self._refused_with = None if self._is_open else status
        self._news.set()

    def _read_frame(self) -> bool:
        """Take one frame out of the buffer; False when there is no whole one. Servers neither mask nor, here, split messages."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1] & 0x7F, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            start += width
            if len(buffer) < start:
                return False
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return False
        kind, data = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        del buffer[: start + size]
        self._take(kind, data)
        return True

    def _take(self, kind: int, data: bytes) -> None:
        if kind == PING:
            self._write(bytes([0x80 | PONG, 0x80 | len(data)]) + bytes(4) + data)
        elif kind == CLOSE:
            self.closed_with = struct.unpack("!H", data[:2])[0] if data else 1005
            self.drop()
        elif kind != PONG:
            self.on_message(kind, data)

    async def _wait(self) -> None:
        await self._news.wait()
        self._news.clear()

    def _write(self, data: bytes) -> None:
        transport = self._open_transport()
        if not transport.is_closing():
            transport.write(data)

    def _open_transport(self) -> asyncio.Transport:
        if self._transport is None:
            raise RuntimeError("The line was never opened.")
        return self._transport
