"""HTTP in the web process: each request in one thread, from the first middleware to the last, and a few of them at a time.

Django would change threads within a request wherever a middleware or a view is not asynchronous, which nothing here is, and it
would give each of a hundred simultaneous requests a thread of its own, to fight over processors and database connections. Here
they wait their turn, in order. What monitoring asks does not wait: it is to be answered though everything else hangs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponseBase

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

SEATS = 6  # of the eight database connections of the process; the others are for websockets and monitoring
UNSEATED = frozenset({"/livez", "/readyz", "/healthz", "/health", "/metrics"})


class HttpApplication(ASGIHandler):
    """Django's handler with a few threads that stay."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._free = [ThreadPoolExecutor(1, thread_name_prefix=f"seat-{number}") for number in range(SEATS)]
        self._seats = asyncio.Semaphore(SEATS)  # lets them in in the order in which they came

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Take a seat and answer."""
        if scope.get("path") in UNSEATED:
            await super().__call__(scope, receive, send)
            return
        async with self._seats:
            seat = self._free.pop()
            try:
                async with ThreadSensitiveContext(executor=seat):
                    await self.handle(scope, receive, send)
            finally:
                self._free.append(seat)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """All of it in the thread of the seat."""
        return await sync_to_async(self.get_response)(request)
