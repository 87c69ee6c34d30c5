"""A browser on the running product, as a person uses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.live_stack import LiveStack

PLAN_SECONDS = 90.0
Open = Callable[..., Page]

# Notes when each line of the run's log appears: {seq: milliseconds since 1970}.
WATCH_LOG = """
window.seen = {};
const look = () => {
  for (const line of document.querySelectorAll("[data-log] > li")) window.seen[line.dataset.seq] ??= Date.now();
};
new MutationObserver(look).observe(document, {childList: true, subtree: true});
"""


def log_in(browser: Browser, stack: LiveStack, person: str, **context: Any) -> Page:
    """The board, as `person` ("planner", "viewer" or "admin") sees it."""
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{stack.url}login/")
    page.fill("[name=username]", person)
    page.fill("[name=password]", stack.password)
    page.click("[type=submit]")
    expect(page.locator(".top")).to_be_visible()
    return page


def solve(page: Page, stack: LiveStack, seconds: int, profile: str = "") -> str:
    """Ask for a fresh run of so many seconds, with another profile than the default one; the path of its page."""
    page.goto(f"{stack.url}runs/new/")
    if profile:
        page.get_by_role("radio", name=profile).check()
    page.fill("[name=limit_seconds]", str(seconds))
    page.check("[name=fresh]")
    page.click("main [type=submit]")
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    return page.url.removeprefix(stack.url)


def wait_for_plan(page: Page) -> None:
    """Until the Gantt has drawn a plan."""
    page.locator("[data-plot][data-frames]").wait_for(timeout=PLAN_SECONDS * 1000)


def wait_for_end(page: Page) -> None:
    """Until the run is over and its plan can be opened."""
    page.locator("[data-plan-link]:not([hidden])").wait_for(timeout=PLAN_SECONDS * 1000)


def end(page: Page, button: str, confirm: str, reason: str = "") -> None:
    """Press a button of a run and answer the dialog."""
    page.get_by_role("link", name=button).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=confirm).click()


def told(page: Page) -> list[int]:
    """Numbers of the events in the log, oldest first."""
    numbers: list[int] = page.eval_on_selector_all("[data-log] > li", "lines => lines.map(line => Number(line.dataset.seq))")
    return numbers[::-1]


def figures(page: Page) -> list[str]:
    """The key figures above the plot."""
    return page.locator(".kpi b").all_inner_texts()
