"""API tokens in the admin: shown once, narrowed, revoked; only by admins."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from scheduler_site.models import ApiToken
from tests.api.calling import Api
from tests.api.conftest import Come
from tests.plans.making import make_site

pytestmark = pytest.mark.django_db

ADD = "/admin/scheduler_site/apitoken/add/"
LIST = "/admin/scheduler_site/apitoken/"


@pytest.fixture
def admin(come: Come) -> Client:
    make_site()
    come("planner")
    return come("admin").client


def form(**fields: object) -> dict[str, object]:
    planner = User.objects.get(username="a planner")
    return {"name": "MES", "user": planner.pk, "scopes": ["read"], "expires_at_0": "", "expires_at_1": ""} | fields


def secret_on(page: bytes) -> str:
    found = re.search(r"tak_[\w-]{40,}", page.decode())
    assert found
    return found[0]


def test_the_secret_is_shown_once_and_opens_the_api(admin: Client) -> None:
    page = admin.post(ADD, form(), follow=True)
    secret = secret_on(page.content)
    assert Api(Client(), {"Authorization": f"Bearer {secret}"}).get("/runs").status_code == 200
    token = ApiToken.objects.get()
    assert token.created_by == User.objects.get(username="a admin")
    for address in (LIST, f"{LIST}{token.pk}/change/", f"{LIST}{token.pk}/history/"):
        shown = admin.get(address).content
        assert secret.encode() not in shown
        assert token.digest.encode() not in shown


def test_what_became_of_a_token_is_told_once_there_is_one(admin: Client) -> None:
    adding = admin.get(ADD).content
    assert b"DatabaseDefault" not in adding
    assert b"What became of it" not in adding
    admin.post(ADD, form())
    assert b"What became of it" in admin.get(f"{LIST}{ApiToken.objects.get().pk}/change/").content


def test_what_makes_no_sense_is_refused(admin: Client) -> None:
    assert b"over already" in admin.post(ADD, form(expires_at_0="2020-01-01", expires_at_1="00:00:00")).content
    assert b"required" in admin.post(ADD, form(scopes=[])).content
    User.objects.filter(username="a planner").update(is_active=False)
    assert b"Select a valid choice" in admin.post(ADD, form()).content
    assert not ApiToken.objects.exists()


def test_a_token_can_be_narrowed_but_not_given_to_another(admin: Client) -> None:
    admin.post(ADD, form(scopes=["read", "control"]), follow=True)
    token = ApiToken.objects.get()
    before = token.digest
    other = User.objects.get(username="a admin").pk
    answer = admin.post(f"{LIST}{token.pk}/change/", form(scopes=["read"], user=other), follow=True)
    assert not re.search(rb"tak_[\w-]{5}", answer.content)
    token.refresh_from_db()
    assert (token.scopes, token.user.get_username(), token.digest) == (["read"], "a planner", before)


def test_revoking_is_for_good_and_is_logged(admin: Client) -> None:
    admin.post(ADD, form())
    token = ApiToken.objects.get()
    admin.post(LIST, {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    first = token.revoked_at
    assert first is not None
    assert not token.is_alive
    admin.post(LIST, {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at == first
    assert LogEntry.objects.filter(change_message__contains="Revoked").exists()
    assert b"revoked" in admin.get(LIST).content


def test_the_list_says_what_became_of_each(admin: Client) -> None:
    planner = User.objects.get(username="a planner")
    for name, columns in (("old", {"expires_at": timezone.now()}), ("new", {"expires_at": None})):
        token = ApiToken(name=name, user=planner, scopes=["read"], **columns)
        token.draw_secret()
        token.save()
    page = admin.get(LIST).content
    assert b"expired" in page
    assert b"valid" in page
    User.objects.filter(pk=planner.pk).update(is_active=False)
    assert b"its user is switched off" in admin.get(LIST).content


def test_planners_have_no_tokens_to_give(come: Come) -> None:
    make_site()
    planner = come("planner").client
    User.objects.filter(username="a planner").update(is_staff=True)
    assert planner.get(LIST).status_code == 403
    assert planner.get(ADD).status_code == 403
