"""A browser without a window: opens the sockets with a real session, and keeps events as static/js/live.js does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client

from plans.frames import HEADER
from runs.hub import Hub
from scheduler_site.asgi import application

P = ParamSpec("P")
T = TypeVar("T")
PATIENCE = 20.0


def in_thread(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Rows are touched outside the event loop."""
    return database_sync_to_async(function)


def make_viewer(name: str = "vera") -> User:
    user = User.objects.create_user(name)
    user.groups.add(Group.objects.get(name="viewer"))
    return user


def log_in(user: User) -> str:
    """A session of the user, as the cookie header of a browser."""
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


class Browser:
    """One tab. `events` and `frames` are what it got over all its connections."""

    def __init__(self, cookie: str = "", origin: str = "") -> None:
        self.events: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.frames: list[int] = []
        self.gaps = 0
        self.refused_with: int | str | None = None
        self._headers = [(b"cookie", cookie.encode()), (b"origin", (origin or settings.ORIGINS[0]).encode())]
        self._line: WebsocketCommunicator | None = None

    @property
    def seq(self) -> int:
        return self.events[-1]["seq"] if self.events else 0

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events]

    async def open(self, path: str) -> bool:
        """Whether the server takes the connection."""
        self._line = WebsocketCommunicator(application, path, self._headers)
        connected, code = await self._line.connect(timeout=PATIENCE)
        if not connected:
            self._line, self.refused_with = None, code
        return connected

    async def watch(self, run_id: int) -> None:
        """(Re)connect to a run from where we are."""
        assert await self.open(f"/ws/runs/{run_id}/?after={self.seq}")

    async def say(self, message: object) -> None:
        assert self._line is not None
        await self._line.send_to(text_data=message if isinstance(message, str) else json.dumps(message))

    async def next(self, patience: float = PATIENCE) -> dict[str, Any]:
        """The next thing that arrives: {"text": …}, {"bytes": …} or {"type": "websocket.close", "code": …}."""
        assert self._line is not None
        output: dict[str, Any] = await self._line.receive_output(patience)
        if "text" in output:
            self._take(json.loads(output["text"]))
        elif "bytes" in output:
            self.frames.append(HEADER.unpack_from(output["bytes"])[3])
        return output

    async def until(self, reached: Callable[[], bool]) -> None:
        """Read until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not reached():
                await self.next()

    async def reach(self, seq: int) -> None:
        """Read until the event with this number is there."""
        await self.until(lambda: self.seq >= seq)

    async def next_frame(self) -> None:
        """Read until another frame is there."""
        count = len(self.frames)
        await self.until(lambda: len(self.frames) > count)

    async def close_code(self) -> int:
        """Read on until the server closes, and say why."""
        async with asyncio.timeout(PATIENCE):
            while True:
                output = await self.next()
                if output["type"] == "websocket.close":
                    return int(output["code"])

    async def silent(self, seconds: float = 0.1) -> bool:
        assert self._line is not None
        return await self._line.receive_nothing(timeout=seconds)

    async def drop(self) -> None:
        """The line breaks; whatever was on its way is lost."""
        if self._line is not None:
            line, self._line = self._line, None
            await line.disconnect()

    def kill(self) -> None:
        """What a server does to a socket that takes too long to end."""
        if self._line is not None:
            line, self._line = self._line, None
            line.future.cancel()

    def _take(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        fresh = [event for event in message.get("events", []) if event["seq"] > self.seq]
        if fresh and fresh[0]["seq"] != self.seq + 1:
            self.gaps += 1
            return
        self.events += fresh


class Browsers:
    """Opens tabs, and closes at the end of the test those that are still open."""

    def __init__(self) -> None:
        self.tabs: list[Browser] = []
        channel_layers.backends.clear()  # the locks of a layer belong to the event loop of one test

    def tab(self, cookie: str = "", origin: str = "") -> Browser:
        self.tabs.append(Browser(cookie, origin))
        return self.tabs[-1]

    async def viewer(self, name: str = "vera") -> Browser:
        return self.tab(await in_thread(lambda: log_in(make_viewer(name)))())

    async def close(self) -> None:
        for browser in self.tabs:
            await browser.drop()
        assert Hub.here().members == set()
        await in_thread(connections.close_all)()
