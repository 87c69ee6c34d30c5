"""Who may open which page and press which button: every address of ours, every role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from plans.models import Plan
from runs.models import Run, State
from runs.posting import NOTHING_DONE
from tests.pages.conftest import LogIn

ROLES = ("nobody", "", "viewer", "planner", "admin")
LOGIN, NO, OK, GONE, TOO_LATE, TOO_EARLY = 302, 403, 200, 302, 409, 409

# address name: method, then what nobody / somebody without a role / a viewer / a planner / an admin gets
PAGES: dict[str, tuple[str, tuple[int, ...]]] = {
    "board": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:list": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:detail": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:table": ("get", (LOGIN, NO, OK, OK, OK)),
    "runs:new": ("get", (LOGIN, NO, NO, OK, OK)),
    "runs:solve": ("post", (LOGIN, NO, NO, GONE, GONE)),
    "runs:again": ("post", (LOGIN, NO, NO, TOO_EARLY, TOO_EARLY)),  # the run still waits
    "runs:stop": ("post", (LOGIN, NO, NO, GONE, TOO_LATE)),  # the planner was first
    "runs:cancel": ("post", (LOGIN, NO, NO, GONE, TOO_LATE)),
    "runs:bulk": ("get", (LOGIN, NO, NO, OK, OK)),
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
    argument = "cancel" if name == "runs:bulk" else about and about.pk
    url = reverse(name) if without_id else reverse(name, args=[argument])
    got = tuple(getattr(log_in(role), method)(url).status_code for role in ROLES)
    assert dict(zip(ROLES, got, strict=True)) == dict(zip(ROLES, expected, strict=True))


@pytest.mark.parametrize("name", [name for name, (method, _) in PAGES.items() if method == "post"])
def test_buttons_do_nothing_by_get(name: str, log_in: LogIn, run: Run) -> None:
    url = reverse(name) if name == "runs:solve" else reverse(name, args=[run.pk])
    asks_first = {"runs:stop": OK, "runs:cancel": OK, "runs:again": TOO_EARLY}
    assert log_in("admin").get(url).status_code == asks_first.get(name, 302)
    assert (Run.objects.get().state, Run.objects.get().last_seq) == (State.QUEUED, 1)


PAGES_OF_BUTTONS = {
    "/runs/solve/": "/",
    "/runs/{run}/keep/": "/runs/{run}/",
    "/operations/circuit/close/": "/operations/",
    "/logout/": "/",
    "/admin/logout/": "/admin/",
}


@pytest.mark.parametrize(("button", "page"), PAGES_OF_BUTTONS.items())
@pytest.mark.parametrize("method", ["get", "head"])
def test_who_opens_the_address_of_a_button_comes_to_its_page(
    method: str, button: str, page: str, log_in: LogIn, run: Run
) -> None:
    client = log_in("admin")
    answer = getattr(client, method)(button.format(run=run.pk))
    assert (answer.status_code, answer.headers["Location"]) == (302, page.format(run=run.pk))
    assert NOTHING_DONE in client.get(page.format(run=run.pk)).content.decode()
    assert client.put(button.format(run=run.pk)).status_code == 405


@pytest.mark.usefixtures("order")
def test_who_logs_in_after_pressing_solve_comes_to_the_board_and_may_press_again(log_in: LogIn) -> None:
    login = Client().post("/runs/solve/").headers["Location"]
    answer = log_in("planner").get(login, follow=True)
    assert [where for where, _ in answer.redirect_chain] == ["/runs/solve/", "/"]
    assert NOTHING_DONE in answer.content.decode()
    assert not Run.objects.exists()


def addresses(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Every address below, with a number wherever one belongs."""
    for entry in patterns:
        route = f"{before}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, route)
        else:
            yield re.sub(r"<[^>]+>", "1", f"/{route}")


def test_no_page_says_that_it_is_none(log_in: LogIn) -> None:
    client = log_in("admin")
    opened = [address for address in addresses(get_resolver().url_patterns) if not re.search(r"^/api/|[$^(]", address)]
    assert len(opened) > 100
    assert [address for address in opened if client.get(address).status_code == 405] == []


def test_the_table_above_names_every_address_of_ours() -> None:
    found = set()
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace in {"runs", "plans", "orders"}:
            found |= {f"{entry.namespace}:{each.name}" for each in entry.url_patterns if isinstance(each, URLPattern)}
    assert found == set(PAGES) - {"board"}
