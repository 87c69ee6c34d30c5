"""Themes, fonts, sharp screens, motion: the Gantt follows the page and the reader's wishes."""

from __future__ import annotations

import pytest

from tests.browser.gantt.conftest import OpenGantt
from tests.browser.gantt.driver import GanttPage, near

pytestmark = pytest.mark.browser


def test_a_change_of_theme_repaints_with_its_tokens(gantt: GanttPage) -> None:
    x, y = gantt.rect(5)["x"] + gantt.rect(5)["width"] - 6, gantt.rect(5)["y"] + 3
    assert near(gantt.pixel(x, y), "#8fa7c4")
    gantt.ask("document.documentElement.dataset.theme = 'dark'")
    assert near(gantt.pixel(x, y), "#4f6b8c")
    assert near(gantt.pixel(700, 20), "#161d25")
    swatch = gantt.page.locator(".gantt-swatch").first
    assert swatch.evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(79, 107, 140)"


def test_paper_is_light_whatever_the_screen_is(gantt: GanttPage) -> None:
    x, y = gantt.rect(5)["x"] + gantt.rect(5)["width"] - 6, gantt.rect(5)["y"] + 3
    gantt.ask("document.documentElement.dataset.theme = 'dark'")
    for media, bar, ground in (("print", "#8fa7c4", "#ffffff"), ("screen", "#4f6b8c", "#161d25")):
        gantt.page.emulate_media(media=media)  # type: ignore[arg-type] # a loop over two of its literals
        gantt.settle()
        assert near(gantt.pixel(x, y), bar)
        assert near(gantt.pixel(700, 20), ground)


def test_labels_are_dark_on_light_bars_and_light_on_dark_ones(gantt: GanttPage) -> None:
    inks = gantt.ask("gantt.picture.colouring.paints.slice(0, 3).map(({ink}) => ink)")
    assert inks == ["#000000", "#000000", "#ffffff"]


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_every_pixel_of_the_screen_is_used(open_gantt: OpenGantt, ratio: float) -> None:
    gantt = open_gantt(device_scale_factor=ratio)
    assert gantt.ask("document.querySelector('.gantt-base').width") == round(1200 * ratio)
    rect = gantt.rect(5)
    assert (rect["x"] * ratio) % 1 == pytest.approx(0, abs=1e-6)
    assert near(gantt.pixel(rect["x"] + rect["width"] - 6, rect["y"] + 3), "#8fa7c4")


def test_the_gantt_follows_the_size_of_its_host(gantt: GanttPage) -> None:
    gantt.page.set_viewport_size({"width": 800, "height": 500})
    gantt.settle()
    gantt.settle()
    assert gantt.ask("[gantt.picture.viewport.width, document.querySelector('.gantt-overlay').width]") == [800, 800]


def test_bars_slide_to_their_places(gantt: GanttPage) -> None:
    gantt.page.evaluate("async () => { await gantt.setFrame(await frame(2)); }")
    assert gantt.page.evaluate("gantt.picture.tween.traced.size") == 3
    while gantt.page.evaluate("gantt.picture.tween !== null"):
        gantt.settle()
    assert near(gantt.pixel(gantt.rect(5)["x"] + gantt.rect(5)["width"] - 6, gantt.rect(5)["y"] + 3), "#8fa7c4")


def test_nothing_slides_for_those_who_want_no_motion(open_gantt: OpenGantt) -> None:
    gantt = open_gantt(reduced_motion="reduce")
    gantt.page.evaluate("async () => { await gantt.setFrame(await frame(2)); }")
    assert gantt.page.evaluate("gantt.picture.tween") is None
    assert gantt.ask("gantt.seq") == 2


def test_the_first_plan_appears_at_once_even_before_the_fonts(open_gantt: OpenGantt) -> None:
    gantt = open_gantt(query="empty")
    shown = gantt.ask(
        """async () => {
            let ready;
            Object.defineProperty(document.fonts, "ready", { value: new Promise((done) => { ready = done; }) });
            const host = document.getElementById("host");
            gantt.destroy();
            const { Gantt } = await import("/static/js/gantt/gantt.js");
            const scene = await (await fetch("/scene/workshop.json")).json();
            window.gantt = new Gantt(host, scene, { now: () => Date.parse(scene.epoch) });
            const shown = await window.gantt.setFrame(await frame(1));
            const measured = window.gantt.picture.widths.byFont.size;
            ready();
            await document.fonts.ready;
            return [shown, measured > 0, window.gantt.picture.widths.byFont.size, window.gantt.picture.tween];
        }"""
    )
    assert shown == [True, True, 0, None]
    assert near(gantt.pixel(gantt.rect(5)["x"] + gantt.rect(5)["width"] - 6, gantt.rect(5)["y"] + 3), "#8fa7c4")


def test_without_a_plan_there_are_rows_and_no_bars(open_gantt: OpenGantt) -> None:
    gantt = open_gantt(query="empty")
    assert gantt.ask("[gantt.seq, gantt.describe(0), gantt.rectOf(0)]") == [None, None, None]
    assert gantt.hit(20, 90)["kind"] == "name"
    gantt.press("Tab", "ArrowDown", "ArrowRight", "Home", "Enter", ".", "]", "f")
    gantt.ask("gantt.setView('orders'); gantt.setColour('operator'); gantt.zoom('fit'); gantt.locate('4711')")


def test_the_now_line_follows_the_clock(gantt: GanttPage) -> None:
    assert gantt.ask("gantt.picture.now") == 4
    gantt.ask("gantt.clock = () => gantt.picture.scene.instant(90)")
    gantt.ask("gantt.tick()")
    window = gantt.window()
    x = window["left"] + (90 - window["origin"]) * window["scale"]
    drawn = gantt.ask(
        """(x) => {
            const one = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
            one.drawImage(document.querySelector(".gantt-overlay"), -Math.round(x), -200);
            return [...one.getImageData(0, 0, 1, 1).data];
        }""",
        x,
    )
    assert near((drawn[0], drawn[1], drawn[2]), "#d9480f", 30)


def test_a_hidden_page_paints_nothing_and_shows_the_newest_plan_when_it_is_back(gantt: GanttPage) -> None:
    painted = gantt.ask(
        """async () => {
            const waiting = [];
            const request = window.requestAnimationFrame;
            window.requestAnimationFrame = (callback) => waiting.push(callback);
            const shown = [gantt.setFrame(await frame(2)), gantt.setFrame(await frame(1)), gantt.setFrame(await frame(2))];
            while (waiting.length === 0) await new Promise((done) => setTimeout(done));
            await new Promise((done) => setTimeout(done, 50));
            const asked = waiting.length;
            const before = gantt.seq;
            window.requestAnimationFrame = request;
            waiting[0](performance.now());
            return [asked, before, gantt.seq, await Promise.all(shown)];
        }"""
    )
    assert painted == [1, 1, 2, [False, False, True]]
