"""Each request has a name, in the log and in the answer."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from structlog.contextvars import get_contextvars

from scheduler_site.request_id import RequestId

seen: list[dict[str, object]] = []


def view(_request: HttpRequest) -> HttpResponse:
    seen.append(dict(get_contextvars()))
    return HttpResponse()


def named(given: str) -> str:
    return RequestId(view)(RequestFactory().get("/", headers={"X-Request-ID": given})).headers["X-Request-ID"]


def test_a_sane_name_is_kept_and_bound_while_the_request_is_answered() -> None:
    assert named("from-the-proxy.1234") == "from-the-proxy.1234"
    assert seen.pop() == {"request_id": "from-the-proxy.1234"}
    assert "request_id" not in get_contextvars()


def test_what_could_forge_a_line_or_flood_the_log_is_replaced() -> None:
    for given in ("", "short", "two\nlines-and-more", "x" * 65, "brackets<script>", "ümläut-ümläut"):
        name = named(given)
        assert name != given
        assert len(name) == 32
    assert len({named("") for _ in range(5)}) == 5


@pytest.mark.django_db
def test_pages_answer_with_it(client: Client) -> None:
    assert client.get("/login/", headers={"X-Request-ID": "abcdefgh"}).headers["X-Request-ID"] == "abcdefgh"
