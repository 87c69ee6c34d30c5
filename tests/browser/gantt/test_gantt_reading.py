"""What a planner reads with the mouse: tooltips, the chain of an order, sums over an area, colours and their legend, search."""

from __future__ import annotations

import pytest

from tests.browser.gantt.conftest import OpenGantt
from tests.browser.gantt.driver import GanttPage, near

pytestmark = pytest.mark.browser


def test_the_tooltip_says_it_all(gantt: GanttPage) -> None:
    gantt.page.mouse.move(*gantt.middle(3))
    tip = gantt.page.locator(".gantt-tip")
    tip.wait_for(state="visible")
    text = tip.inner_text()
    for part in (
        "4712·1 Ring", "Turning on Lathe · Kolbe", "20 min, from Mon 23 Nov, 08:40", "Mon 23 Nov, 09:00", "Mon 23 Nov, 14:40",
        "5 h 40", "Steel", "Mon 23 Nov, 14:20", "3 h 20 late", "Frozen",
    ):  # fmt: skip
        assert part in text
    gantt.page.mouse.move(*gantt.middle(6))
    tip.get_by_text("8 h, from Mon 23 Nov, 22:00").wait_for()
    assert "Need-by" not in tip.inner_text()
    gantt.page.mouse.move(500, 690)
    tip.wait_for(state="hidden")


def test_the_tooltip_of_downtime_gives_the_reason(gantt: GanttPage) -> None:
    window, mill = gantt.window(), gantt.rect(1)
    gantt.page.mouse.move(window["left"] + (330 - window["origin"]) * window["scale"], mill["y"] + 5)
    tip = gantt.page.locator(".gantt-tip")
    tip.wait_for(state="visible")
    assert "New spindle" in tip.inner_text()
    assert "Maintenance, 1 h" in tip.inner_text()


def test_hovering_is_told(gantt: GanttPage) -> None:
    gantt.page.mouse.move(*gantt.middle(2))
    gantt.page.mouse.move(500, 690)
    gantt.settle()
    assert gantt.events("hover") == [{"operation": 2}, {"operation": None}]


def test_a_click_selects_and_a_click_beside_lets_go(gantt: GanttPage) -> None:
    gantt.click(1)
    gantt.click(1)
    assert gantt.ask("gantt.selected") == 1
    rect = gantt.rect(1)
    gantt.page.mouse.click(rect["x"] - 20, rect["y"] + 5)
    gantt.settle()
    assert gantt.events("select") == [{"operation": 1}, {"operation": None}]


def test_a_double_click_opens(gantt: GanttPage) -> None:
    gantt.page.mouse.dblclick(*gantt.middle(2))
    gantt.settle()
    assert gantt.events("activate") == [{"operation": 2}]


def test_the_chain_of_the_selected_order_is_linked_across_rows(gantt: GanttPage) -> None:
    window = gantt.window()
    middle = window["left"] + (155 - window["origin"]) * window["scale"] - 2
    between = (gantt.middle(0)[1] + gantt.middle(1)[1]) / 2
    accent = """([x, y]) => {
        const around = new OffscreenCanvas(9, 9).getContext("2d", { willReadFrequently: true });
        around.drawImage(document.querySelector(".gantt-overlay"), 4 - Math.round(x), 4 - Math.round(y));
        const {data} = around.getImageData(0, 0, 9, 9);
        return [...Array(81).keys()].some((at) => data[4 * at + 3] > 200 && data[4 * at] < 40 && data[4 * at + 2] > 180);
    }"""
    assert not gantt.ask(accent, [middle, between])
    gantt.ask("gantt.select(2)")
    assert gantt.ask(accent, [middle, between]), "half way from the end of the first operation to the start of the second"
    gantt.ask("gantt.select(null)")
    assert not gantt.ask(accent, [middle, between])


def test_the_selection_is_the_same_in_every_view(gantt: GanttPage) -> None:
    gantt.ask("gantt.select(1); gantt.setView('orders')")
    assert gantt.ask("gantt.selected") == 1
    assert gantt.focus()["operation"] == 1
    gantt.ask("gantt.setView('operators')")
    assert gantt.ask("gantt.selected") == 1
    assert gantt.events("select") == [{"operation": 1}]


