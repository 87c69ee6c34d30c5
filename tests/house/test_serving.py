"""Requests in the web process: a few at a time, each in one thread, and monitoring past all of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from twisted.web import http

from runs.api.problems import Kind
from scheduler_site.serving import SEATS, HttpApplication

inside: list[str] = []
seen: set[tuple[str, str]] = set()
go_on = threading.Event()


class Noting:
    """A middleware that notes in which thread it runs."""

    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = threading.current_thread().name
        answer: HttpResponse = self._get_response(request)
        seen.add((name, answer.content.decode()))
        return answer


def slow(_request: HttpRequest) -> HttpResponse:
    inside.append(threading.current_thread().name)
    assert go_on.wait(10)
    return HttpResponse(threading.current_thread().name)


def alive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive")


urlpatterns = [path("slow", slow), path("livez", alive)]


@pytest.fixture(autouse=True)
def site() -> Iterator[None]:
    inside.clear()
    seen.clear()
    go_on.clear()
    with (
        override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.Noting"]),
        patch("django.core.signals.request_started.send"),
    ):
        yield
        go_on.set()


async def ask(application: HttpApplication, address: str) -> bytes:
    scope = {"type": "http", "method": "GET", "path": address, "headers": [], "query_string": b"", "http_version": "1.1"}
    communicator: Any = ApplicationCommunicator
    line = communicator(application, scope)
    await line.send_input({"type": "http.request", "body": b"", "more_body": False})
    await line.receive_output(timeout=10)
    body: bytes = (await line.receive_output(timeout=10))["body"]
    await line.wait(timeout=10)
    return body


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - threads tell no loop
            await asyncio.sleep(0.01)


async def test_a_few_at_a_time_in_order_and_each_in_one_thread() -> None:
    application = HttpApplication()
    asked = [asyncio.create_task(ask(application, "/slow")) for _ in range(3 * SEATS)]
    await until(lambda: len(inside) == SEATS)
    go_on.set()
    threads = await asyncio.gather(*asked)
    assert len(set(threads)) == SEATS
    assert {name for name, _ in seen} == {thread.decode() for thread in threads}
    assert all(name == thread for name, thread in seen)


async def test_monitoring_is_answered_though_every_seat_is_taken() -> None:
    application = HttpApplication()
    asked = [asyncio.create_task(ask(application, "/slow")) for _ in range(2 * SEATS)]
    await until(lambda: len(inside) == SEATS)
    assert await ask(application, "/livez") == b"alive"
    assert len(inside) == SEATS
    go_on.set()
    await asyncio.gather(*asked)


@pytest.mark.parametrize("address", ["/ws/", "/ws/runs/abc/", "/ws/runs/-1/", "/elsewhere"])
async def test_a_socket_at_an_address_that_is_none_is_refused_at_the_door(address: str) -> None:
    from runs.routing import websocket_urlpatterns

    connected, _code = await WebsocketCommunicator(URLRouter(websocket_urlpatterns), address).connect()  # type: ignore[arg-type] # as in asgi.py
    assert not connected


def test_every_status_of_ours_has_words_in_the_status_line() -> None:
    with patch("runs.pulse.Pulse.start"), patch("atexit.register"):
        import_module("scheduler_site.web")
    assert http.RESPONSES[422] == b"Unprocessable Content"
    assert {kind.status for kind in Kind} <= set(http.RESPONSES)
