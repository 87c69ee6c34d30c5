"""A server that says nothing any more, although the line is open: the page says so, and goes on once the server does."""

from __future__ import annotations

import signal

import pytest
from playwright.sync_api import Browser, WebSocketRoute, expect

from tests.browser.site_page import end, log_in, solve, wait_for_plan
from tests.live_stack import LiveStack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.xdist_group("stack")]

# Notes each state of the connection, how often the page looks at the time, and how often it shows it without a connection.
WATCH = """
window.states = [];
window.looks = window.shownWhileLost = 0;
setInterval(() => { window.looks += 1; }, 250);
const connection = document.querySelector("[data-connection]");
new MutationObserver(() => window.states.push(connection.dataset.state)).observe(connection, {attributeFilter: ["data-state"]});
const shown = () => { if (connection.dataset.state === "lost") window.shownWhileLost += 1; };
new MutationObserver(shown).observe(document.querySelector("[data-run=detail]"), {childList: true});
"""


def test_live_is_said_only_while_the_server_is_there(chromium: Browser, live_stack: LiveStack) -> None:
    page = log_in(chromium, live_stack, "planner")
    solve(page, live_stack, seconds=300)
    wait_for_plan(page)
    pill = page.locator("[data-connection]")
    expect(pill).to_have_attribute("data-state", "live")
    page.evaluate(WATCH)
    live_stack.signal("web", signal.SIGSTOP)
    try:
        expect(pill).to_have_attribute("data-state", "lost")
        expect(pill).to_contain_text("No connection since")
        page.wait_for_function("looks => window.looks > looks + 8", arg=page.evaluate("window.looks"))
        assert page.evaluate("window.shownWhileLost") == 0, "nobody knows whether it still runs"
    finally:
        live_stack.signal("web", signal.SIGCONT)
    expect(pill).to_have_attribute("data-state", "live")
    other = page.context.new_page()
    other.goto(page.url)
    end(other, "Cancel run…", "Cancel the run")
    expect(pill).to_have_attribute("data-state", "closed")
    states: list[str] = page.evaluate("window.states")
    assert states[-2:] == ["live", "closed"], "an answer that comes late to the polling does not make it poll again"
    page.context.close()


def test_the_list_of_runs_comes_back_after_a_line_on_which_nothing_is_answered(chromium: Browser, live_stack: LiveStack) -> None:
    page = log_in(chromium, live_stack, "viewer")
    lines: list[WebSocketRoute] = []

    def take_and_say_nothing(line: WebSocketRoute) -> None:
        lines.append(line)

    page.route_web_socket("**/ws/runs/", take_and_say_nothing)
    page.clock.install()
    page.goto(f"{live_stack.url}runs/")
    page.clock.run_for(60_000)
    assert len(lines) >= 2
    page.context.close()
