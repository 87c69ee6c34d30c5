"""The reference page of the API: the OpenAPI document, read aloud. Made on the server, without a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from plant.models import Site
from runs.api.problems import Kind
from scheduler_site.api.mount import api

Document = Mapping[str, Any]


class Field(NamedTuple):
    """A parameter, or a member of a shape."""

    name: str
    type: str
    required: bool
    where: str
    text: str


class Answer(NamedTuple):
    status: int
    text: str
    shape: str
    headers: list[str]


class OperationPart(NamedTuple):
    """One method at one address."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: list[str]
    parameters: list[Field]
    body: str
    answers: list[Answer]


class Shape(NamedTuple):
    """A named object."""

    name: str
    text: str
    fields: list[Field]


@require_safe
@login_required
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation, shape and problem."""
    with timezone.override(Site.load().zone):  # under /api/ nobody else sets the clock at the top of the page
        return render(request, "api/reference.html", _context())


@cache
def _context() -> dict[str, object]:
    document = api.get_openapi_schema()
    groups: dict[str, list[OperationPart]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    shapes = [Shape(name, shape.get("description", ""), list(_fields(shape))) for name, shape in _shapes(document)]
    return {"info": document["info"], "version": document["openapi"], "groups": groups, "shapes": shapes, "kinds": list(Kind)}


def _shapes(document: Document) -> list[tuple[str, Document]]:
    return [(name, shape) for name, shape in document["components"]["schemas"].items() if "properties" in shape]


def _operation(method: str, path: str, operation: Document) -> OperationPart:
    parameters = [
        Field(each["name"], _type(each["schema"]), each.get("required", False), each["in"], each.get("description", ""))
        for each in operation.get("parameters", [])
    ]
    responses = sorted(operation["responses"].items(), key=_status)
    answers = [
        Answer(int(status), answer["description"], _content(answer), list(answer.get("headers", {})))
        for status, answer in responses
    ]
    paragraphs = [part for part in operation.get("description", "").split("\n\n") if part]
    body = _content(operation.get("requestBody", {}))
    return OperationPart(
        operation["operationId"], method.upper(), path, operation["summary"], paragraphs, parameters, body, answers
    )


def _status(entry: tuple[Any, Any]) -> int:
    return int(entry[0])


def _content(message: Document) -> str:
    """The name of the shape that a body has."""
    for content in message.get("content", {}).values():
        return _type(content["schema"])
    return ""


def _fields(shape: Document) -> Iterator[Field]:
    required = shape.get("required", [])
    for name, schema in shape["properties"].items():
        yield Field(name, _type(schema), name in required, "", schema.get("description", ""))


def _type(schema: Document) -> str:
    """In a few words: “integer, 1…120”, “queued | running”, “RunOut or null”, “list of EventOut”."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    for several in ("anyOf", "allOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("format") or schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return kind + _limits(schema)


def _limits(schema: Document) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None or (high is not None and high < 2**31):
        return f", {low if low is not None else ''}…{high if high is not None and high < 2**31 else ''}"
    return f", at most {schema['maxLength']} signs" if "maxLength" in schema else ""
