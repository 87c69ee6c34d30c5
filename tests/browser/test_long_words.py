"""Whatever people write, even a word without an end, stays within the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site_page import end, log_in, solve, wait_for_plan
from tests.live_stack import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.xdist_group("stack")]

WORD = "z" * 500
OVERFLOWING = """() => {
    const wide = (one) => one.scrollWidth > one.clientWidth && getComputedStyle(one).display !== "inline";
    return [document.documentElement, ...document.querySelectorAll("main, .panel, .panel *")].filter(wide)
        .filter((one) => !one.closest("pre, .uplot, .visually-hidden")).map((one) => one.outerHTML.slice(0, 80));
}"""


def test_a_reason_of_one_long_word_breaks_where_it_has_to(chromium: Browser, live_stack: LiveStack) -> None:
    page = log_in(chromium, live_stack, "planner")
    solve(page, live_stack, seconds=300)
    wait_for_plan(page)
    end(page, "Cancel run…", "Cancel the run", WORD)
    expect(page.locator("[data-run=verdict]")).to_have_text("Cancelled")
    expect(page.locator("[data-part=decisions] q")).to_contain_text(WORD)
    expect(page.locator("[data-log]")).to_contain_text(WORD)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(OVERFLOWING) == [], width
    page.eval_on_selector_all("h1, .context .pill", "(all, word) => { for (const one of all) one.textContent = word; }", WORD)
    assert page.evaluate(OVERFLOWING) == [], "names of plans and profiles"
    page.context.close()
