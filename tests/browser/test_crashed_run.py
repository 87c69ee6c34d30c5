"""A run whose solver dies again and again: the page says so, shows the best plan it had, and lets a planner keep it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site_page import log_in, solve, wait_for_plan
from tests.live_stack import LiveStack, wait_until
from tests.runs.test_stack import column, has_plan, solving

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.xdist_group("stack")]


def test_the_plan_of_a_run_that_failed_is_shown_and_can_be_kept(chromium: Browser, live_stack: LiveStack) -> None:
    page = log_in(chromium, live_stack, "planner")
    path = solve(page, live_stack, seconds=60)
    run = int(path.strip("/").rpartition("/")[2])
    wait_until(lambda: has_plan(live_stack, run), "a first plan")
    for failures in (1, 2):
        wait_until(lambda failures=failures: is_solving(live_stack, run, failures), f"attempt {failures}")  # type: ignore[misc] # binds the loop's number
        _child, solver = solving(live_stack)
        solver.kill()
        wait_until(lambda failures=failures: column(live_stack, run, "failures") == failures, "the failure is noticed")  # type: ignore[misc] # as above
    expect(page.locator("[data-run=verdict]")).to_have_text("Failed")
    wait_for_plan(page)
    expect(page.locator("[data-log] > li").first).to_contain_text("Not tried again")
    expect(page.locator("[data-run=detail]")).to_contain_text("“Keep this plan” makes a draft of it")
    page.get_by_role("button", name="Keep this plan").click()
    wait_for_plan(page)
    assert "/plans/" in page.url
    page.goto(live_stack.url + path.lstrip("/"))
    expect(page.get_by_role("link", name="Open the plan")).to_be_visible()
    expect(page.get_by_role("button", name="Keep this plan")).to_be_hidden()
    page.context.close()


def is_solving(stack: LiveStack, run: int, attempt: int) -> bool:
    """Whether this attempt has a solver that says something."""
    return (column(stack, run, "attempt"), column(stack, run, "state")) == (attempt, "running") and column(
        stack, run, "stage"
    ) != ""
