"""What the plan page's script reads."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from plans.frames import decode
from plans.models import Plan
from plant.models import Operation
from tests.plans.making import make_draft, make_plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    make_plant()
    return make_draft()


@pytest.fixture
def viewer(client: Client) -> Client:
    user = User.objects.create_user("vera")
    user.groups.add(Group.objects.get(name="viewer"))
    client.force_login(user)
    return client


def test_the_frame_is_the_plan(viewer: Client, plan: Plan) -> None:
    frame = decode(viewer.get(reverse("plans:frame", args=[plan.pk])).content)
    assert (frame.seq, list(frame.start), list(frame.end)) == (0, [0, 60], [60, 120])


def test_the_scene_names_what_the_frame_numbers(viewer: Client, plan: Plan) -> None:
    scene = json.loads(viewer.get(reverse("plans:scene", args=[plan.pk])).content)
    assert scene["operations"]["id"] == [f"operation:{operation.pk}" for operation in Operation.objects.order_by("number")]
    assert scene["machines"][0]["name"] == "M1 Machine M1"
    assert (scene["orders"][0]["product"], scene["time_zone"]) == ("Shaft", "Europe/Berlin")


@pytest.mark.parametrize("name", ["plans:scene", "plans:frame"])
def test_what_the_browser_has_is_not_sent_again(viewer: Client, plan: Plan, name: str) -> None:
    url = reverse(name, args=[plan.pk])
    first = viewer.get(url)
    again = viewer.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert viewer.get(url, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("name", ["plans:scene", "plans:frame"])
def test_each_address_has_its_guard(client: Client, plan: Plan, name: str) -> None:
    url = reverse(name, args=[plan.pk])
    assert client.get(url).status_code == 401
    client.force_login(User.objects.create_user("nobody"))
    assert client.get(url).status_code == 403
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(url).status_code == 200
    assert client.get(reverse(name, args=[plan.pk + 1])).status_code == 404


def test_a_scene_is_sent_compressed(viewer: Client, plan: Plan) -> None:
    response = viewer.get(reverse("plans:scene", args=[plan.pk]), headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("model", ["plan", "placement", "snapshot"])
def test_the_admin_shows_and_does_not_change(client: Client, plan: Plan, model: str) -> None:
    client.force_login(User.objects.create_superuser("root"))
    pk = {"plan": plan.pk, "placement": plan.placements.all()[0].pk, "snapshot": plan.snapshot_id}[model]
    assert client.get(reverse(f"admin:plans_{model}_changelist")).status_code == 200
    shown = client.get(reverse(f"admin:plans_{model}_change", args=[pk]))
    assert shown.status_code == 200
    assert b'name="_save"' not in shown.content
    assert client.get(reverse(f"admin:plans_{model}_add")).status_code == 403
    assert client.post(reverse(f"admin:plans_{model}_delete", args=[pk])).status_code == 403
