"""Middleware around the API: says who asks, keeps bodies in bounds, and lets no error out that is not a problem.

Pages have error pages and redirects to the login; a program gets application/problem+json, also where Django itself refuses a
request before any of our code sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from runs.api.callers import ApiRequest
from runs.api.problems import Kind, Problem
from scheduler_site.api.answering import CONTENT_TYPE, kind_of_status, problem_response
from scheduler_site.api.identification import identify

PATH = "/api/"
MOST_BYTES = 65_536  # the largest sensible body has a few hundred
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

DETAILS = {
    Kind.BAD_REQUEST: "It was refused before it was looked at: its host, its headers or its body are not as they should be.",
    Kind.NOT_FOUND: "Nothing is at this address.",
    Kind.INTERNAL: "It has been logged.",
}


class ApiBoundary:
    """Middleware. Everything that does not begin with /api/ passes untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PATH):
            return self._get_response(request)
        cast("ApiRequest", request).caller = SimpleLazyObject(lambda: identify(request))
        try:
            check_body(request)
        except Problem as problem:
            return problem_response(request, problem)
        return self._without_body(request) if request.method == "HEAD" else self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code == 405:
            return _other_method(request, response)
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith(("application/json", CONTENT_TYPE)):
            kind = kind_of_status(response.status_code)
            return problem_response(request, Problem(kind, DETAILS.get(kind, "It was refused.")))
        return response

    def _without_body(self, request: HttpRequest) -> HttpResponse:
        """HEAD is a GET whose body stays here."""
        request.method = "GET"
        response = self._answer(request)
        response["Content-Length"] = str(len(response.content))
        response.content = b""
        return response


def check_body(request: HttpRequest) -> None:
    """Raise Problem for a body that no operation takes, before any of it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise Problem(Kind.TOO_LARGE, f"At most {MOST_BYTES:,} bytes.")
    if length != "0" and request.method not in SAFE and request.content_type != "application/json":
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, "Send JSON, and say so: “Content-Type: application/json”.")


def _other_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """405, or the answer to OPTIONS: what is allowed here. Other origins are allowed nothing, so no header says they are."""
    allowed = {name.strip() for name in response.get("Allow", "").split(",") if name.strip()}
    allowed |= {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
    listed = ", ".join(sorted(allowed))
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": listed})
    return problem_response(request, Problem(Kind.METHOD_NOT_ALLOWED, f"Allowed are {listed}.", headers={"Allow": listed}))
