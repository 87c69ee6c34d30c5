"""Every page, in both themes and on a phone, keeps nobody with a disability from using it, as far as axe can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from scheduler_site.env import REPOSITORY
from tests.browser.site_page import end, log_in, solve, wait_for_end, wait_for_plan
from tests.live_stack import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.xdist_group("stack")]

AXE = REPOSITORY / "bin" / "js" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations.map(({id, impact, nodes}) => ({id, impact, where: nodes.map(({html}) => html.slice(0, 120))}));
}"""
GRAVE = {"serious", "critical"}
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}

PLACES = (
    "", "runs/", "runs/?failure=internal", "runs/new/", "runs/bulk/cancel/", "runs/bulk/cancel/?state=x", "plans/", "orders/",
    "orders/?q=nothing+like+it",
    "nothing/", "password/", "{run}", "{run}table/", "{run}again/", "{run}stop/", "{plan}", "{plan}table/?by=orders",
    "{plan}table/?by=operators",
)  # fmt: skip


def faults(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page as it is now, moderate things left out."""
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    return [found for found in page.evaluate(RUN) if found["impact"] in GRAVE]


@pytest.fixture(scope="module", autouse=True)
def axe_is_installed() -> None:
    assert AXE.exists(), "bin/check npm installs axe"


@pytest.fixture(scope="module")
def ended(chromium: Browser, live_stack: LiveStack) -> tuple[str, str]:
    """Paths of a run that was stopped for a reason, and of its plan."""
    page = log_in(chromium, live_stack, "planner")
    run = solve(page, live_stack, seconds=60)
    wait_for_plan(page)
    end(page, "Stop and keep…", "Stop and keep", "Seen enough")
    wait_for_end(page)
    plan = page.locator("[data-plan-link]").get_attribute("href") or ""
    page.context.close()
    return run, plan.lstrip("/")


@pytest.mark.parametrize(("theme", "size"), [("light", "wide"), ("dark", "wide"), ("dark", "phone")])
def test_no_page_has_a_serious_fault(
    theme: str, size: str, chromium: Browser, live_stack: LiveStack, ended: tuple[str, str]
) -> None:
    run, plan = ended
    page = log_in(chromium, live_stack, "admin", viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce")
    found = {}
    for place in (place.format(run=run, plan=plan) for place in PLACES):
        page.goto(live_stack.url + place)
        if page.locator("[data-plot]").count():
            wait_for_plan(page)
        found[place] = faults(page)
    page.goto(live_stack.url + run)
    page.get_by_role("link", name="Solve again…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found["dialog"] = faults(page)
    page.context.clear_cookies()
    page.goto(f"{live_stack.url}login/")
    found["login"] = faults(page)
    page.context.close()
    assert {place: faults for place, faults in found.items() if faults} == {}


def test_the_dialog_holds_the_focus_and_gives_it_back(chromium: Browser, live_stack: LiveStack, ended: tuple[str, str]) -> None:
    page = log_in(chromium, live_stack, "planner")
    page.goto(live_stack.url + ended[0])
    button = page.get_by_role("link", name="Solve again…")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_focused()
    page.context.close()


def test_who_stopped_it_and_why_stands_on_the_page_without_loading_it_again(chromium: Browser, live_stack: LiveStack) -> None:
    page = log_in(chromium, live_stack, "planner")
    solve(page, live_stack, seconds=60)
    wait_for_plan(page)
    end(page, "Cancel run…", "Cancel the run", "Wrong week")
    expect(page.locator("[data-part=decisions]")).to_contain_text("Cancelled by planner")
    expect(page.locator("[data-part=decisions] q")).to_have_text("Wrong week")
    expect(page.locator("[data-run=verdict]")).to_have_text("Cancelled")
    expect(page.get_by_role("link", name="Solve again…")).to_be_visible()
    expect(page.get_by_role("link", name="Cancel run…")).to_be_hidden()
    page.context.close()
