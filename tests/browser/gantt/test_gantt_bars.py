"""Bars are where their times and machines say, in all three views."""

from __future__ import annotations

import pytest

from tests.browser.gantt import tiny
from tests.browser.gantt.conftest import OpenGantt
from tests.browser.gantt.driver import GanttPage, near

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("operation", range(7))
def test_a_bar_spans_its_times(gantt: GanttPage, operation: int) -> None:
    window = gantt.window()
    setup_start, _, _, end, _, _ = tiny.ROWS[operation]
    rect = gantt.rect(operation)
    assert rect["x"] == pytest.approx(window["left"] + (setup_start - window["origin"]) * window["scale"], abs=0.51)
    assert rect["width"] == pytest.approx((end - setup_start) * window["scale"], abs=1.01)


def test_a_bar_is_found_where_it_is(gantt: GanttPage) -> None:
    for operation in range(6):
        assert gantt.hit(*gantt.middle(operation))["operation"] == operation


def test_what_is_no_bar_is_found_too(gantt: GanttPage) -> None:
    lathe, mill = gantt.rect(0), gantt.rect(1)
    gap = gantt.rect(6)["x"] - 10
    assert gantt.hit(gap, lathe["y"] + 4)["kind"] == "row"
    assert gantt.hit(20, lathe["y"] + 4)["kind"] == "name"
    assert gantt.hit(20, lathe["y"] - 16)["kind"] == "group"
    assert gantt.hit(500, 10)["kind"] == "axis"
    window = gantt.window()
    down = window["left"] + (330 - window["origin"]) * window["scale"]
    assert gantt.hit(down, mill["y"] + 4)["downtime"]["reason"] == "New spindle"
    bottom = gantt.ask("gantt.picture.viewport.bottom")
    assert gantt.hit(500, bottom + 5)["kind"] == "load"
    assert gantt.hit(500, gantt.ask("gantt.picture.viewport.usedHeight") - 5)["kind"] == "horizon"
    assert gantt.hit(5000, 5)["kind"] == "none"


def test_bars_have_the_colour_of_their_order(gantt: GanttPage) -> None:
    def fill(operation: int) -> tuple[int, int, int]:
        rect = gantt.rect(operation)
        return gantt.pixel(rect["x"] + rect["width"] - 6, rect["y"] + 3)

    assert near(fill(2), "#e5b13b"), "4711 ends 200 minutes before it is due: at risk"
    assert near(fill(5), "#8fa7c4"), "4713 has no due date: on time"
    red, green, blue = fill(4)
    assert red > 190
    assert max(green, blue) < 130, "4712 is late: red, with a hatch over it"


def test_closed_time_is_shaded_and_open_time_is_not(gantt: GanttPage) -> None:
    window = gantt.window()
    y = gantt.rect(0)["y"] + 6
    closed, opened = (window["left"] + (tick - window["origin"]) * window["scale"] for tick in (-47, 700))
    assert near(gantt.pixel(closed, y), "#eceff3", 3)
    assert near(gantt.pixel(opened, y), "#ffffff", 3)


def test_bars_side_by_side_on_one_machine_have_lanes_of_their_own(gantt: GanttPage) -> None:
    upper, lower = gantt.rect(5), gantt.rect(4)
    assert upper["x"] + upper["width"] > lower["x"], "they overlap in time"
    assert upper["y"] + upper["height"] <= lower["y"]
    assert upper["height"] >= 12


def test_operators_show_who_is_at_work(gantt: GanttPage) -> None:
    gantt.ask("gantt.setView('operators')")
    window = gantt.window()
    ada, ben = gantt.rect(0), gantt.rect(1)
    assert ada["y"] < ben["y"]
    assert ben["width"] == pytest.approx(10 * window["scale"], abs=1.01), "Ben is there for the setup only"
    assert gantt.ask("gantt.rectOf(3)") is None, "nobody is needed for it"


def test_orders_show_their_chain_in_one_row(gantt: GanttPage) -> None:
    gantt.ask("gantt.setView('orders')")
    first, second, third = gantt.rect(0), gantt.rect(1), gantt.rect(2)
    assert first["y"] == second["y"] == third["y"]
    assert gantt.rect(3)["y"] > first["y"]


def test_a_folded_cell_keeps_a_trace_of_its_bars(gantt: GanttPage) -> None:
    before = gantt.rect(2)["y"]
    gantt.page.mouse.click(60, gantt.rect(0)["y"] - 16)
    gantt.settle()
    assert gantt.ask("gantt.rectOf(0)") is None
    assert gantt.rect(2)["y"] < before
    header = gantt.ask("gantt.picture.viewport.y(gantt.picture.rows.rows[0].y) + 12")
    window = gantt.window()
    traced = gantt.pixel(window["left"] + (100 - window["origin"]) * window["scale"], header)
    assert not near(traced, "#f0f2f5", 4)
    gantt.page.mouse.click(60, header)
    assert gantt.rect(2)["y"] == before


def test_all_rows_and_all_times_fit(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("large", height=860)
    gantt.ask("gantt.zoom('fit')")
    rows = gantt.ask("(({plotHeight, contentHeight}) => [plotHeight, contentHeight])(gantt.picture.viewport)")
    plan = gantt.ask("(({begin, makespan}) => [begin, makespan])(gantt.picture.plan)")
    assert rows[0] == rows[1]
    assert gantt.window()["origin"] <= plan[0]
    assert gantt.window()["until"] >= plan[1]
    late = gantt.ask("[...gantt.picture.scene.order.keys()].find((operation) => gantt.picture.plan.standing(operation) === 2)")
    assert near(gantt.pixel(gantt.rect(late)["x"] + gantt.rect(late)["width"] - 1, gantt.rect(late)["y"]), "#c8102e")
