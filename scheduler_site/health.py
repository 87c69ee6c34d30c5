"""What monitoring asks of the web process, answered before sessions, hosts and the plant's clock need anything of anybody.

/livez     this process answers; restart it when it does not                            open
/readyz    it can serve pages: 200, or 503 and the load balancer goes elsewhere         open; /healthz is its old name
/health    how the whole site is: 200 healthy or degraded, 503 unhealthy                statuses open; values and sentences for
                                                                                        staff and for who has the token
/metrics   the same and more in numbers, for Prometheus                                 for staff and for who has the token

The token is TAKTLINE_METRICS_TOKEN, given as `Authorization: Bearer …`. Without one only staff are let in.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from runs.api.answers import no_error
from runs.health import Check, Health, Status, assess_lately, readiness
from runs.metrics import exposition

SAFE = ("GET", "HEAD")


class RequestWithHealth(HttpRequest):
    """What the middleware has found out already."""

    site_health: Health


class Monitoring:
    """Middleware, the first of all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._answers: dict[str, Callable[[HttpRequest], HttpResponse]] = {
            "/livez": lambda _request: JsonResponse({"status": "alive"}),
            "/readyz": _ready,
            "/healthz": _ready,
            "/health": self._health,
            "/metrics": self._metrics,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._answers.get(request.path)
        if answer is None:
            return self._get_response(request)
        response = answer(request) if request.method in SAFE else HttpResponseNotAllowed(SAFE)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _health(self, request: HttpRequest) -> HttpResponse:
        health = assess_lately()
        may_be_staff = settings.SESSION_COOKIE_NAME in request.COOKIES
        if may_be_staff and not _has_token(request) and health.check("database").status is not Status.UNHEALTHY:
            cast("RequestWithHealth", request).site_health = health
            return self._get_response(request)
        return report(health, with_details=_has_token(request))

    def _metrics(self, request: HttpRequest) -> HttpResponse:
        if _has_token(request):
            return metrics(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Authorization" not in request.headers:
            return self._get_response(request)
        return HttpResponse("A token is needed, or the session of a member of the staff.\n", "text/plain", 401, headers=BEARER)


BEARER = {"WWW-Authenticate": 'Bearer realm="taktline monitoring"'}


def health_for_staff(request: HttpRequest) -> HttpResponse:
    """The view behind /health for who has a session."""
    return report(cast("RequestWithHealth", request).site_health, with_details=_is_staff(request))


def metrics_for_staff(request: HttpRequest) -> HttpResponse:
    """The view behind /metrics for who has a session."""
    return metrics(request) if _is_staff(request) else HttpResponse("For the staff.\n", "text/plain", 403)


def report(health: Health, *, with_details: bool) -> HttpResponse:
    """The site's health as an answer: it is unhealthy to machines that read the status alone, too."""
    status = 503 if health.status is Status.UNHEALTHY else 200
    return no_error(JsonResponse(payload(health, with_details=with_details), status=status))


def payload(health: Health, *, with_details: bool) -> dict[str, object]:
    """The site's health as JSON; strangers get no numbers and no names of machines."""
    return {
        "status": health.status,
        "checks": [_details(check) if with_details else {"name": check.name, "status": check.status} for check in health.checks],
    }


def _details(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "status": check.status,
        "value": check.value,
        "limit": check.limit,
        "unit": check.unit,
        "oldest_seconds": check.oldest_seconds,
        "text": check.text,
    }


def metrics(_request: HttpRequest) -> HttpResponse:
    """Prometheus' text format."""
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _ready(_request: HttpRequest) -> HttpResponse:
    return report(readiness(), with_details=False)


def _has_token(request: HttpRequest) -> bool:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.ENVIRONMENT.metrics_token
    return bool(wanted) and kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), wanted.encode())


def _is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_staff", False))
