"""What is sent by mistake or by malice: every answer is a problem that names each fault, and nothing is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import pytest
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.test import Client, override_settings

from runs.models import Run
from scheduler_site.api.boundary import MOST_BYTES
from tests.api.calling import Api, checked, problem, said
from tests.api.conftest import Come
from tests.read_only import takes_no_writes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plant", "bell")]

HOSTILE: dict[str, tuple[object, int, dict[str, str]]] = {
    "not JSON": ("{", 400, {}),
    "no body at all": ("", 422, {"": "missing"}),
    "NaN": ('{"limit_seconds": NaN}', 400, {}),
    "infinity": ('{"gap": -Infinity}', 400, {}),
    "a number beyond all bounds": ('{"limit_seconds": 1e999}', 422, {"/limit_seconds": "finite_number"}),
    "an integer beyond all bounds": ({"horizon_days": 10**30}, 422, {"/horizon_days": "less_than_equal"}),
    "a name twice": ('{"limit_seconds": 5, "limit_seconds": 3000}', 400, {}),
    "deep": ("[" * 30_000 + "]" * 30_000, 400, {}),
    "a list": ([], 422, {"": "model_type"}),
    "null": ("null", 422, {"": "model_type"}),
    "text": ('"run"', 422, {"": "model_type"}),
    "wrong types": (
        {"horizon_days": "14", "limit_seconds": True, "gap": [], "profile": 1, "fresh": "yes", "reason": {}, "priority": 50},
        422,
        {
            "/horizon_days": "int_type",
            "/limit_seconds": "float_type",
            "/gap": "float_type",
            "/profile": "string_type",
            "/fresh": "bool_type",
            "/reason": "string_type",
            "/priority": "literal_error",
        },
    ),
    "out of bounds": (
        {"horizon_days": 0, "limit_seconds": -1, "gap": 0.6, "priority": "now"},
        422,
        {
            "/horizon_days": "greater_than_equal",
            "/limit_seconds": "greater_than_equal",
            "/gap": "less_than_equal",
            "/priority": "literal_error",
        },
    ),
    "unknown members": (
        {"limit": 5, "threads": 64, "a/b~c": 1},
        422,
        {"/limit": "extra_forbidden", "/threads": "extra_forbidden", "/a~1b~0c": "extra_forbidden"},
    ),
    "signs that no row can hold": (
        {"reason": "a\0b", "profile": "\0"},
        422,
        {"/reason": "nul", "/profile": "nul"},
    ),
    "long text": ({"reason": "x" * 501, "profile": "x" * 81}, 422, {"/reason": "string_too_long", "/profile": "string_too_long"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_fault_is_named(name: str, planner: Api) -> None:
    body, status, faults = HOSTILE[name]
    answer = planner.submit(body)
    told = problem(answer, status, "invalid" if status == 422 else "bad-request")
    assert {fault.get("pointer", ""): fault["code"] for fault in told.get("errors", [])} == faults
    assert all(fault["message"] for fault in told.get("errors", []))
    assert not Run.objects.exists()


SAID = {
    "": "The body is missing: send a JSON object, {} at least.",
    "[]": "The body is to be a JSON object, {…}.",
    "null": "The body is to be a JSON object, {…}.",
    '"x"': "The body is to be a JSON object, {…}.",
    '{"horizon_days": 0}': "Give at least 1.",
    '{"gap": -1}': "Give at least 0.",
    '{"gap": 0.7}': "Give at most 0.5.",
    '{"horizon_days": 1.5}': "Give a whole number.",
    '{"priority": "now"}': "Give 'urgent', 'normal' or 'low'.",
    '{"colour": "red"}': "There is no member of this name.",
    '{"reason": "a\\u0000b"}': "The sign U+0000 cannot be kept.",
}


@pytest.mark.parametrize("body", SAID)
def test_each_fault_is_told_in_words_of_the_one_who_asks(body: str, planner: Api) -> None:
    assert [fault["message"] for fault in problem(planner.submit(body), 422, "invalid")["errors"]] == [SAID[body]]


def test_no_fault_names_a_class_or_a_type_of_ours(planner: Api) -> None:
    bodies = [
        {"filter": []},
        {"filter": {"state": "queued", "schedule": 0, "since": 5}, "counted": {}},
        {"filter": {"state": ["queued"] * 7}, "counted": [{"run": 1}, 5], "reason": "x" * 501},
    ]
    told = [fault for body in bodies for fault in said(planner.post("/runs/cancel", body))["errors"]]
    told += said(planner.get("/runs?limit=x&state=x&schedule=0"))["errors"] + said(planner.get("/runs/metrics?hours=0"))["errors"]
    assert len(told) == 13
    assert [fault for fault in told if not fault["message"].startswith(("Give ", "It is missing."))] == []


def test_faults_of_url_and_body_are_told_together(planner: Api) -> None:
    answer = planner.post("/runs?colour=red", {"gap": 2}, **{"Idempotency-Key": "k"})
    faults = problem(answer, 422, "invalid")["errors"]
    assert [(fault.get("pointer"), fault.get("parameter")) for fault in faults] == [("/gap", None), (None, "colour")]


def test_the_key_the_url_and_the_body_are_told_together(planner: Api) -> None:
    for key, code in (("", "missing"), ("a b", "format")):
        answer = planner.post("/runs?colour=red", {"gap": 2}, **{"Idempotency-Key": key})
        faults = problem(answer, 422, "invalid")["errors"]
        told = [(fault["code"], fault.get("pointer") or fault.get("header") or fault.get("parameter")) for fault in faults]
        assert told == [("less_than_equal", "/gap"), (code, "Idempotency-Key"), ("unknown", "colour")]
        assert "alone" not in faults[1]
    answer = planner.post("/runs?colour=red", {}, **{"Idempotency-Key": ""})
    assert {fault["code"] for fault in problem(answer, 422, "invalid")["errors"]} == {"missing", "unknown"}
    problem(planner.post("/runs", {}, **{"Idempotency-Key": "a b"}), 400, "bad-request")


def test_a_huge_body_is_refused_unread(planner: Api) -> None:
    problem(planner.submit("x" * (MOST_BYTES + 1)), 413, "too-large")


def test_a_huge_body_that_hides_its_size_is_refused_too(planner: Api) -> None:
    body = json.dumps({"reason": "x" * MOST_BYTES})
    with patch("scheduler_site.api.boundary.check_body"):
        problem(planner.submit(body), 413, "too-large")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_a_body_that_is_larger_than_django_reads_is_refused_alike(planner: Api) -> None:
    problem(planner.submit({"reason": "longer than ten bytes"}), 413, "too-large")


@pytest.mark.parametrize("length", ["-1", "x", "1e9"])
def test_a_size_that_is_none(length: str, planner: Api) -> None:
    answer = planner.client.post(
        "/api/v1/runs", b"{}", content_type="application/json", headers=planner.headers, CONTENT_LENGTH=length
    )
    assert checked(answer).status_code == 413  # type: ignore[arg-type] # the test client's answer is one


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""]
)
def test_bodies_are_json(kind: str, planner: Api) -> None:
    answer = planner.client.generic("POST", "/api/v1/runs", "gap=0", content_type=kind, headers=planner.headers)
    problem(answer, 415, "unsupported-media-type")  # type: ignore[arg-type] # the test client's answer is one


def test_json_may_say_how_it_is_written(planner: Api) -> None:
    answer = planner.client.generic(
        "POST",
        "/api/v1/runs",
        "{}",
        content_type="application/json; charset=utf-8",
        headers=planner.headers | {"Idempotency-Key": "k"},
    )
    assert answer.status_code == 202


METHODS = {
    "/runs": "GET, HEAD, OPTIONS, POST",
    "/runs/1": "DELETE, GET, HEAD, OPTIONS",
    "/runs/1/events": "GET, HEAD, OPTIONS",
    "/runs/1/stop": "OPTIONS, POST",
    "/runs/metrics": "GET, HEAD, OPTIONS",
    "/runs/cancel": "OPTIONS, POST",
}


@pytest.mark.parametrize("path", METHODS)
def test_other_methods_are_told_what_is_allowed(path: str, planner: Api, come: Come) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - set(METHODS[path].split(", ")):
        answer = planner.send(method, path)
        problem(answer, 405, "method-not-allowed")
        assert answer["Allow"] == METHODS[path]
    asked = come("nobody").send("OPTIONS", path, Origin="https://elsewhere.example", Access_Control_Request_Method="POST")
    assert (asked.status_code, asked["Allow"], asked.content) == (204, METHODS[path], b"")


def test_head_is_a_get_without_its_body(planner: Api) -> None:
    whole, head = planner.get("/runs"), planner.send("HEAD", "/runs")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", whole["ETag"])
    assert head["Content-Length"] == str(len(whole.content))


def test_a_fault_of_ours_has_a_name_and_says_nothing_else(planner: Api, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Mapping[str, Any]] = []

    def hear(**signal: Any) -> None:
        heard.append(signal)

    got_request_exception.connect(hear)
    try:
        with patch("runs.api.reading.shapes.told", side_effect=RuntimeError("the password is 1234")):
            answer = planner.get("/runs")
    finally:
        got_request_exception.disconnect(hear)
    told = problem(answer, 500, "internal")
    assert "1234" not in answer.content.decode()
    assert told["error_id"] in caplog.text
    assert "the password is 1234" in caplog.text
    assert len(heard) == 1


@pytest.mark.parametrize("where", ["runs.api.reading.shapes.told", "scheduler_site.models.ApiToken.by_secret"])
def test_without_the_database_it_says_when_to_come_back(where: str, planner: Api) -> None:
    with patch(where, side_effect=OperationalError("the connection is lost: password=1234")):
        answer = planner.get("/runs")
    problem(answer, 503, "unavailable")
    assert answer["Retry-After"] == "5"
    assert "1234" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("plant", "bell")
@pytest.mark.parametrize("caller", ["planner:read,submit", "planner"])
def test_a_run_is_refused_while_the_database_takes_no_writes(come: Come, caller: str) -> None:
    api = come(caller)
    with takes_no_writes():
        answer = api.submit(key="once")
        problem(answer, 503, "unavailable")
        assert answer["Retry-After"] == "5"
        assert api.get("/runs").status_code == 200, "what is there can be read"
        assert not Run.objects.exists()
    assert api.submit(key="once").status_code == 202


def test_what_breaks_before_the_api_is_a_problem_too(planner: Api) -> None:
    planner.client.raise_request_exception = False
    with patch("django.contrib.sessions.middleware.SessionMiddleware.process_request", side_effect=RuntimeError("1234")):
        answer = planner.get("/runs")
    problem(answer, 500, "internal")
    assert "1234" not in answer.content.decode()


def test_a_host_that_is_not_ours(planner: Api) -> None:
    answer = planner.client.get("/api/v1/runs", headers=planner.headers | {"Host": "evil.example"})
    assert said(answer)["type"].endswith("#bad-request")  # type: ignore[arg-type] # the test client's answer is one
    assert "evil" not in str(said(answer))  # type: ignore[arg-type] # as above


def test_pages_keep_their_own_errors() -> None:
    answer = Client().get("/nowhere/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
