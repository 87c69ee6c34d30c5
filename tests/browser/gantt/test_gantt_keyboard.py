"""The whole Gantt by keyboard."""

from __future__ import annotations

import pytest

from tests.browser.gantt.conftest import OpenGantt
from tests.browser.gantt.driver import GanttPage

pytestmark = pytest.mark.browser


@pytest.fixture
def keys(gantt: GanttPage) -> GanttPage:
    """The workshop with the focus on its first row: Cutting, Lathe, Mill, Heat, Furnace."""
    gantt.press("Tab")
    return gantt


def test_one_tab_stop(keys: GanttPage) -> None:
    assert keys.page.evaluate("document.activeElement.className") == "gantt-overlay"
    assert keys.focus() == {"row": 0, "operation": None}
    # Something to come to: behind the last stop, Chromium leaves the page and comes back to its first one when it likes.
    keys.page.evaluate("document.body.append(document.createElement('button'))")
    keys.press("Tab")
    assert keys.page.evaluate("document.activeElement.localName") == "button"
    keys.press("Shift+Tab")
    assert keys.page.evaluate("document.activeElement.className") == "gantt-overlay"


def test_a_legend_that_does_not_fit_can_be_scrolled_with_keys(open_gantt: OpenGantt) -> None:
    phone = open_gantt(width=320)
    phone.press("Tab", "Tab")
    assert phone.page.evaluate("document.activeElement.className") == "gantt-legend"
    phone.press("ArrowRight")
    phone.page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_arrows_walk_along_a_row_and_to_the_nearest_bar_of_the_next(keys: GanttPage) -> None:
    keys.press("ArrowDown", "Home")
    assert keys.focus() == {"row": 1, "operation": 0}
    keys.press("ArrowRight")
    assert keys.focus()["operation"] == 3
    keys.press("ArrowDown")
    assert keys.focus() == {"row": 2, "operation": 1}
    keys.press("ArrowUp")
    assert keys.focus()["operation"] == 3, "the moment is kept, not that of the bar on the way"
    keys.press("End")
    assert keys.focus()["operation"] == 6
    keys.press("ArrowRight")
    assert keys.focus()["operation"] == 6
    keys.press("Home", "ArrowLeft")
    assert keys.focus() == {"row": 1, "operation": None}


def test_cells_fold_and_unfold(keys: GanttPage) -> None:
    keys.press("ArrowLeft")
    assert keys.ask("gantt.picture.rows.rows.map(({label}) => label)") == ["Cutting", "Heat", "Furnace"]
    keys.press("ArrowLeft", "ArrowRight")
    assert len(keys.ask("gantt.picture.rows.rows")) == 5
    keys.press("Enter")
    assert len(keys.ask("gantt.picture.rows.rows")) == 3


def test_enter_opens_and_escape_lets_go(keys: GanttPage) -> None:
    keys.press("ArrowDown", "Home", "Enter")
    assert keys.events("activate") == [{"operation": 0}]
    assert keys.ask("gantt.selected") == 0
    keys.press("Escape")
    assert keys.ask("gantt.selected") is None


def test_brackets_follow_the_order(keys: GanttPage) -> None:
    keys.press("ArrowDown", "Home", "]")
    assert keys.focus() == {"row": 2, "operation": 1}
    keys.press("]", "]")
    assert keys.ask("gantt.selected") == 2, "there is none after the last"
    keys.press("[", "[")
    assert keys.ask("gantt.selected") == 0


def test_full_stop_and_comma_go_through_what_is_late(keys: GanttPage) -> None:
    keys.ask("gantt.panBy(-1e6, 0); gantt.panBy(1e6, 0)")
    late = []
    for key in (".", ".", ".", ","):
        keys.press(key)
        late.append(keys.ask("gantt.selected"))
    assert set(late) == {3, 4}
    assert late[0] == late[2] != late[1] == late[3]


def test_plus_and_minus_zoom_and_shift_with_arrows_pans(keys: GanttPage) -> None:
    scale = keys.window()["scale"]
    keys.press("+")
    assert keys.window()["scale"] == pytest.approx(scale * 1.4)
    keys.press("-")
    assert keys.window()["scale"] == pytest.approx(scale)
    origin = keys.window()["origin"]
    keys.press("Shift+ArrowRight")
    assert keys.window()["origin"] > origin


def test_f_centres_then_fits(keys: GanttPage) -> None:
    keys.ask("gantt.zoom('shift')")
    keys.press("ArrowDown", "Home", "ArrowRight", "f")
    window = keys.window()
    assert (window["origin"] + window["until"]) / 2 == pytest.approx((160 + 520) / 2, abs=1)
    keys.press("f")
    assert keys.window()["until"] >= 1500


def test_help_and_search_are_left_to_the_page(keys: GanttPage) -> None:
    keys.press("/", "Shift+?")
    assert (len(keys.events("find")), len(keys.events("help"))) == (1, 1)


def test_the_focus_stays_with_its_operation_when_a_plan_moves_it(keys: GanttPage) -> None:
    keys.ask("gantt.select(5)")
    assert keys.focus() == {"row": 4, "operation": 5}
    keys.show(2)
    assert keys.focus() == {"row": 2, "operation": 5}
