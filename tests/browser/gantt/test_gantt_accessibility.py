"""What a screen reader gets: one grid, the row of the focus and what is around it, and quiet news."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.gantt.conftest import OpenGantt
from tests.browser.gantt.driver import GanttPage

pytestmark = pytest.mark.browser


def _tree(gantt: GanttPage) -> list[dict[str, Any]]:
    """Nodes of Chromium's accessibility tree that are not ignored."""
    session = gantt.page.context.new_cdp_session(gantt.page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    return [node for node in nodes if not node.get("ignored")]


def _names(nodes: list[dict[str, Any]], role: str) -> list[str]:
    return [node["name"]["value"] for node in nodes if node["role"]["value"] == role]


def test_the_grid_holds_the_row_of_the_focus(gantt: GanttPage) -> None:
    gantt.press("Tab", "ArrowDown", "Home", "ArrowRight")
    nodes = _tree(gantt)
    assert _names(nodes, "grid") == ["Plan by machines, Workshop"]
    assert _names(nodes, "rowheader") == ["Lathe, 3 operations"]
    cells = _names(nodes, "gridcell")
    assert cells[1] == "Order 4712 step 1, Turning, on Lathe, Mon 23 Nov, 09:00 to Mon 23 Nov, 14:40, 3 h 20 late, frozen"
    assert len(cells) == 3
    active = gantt.ask(
        "document.getElementById(document.querySelector('[role=grid]').getAttribute('aria-activedescendant')).textContent"
    )
    assert active == cells[1]
    assert gantt.ask("document.querySelector('[role=row]').getAttribute('aria-rowindex')") == "2"
    assert gantt.ask("document.querySelector('[role=grid]').getAttribute('aria-rowcount')") == "5"


def test_the_grid_is_never_without_a_row(open_gantt: OpenGantt) -> None:
    gantt = open_gantt(query="empty")
    assert _names(_tree(gantt), "rowheader") == ["Cutting, 2 rows"]


def test_a_long_row_is_cut_to_three_on_either_side(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("factory")
    gantt.press("Tab", "ArrowDown", "Home", *["ArrowRight"] * 5)
    assert gantt.page.locator("[role=gridcell]").count() == 7
    assert gantt.page.locator("[role=gridcell]").first.get_attribute("aria-colindex") == "4"


def test_headers_say_whether_they_are_folded(gantt: GanttPage) -> None:
    gantt.press("Tab")
    header = gantt.page.locator("[role=rowheader]")
    assert header.get_attribute("aria-expanded") == "true"
    gantt.press("Enter")
    assert header.get_attribute("aria-expanded") == "false"


def test_the_selected_operation_is_marked(gantt: GanttPage) -> None:
    gantt.click(3)
    assert gantt.page.locator("[role=gridcell][aria-selected=true]").inner_text().startswith("Order 4712 step 1")


def test_news_of_plans_are_told_one_in_ten_seconds(open_gantt: OpenGantt) -> None:
    gantt = open_gantt(query="empty")
    gantt.page.clock.install()
    status = gantt.page.get_by_role("status")
    gantt.page.evaluate("async () => { const shown = gantt.setFrame(await frame(1)); }")
    gantt.page.clock.run_for(100)
    status.get_by_text("1 late order,").wait_for()
    gantt.page.evaluate("async () => { const shown = gantt.setFrame(await frame(2)); }")
    gantt.page.clock.run_for(5000)
    assert "1 late order," in status.inner_text()
    gantt.page.clock.run_for(6000)
    status.get_by_text("0 late orders,").wait_for()


def test_few_nodes_whatever_the_plan(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("large")
    gantt.press("Tab", "ArrowDown", "Home", "ArrowRight", "Enter")
    assert gantt.ask("document.querySelectorAll('.gantt, .gantt *').length") < 300
