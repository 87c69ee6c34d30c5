"""Addresses of the websockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, path, re_path

from runs.consumers import RunSocket, RunsSocket


async def nowhere(_scope: Mapping[str, Any], _receive: object, send: Callable[[dict[str, str]], Awaitable[None]]) -> None:
    """Any other address: refused like a socket of a stranger. Without it, Channels takes it for an error of ours."""
    await send({"type": "websocket.close"})


websocket_urlpatterns: list[URLPattern | URLResolver] = [
    path("ws/runs/", RunsSocket.as_asgi()),  # type: ignore[arg-type]  # the types of path() know HTTP views only
    path("ws/runs/<int:pk>/", RunSocket.as_asgi()),  # type: ignore[arg-type]  # as above
    re_path("", nowhere),  # type: ignore[arg-type]  # as above
]
