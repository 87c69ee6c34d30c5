"""Panning and zooming: what is under the pointer stays there, and nothing but the reader moves the window."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.browser.gantt.conftest import OpenGantt
from tests.browser.gantt.driver import GanttPage

pytestmark = pytest.mark.browser

TOUCH = "Input.dispatchTouchEvent"


@pytest.fixture
def factory(open_gantt: OpenGantt) -> GanttPage:
    return open_gantt("factory")


def _tick(gantt: GanttPage, x: float) -> float:
    tick: float = gantt.page.evaluate("(x) => gantt.picture.viewport.tick(x)", x)
    return tick


@pytest.mark.parametrize("x", [210, 500, 1190])
@pytest.mark.parametrize("turn", [-240, 240])
def test_zooming_keeps_the_time_under_the_pointer(factory: GanttPage, x: int, turn: int) -> None:
    factory.ask("gantt.panBy(-3000, 0)")  # away from the edges, which hold the window
    before, scale = _tick(factory, x), factory.window()["scale"]
    factory.page.mouse.move(x, 300)
    factory.page.keyboard.down("Control")
    factory.page.mouse.wheel(0, turn)
    factory.page.keyboard.up("Control")
    factory.settle()
    assert (factory.window()["scale"] > scale) == (turn < 0)
    assert _tick(factory, x) == pytest.approx(before, abs=0.5)


def test_the_wheel_moves_rows_and_with_shift_time(factory: GanttPage) -> None:
    factory.page.mouse.move(600, 300)
    before = factory.window()
    factory.page.mouse.wheel(0, 120)
    factory.settle()
    rows = factory.window()
    assert (rows["scrollY"], rows["origin"]) == (120, before["origin"])
    factory.page.keyboard.down("Shift")
    factory.page.mouse.wheel(0, 120)
    factory.page.keyboard.up("Shift")
    factory.settle()
    time = factory.window()
    assert time["scrollY"] == 120
    assert time["origin"] == pytest.approx(before["origin"] + 120 / before["scale"])


@pytest.mark.parametrize("hold", ["middle", "space"])
def test_dragging_pans(factory: GanttPage, hold: str) -> None:
    factory.ask("gantt.panBy(-500, -100)")
    before = factory.window()
    factory.page.locator(".gantt-overlay").focus()
    if hold == "space":
        factory.page.keyboard.down(" ")
    factory.page.mouse.move(600, 300)
    factory.page.mouse.down(button="middle" if hold == "middle" else "left")
    factory.page.mouse.move(500, 260, steps=4)
    factory.page.mouse.up(button="middle" if hold == "middle" else "left")
    factory.settle()
    after = factory.window()
    assert after["origin"] == pytest.approx(before["origin"] + 100 / before["scale"])
    assert after["scrollY"] == before["scrollY"] + 40


def test_dragging_along_the_axis_zooms_to_what_was_dragged_over(factory: GanttPage) -> None:
    begin, end = _tick(factory, 400), _tick(factory, 800)
    factory.page.mouse.move(400, 20)
    factory.page.mouse.down()
    factory.page.mouse.move(800, 20, steps=4)
    factory.page.mouse.up()
    factory.settle()
    assert factory.window()["origin"] == pytest.approx(begin, abs=1)
    assert factory.window()["until"] == pytest.approx(end, abs=1)


def test_a_double_click_on_the_axis_shows_everything(factory: GanttPage) -> None:
    factory.page.mouse.dblclick(600, 20)
    factory.settle()
    begin, makespan = factory.ask("[gantt.picture.plan.begin, gantt.picture.plan.makespan]")
    assert factory.window()["origin"] <= begin
    assert factory.window()["until"] >= makespan


def test_the_window_on_the_whole_horizon_can_be_dragged_and_widened(factory: GanttPage) -> None:
    y = factory.ask("gantt.picture.viewport.usedHeight - 18")
    place = """(tick) => {
        const {begin, end, left, plotWidth} = gantt.picture.viewport;
        return left + (tick - begin) / (end - begin) * plotWidth;
    }"""
    window = factory.window()
    middle = factory.page.evaluate(place, (window["origin"] + window["until"]) / 2)
    factory.page.mouse.move(middle, y)
    factory.page.mouse.down()
    factory.page.mouse.move(middle + 100, y, steps=4)
    factory.page.mouse.up()
    factory.settle()
    moved = factory.window()
    assert moved["scale"] == window["scale"]
    assert moved["origin"] > window["origin"]
    edge = factory.page.evaluate(place, moved["until"])
    factory.page.mouse.move(edge, y)
    factory.page.mouse.down()
    factory.page.mouse.move(edge + 80, y, steps=4)
    factory.page.mouse.up()
    factory.settle()
    assert factory.window()["origin"] == pytest.approx(moved["origin"])
    assert factory.window()["until"] > moved["until"]


def test_zoom_levels_show_less_and_less(factory: GanttPage) -> None:
    scales = []
    for level in ("fit", "week", "day", "shift"):
        factory.ask("(level) => gantt.zoom(level)", level)
        scales.append(factory.window()["scale"])
    assert all(wider < closer for wider, closer in pairwise(scales))
    assert factory.ask("gantt.picture.rows.unit") == 28, "rows have their height back after everything was shown"


def test_the_window_ends_where_the_horizon_does(factory: GanttPage) -> None:
    factory.ask("gantt.panBy(1e9, 1e9)")
    begin, end = factory.ask("[gantt.picture.viewport.begin, gantt.picture.viewport.end]")
    assert factory.window()["origin"] == begin
    assert factory.window()["scrollY"] == 0
    factory.ask("gantt.panBy(-1e9, -1e9)")
    assert factory.window()["until"] == pytest.approx(end)
    factory.ask("gantt.zoomAt(1e-9)")
    assert factory.window()["origin"] == pytest.approx(begin)


def test_a_new_plan_moves_neither_window_nor_rows_nor_selection(factory: GanttPage) -> None:
    factory.ask("gantt.select(40); gantt.panBy(-200, -60)")
    rows = "JSON.stringify(gantt.picture.rows.rows)"
    before, rows_before = factory.window(), factory.ask(rows)
    factory.show(2)
    assert factory.window() == before
    assert factory.ask(rows) == rows_before
    assert factory.ask("gantt.selected") == 40


@pytest.mark.parametrize(("now", "opens_at"), [(0, 0), (959, 959), (-360, -360), (4 * 60, 4 * 60)])
def test_it_opens_at_this_moment_while_machines_work_or_soon_will(open_gantt: OpenGantt, now: int, opens_at: int) -> None:
    window = open_gantt("workshop", f"now={now}").window()
    assert window["origin"] == pytest.approx(max(-360, opens_at - (window["until"] - window["origin"]) / 12))


def test_it_opens_at_the_first_shift_after_a_long_rest(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("rest", "now=60")  # closed from tick 0 to 1,500; one of three machines never rests
    window = gantt.window()
    assert window["origin"] == pytest.approx(1500 - (window["until"] - window["origin"]) / 12)
    gantt.page.locator(".gantt-overlay").focus()
    gantt.press("t")
    assert gantt.window()["origin"] <= 60


def test_now_is_a_key_away(factory: GanttPage) -> None:
    factory.page.locator(".gantt-overlay").focus()
    factory.ask("gantt.panBy(-5000, 0)")
    assert factory.window()["origin"] > 4
    factory.press("t")
    assert factory.window()["origin"] < 4 < factory.window()["until"]


def test_fingers_pan_and_pinch(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("factory", width=390, height=844, has_touch=True)
    assert gantt.window()["left"] == 92, "the column of names is narrow on a phone"
    session = gantt.page.context.new_cdp_session(gantt.page)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        session.send(
            TOUCH, {"type": kind, "touchPoints": [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]}
        )

    before = gantt.window()
    touch("touchStart", (300, 400))
    touch("touchMove", (280, 400))
    touch("touchMove", (200, 340))
    touch("touchEnd")
    gantt.settle()
    panned = gantt.window()
    assert panned["origin"] > before["origin"]
    assert panned["scrollY"] > 0
    touch("touchStart", (200, 400), (260, 400))
    touch("touchMove", (170, 400), (290, 400))
    touch("touchEnd")
    gantt.settle()
    assert gantt.window()["scale"] == pytest.approx(panned["scale"] * 2, rel=0.05)
    assert gantt.events("select") == []


def test_a_tap_selects(open_gantt: OpenGantt) -> None:
    gantt = open_gantt(width=390, height=844, has_touch=True)
    gantt.page.touchscreen.tap(*gantt.middle(1))
    gantt.settle()
    assert gantt.ask("gantt.selected") == 1


# Names beside the rows that the next repaint writes, and how high: of the lower canvas and of the overlay.
NAMES = """async () => {
    const context = CanvasRenderingContext2D.prototype;
    const [write, written] = [context.fillText, []];
    context.fillText = function (text, x, y) {
        if (x < gantt.picture.viewport.left && y > gantt.picture.viewport.top && y < gantt.picture.viewport.bottom) {
            written.push([this.canvas.className, text, y]);
        }
        write.call(this, text, x, y);
    };
    gantt.repaint();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    context.fillText = write;
    return written;
}"""


@pytest.mark.parametrize("view", ["orders", "operators", "machines"])
def test_where_rows_are_too_low_for_all_names_as_many_as_fit_are_told(factory: GanttPage, view: str) -> None:
    factory.ask("(view) => { gantt.setView(view); gantt.picture.unit = 6; gantt.picture.layOut(); }", view)
    names = [(text, y) for canvas, text, y in factory.ask(NAMES) if canvas == "gantt-base" and not text.startswith("×")]
    rows = factory.ask("gantt.picture.rows.rows.map(({label, y, height}) => [label, gantt.picture.viewport.y(y) + height / 2])")
    assert len(names) > 0.5 * factory.ask("gantt.picture.viewport.plotHeight") / 14
    places = sorted(y for _, y in names)
    assert all(below - above >= 11 for above, below in pairwise(places)), "none over another"
    for text, y in names:
        assert any(label.startswith(text.rstrip("…")) and abs(middle - y) <= 7 for label, middle in rows), text


def test_fit_tells_some_orders_by_name_and_the_one_at_hand_always(factory: GanttPage) -> None:
    factory.ask("gantt.setView('orders'); gantt.zoom('fit')")
    assert factory.ask("gantt.picture.rows.unit") < 11
    told = {text for canvas, text, _ in factory.ask(NAMES) if canvas == "gantt-base"}
    orders = factory.ask("gantt.picture.scene.orders.map(({name}) => name)")
    assert len(told & set(orders)) > 10
    hidden = next(place for place, name in enumerate(orders) if name not in told)
    operation = factory.ask("(order) => gantt.picture.scene.order.indexOf(order)", hidden)
    factory.ask("(operation) => gantt.attention.choose(operation, 'stay')", operation)
    assert [text for canvas, text, _ in factory.ask(NAMES) if canvas == "gantt-overlay"] == [orders[hidden]]
    factory.ask("gantt.select(null)")
    factory.page.mouse.move(*factory.middle(operation))
    assert [text for canvas, text, _ in factory.ask(NAMES) if canvas == "gantt-overlay"] == [orders[hidden]]
