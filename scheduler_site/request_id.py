"""Each request has a name under which the log has all of its lines; the answer says it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

HEADER = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestWithId(HttpRequest):
    """What the middleware has put on the request."""

    request_id: str


class RequestId:
    """Middleware. A proxy may have named the request; what is no sane name is replaced."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if SANE.fullmatch(given) else uuid4().hex
        cast("RequestWithId", request).request_id = request_id
        with bound_contextvars(request_id=request_id):
            response = self._get_response(request)
        response.headers[HEADER] = request_id
        return response
