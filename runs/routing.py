"""Addresses of the websockets."""

from __future__ import annotations

from django.urls import URLPattern, path

from runs.consumers import RunSocket, RunsSocket

websocket_urlpatterns: list[URLPattern] = [
    path("ws/runs/", RunsSocket.as_asgi()),  # type: ignore[arg-type]  # the types of path() know HTTP views only
    path("ws/runs/<int:pk>/", RunSocket.as_asgi()),  # type: ignore[arg-type]  # as above
]