def test_a_description_is_plain_and_complete(gantt: GanttPage) -> None:
    told = gantt.ask("JSON.parse(JSON.stringify(gantt.describe(1)))")
    expected = {
        "label": "4711·2", "operation": "Milling", "order": "4711", "product": "Shaft", "customer": "Nordwerk",
        "step": 2, "steps": 3, "machine": "Mill", "cell": "Cutting", "family": "Bronze", "crew": ["Ben"],
        "setupMinutes": 10, "runMinutes": 120, "pauseMinutes": 0, "latenessMinutes": -200, "standing": "at risk",
        "flags": ["Pinned"], "start": "2026-11-23T07:40:00.000Z", "runEnd": "2026-11-23T09:40:00.000Z",
        "end": "2026-11-23T09:50:00.000Z", "due": "2026-11-23T15:00:00.000Z", "projected": "2026-11-23T11:40:00.000Z",
        "deadline": None, "timeZone": "Europe/Berlin",
    }  # fmt: skip
    assert {key: told[key] for key in expected} == expected
    assert (told["predecessor"]["number"], told["successor"]["number"], told["before"], told["after"]) == (0, 2, None, None)
    pausing = gantt.ask("JSON.parse(JSON.stringify(gantt.describe(6)))")
    assert (pausing["runMinutes"], pausing["pauseMinutes"], pausing["before"]["number"]) == (120, 480, 3)
    assert pausing["pauses"] == [{"from": "2026-11-23T21:00:00.000Z", "to": "2026-11-24T05:00:00.000Z"}]


@pytest.mark.parametrize(
    ("engaged_end", "flags", "pauses"),
    [
        (1500, "MAY_PAUSE", [930, 1440]),  # Ada, who is needed to the end, is off from 930 on, the lathe is closed from 960
        (940, "MAY_PAUSE", [930, 940, 960, 1440]),  # she is needed for the setup only
        (1500, "MAY_PAUSE | Flag.STARTED", [960, 1440]),  # what has begun minds nobody's shift
    ],
)
def test_work_stands_still_while_somebody_who_is_needed_is_off(
    gantt: GanttPage, engaged_end: int, flags: str, pauses: list[int]
) -> None:
    found = gantt.ask(
        f"""async (end) => {{
            const {{Flag}} = await import("/static/js/gantt/frames.js");
            const {{Plan}} = await import("/static/js/gantt/plan.js");
            const [scene, told] = await Promise.all([(await fetch("/scene/workshop.json")).json(), decodeFrame(await frame(1))]);
            scene.operators[0].closed = [[930, 1440]];
            const {{Scene}} = await import("/static/js/gantt/scene.js");
            told.flags[6] = Flag.{flags};
            const engaged = {{engagedOperation: [6], engagedBegin: [900], engagedEnd: [end], engagedOperator: [0]}};
            return new Plan(new Scene(scene), {{...told, ...engaged}}).pauses(6);
        }}""",
        engaged_end,
    )
    assert found == pauses


def test_an_area_is_summed(gantt: GanttPage) -> None:
    window, lathe, mill = gantt.window(), gantt.rect(0), gantt.rect(1)
    x = [window["left"] + (tick - window["origin"]) * window["scale"] for tick in (530, 20)]
    gantt.page.mouse.move(x[0], lathe["y"] + 2)
    gantt.page.mouse.down()
    gantt.page.mouse.move(x[1], mill["y"] + 2, steps=5)
    text = gantt.page.locator(".gantt-tip").inner_text()
    gantt.page.mouse.up()
    [area] = gantt.events("area")
    assert (area["rows"], area["operations"], area["late"]) == (2, 3, 1)
    assert area["busy"] == pytest.approx(120 + 340 + 130, abs=2)
    assert area["setup"] == pytest.approx(10 + 20 + 10, abs=2)
    assert area["idle"] == pytest.approx(2 * 510 - 60 - area["busy"] - area["setup"], abs=3)
    assert "3 operations in 2 rows" in text
    gantt.press("Escape")
    assert not gantt.page.locator(".gantt-tip").is_visible()


