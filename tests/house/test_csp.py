"""Every answer forbids what is not ours; the admin works under it."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory


class Inline(HTMLParser):
    """Collects what a strict policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "script" and "src" not in given and "nonce" not in given and given.get("type") != "application/json":
            self.found.append("inline script")
        if tag == "style":
            self.found.append("inline style sheet")
        self.found += [f"{name} on {tag}" for name in given if name == "style" or name.startswith("on")]


@pytest.mark.django_db
def test_header_and_fresh_nonce(client: Client) -> None:
    policies = [client.get("/login/").headers["Content-Security-Policy"] for _ in range(2)]
    assert "default-src 'self'; script-src 'self' 'nonce-" in policies[0]
    assert "style-src 'self';" in policies[0]
    assert "connect-src 'self' ws://testserver wss://testserver;" in policies[0]
    assert "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'" in policies[0]
    assert policies[0] != policies[1]


@pytest.mark.django_db
def test_a_refused_host_is_answered_too(client: Client) -> None:
    answer = client.get("/login/", headers={"host": "evil.example.com"})
    assert answer.status_code == 400
    assert "evil" not in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page",
    ["/admin/", "/admin/auth/user/", "/admin/auth/user/add/", "/admin/plant/machine/add/", "/admin/login/"],
)
def test_admin_has_nothing_inline(client: Client, page: str) -> None:
    client.force_login(User.objects.create_superuser("boss"))
    answer = client.get(page, follow=True)
    assert answer.status_code == 200
    parser = Inline()
    parser.feed(answer.content.decode())
    assert parser.found == []


def rendered(request: HttpRequest) -> str:
    return Template("{% load import_map %}{% import_map %}").render(Context({"request": request}))


def test_import_map_names_every_module_under_its_nonce(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert isinstance(request, HttpRequest)
    request.csp_nonce = "once"  # type: ignore[attr-defined] # set by the middleware
    found = re.fullmatch(r'<script type="importmap" nonce="once">(.*)</script>', rendered(request))
    assert found
    modules = json.loads(found[1])["imports"]
    assert any(name.startswith("taktline/") for name in modules)
    for name, url in modules.items():
        if name.startswith("taktline/"):
            assert finders.find("js/" + name.removeprefix("taktline/")), name
            assert url.startswith("/static/js/")
