"""What a page says while the database does not answer or takes no writes. The API says it in its own way."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from runs.retrying import AWAY

AGAIN_SECONDS = "5"

log = structlog.get_logger(__name__)


class Outage:
    """Middleware. The page asks the database for nothing: not even who reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """503 for what a view could not do; everything else is somebody else's."""
        if not isinstance(error, AWAY):
            return None
        log.warning("page_database_away", path=request.path, error=str(error))
        # Only what can be asked once more without doing anything; and no context processors, which look for the reader.
        context = {"request": request, "again": request.get_full_path() if request.method in {"GET", "HEAD"} else ""}
        return HttpResponse(render_to_string("503.html", context), status=503, headers={"Retry-After": AGAIN_SECONDS})
