"""Every operation × every caller: who gets in, who is turned away, and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from runs.models import Run
from scheduler_site.models import ApiToken
from tests.api.calling import Api, document, problem, said
from tests.api.conftest import Come

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plant", "bell")]

CALLERS = (
    "nobody",
    "",
    "viewer",
    "planner",
    "admin",
    "viewer:read,submit,control",
    "planner:read",
    "planner:submit",
    "planner:control",
    "planner:read,submit,control",
)
NOBODY, NO = 401, 403


class Row(NamedTuple):
    """A request (`{run}` stands for a queued run), and what each caller gets."""

    method: str
    path: str
    body: object
    expected: tuple[int, ...]


def read(status: int) -> tuple[int, ...]:
    return (NOBODY, NO, status, status, status, status, status, NO, NO, status)


def submit(status: int) -> tuple[int, ...]:
    return (NOBODY, NO, NO, status, status, NO, NO, status, NO, status)


def control(status: int) -> tuple[int, ...]:
    return (NOBODY, NO, NO, status, status, NO, NO, NO, status, status)


OPERATIONS = {
    "list_runs": Row("GET", "/runs", None, read(200)),
    "one_run": Row("GET", "/runs/{run}", None, read(200)),
    "run_events": Row("GET", "/runs/{run}/events", None, read(200)),
    "run_plan": Row("GET", "/runs/{run}/plan", None, read(404)),
    "metrics": Row("GET", "/runs/metrics", None, read(200)),
    "health": Row("GET", "/runs/health", None, read(503)),  # nobody works in a test
    "submit": Row("POST", "/runs", {}, submit(202)),
    "retry": Row("POST", "/runs/{run}/retry", None, submit(409)),
    "stop": Row("POST", "/runs/{run}/stop", None, control(200)),
    "cancel": Row("DELETE", "/runs/{run}", None, control(200)),
    "stop_many": Row("POST", "/runs/stop", {"filter": {}}, control(409)),
    "cancel_many": Row("POST", "/runs/cancel", {"filter": {}}, control(409)),
    "retry_many": Row("POST", "/runs/retry", {"filter": {}}, submit(409)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_caller_gets_what_it_may(name: str, come: Come, runs: Mapping[str, Run]) -> None:
    row = OPERATIONS[name]
    got = {}
    for caller in CALLERS:
        path = row.path.format(run=runs["queued"].pk)
        answer = come(caller).send(row.method, path, row.body, **{"Idempotency-Key": f"key-of-{caller}"})
        got[caller] = answer.status_code
        if answer.status_code in {NOBODY, NO}:
            problem(answer, answer.status_code, "not-authenticated" if answer.status_code == NOBODY else "not-allowed")
    assert got == dict(zip(CALLERS, row.expected, strict=True))


@pytest.mark.parametrize(
    ("caller", "sees_details"),
    [
        ("viewer", False),
        ("planner", False),
        ("planner:read", False),
        ("viewer:read", False),
        ("admin", True),
        ("admin:read", True),
    ],
)
def test_what_ails_the_site_is_told_to_who_runs_it(caller: str, sees_details: bool, come: Come) -> None:  # noqa: FBT001 - a parameter
    checks = said(come(caller).get("/runs/health"))["checks"]
    steward = next(check for check in checks if check["name"] == "steward")
    assert steward["status"] == "unhealthy"
    told = {name: value for check in checks for name, value in check.items() if value and name not in {"name", "status"}}
    assert bool(told) == sees_details
    assert ("start the steward" in steward["text"]) == sees_details


def test_who_may_operate_the_site_needs_not_be_staff(come: Come) -> None:
    come("admin")
    User.objects.update(is_staff=False)
    come_again = Client()
    come_again.force_login(User.objects.get(username="a admin"))
    assert all(check["text"] for check in said(Api(come_again).get("/runs/health"))["checks"])


def test_the_table_names_every_operation() -> None:
    told = {operation["operationId"] for path in document()["paths"].values() for operation in path.values()}
    assert told == set(OPERATIONS)


def test_nobody_is_told_how_to_come_in(come: Come) -> None:
    assert come("nobody").get("/runs")["WWW-Authenticate"] == 'Bearer realm="taktline"'


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.method != "GET"])
def test_a_session_that_changes_something_needs_a_csrf_token(name: str, come: Come, runs: Mapping[str, Run]) -> None:
    row = OPERATIONS[name]
    strict = Client(enforce_csrf_checks=True)
    come("planner")
    strict.force_login(User.objects.get(username="a planner"))
    path = row.path.format(run=runs["queued"].pk)
    key = {"Idempotency-Key": "k"}
    assert "X-CSRFToken" in problem(Api(strict).send(row.method, path, row.body, **key), 403, "not-allowed")["detail"]
    strict.cookies["taktline_csrf"] = "a" * 32
    token = {"X-CSRFToken": "a" * 32}
    assert Api(strict).send(row.method, path, row.body, **key, **token).status_code == row.expected[CALLERS.index("planner")]
    elsewhere = {"Origin": "https://elsewhere.example"}
    problem(Api(strict).send(row.method, path, row.body, **key, **token, **elsewhere), 403, "not-allowed")


def test_reading_with_a_session_needs_no_csrf_token(come: Come) -> None:
    strict = Client(enforce_csrf_checks=True)
    come("viewer")
    strict.force_login(User.objects.get(username="a viewer"))
    assert Api(strict).get("/runs").status_code == 200


def test_a_token_needs_no_csrf_token(come: Come) -> None:
    api = come("planner:submit")
    api.client = Client(enforce_csrf_checks=True)
    assert api.submit().status_code == 202


WRONG = ["Bearer", "Bearer ", "Bearer tak_wrong", "Bearer wrong", "Basic YTpi", "tak_x", "Bearer tak_" + "a" * 9000]


@pytest.mark.parametrize("header", WRONG)
def test_a_header_that_opens_nothing_is_refused_even_with_a_session(header: str, come: Come) -> None:
    api = come("admin")
    answer = api.get("/runs", Authorization=header)
    problem(answer, 401, "not-authenticated")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def token_of(api: Api) -> ApiToken:
    return ApiToken.objects.get(beginning=api.headers["Authorization"].removeprefix("Bearer ")[:8])


def test_a_token_dies_when_it_is_revoked(come: Come) -> None:
    api = come("planner:read")
    token_of(api).revoke()
    problem(api.get("/runs"), 401, "not-authenticated")


def test_a_token_dies_when_its_time_is_over(come: Come) -> None:
    api = come("planner:read")
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    problem(api.get("/runs"), 401, "not-authenticated")
    ApiToken.objects.update(expires_at=None)
    assert api.get("/runs").status_code == 200


def test_a_token_dies_with_its_user(come: Come) -> None:
    api = come("planner:read")
    User.objects.filter(username="a planner").update(is_active=False)
    problem(api.get("/runs"), 401, "not-authenticated")


def test_a_session_dies_with_its_user(come: Come) -> None:
    api = come("planner")
    User.objects.filter(username="a planner").update(is_active=False)
    problem(api.get("/runs"), 401, "not-authenticated")


def test_a_token_follows_its_users_permissions_at_once(come: Come) -> None:
    api = come("planner:submit")
    User.objects.get(username="a planner").groups.clear()
    problem(api.submit(), 403, "not-allowed")


def test_a_token_has_the_permissions_that_its_user_has_by_any_way(come: Come) -> None:
    from django.contrib.auth.models import Group, Permission

    come("planner:submit")
    user = User.objects.get(username="a planner")
    user.user_permissions.add(Permission.objects.get(codename="add_site"))
    user.groups.add(Group.objects.create(name="of no permissions"))
    secret = come("planner:read").headers["Authorization"].removeprefix("Bearer ")
    token = ApiToken.by_secret(secret)
    assert token is not None
    assert set(token.granted) == User.objects.get(pk=user.pk).get_all_permissions()


def test_a_token_of_a_superuser_stays_within_its_scopes(come: Come) -> None:
    api = come("admin:read")
    User.objects.update(is_superuser=True)
    problem(api.submit(), 403, "not-allowed")


def test_only_a_hash_of_the_secret_is_kept_and_its_use_is_noted_once_a_minute(come: Come) -> None:
    api = come("planner:read")
    secret = api.headers["Authorization"].removeprefix("Bearer ")
    token = token_of(api)
    assert secret.startswith("tak_")
    assert len(secret) > 40
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values().get())
    api.get("/runs")
    first = token_of(api).last_used_at
    assert first is not None
    api.get("/runs")
    assert token_of(api).last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    api.get("/runs")
    last = token_of(api).last_used_at
    assert last is not None
    assert last >= first


def test_the_document_is_open_and_the_reference_page_is_for_people_who_are_logged_in(come: Come) -> None:
    assert said(come("nobody").get("/openapi.json"))["openapi"].startswith("3.1.")
    assert come("nobody").client.get("/api/v1/docs").status_code == 302
    page = come("").client.get("/api/v1/docs")
    assert page.status_code == 200
    assert b"POST /api/v1/runs" in page.content
