"""Asking for a run in the browser, and what a page says when the plant is not ready."""

from __future__ import annotations

import re
import uuid
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from plant.models import Machine, OperationMode, Order
from runs import leases
from runs.actions import SAME_PLAN
from runs.leases import Conclusion
from runs.models import ObjectiveProfile, Outcome, Priority, Run
from tests.pages.conftest import LogIn
from tests.plans.making import make_operation
from tests.read_only import takes_no_writes
from tests.runs.making import claimed


def test_solve_makes_a_run_with_the_default_profile_and_shows_it(log_in: LogIn, order: Order, bell: list[int]) -> None:
    client = log_in("planner")
    answer = client.post(reverse("runs:solve"), follow=True)
    run = Run.objects.get()
    assert run.profile == ObjectiveProfile.default()
    assert answer.redirect_chain == [(reverse("runs:detail", args=[run.pk]), 302)]
    assert "a planner" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("order", "bell")
def test_a_run_is_refused_while_the_database_takes_no_writes(log_in: LogIn, caplog: pytest.LogCaptureFixture) -> None:
    client, profile = log_in("planner"), ObjectiveProfile.default()
    assert profile is not None
    asked = {"profile": profile.pk, "horizon_days": 14, "limit_seconds": 60, "gap_percent": 0, "priority": 50}
    with takes_no_writes():
        for address, sent in (("runs:solve", {}), ("runs:new", asked)):
            answer = client.post(reverse(address), sent)
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert "takes no changes" in answer.content.decode()
        assert client.get(reverse("board")).status_code == 200, "what is there can be read"
        assert not Run.objects.exists()
    assert "page_database_away" in caplog.text
    assert client.post(reverse("runs:new"), asked).status_code == 302


@pytest.mark.usefixtures("order", "bell")
def test_the_same_question_shows_the_same_run_and_says_how_far_it_is(log_in: LogIn) -> None:
    client = log_in("planner")

    def asked_again() -> str:
        page = client.post(reverse("runs:solve"), follow=True).content.decode()
        assert Run.objects.count() == 1
        found = re.search(r'<ul class="messages".*?<li[^>]*>(.*?)</li>', page, re.DOTALL)
        assert found
        return found[1]

    with patch("runs.launch.timezone.now", return_value=timezone.now()):  # the next quarter of an hour is another question
        client.post(reverse("runs:solve"))
        run = Run.objects.get()
        assert asked_again() == "This question waits to be solved already; here is its run."
        lease = claimed(run)
        assert asked_again() == "This question is being solved already; here is its run."
        leases.stop(run.pk, None, "")
        assert "is about to end; here it is. After that, “Solve again” starts" in asked_again()
        leases.finish(lease, Conclusion(Outcome.UNKNOWN), 1.0, uuid.uuid4())
        assert asked_again() == "This question has been answered before; here is its run. “Solve again” starts a fresh one."


@pytest.mark.usefixtures("order", "bell")
@pytest.mark.parametrize(("first", "second", "said"), [(50, 100, True), (100, 50, False), (100, 100, False)])
def test_who_asks_for_what_waits_more_urgently_is_told_that_it_is_more_urgent_now(
    first: int,
    second: int,
    said: bool,  # noqa: FBT001 - a table of cases
    log_in: LogIn,
) -> None:
    client, profile = log_in("planner"), ObjectiveProfile.default()
    assert profile is not None
    asked = {"profile": profile.pk, "horizon_days": 14, "limit_seconds": 60, "gap_percent": 0}
    with patch("runs.launch.timezone.now", return_value=timezone.now()):
        client.post(reverse("runs:new"), {**asked, "priority": first})
        page = client.post(reverse("runs:new"), {**asked, "priority": second}, follow=True).content.decode()
    assert Run.objects.get().priority == max(first, second)
    assert ("Its priority is now “Urgent”, as you asked." in page) is said


@pytest.mark.parametrize("inputs", ["then", "now"])
def test_solve_again_makes_a_fresh_run_with_the_same_limits(inputs: str, log_in: LogIn, order: Order, bell: list[int]) -> None:
    client = log_in("planner")
    client.post(reverse("runs:solve"))
    Run.objects.update(seed=7, memory_mb=4096, threads=3, limit_seconds=90, gap=0.01, horizon_days=5, priority=100)
    make_operation(order, Machine.objects.get(), number=20)
    first = Run.objects.get()
    client.post(reverse("runs:cancel", args=[first.pk]))
    client.post(reverse("runs:again", args=[first.pk]), {"inputs": inputs, "reason": "It was the wrong week"})
    first, second = Run.objects.order_by("id")
    assert second.again_of == first
    assert (second.snapshot == first.snapshot) is (inputs == "then")
    assert second.events.get().data == {"by": "a planner", "reason": "It was the wrong week"}
    for limit in ("seed", "memory_mb", "threads", "limit_seconds", "gap", "horizon_days", "profile", "priority"):
        assert getattr(second, limit) == getattr(first, limit), limit


