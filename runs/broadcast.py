"""Hints from whoever writes a run to every process that has browsers: “run 42, seq 318”. Never the event itself.

A hint may be lost, late or doubled: readers go to the rows, and look there every few seconds anyway. So `announce` never waits:
it leaves a note for one thread of this process, which keeps an event loop and its connections and rings as fast as Redis answers.
Notes about one run replace one another, so a slow or absent Redis makes them fewer, not more.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any, Literal, Protocol, TypedDict, cast

import structlog
from channels.layers import get_channel_layer
from redis.exceptions import RedisError
from structlog.contextvars import get_contextvars

GROUP = "runs"
NOTES = 1000  # runs with a hint pending at most
PATIENCE_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Hint(TypedDict):
    type: Literal["run.hint"]
    run: int
    seq: int


class Layer(Protocol):
    """What the live feed uses of a channel layer."""

    async def new_channel(self, prefix: str) -> str: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...
    async def group_send(self, group: str, message: Hint) -> None: ...
    async def receive(self, channel: str) -> Hint: ...


def channel_layer() -> Layer:
    return cast("Layer", get_channel_layer())


class Doorbell:
    """Pending hints and the thread that rings them. One per process; a forked child starts with a new one."""

    def __init__(self, layer: Callable[[], Layer] = channel_layer) -> None:
        self._layer = layer
        self._lock = threading.Lock()
        self._pending: dict[int, int] = {}
        self._about: dict[int, dict[str, Any]] = {}  # what lines of whoever left the note say, such as the attempt
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._wake = asyncio.Event()
        self._closing = False
        self._silent = False

    def announce(self, run_id: int, seq: int) -> None:
        """Leave a note. Returns at once, whatever Redis does."""
        with self._lock:
            if self._closing or (run_id not in self._pending and len(self._pending) >= NOTES):
                return
            self._pending[run_id] = max(seq, self._pending.get(run_id, 0))
            self._about[run_id] = get_contextvars()
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._live, args=(self._loop,), name="doorbell", daemon=True)
                self._thread.start()
            self._loop.call_soon_threadsafe(self._wake.set)

    def close(self) -> None:
        """The process ends: ring what is pending as long as Redis answers, and end the thread; see `runs.bell.Ringer.close`."""
        with self._lock:
            if self._closing or self._loop is None or self._thread is None:
                return
            self._closing = True
            self._loop.call_soon_threadsafe(self._wake.set)
        self._thread.join(2 * PATIENCE_SECONDS)

    def _live(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        with closing(loop):
            loop.run_until_complete(self._ring_until_closed())

    async def _ring_until_closed(self) -> None:
        while self._pending or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            with self._lock:
                pending, self._pending = self._pending, {}
                about, self._about = self._about, {}
            for run_id, seq in pending.items():
                await self._ring(Hint(type="run.hint", run=run_id, seq=seq), about[run_id])
                if self._closing and self._silent:
                    return

    async def _ring(self, hint: Hint, about: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._layer().group_send(GROUP, hint)
        except (RedisError, OSError, TimeoutError) as error:
            if not self._silent:
                log.warning("hint_lost", **about | {"run": hint["run"], "seq": hint["seq"], "error": repr(error)})
            self._silent = True
        else:
            self._silent = False


_doorbell = Doorbell()


def announce(run_id: int, seq: int) -> None:
    """Tell every process with browsers that the run has events up to `seq`. Call it after the commit. Never waits or fails."""
    _doorbell.announce(run_id, seq)


def _after_fork() -> None:
    global _doorbell  # noqa: PLW0603 - the parent's thread does not exist in the child
    _doorbell = Doorbell()


def _at_exit() -> None:
    _doorbell.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
