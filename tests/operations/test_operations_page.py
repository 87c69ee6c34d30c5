"""What the page for whoever keeps the site running shows, to whom, and what its one button does."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import circuit, liveness
from runs.health.servers import Broker
from runs.liveness import Report
from runs.models import Heartbeat, ObjectiveProfile, SolveSchedule
from runs.models.breaker import Breaker
from runs.models.heartbeat import ProcessKind
from tests.operations.ended import make_ended
from tests.runs.making import claimed, improved, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("look_here")]

PAGE, CLOSE = "/operations/", "/operations/circuit/close/"


def member(role: str) -> Client:
    client = Client()
    user = User.objects.create_user(f"a {role}", is_staff=role == "admin")
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def text(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("planner", 403), ("admin", 200)])
def test_it_is_for_admins(role: str, status: int) -> None:
    client = member(role)
    assert client.get(PAGE).status_code == status
    assert client.post(CLOSE).status_code == (302 if status == 200 else 403)
    assert ("/operations/" in client.get("/runs/").content.decode()) == (status == 200)


def test_strangers_log_in_first(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert client.post(CLOSE).status_code == 302


@pytest.mark.usefixtures("all_at_work")
def test_who_works_on_what() -> None:
    run = make_run()
    claimed(run, "solve@here/a-task")
    liveness.draining("low@here")
    Heartbeat.objects.filter(process="high@here").update(seen_at=timezone.now() - timedelta(minutes=5))
    began = (timezone.now() - timedelta(seconds=30)).isoformat()
    liveness.seen("default@here", ProcessKind.WORKER, Report(2, ("default",), doing=[{"task": "runs.tick", "since": began}]))
    shown = text(member("admin"))
    assert f'<td data-label="Works on"><a href="/runs/{run.pk}/">Run {run.pk}</a></td>' in shown
    assert re.search(r"runs\.tick for (3\d|4\d|5\d) s", shown)  # half a minute, and what the page took to be made
    assert "1 of 2" in shown
    for state in ("Alive", "Shutting down", "Silent"):
        assert f">{state}</span>" in shown


def test_how_long_the_oldest_message_waits() -> None:
    found = Broker("9", 1.0, {"solve": 0, "high": 0, "default": 3, "low": 0}, {"default": 300.0})
    with patch("runs.health.servers.look_at_broker", return_value=found):
        shown = text(member("admin"))
    assert '<td class="num" data-label="Waiting">3</td> <td class="num" data-label="Oldest">5 min</td>' in shown
    assert '<td class="num" data-label="Waiting">0</td> <td class="num" data-label="Oldest">–</td>' in shown


def test_what_waits_and_how_long_things_took() -> None:
    make_run(available_at=timezone.now() - timedelta(minutes=10))
    for seconds in range(1, 101):
        make_ended(solve_seconds=seconds, wait_seconds=5)
    shown = text(member("admin"))
    for cell in ('"Oldest">10 min<', '"Wait p95">5.0 s<', '"Solve p50">50 s<', '"Solve p95">95 s<', '"Failed">0 %<'):
        assert f"data-label={cell}" in shown


def test_a_live_run_with_its_attempt_and_gap() -> None:
    from runs import leases

    lease = claimed(make_run())
    leases.append(lease, *improved(100))
    shown = text(member("admin"))
    assert '<td class="num" data-label="Attempt">1</td>' in shown
    assert "How much better is possible is not known" in shown


def test_schedules_with_what_came_of_them() -> None:
    profile = ObjectiveProfile.default()
    assert profile is not None
    nightly = SolveSchedule.objects.create(name="Nightly", crontab="0 5 * * *", profile=profile)
    SolveSchedule.objects.create(name="Old", crontab="0 5 * * *", profile=profile, is_enabled=False, last_error="No orders.")
    make_ended(schedule=nightly, scheduled_for=timezone.now())
    admin = member("admin")
    assert "by hand" not in text(admin)
    make_ended(schedule=nightly)
    shown = text(admin)
    assert '<span class="muted">by hand</span>' in shown
    assert "Nothing found in time" in shown
    assert '<span class="late">No orders.</span>' in shown
    assert '<span class="muted">Off</span>' in shown


def test_a_check_that_is_ill_says_its_way_out() -> None:
    assert "What is in solve waits: start worker-solve." in text(member("admin"))


def test_an_admin_closes_the_circuit_and_is_remembered() -> None:
    Breaker.objects.create(state="open", reason="Three runs were lost.", retry_at=timezone.now() + timedelta(hours=1))
    admin = member("admin")
    assert "Three runs were lost." in text(admin)
    admin.post(CLOSE, {"reason": "More memory."})
    assert circuit.state().is_closed
    assert circuit.state().reason == "Closed by a admin. More memory."
    assert "The circuit is closed: runs are searched again." in text(admin)


@pytest.mark.parametrize("reason", ["More\0memory", "x" * 501])
def test_a_reason_that_cannot_be_kept_closes_nothing(reason: str) -> None:
    Breaker.objects.create(state="open", reason="Three runs were lost.", retry_at=timezone.now() + timedelta(hours=1))
    admin = member("admin")
    admin.post(CLOSE, {"reason": reason})
    assert circuit.state().reason == "Three runs were lost."
    assert "Nothing was done." in text(admin)


def test_many_of_everything_cost_as_many_queries_as_one() -> None:
    admin = member("admin")
    profile = ObjectiveProfile.default()
    assert profile is not None

    def add(number: int) -> None:
        claimed(make_run(requested_by=User.objects.create_user(f"user {number}")), f"solve@{number}/task")
        liveness.seen(f"solve@{number}", ProcessKind.SOLVE)
        schedule = SolveSchedule.objects.create(name=f"{number}", crontab="0 5 * * *", profile=profile)
        make_ended(schedule=schedule, scheduled_for=timezone.now())

    counts = []
    for number in range(3):
        add(number)
        admin.get(PAGE)
        with CaptureQueriesContext(connection) as asked:
            admin.get(PAGE)
        counts.append(len(asked))
    assert counts[1] == counts[2]
