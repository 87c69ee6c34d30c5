"""On a phone and on a tablet everything can be reached, and what a tap opens is in view."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.site_page import log_in, solve, wait_for_end, wait_for_plan
from tests.live_stack import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.xdist_group("stack")]

PHONE, TABLET = (390, 844), (768, 1024)
ROW = 24  # pixels, a little less than a row of the Gantt
BESIDES = """() => {
    const outside = (one) => { const {left, right} = one.getBoundingClientRect(); return left < 0 || right > innerWidth; };
    const all = document.querySelectorAll(":is(.top, .tools) :is(a, button, input:not([type=hidden]), select, .zone)");
    const hidden = (one) => !one.checkVisibility();
    return [...all].filter((one) => outside(one) || hidden(one)).map((one) => one.textContent || one.id);
}"""


@pytest.fixture(scope="module")
def plan(chromium: Browser, live_stack: LiveStack) -> str:
    """The path of a plan."""
    page = log_in(chromium, live_stack, "planner")
    solve(page, live_stack, seconds=3)
    wait_for_end(page)
    path = page.locator("[data-plan-link]").get_attribute("href") or ""
    page.context.close()
    return path.lstrip("/")


@pytest.fixture
def phone(chromium: Browser, live_stack: LiveStack, plan: str) -> Iterator[Page]:
    """The plan on a phone."""
    page = opened(chromium, live_stack, plan, PHONE)
    yield page
    page.context.close()


def opened(browser: Browser, stack: LiveStack, path: str, size: tuple[int, int]) -> Page:
    page = log_in(browser, stack, "admin", viewport={"width": size[0], "height": size[1]}, has_touch=True)
    page.goto(stack.url + path)
    wait_for_plan(page)
    return page


def inspector(page: Page) -> Locator:
    return page.locator("[data-inspector]")


def tap_a_bar(page: Page) -> float:
    """Tap down the middle of the plot until a bar is hit; how far above the lower edge of the page that was."""
    plot = page.locator("[data-gantt]").bounding_box()
    assert plot is not None
    rows = range(round(plot["y"]) + 60, PHONE[1], ROW)
    for y in reversed(rows):  # the lowest are those that are covered
        page.touchscreen.tap(plot["x"] + 0.7 * plot["width"], y)
        if inspector(page).is_visible():
            return y - float(page.evaluate("scrollY"))
    raise AssertionError("no bar was hit")


@pytest.mark.parametrize("size", [PHONE, TABLET])
def test_nothing_of_the_bars_at_the_top_is_beside_the_screen(
    chromium: Browser, live_stack: LiveStack, plan: str, size: tuple[int, int]
) -> None:
    page = opened(chromium, live_stack, plan, size)
    assert page.evaluate(BESIDES) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    expect(page.locator(".top .zone")).to_contain_text("Europe/Berlin")
    page.context.close()


def test_what_a_tap_on_a_bar_opens_is_in_view_and_leaves_the_bar_in_view(phone: Page) -> None:
    y = tap_a_bar(phone)
    sheet = inspector(phone).bounding_box()
    assert sheet is not None
    assert sheet["y"] + sheet["height"] == PHONE[1]
    assert y < sheet["y"]
    close = inspector(phone).get_by_role("button", name="Close the inspector").bounding_box()
    assert close is not None
    assert min(close["width"], close["height"]) >= 44
    inspector(phone).evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(inspector(phone).get_by_role("button", name="Close the inspector")).to_be_in_viewport()


def test_it_is_closed_by_its_button_and_the_gantt_has_the_focus_again(phone: Page) -> None:
    tap_a_bar(phone)
    inspector(phone).get_by_role("button", name="Close the inspector").tap()
    expect(inspector(phone)).to_be_hidden()
    expect(phone.locator(".gantt-overlay")).to_be_focused()


@pytest.mark.parametrize("at", ["the sheet", "the page"])
def test_it_is_closed_by_escape_wherever_the_focus_is(phone: Page, at: str) -> None:
    tap_a_bar(phone)
    if at == "the sheet":
        inspector(phone).get_by_role("button", name="Close the inspector").focus()
    else:
        phone.evaluate("document.activeElement.blur()")
    phone.keyboard.press("Escape")
    expect(inspector(phone)).to_be_hidden()
    if at == "the sheet":
        expect(phone.locator(".gantt-overlay")).to_be_focused()


def test_going_along_the_order_keeps_the_focus_in_the_sheet(phone: Page) -> None:
    tap_a_bar(phone)
    link = inspector(phone).locator("dd button").last
    link.focus()
    phone.keyboard.press("Enter")
    assert inspector(phone).evaluate("one => one.contains(document.activeElement)")
