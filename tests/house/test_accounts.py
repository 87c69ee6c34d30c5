"""Coming in, one's own password, and forms that are too old."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from runs.models import Run

pytestmark = pytest.mark.django_db

OLD, NEW = "the old password", "an entirely new one"
PASSWORD = "/password/"


@pytest.fixture
def petra() -> User:
    user = User.objects.create_user("petra", password=OLD)
    user.groups.add(Group.objects.get(name="viewer"))
    return user


@pytest.fixture
def hers(petra: User) -> Client:
    """Her browser, which Django does not exempt from its checks of forms."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(petra)
    return client


def token(client: Client, page: str) -> str:
    """What a form of that page would send back."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(page).content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("", "/"),
        ("?next=/runs/", "/runs/"),
        ("?next=/login/", "/"),
        ("?next=/login/%3Fnext=/", "/"),
        ("?next=//evil.example/", "/"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_in_does_not_log_in_again(method: str, asked: str, page: str, hers: Client) -> None:
    answer = getattr(hers, method)(f"/login/{asked}")
    if method == "post":  # without a token, as from a page that was opened before she came in
        answer = hers.get(answer.headers["Location"])
    assert (answer.status_code, answer.headers["Location"]) == (302, page)


@pytest.mark.parametrize("path", ["/runs/solve/", "/logout/", PASSWORD, "/admin/login/"])
def test_a_form_of_a_page_that_is_too_old_does_nothing_and_says_so(path: str, hers: Client) -> None:
    answer = hers.post(f"{path}?a=1&b=2", {"csrfmiddlewaretoken": "f" * 64})
    page = answer.content.decode()
    assert (answer.status_code, Run.objects.count()) == (403, 0)
    assert "Nothing was done." in page
    assert f'href="{path}?a=1&amp;b=2"' in page
    assert "css/base.css" in page
    assert hers.get("/").status_code == 200, "she is still in"


def test_who_is_not_in_and_has_no_cookie_is_told_alike() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "petra", "password": OLD})
    assert answer.status_code == 403
    assert "This page is too old" in answer.content.decode()


def test_everybody_changes_her_own_password_and_stays_in(hers: Client, petra: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(petra)
    assert f'href="{PASSWORD}"' in hers.get("/").content.decode()
    form = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    answer = hers.post(PASSWORD, {**form, "csrfmiddlewaretoken": token(hers, PASSWORD)}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Your password is changed." in answer.content.decode()
    petra.refresh_from_db()
    assert petra.check_password(NEW)
    assert elsewhere.get("/").status_code == 302, "all other sessions are over"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (("a wrong one", NEW, NEW), "Your old password was entered incorrectly"),
        ((OLD, "4711x", "4711x"), "too short"),
        ((OLD, "1234567890", "1234567890"), "entirely numeric"),
        ((OLD, NEW, "another one"), "didn’t match"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(typed: tuple[str, str, str], fault: str, hers: Client, petra: User) -> None:
    form = dict(zip(("old_password", "new_password1", "new_password2"), typed, strict=True))
    answer = hers.post(PASSWORD, {**form, "csrfmiddlewaretoken": token(hers, PASSWORD)})
    assert answer.status_code == 200
    assert fault in answer.content.decode()
    assert not [password for password in typed if password in answer.content.decode()]
    petra.refresh_from_db()
    assert petra.check_password(OLD)


def test_strangers_have_no_password_to_change(client: Client) -> None:
    assert client.get(PASSWORD).headers["Location"] == f"{reverse('login')}?next={PASSWORD}"