@pytest.mark.parametrize("inputs", ["then", "now"])
def test_a_scheduled_run_that_a_person_solves_again_waits_no_longer_than_others(
    inputs: str, log_in: LogIn, order: Order, bell: list[int]
) -> None:
    client = log_in("planner")
    client.post(reverse("runs:solve"))
    Run.objects.update(priority=Priority.LOW)
    first = Run.objects.get()
    client.post(reverse("runs:cancel", args=[first.pk]))
    client.post(reverse("runs:again", args=[first.pk]), {"inputs": inputs})
    assert Run.objects.get(again_of=first).priority == Priority.NORMAL


@pytest.mark.usefixtures("order", "bell")
@pytest.mark.parametrize(("asked", "status"), [("300", 302), ("0", 400), ("x", 400)])
@pytest.mark.parametrize("inputs", ["then", "now"])
def test_solve_again_may_have_more_time(inputs: str, asked: str, status: int, log_in: LogIn) -> None:
    client = log_in("planner")
    client.post(reverse("runs:solve"))
    first = Run.objects.get()
    client.post(reverse("runs:cancel", args=[first.pk]))
    answer = client.post(reverse("runs:again", args=[first.pk]), {"inputs": inputs, "limit_seconds": asked})
    assert answer.status_code == status
    seconds = list(Run.objects.order_by("id").values_list("limit_seconds", flat=True))
    assert seconds == [60.0, 300.0] if status == 302 else [60.0]
    assert Run.objects.values("idempotency_key").distinct().count() == len(seconds), "another limit is another question"


def test_the_form_carries_profile_horizon_and_limits(log_in: LogIn, order: Order, bell: list[int]) -> None:
    profile = ObjectiveProfile.objects.get(name="Short setups")
    asked = {"profile": profile.pk, "horizon_days": 5, "limit_seconds": 90, "gap_percent": 2, "priority": 100}
    log_in("planner").post(reverse("runs:new"), asked)
    run = Run.objects.get()
    assert (run.profile, run.horizon_days, run.limit_seconds, run.gap, run.priority) == (profile, 5, 90, 0.02, Priority.URGENT)


@pytest.mark.usefixtures("order", "bell")
@pytest.mark.parametrize(("said", "iterations"), [("5000", 5_000), ("", None)])
def test_who_counts_iterations_is_told_what_asking_again_gives(said: str, iterations: int | None, log_in: LogIn) -> None:
    client, profile = log_in("planner"), ObjectiveProfile.objects.get(name="Short setups")
    asked = {"profile": profile.pk, "horizon_days": 5, "limit_seconds": 90, "gap_percent": 2, "iterations": said}
    client.post(reverse("runs:new"), asked)
    run = Run.objects.get()
    assert run.iterations == iterations
    client.post(reverse("runs:cancel", args=[run.pk]))
    page = client.get(reverse("runs:detail", args=[run.pk])).content.decode()
    question = client.get(reverse("runs:again", args=[run.pk])).content.decode()
    is_counted = iterations is not None
    assert ("<dt>Iterations</dt><dd>5" in page) is is_counted
    assert [SAME_PLAN in each for each in (page, question)] == [is_counted, is_counted]
    client.post(reverse("runs:again", args=[run.pk]), {"inputs": "now"})
    assert Run.objects.latest("id").iterations == iterations


def test_the_form_says_what_is_wrong_with_each_field(log_in: LogIn, order: Order) -> None:
    answer = log_in("planner").post(reverse("runs:new"), {"horizon_days": 0, "limit_seconds": "x", "gap_percent": 99})
    page = answer.content.decode()
    assert "Choose what counts as a good plan." in page
    assert page.count('class="errorlist"') == 4
    assert not Run.objects.exists()


def test_a_broken_plant_is_refused_with_every_fault_and_nothing_is_enqueued(log_in: LogIn, order: Order, bell: list[int]) -> None:
    make_operation(order, Machine.objects.get(), number=20)
    OperationMode.objects.all().delete()
    for role, may_mend in (("planner", False), ("admin", True)):
        answer = log_in(role).post(reverse("runs:solve"))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert page.count("has no machine that can do it") == 2
        assert (">Mend</a>" in page) is may_mend
    assert not Run.objects.exists()
    assert bell == []


def test_what_was_asked_is_asked_again_when_the_faults_are_mended(log_in: LogIn, order: Order, bell: list[int]) -> None:
    machines = list(OperationMode.objects.values())
    OperationMode.objects.all().delete()
    client = log_in("planner")
    asked = {
        "profile": ObjectiveProfile.objects.get(name="Short setups").pk,
        "horizon_days": 5,
        "limit_seconds": 90,
        "gap_percent": 2,
    }
    page = client.post(reverse("runs:new"), asked).content.decode()
    OperationMode.objects.bulk_create(OperationMode(**machine) for machine in machines)
    form = page[page.index("<main") :]
    assert f'action="{reverse("runs:new")}"' in form
    client.post(reverse("runs:new"), dict(re.findall(r'type="hidden" name="(\w+)" value="(\d+)"', form)))
    run = Run.objects.get()
    assert (run.profile_id, run.horizon_days, run.limit_seconds, run.gap) == (asked["profile"], 5, 90, 0.02)
