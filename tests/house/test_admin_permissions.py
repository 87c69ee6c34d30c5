"""Every page of the admin, the plant's and Celery's alike: what staff may do there without and with a role."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from tests.plans.making import make_site

pytestmark = pytest.mark.django_db

MODELS = sorted(model._meta.label_lower for model in admin.site._registry)
ONLY_TO_LOOK_AT = {
    "django_celery_results.taskresult",
    "plans.placement",
    "plans.plan",
    "plans.snapshot",
    "runs.attempt",
    "runs.heartbeat",
    "runs.incumbent",
    "runs.run",
    "runs.runevent",
}


def staff(role: str) -> Client:
    make_site()
    user = User.objects.create_user(f"staff {role}", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def page(model: str, what: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_{what}")


@pytest.mark.parametrize("model", MODELS)
def test_staff_without_a_role_get_nowhere(model: str) -> None:
    client = staff("")
    for what in ("changelist", "add"):
        assert client.get(page(model, what), follow=True).status_code == 403
        assert client.post(page(model, what), {"action": "delete_selected"}, follow=True).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_staff_who_view_change_nothing(model: str) -> None:
    client = staff("viewer")
    ours = not model.startswith(("auth.", "scheduler_site.", "django_celery"))
    assert client.get(page(model, "changelist"), follow=True).status_code == (200 if ours else 403)
    assert client.get(page(model, "add")).status_code == 403
    assert client.post(page(model, "add"), {}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_admins_open_every_list_and_change_what_is_no_record(model: str) -> None:
    client = staff("admin")
    answer = client.get(page(model, "changelist"), {"q": "a"}, follow=True)
    assert answer.status_code == 200
    only_to_look_at = model in ONLY_TO_LOOK_AT or model == "plant.site"  # there is one site, made by itself
    assert client.get(page(model, "add")).status_code == (403 if only_to_look_at else 200)
    assert b"delete_selected" not in answer.content or not only_to_look_at


def test_what_nobody_should_edit_is_not_there() -> None:
    assert {model for model in MODELS if model.startswith("django_celery")} == {
        "django_celery_beat.crontabschedule",
        "django_celery_beat.intervalschedule",
        "django_celery_beat.periodictask",  # only what runs.clock allows: tests/runs/test_clock.py
        "django_celery_results.taskresult",
    }
    assert set(MODELS) >= ONLY_TO_LOOK_AT
