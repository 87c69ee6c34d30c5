"""Who may open which page and press which button: every address of ours, every role."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from plans.models import Plan
from runs.models import Run
from tests.pages.conftest import LogIn

ROLES = ("nobody", "", "viewer", "planner", "admin")
LOGIN, NO, OK, GONE = 302, 403, 200, 302

# address name: method, then what nobody / somebody without a role / a viewer / a planner / an admin gets
PAGES: dict[str, tuple[str, tuple[int, ...]]] = {
    "board": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:list": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:detail": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:table": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:new": ("get", (LOGIN, NO, NO, OK, OK)),
    "runs:solve": ("post", (LOGIN, NO, NO, GONE, GONE)),
    "runs:again": ("post", (LOGIN, NO, NO, GONE, GONE)),
    "runs:stop": ("post", (LOGIN, NO, NO, GONE, GONE)),
    "runs:cancel": ("post", (LOGIN, NO, NO, GONE, GONE)),
    "runs:keep": ("post", (LOGIN, NO, NO, GONE, GONE)),
    "runs:feed": ("get", (401, NO, OK, OK, OK)),
    "runs:scene": ("get", (401, NO, OK, OK, OK)),
    "runs:frame": ("get", (401, NO, 404, 404, 404)),  # the run has no incumbent yet
    "plans:list": ("get", (LOGIN, NO, OK, OK, OK)),
    "plans:detail": ("get", (LOGIN, NO, OK, OK, OK)),
    "plans:table": ("get", (LOGIN, NO, OK, OK, OK)),
    "plans:scene": ("get", (401, NO, OK, OK, OK)),
    "plans:frame": ("get", (401, NO, OK, OK, OK)),
    "orders:list": ("get", (LOGIN, NO, OK, OK, OK)),
}


@pytest.mark.parametrize("name", PAGES)
def test_each_role_gets_what_it_may(name: str, log_in: LogIn, plan: Plan, run: Run, bell: list[int]) -> None:
    method, expected = PAGES[name]
    about = {"runs": run, "plans": plan}.get(name.partition(":")[0])
    without_id = name in {"board", "runs:list", "runs:new", "runs:solve", "plans:list", "orders:list"}
    url = reverse(name) if without_id or about is None else reverse(name, args=[about.pk])
    got = tuple(getattr(log_in(role), method)(url).status_code for role in ROLES)
    assert dict(zip(ROLES, got, strict=True)) == dict(zip(ROLES, expected, strict=True))


@pytest.mark.parametrize("name", [name for name, (method, _) in PAGES.items() if method == "post"])
def test_buttons_do_nothing_by_get(name: str, log_in: LogIn, run: Run) -> None:
    url = reverse(name) if name == "runs:solve" else reverse(name, args=[run.pk])
    assert log_in("admin").get(url).status_code == 405


def test_the_table_above_names_every_address_of_ours() -> None:
    found = set()
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace in {"runs", "plans", "orders"}:
            found |= {f"{entry.namespace}:{each.name}" for each in entry.url_patterns if isinstance(each, URLPattern)}
    assert found == set(PAGES) - {"board"}
