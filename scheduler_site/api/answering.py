"""Problems as answers: application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse

from runs.api.problems import Fault, Kind, Problem

CONTENT_TYPE = "application/problem+json"
REFERENCE = "/api/v1/docs"


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """What the client gets to read; nothing of the inside of the program is in it unless the problem says so."""
    body: dict[str, object] = {
        "type": f"{REFERENCE}#{problem.kind.slug}",
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.faults:
        body["errors"] = [_told(fault) for fault in problem.faults]
    body |= problem.more
    text = json.dumps(body, ensure_ascii=False).encode()
    response = HttpResponse(text, content_type=CONTENT_TYPE, status=problem.kind.status, headers=dict(problem.headers))
    response["Cache-Control"] = "no-store"
    return response


def _told(fault: Fault) -> dict[str, str]:
    return {name: value for name, value in asdict(fault).items() if value and name != "alone"}


def kind_of_status(status: int) -> Kind:
    """The most general kind with this status; 400 and 500 for those that have none."""
    for kind in Kind:
        if kind.status == status:
            return kind
    return Kind.INTERNAL if status >= 500 else Kind.BAD_REQUEST
