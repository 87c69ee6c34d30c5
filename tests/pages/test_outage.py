"""What a page says while the database does not answer, of which it needs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from tests.pages.conftest import LogIn


def _refuse(*_statement: object) -> NoReturn:
    raise OperationalError("the connection is closed")


@contextmanager
def database_away() -> Iterator[None]:
    """Whoever asks it anything is told so."""
    with connection.execute_wrapper(_refuse):
        yield


@pytest.fixture
def planner(log_in: LogIn) -> Client:
    return log_in("planner")


def test_a_page_that_cannot_be_shown_can_be_tried_again(planner: Client) -> None:
    address = f"{reverse('runs:list')}?state=failed&person=7"
    with database_away():
        answer = planner.get(address)
        page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert f'href="{address.replace("&", "&amp;")}">Try again' in page
    assert planner.get(address).status_code == 200


def test_what_was_to_be_done_is_not_repeated_by_a_link(planner: Client) -> None:
    with database_away():
        answer = planner.post(reverse("runs:solve"))
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "may not have been done" in " ".join(page.split())
    assert "Try again" not in page


def test_it_looks_like_the_other_pages(planner: Client) -> None:
    """Its frame is theirs, without what stands in it about the reader."""
    with database_away():
        page = planner.get(reverse("board")).content.decode()
    for part in ("css/tokens", "css/shell", 'name="viewport"', 'class="brand"', "js/theme"):
        assert part in page
    for part in ("a planner", "Log out", "data-clock"):
        assert part not in page