def test_search_goes_from_match_to_match_and_hides_nothing(gantt: GanttPage) -> None:
    assert gantt.ask("gantt.locate('4711')") == {"count": 3, "index": 0, "operation": 0, "subject": None}
    assert gantt.ask("gantt.locate('4711')") == {"count": 3, "index": 1, "operation": 1, "subject": None}
    assert gantt.ask("gantt.selected") == 1
    assert gantt.ask("gantt.locate('4712·2')")["operation"] == 4
    assert gantt.ask("gantt.locate('kolbe')")["count"] == 2
    assert gantt.rect(0)
    assert gantt.ask("gantt.locate('nonsense')") == {"count": 0, "index": -1, "operation": None, "subject": None}
    assert gantt.page.get_by_role("status").inner_text() == "Nothing matches nonsense"


def test_search_finds_machines_and_scrolls_to_what_is_folded_or_far(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("factory")
    gantt.ask("gantt.locate('IN-03')")
    row = gantt.focus()["row"]
    assert gantt.ask("(row) => gantt.picture.rows.rows[row].label", row) == "IN-03"
    assert gantt.window()["scrollY"] > 0
    late = gantt.ask(
        "[...gantt.picture.scene.order.keys()].findLast((operation) => gantt.picture.plan.standing(operation) === 2)"
    )
    cell = gantt.ask("(operation) => gantt.picture.scene.machines[gantt.picture.plan.machine[operation]].cell", late)
    gantt.ask("(cell) => gantt.toggle(cell)", cell)
    gantt.ask("(operation) => gantt.locate(gantt.picture.scene.label(operation))", late)
    rect = gantt.rect(late)
    assert 168 <= rect["x"] <= 1200
    assert 48 <= rect["y"] <= 700


@pytest.mark.parametrize(
    ("mode", "labels"),
    [
        ("lateness", ["On time", "At risk", "Late", "Done"]),
        ("order", ["4711", "4712", "4713"]),
        ("family", ["Steel", "Bronze", "No family"]),
        ("operator", ["Ada", "Ben", "No operator"]),
    ],
)
def test_the_legend_says_what_colours_mean(gantt: GanttPage, mode: str, labels: list[str]) -> None:
    gantt.ask("(mode) => gantt.setColour(mode)", mode)
    shown = gantt.page.get_by_role("list", name="Colours").get_by_role("listitem").all_inner_texts()
    assert shown == [*labels, "Setup", "Pause", "Closed", "Down", "Need-by"]


def test_operations_of_one_family_share_a_colour(gantt: GanttPage) -> None:
    gantt.ask("gantt.setColour('family')")
    colours = [gantt.pixel(gantt.rect(one)["x"] + gantt.rect(one)["width"] - 14, gantt.rect(one)["y"] + 3) for one in (0, 3, 1)]
    assert colours[0] == colours[1] != colours[2]
    assert near(colours[0], "#80245b")


def test_what_is_shown_is_told(gantt: GanttPage) -> None:
    gantt.ask("gantt.setView('orders'); gantt.setColour('order'); gantt.zoom('week')")
    last = gantt.events("viewchange")[-1]
    assert (last["view"], last["colour"], last["level"]) == ("orders", "order", "week")
    assert last["to"] - last["from"] == pytest.approx(gantt.window()["until"] - gantt.window()["origin"])
    gantt.ask("gantt.zoom('fit')")
    assert gantt.events("viewchange")[-1]["level"] == "fit"
    gantt.ask("gantt.setView('machines')")
    assert gantt.events("viewchange")[-1]["level"] is None, "rows that were squeezed for one view are not for another"
    gantt.ask("gantt.zoomAt(1.4)")
    assert gantt.events("viewchange")[-1]["level"] is None, "between two levels"


def test_a_tooltip_gives_way_to_the_keyboard(gantt: GanttPage) -> None:
    bar = gantt.rect(0)
    gantt.page.mouse.move(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    tip = gantt.page.locator(".gantt-tip")
    tip.wait_for(state="visible")
    gantt.ask("gantt.select(1)")
    assert not tip.is_visible()
