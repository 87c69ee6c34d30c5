"""Every page speaks the plant's time: its zone is the current one while a request is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from plant.models import Site
from runs.retrying import AWAY


class PlantTimeZone:
    """Middleware. Datetimes in templates, forms and the admin are shown and read in `Site.time_zone`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return self._get_response(request)  # programs are told instants, not times of day
        with timezone.override(_zone()):
            return self._get_response(request)


def _zone() -> tzinfo:
    try:
        return Site.load().zone
    except AWAY:  # without its database the site has no page that shows a time, only the health check
        return UTC
