"""Asking for a run in the browser, and what a page says when the plant is not ready."""

from __future__ import annotations

import re
from unittest.mock import patch

from django.urls import reverse
from django.utils import timezone

from plant.models import Machine, OperationMode, Order
from runs.models import ObjectiveProfile, Run
from tests.pages.conftest import LogIn
from tests.plans.making import make_operation


def test_solve_makes_a_run_with_the_default_profile_and_shows_it(log_in: LogIn, order: Order, bell: list[int]) -> None:
    client = log_in("planner")
    answer = client.post(reverse("runs:solve"), follow=True)
    run = Run.objects.get()
    assert run.profile == ObjectiveProfile.default()
    assert answer.redirect_chain == [(reverse("runs:detail", args=[run.pk]), 302)]
    assert "a planner" in answer.content.decode()


def test_the_same_question_shows_the_same_run_and_says_so(log_in: LogIn, order: Order, bell: list[int]) -> None:
    client = log_in("planner")
    with patch("runs.launch.timezone.now", return_value=timezone.now()):  # the next quarter of an hour is another question
        client.post(reverse("runs:solve"))
        answer = client.post(reverse("runs:solve"), follow=True)
    assert Run.objects.count() == 1
    assert "asked before" in answer.content.decode()


def test_solve_again_makes_a_fresh_run_with_the_same_limits(log_in: LogIn, order: Order, bell: list[int]) -> None:
    client = log_in("planner")
    client.post(reverse("runs:solve"))
    Run.objects.update(seed=7, memory_mb=4096, threads=3, limit_seconds=90, gap=0.01, horizon_days=5)
    client.post(reverse("runs:again", args=[Run.objects.get().pk]))
    first, second = Run.objects.order_by("id")
    assert second.again_of == first
    for limit in ("seed", "memory_mb", "threads", "limit_seconds", "gap", "horizon_days", "profile"):
        assert getattr(second, limit) == getattr(first, limit), limit


def test_the_form_carries_profile_horizon_and_limits(log_in: LogIn, order: Order, bell: list[int]) -> None:
    profile = ObjectiveProfile.objects.get(name="Short setups")
    asked = {"profile": profile.pk, "horizon_days": 5, "limit_seconds": 90, "gap_percent": 2}
    log_in("planner").post(reverse("runs:new"), asked)
    run = Run.objects.get()
    assert (run.profile, run.horizon_days, run.limit_seconds, run.gap) == (profile, 5, 90, 0.02)


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


def test_stop_and_cancel_say_what_came_of_it(log_in: LogIn, run: Run) -> None:
    client = log_in("planner")
    assert "cancelled" in client.post(reverse("runs:cancel", args=[run.pk]), follow=True).content.decode()
    assert "had ended before" in client.post(reverse("runs:stop", args=[run.pk]), follow=True).content.decode()
