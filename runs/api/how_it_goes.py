"""How the runs are doing, for monitoring that prefers JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import cast

from django.http import HttpRequest, HttpResponse
from ninja import Query

from runs.api.answers import answer, no_error
from runs.api.callers import ApiRequest, Needs, Scope
from runs.api.figure_schemas import HealthOut, MetricsOut
from runs.api.routing import FIGURES, router
from runs.figures import EndedFigures, run_figures
from runs.health import Check, Status, assess_lately

VIEW, OPERATE = "runs.view_run", "runs.operate"


@router.get(
    "/runs/metrics",
    tags=[FIGURES],
    auth=Needs(VIEW, Scope.READ, "hours"),
    response=MetricsOut,
    summary="Totals, rates and times of runs",
)
def metrics(
    request: HttpRequest,  # noqa: ARG001 - Ninja passes it
    hours: float = Query(1.0, gt=0, le=24 * 90, allow_inf_nan=False, description="The window."),  # type: ignore[type-arg] # ninja's own idiom
) -> HttpResponse:
    figures = run_figures(timedelta(hours=hours))
    return answer(
        {
            "window_seconds": figures.since.total_seconds(),
            "running_now": figures.running_now,
            "by_state": figures.by_state,
            "by_outcome": figures.by_outcome,
            "by_failure_code": figures.by_failure_code,
            "success_rate": figures.success_rate,
            "failure_rate": figures.failure_rate,
            "average_seconds_by_kind": figures.average_seconds_by_kind,
            "ended": _ended(figures.ended),
            "by_queue": {queue: _ended(ended) for queue, ended in figures.by_queue.items()},
            "by_kind": {kind: _ended(ended) for kind, ended in figures.by_kind.items()},
        }
    )


@router.get(
    "/runs/health",
    tags=[FIGURES],
    auth=Needs(VIEW, Scope.READ),
    response={200: HealthOut, 503: HealthOut},
    summary="Is all well?",
    description="200 while healthy or degraded, 503 when unhealthy; the body is the same. Values, limits and sentences are "
    "for the staff and for who may operate the site.",
)
def health(request: HttpRequest) -> HttpResponse:
    seen, with_details = assess_lately(), _may_see_details(request)
    checks = [asdict(check) if with_details else _bare(check) for check in seen.checks]
    status = 503 if seen.status is Status.UNHEALTHY else 200
    return no_error(answer({"status": seen.status, "checks": checks}, status=status))


def _may_see_details(request: HttpRequest) -> bool:
    """As at /health: sentences name machines and processes."""
    caller = cast("ApiRequest", request).caller
    return caller is not None and (caller.user.is_staff or caller.may(OPERATE))


def _bare(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "status": check.status,
        "value": None,
        "limit": None,
        "unit": "",
        "text": "",
        "oldest_seconds": None,
    }


def _ended(ended: EndedFigures) -> dict[str, object]:
    return asdict(ended) | {"success_rate": ended.success_rate, "failure_rate": ended.failure_rate}
