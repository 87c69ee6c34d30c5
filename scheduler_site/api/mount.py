"""The API object: the routers of runs, every exception as a problem, and the OpenAPI document."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from runs.api.callers import Needs
from runs.api.headers import OF_PROBLEMS
from runs.api.operations import router
from runs.api.problem_schemas import ProblemOut
from runs.api.problems import Fault, Kind, Problem, of_faults
from runs.retrying import AWAY
from scheduler_site.api.answering import CONTENT_TYPE, kind_of_status, problem_response
from scheduler_site.api.boundary import MOST_BYTES
from scheduler_site.api.wording import in_words

log = structlog.get_logger(__name__)

DESCRIPTION = "Ask for runs, follow them, read their plans. Errors are application/problem+json (RFC 9457), all faults at once."
SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "Made by an admin, with the scopes read, submit, control."},
    "session": {"type": "apiKey", "in": "cookie", "name": "taktline_session", "description": "Of our pages; with X-CSRFToken."},
}
ALWAYS = (Kind.NOT_AUTHENTICATED, Kind.NOT_ALLOWED, Kind.INVALID, Kind.TOO_MANY_REQUESTS, Kind.INTERNAL, Kind.UNAVAILABLE)
CHANGING = (Kind.BAD_REQUEST, Kind.CONFLICT, Kind.TOO_LARGE, Kind.UNSUPPORTED_MEDIA_TYPE)


class StrictJson(Parser):
    """JSON as RFC 8259 has it: no NaN, no name twice, and no more of it than we take."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Raises Problem."""
        try:
            body = request.body
        except (UnreadablePostError, RawPostDataException):
            raise Problem(Kind.BAD_REQUEST, "The body did not arrive.") from None
        if len(body) > MOST_BYTES:
            raise Problem(Kind.TOO_LARGE, f"At most {MOST_BYTES:,} bytes.")
        try:
            return json.loads(body, parse_constant=_no_number, object_pairs_hook=_once_each)
        except (ValueError, RecursionError) as error:
            raise Problem(Kind.BAD_REQUEST, f"The body is not JSON: {error}.") from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a name is given twice")
    return named


class RunsApi(NinjaAPI):
    """Ninja's own, with an OpenAPI document that tells of tokens and problems too."""

    def get_openapi_operation_id(self, operation: Any) -> str:
        """The function's name."""
        name: str = operation.view_func.__name__
        return name

    def get_openapi_schema(self, **options: Any) -> Any:
        """OpenAPI 3.1."""
        document = super().get_openapi_schema(**options)
        problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= problem.pop("$defs") | {"Problem": problem}
        document["components"]["securitySchemes"] = SECURITY
        document["security"] = [{name: []} for name in SECURITY]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                compares = any(parameter["name"] == "If-Match" for parameter in operation["parameters"])
                kinds = ALWAYS + (() if method == "get" else CHANGING) + ((Kind.NOT_FOUND,) if "{" in path else ())
                _tell_of_problems(operation["responses"], kinds + ((Kind.PRECONDITION_FAILED,) if compares else ()))
        for operation, needs in self._needs():
            told = document["paths"][f"/api/v1{_plain(operation.path)}"][operation.methods[0].lower()]
            told["description"] = f"{told.get('description', '')}\n\nScope {needs.scope}, permission {needs.permission}.".strip()
        return document

    def _needs(self) -> Iterator[tuple[Any, Needs]]:
        for bound in self._get_bound_routers():
            for view in bound.path_operations.values():
                for operation in view.operations:
                    for needs in operation.auth_callbacks:
                        if isinstance(needs, Needs):
                            yield operation, needs


def _plain(path: str) -> str:
    """A path as OpenAPI writes it, without Django's converters."""
    return re.sub(r"{[^}:]+:", "{", path)


def _tell_of_problems(responses: dict[Any, Any], kinds: tuple[Kind, ...]) -> None:
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for kind in kinds:
        if kind.status not in responses:
            titles = dict.fromkeys(each.title for each in kinds if each.status == kind.status)
            headers = {"headers": OF_PROBLEMS[kind.status]} if kind.status in OF_PROBLEMS else {}
            responses[kind.status] = {"description": "; ".join(titles), "content": content, **headers}


api = RunsApi(
    title="Taktline",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,  # the reference page is ours
    parser=StrictJson(),
)
api.add_router("", router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(request, problem)


@api.exception_handler(ValidationError)
def _faults(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Everything that is wrong with a request, at once."""
    return problem_response(request, of_faults([_fault(wrong) for wrong in error.errors] + getattr(request, "faults", [])))


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    """A body that did not say how long it is, and was longer than Django reads."""
    return problem_response(request, Problem(Kind.TOO_LARGE, f"At most {MOST_BYTES:,} bytes."))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem_response(request, Problem(Kind.NOT_FOUND, "Nothing is at this address."))


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own, and what the parser said, which Ninja wraps."""
    said = error.__cause__
    if isinstance(said, Problem):
        return problem_response(request, said)
    return problem_response(request, Problem(kind_of_status(error.status_code), str(error)))


def _away(request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("api_database_away", path=request.path, error=str(error))
    text = "The database is away, or takes no writes. What you asked for may not have been done: send it again with the same key."
    return problem_response(request, Problem(Kind.UNAVAILABLE, text, headers={"Retry-After": "5"}))


for _kind in AWAY:
    api.exception_handler(_kind)(_away)


@api.exception_handler(Exception)
def _fault_of_ours(request: HttpRequest, error: Exception) -> HttpResponse:
    """The client gets a name for it; the log has the rest."""
    error_id = secrets.token_hex(6)
    log.error("api_error", error_id=error_id, method=request.method, path=request.path, exc_info=error)
    got_request_exception.send(sender=RunsApi, request=request)  # whoever collects errors listens to it
    text = f"It has been logged as {error_id}; tell an admin."
    return problem_response(request, Problem(Kind.INTERNAL, text, more={"error_id": error_id}))


def _fault(wrong: dict[str, Any]) -> Fault:
    """Pydantic's, with a place that the client knows: (“body”, name of our argument, …)."""
    where, *path = [str(step) for step in wrong["loc"]]
    message, code = in_words(wrong, of_body=where == "body" and len(path) == 1), str(wrong["type"])
    if where == "body":
        return Fault(message, code, pointer="".join(f"/{_escaped(step)}" for step in path[1:]))
    name = next(step for step in reversed(path) if not step.isdecimal())  # not its place in a list
    return Fault(message, code, header=name) if where == "header" else Fault(message, code, parameter=name)


def _escaped(step: str) -> str:
    """For a JSON Pointer."""
    return step.replace("~", "~0").replace("/", "~1")
