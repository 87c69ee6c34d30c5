"""Content-Security-Policy: nothing from elsewhere, nothing inline except what carries this request's nonce."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

Answer = HttpResponse | Awaitable[HttpResponse]


class RequestWithNonce(HttpRequest):
    """A request that has passed the middleware below."""

    csp_nonce: str


def policy(nonce: str, host: str) -> str:
    """The header's value. `host` is named because 'self' does not cover websockets in every browser."""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self' ws://{host} wss://{host}",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ]
    )


class ContentSecurityPolicy:
    """Gives every request `csp_nonce` and every response the header."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer, now or later."""
        cast("RequestWithNonce", request).csp_nonce = secrets.token_urlsafe(16)
        if self.is_async:
            return self._answer_later(request)
        return _with_policy(request, cast("HttpResponse", self.get_response(request)))

    async def _answer_later(self, request: HttpRequest) -> HttpResponse:
        return _with_policy(request, await cast("Awaitable[HttpResponse]", self.get_response(request)))


def _with_policy(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    # A refused Host header has been answered with 400 already; asking for it again would raise.
    host = request.get_host() if response.status_code != 400 else "invalid"
    response.headers["Content-Security-Policy"] = policy(cast("RequestWithNonce", request).csp_nonce, host)
    return response
