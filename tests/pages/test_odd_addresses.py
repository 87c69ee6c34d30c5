"""Addresses that nobody types by accident: an answer that says so, never an error of ours."""

from __future__ import annotations

import pytest

from plans.models import Plan
from runs.models import Run
from tests.pages.conftest import LogIn

HUGE = 10**30


@pytest.mark.parametrize(
    "url",
    [
        *(f"/runs/{HUGE}/{page}" for page in ("", "table/", "feed", "scene.json", "frame")),
        *(f"/plans/{HUGE}/{page}" for page in ("", "table/", "scene.json", "frame")),
    ],
)
def test_a_number_beyond_all_rows_is_not_there(url: str, log_in: LogIn) -> None:
    assert log_in("viewer").get(url).status_code == 404


@pytest.mark.parametrize("verb", ["stop", "cancel", "again"])
def test_a_verb_for_a_run_beyond_all_rows_does_nothing(verb: str, log_in: LogIn) -> None:
    assert log_in("planner").post(f"/runs/{HUGE}/{verb}/").status_code == 404


@pytest.mark.parametrize(
    "url", ["/orders/?q=%00", "/orders/?q=4711%00", "/orders/?status=%00", "/orders/?page=-1", "/runs/?state=%00&page=x"]
)
def test_characters_that_no_row_can_hold_find_nothing(url: str, log_in: LogIn, plan: Plan, run: Run) -> None:
    assert log_in("viewer").get(url).status_code == 200


@pytest.mark.parametrize("days", ["until=9999-12-31", "since=0001-01-01", "since=9999-12-31&until=0001-01-01"])
@pytest.mark.parametrize("page", ["", "bulk/stop/"])
def test_the_first_and_the_last_day_of_the_calendar(page: str, days: str, log_in: LogIn, run: Run) -> None:
    assert log_in("planner").get(f"/runs/{page}?{days}").status_code == 200


@pytest.mark.parametrize("after", ["-1", "1e9", "9" * 19, "²", ""])
def test_a_feed_after_no_number_is_refused(after: str, log_in: LogIn, run: Run) -> None:
    assert log_in("viewer").get(f"/runs/{run.pk}/feed", {"after": after}).status_code == 400
