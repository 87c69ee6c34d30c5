"""The OpenAPI document is one, says what the API does, and the reference page shows all of it without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has none

from runs.api.problems import Kind
from tests.api.calling import document
from tests.api.conftest import Come

pytestmark = pytest.mark.django_db


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def everything(part: Any) -> Iterator[dict[str, Any]]:
    """Each object in the document."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from everything(each)


def test_it_is_openapi_3_1() -> None:
    whole = document()
    assert re.fullmatch(r"3\.1\.\d+", whole["openapi"])
    assert set(whole["info"]) >= {"title", "version"}
    assert all(path.startswith("/api/v1/") for path in whole["paths"])


def test_every_reference_leads_somewhere() -> None:
    for part in everything(document()):
        if "$ref" in part:
            found: Any = document()
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]


def test_every_shape_is_a_json_schema() -> None:
    for shape in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)
    for _path, _method, operation in operations():
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])


def test_every_operation_is_complete() -> None:
    names = [operation["operationId"] for _path, _method, operation in operations()]
    assert len(set(names)) == len(names)
    for path, method, operation in operations():
        declared = [(each["in"], each["name"]) for each in operation["parameters"]]
        assert len(set(declared)) == len(declared)
        assert {name for where, name in declared if where == "path"} == set(re.findall(r"{(\w+)}", path))
        assert all(each["required"] for each in operation["parameters"] if each["in"] == "path")
        assert operation["summary"]
        assert re.search(r"Scope (read|submit|control), permission runs\.\w+", operation["description"])
        assert all(re.fullmatch(r"[1-5]\d\d", status) for status in operation["responses"])
        assert all(answer["description"] for answer in operation["responses"].values())
        assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])
        assert ("415" in operation["responses"]) == (method != "get")


def test_both_ways_to_come_in_are_told() -> None:
    assert set(document()["components"]["securitySchemes"]) == {"token", "session"}
    assert document()["security"] == [{"token": []}, {"session": []}]


def test_the_key_is_told() -> None:
    posted = document()["paths"]["/api/v1/runs"]["post"]["parameters"]
    assert [(each["name"], each["required"]) for each in posted] == [("Idempotency-Key", True)]


VERSIONED = ("list_runs", "one_run", "run_events", "run_plan")


def by_name() -> dict[str, Any]:
    return {operation["operationId"]: operation for _path, _method, operation in operations()}


def asked_headers(operation: Any) -> set[str]:
    return {each["name"] for each in operation["parameters"] if each["in"] == "header"}


def test_who_has_it_already_is_told_how_to_say_so() -> None:
    for name, operation in by_name().items():
        assert ("304" in operation["responses"]) == ("If-None-Match" in asked_headers(operation)) == (name in VERSIONED)
        assert ("412" in operation["responses"]) == ("If-Match" in asked_headers(operation)) == (name in {"stop", "cancel"})
    for name in VERSIONED:
        for status in ("200", "304"):
            assert "ETag" in by_name()[name]["responses"][status]["headers"]
        assert "content" not in by_name()[name]["responses"]["304"]


def test_headers_of_answers_are_told() -> None:
    for name in ("submit", "retry"):
        accepted = by_name()[name]["responses"]
        assert set(accepted["202"]["headers"]) == {"Location", "Retry-After", "Idempotent-Replay"}
        assert set(accepted["200"]["headers"]) == {"Location", "Idempotent-Replay"}
    for operation in by_name().values():
        assert "Retry-After" in operation["responses"]["429"]["headers"]
        assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]


def test_each_parameter_has_a_meaning() -> None:
    for _path, _method, operation in operations():
        assert all(each.get("description") for each in operation["parameters"] if each["in"] != "path"), operation["parameters"]


def test_what_problems_say_besides_is_told() -> None:
    assert {"error_id", "state", "affected", "retry_after"} <= set(document()["components"]["schemas"]["Problem"]["properties"])


def test_the_reference_page_names_every_operation_shape_and_problem_without_a_script_of_its_own(come: Come) -> None:
    answer = come("viewer").client.get("/api/v1/docs")
    page = answer.content.decode()
    for _path, _method, operation in operations():
        assert f'id="{operation["operationId"]}"' in page
    for name in document()["components"]["schemas"]:
        assert f'id="{name}"' in page
    for kind in Kind:
        assert f'id="{kind.slug}"' in page
    assert "<code>Retry-After</code>" in page
    assert "<code>next_cursor</code> of the page before" in page
    assert "`" not in page
    assert "//cdn" not in page
    assert not re.findall(r"<script(?![^>]*(src=|importmap))[^>]*>", page)
    assert "style=" not in page
    assert 'data-clock="Europe/Berlin"' in page, "the plant's clock, though programs are told instants"
