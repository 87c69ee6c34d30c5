"""Who sees what at the addresses of monitoring, and what is answered when servers are gone."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from runs.health import assess as assess_now
from runs.health.servers import Unreachable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("look_here")]

OPEN = ("/livez", "/readyz", "/healthz", "/health")


def member(*, is_staff: bool) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("somebody", is_staff=is_staff))
    return client


def test_the_process_lives_whatever_else_is_gone(client: Client) -> None:
    gone = OperationalError("gone")
    with (
        patch("scheduler_site.plant_time.Site.load", side_effect=AssertionError("asked the database")),
        patch("runs.health.servers.look_at_database", side_effect=gone),
    ):
        answer = client.get("/livez", headers={"Host": "10.0.0.7"})
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("address", ["/readyz", "/healthz"])
def test_ready_is_who_has_a_database_with_all_tables(client: Client, address: str) -> None:
    answer = client.get(address, headers={"Host": "10.0.0.7"})
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
    with patch("runs.health.servers.look_at_database", side_effect=Unreachable("secret.host refused")):
        answer = client.get(address)
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert "secret.host" not in answer.content.decode()


def test_without_redis_pages_are_served_all_the_same(client: Client) -> None:
    with patch("runs.health.servers.look_at_broker", side_effect=Unreachable("gone")):
        assert client.get("/readyz").status_code == 200
        assert client.get("/health").status_code == 503


@pytest.mark.usefixtures("all_at_work")
def test_strangers_get_words_and_no_numbers(client: Client) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
    assert all(set(check) == {"name", "status"} for check in answer.json()["checks"])
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_token_opens_the_details(client: Client, token: dict[str, str]) -> None:
    answer = client.get("/health", headers=token)
    checks: dict[str, dict[str, Any]] = {check["name"]: check for check in answer.json()["checks"]}
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert checks["workers.solve"] == {
        "name": "workers.solve",
        "status": "unhealthy",
        "value": 0,
        "limit": 1,
        "unit": "workers",
        "oldest_seconds": None,
        "text": "No worker serves solve. What is in solve waits: start worker-solve.",
    }


@pytest.mark.parametrize(("is_staff", "keys"), [(True, 7), (False, 2)])
def test_staff_see_the_details_in_their_session(is_staff: bool, keys: int) -> None:  # noqa: FBT001 - a parameter
    checks = member(is_staff=is_staff).get("/health").json()["checks"]
    assert {len(check) for check in checks} == {keys}


def test_no_session_is_looked_up_in_a_database_that_does_not_answer() -> None:
    staff = member(is_staff=True)
    with (
        patch("runs.health.servers.look_at_database", side_effect=Unreachable("gone")),
        patch("scheduler_site.plant_time.Site.load", side_effect=AssertionError("asked the database")),
    ):
        answer = staff.get("/health")
    assert answer.status_code == 503
    assert {len(check) for check in answer.json()["checks"]} == {2}


def test_an_ill_site_is_no_error_of_the_answer(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    staff = member(is_staff=True)
    staff.force_login(User.objects.create_superuser("one who runs it"))
    with patch("runs.health.servers.look_at_broker", side_effect=Unreachable("gone")):
        asked = [client.get("/health"), staff.get("/health"), staff.get("/api/v1/runs/health")]
    with patch("runs.health.servers.look_at_database", side_effect=Unreachable("gone")):
        asked.append(client.get("/readyz"))
    assert [answer.status_code for answer in asked] == [503] * 4
    assert [record.getMessage() for record in caplog.records if record.name == "django.request"] == []


@pytest.mark.parametrize("address", [*OPEN, "/metrics"])
def test_nothing_is_changed_by_asking(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


def test_an_answer_is_kept_for_those_who_ask_again_and_again(client: Client) -> None:
    with patch("runs.health.assessment.assess", wraps=assess_now) as assess:
        for _ in range(5):
            client.get("/health")
    assert assess.call_count == 1


def test_metrics_are_for_who_has_the_token_or_is_staff(client: Client, token: dict[str, str], settings: Settings) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer another one"}).status_code == 401
    assert client.get("/metrics", headers=token).status_code == 200
    assert member(is_staff=False).get("/metrics").status_code == 403
    staff = Client()
    staff.force_login(User.objects.create_user("one of the staff", is_staff=True))
    assert staff.get("/metrics").status_code == 200


def test_without_a_token_in_the_settings_none_opens_anything(client: Client) -> None:
    for given in ("Bearer ", "Bearer", "", "Basic Og=="):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 401
        assert {len(check) for check in client.get("/health", headers={"Authorization": given}).json()["checks"]} == {2}
