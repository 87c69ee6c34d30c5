"""Speaking to the API as a program does, and holding its answers to the OpenAPI document."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has none

PROBLEM = "application/problem+json"


@dataclass
class Api:
    """A client of one caller. Every answer is checked against what the document says about it."""

    client: Client
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send("GET", path, None, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, body, **headers)

    def submit(self, body: object = None, key: str | None = None) -> HttpResponse:
        return self.post("/runs", {} if body is None else body, **{"Idempotency-Key": key or str(uuid.uuid4())})

    def send(self, method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.client.raise_request_exception = False  # the client of a test gets what any client gets
        answer = self.client.generic(
            method, f"/api/v1{path}", text, content_type="application/json" if text else "", headers=self.headers | sent
        )
        assert isinstance(answer, HttpResponse)
        return checked(answer)


def said(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


def problem(answer: HttpResponse, status: int, slug: str) -> Any:
    """The body of a problem of that kind."""
    body = said(answer)
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), body
    assert body["type"] == f"/api/v1/docs#{slug}", body
    assert body["status"] == status
    assert "Traceback" not in answer.content.decode()
    return body


def checked(answer: HttpResponse) -> HttpResponse:
    """An error is a problem, whatever it is about; nobody from elsewhere is let in by a browser."""
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer["Content-Security-Policy"]
    if answer.status_code >= 400 and answer.content and answer.get("Content-Type") != "application/json":
        validate(said(answer), "Problem")
        assert answer["Content-Type"] == PROBLEM
    return answer


@cache
def document() -> Any:
    from scheduler_site.api.mount import api

    return json.loads(json.dumps(api.get_openapi_schema()))


def validate(body: object, shape: str) -> None:
    """Raise jsonschema's ValidationError when the body is not what the document calls by that name, or has more in it."""
    schema = document()["components"]["schemas"][shape]
    Draft202012Validator({**schema, "components": document()["components"]}).validate(body)
    assert isinstance(body, dict)
    named = set(schema["properties"])
    assert set(body) == (named & set(body) if shape == "Problem" else named), "a problem says only what there is to say"
