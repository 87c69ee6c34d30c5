"""A run in the browser, from the click on Solve to the plan, with everything that can come between the two."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site_page import WATCH_LOG, end, figures, log_in, solve, told, wait_for_end, wait_for_plan
from tests.live_stack import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.xdist_group("stack")]


@pytest.fixture
def planner(chromium: Browser, live_stack: LiveStack) -> Iterator[Page]:
    """A planner on the board; what the page complains about fails the test."""
    page = log_in(chromium, live_stack, "planner")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.context.close()
    assert faults == []


def test_a_click_on_solve_shows_a_first_plan_and_stop_keeps_it(planner: Page, live_stack: LiveStack) -> None:
    # Somebody may have asked this very question within the quarter of an hour, and would be shown its run again.
    live_stack.sql("UPDATE runs_run SET answers_key = false WHERE answers_key")
    planner.goto(live_stack.url)
    began = time.monotonic()
    planner.click(".context .actions button.primary")
    planner.wait_for_url(re.compile(r"/runs/\d+/$"))  # the board has a plan too
    wait_for_plan(planner)
    print(f"\nSolve → first plan on the Gantt: {time.monotonic() - began:.2f} s")
    began = time.monotonic()
    end(planner, "Stop and keep…", "Stop and keep", "Seen enough")
    wait_for_end(planner)
    print(f"Stop → finished with a plan: {time.monotonic() - began:.2f} s")
    expect(planner.locator("[data-run=verdict]")).to_have_text("Best found")
    planner.click("[data-plan-link]")
    wait_for_plan(planner)
    assert "Draft" in planner.locator("h1").inner_text()


def test_what_comes_first_and_then_is_told_with_what_the_plan_is_worth_in_it(planner: Page, live_stack: LiveStack) -> None:
    solve(planner, live_stack, seconds=6, profile="On time, then few setups")
    wait_for_end(planner)
    order = planner.locator("[data-run=quality] .facts")
    expect(order.locator("dt")).to_have_text(["First", "Then", "Then"])
    expect(order.locator("[data-term=weighted_tardiness]")).to_have_text(re.compile(r"^[\d,.]+ h$"))
    expect(order.locator("[data-term=makespan]")).to_have_text(re.compile(r"\d\d:\d\d"))
    expect(order.locator("[data-term=churn]")).to_have_text(re.compile(r"^\d+$"))
    expect(planner.locator("[data-log]")).to_contain_text(re.compile(r"Better plan: [\d,]+, then [\d,]+, then [\d,]+ \("))


def test_every_improvement_is_on_the_page_soon_after_it_was_found(planner: Page, live_stack: LiveStack) -> None:
    planner.add_init_script(WATCH_LOG)
    path = solve(planner, live_stack, seconds=8)
    wait_for_end(planner)
    events = planner.request.get(f"{live_stack.url}{path}feed").json()["events"]
    assert told(planner) == [event["seq"] for event in events] == list(range(1, len(events) + 1))
    seen: dict[str, float] = planner.evaluate("window.seen")
    delays = [
        seen[str(event["seq"])] - datetime.fromisoformat(event["data"]["found_at"]).timestamp() * 1000
        for event in events
        if event["kind"] == "improved"
    ]
    live = delays[1:] or delays  # the page may still be loading when the first one is found
    print(
        f"\nimprovement found → on the page: median {statistics.median(live):.0f} ms, worst {max(live):.0f} ms of {len(delays)}"
    )


def test_two_browsers_a_late_joiner_and_a_reload_show_the_same(planner: Page, chromium: Browser, live_stack: LiveStack) -> None:
    path = solve(planner, live_stack, seconds=8)
    viewer = log_in(chromium, live_stack, "viewer")
    viewer.goto(f"{live_stack.url}{path}")
    wait_for_plan(planner)
    planner.reload()
    wait_for_end(planner)
    wait_for_end(viewer)
    late = log_in(chromium, live_stack, "viewer")
    late.goto(f"{live_stack.url}{path}")
    wait_for_end(late)
    wait_for_plan(late)
    assert told(viewer) == told(planner) == told(late) == list(range(1, len(told(planner)) + 1))
    assert figures(viewer) == figures(planner) == figures(late)
    expect(viewer.locator("[data-ask]")).to_have_count(0)
    viewer.context.close()
    late.context.close()


def test_where_websockets_are_blocked_the_page_polls_and_misses_nothing(planner: Page, live_stack: LiveStack) -> None:
    planner.route_web_socket("**/ws/**", lambda socket: socket.close())
    solve(planner, live_stack, seconds=8)
    expect(planner.locator("[data-connection]")).to_have_attribute("data-state", "polling", timeout=20_000)
    wait_for_plan(planner)
    wait_for_end(planner)
    assert told(planner) == list(range(1, len(told(planner)) + 1))


def test_a_web_process_that_dies_in_the_middle_costs_nothing(planner: Page, live_stack: LiveStack) -> None:
    path = solve(planner, live_stack, seconds=12)
    wait_for_plan(planner)
    live_stack.restart("web")
    wait_for_end(planner)
    events = planner.request.get(f"{live_stack.url}{path}feed").json()["events"]
    assert told(planner) == [event["seq"] for event in events]
