"""Plans on the wire: what Python encodes the browser reads, anything else it refuses, and of many it shows the newest."""

from __future__ import annotations

import base64

import pytest

from tests.browser.gantt import scenes, tiny
from tests.browser.gantt.driver import GanttPage
from tests.browser.gantt.site import frame, scene

pytestmark = pytest.mark.browser

DECODE = """async (bytes) => {
    const frame = await decodeFrame(Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)).buffer);
    const plain = (value) => value.length === undefined ? value : [...value];
    return Object.fromEntries(Object.entries(frame).map(([key, value]) => [key, plain(value)]));
}"""
REFUSE = """async (bytes) => {
    try {
        await gantt.setFrame(Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)).buffer);
        return null;
    } catch (error) {
        return `${error.name}: ${error.message}`;
    }
}"""


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_every_column_arrives_as_it_was_encoded(gantt: GanttPage) -> None:
    plan = scenes.plan(scene("factory"), 3)
    read = gantt.ask(DECODE, _text(plan.encode(seq=318)))
    operations, begins, ends, people = (list(column) for column in zip(*plan.engagements, strict=True))
    assert (read["seq"], read["count"], read["engagements"]) == (318, len(plan.start), len(plan.engagements))
    assert [read[key] for key in ("setupStart", "start", "runEnd", "end")] == [
        plan.setup_start,
        plan.start,
        plan.run_end,
        plan.end,
    ]
    assert [read[key] for key in ("machine", "flags")] == [plan.machine, plan.flags]
    assert [read[key] for key in ("engagedOperation", "engagedBegin", "engagedEnd", "engagedOperator")] == [
        operations,
        begins,
        ends,
        people,
    ]


def test_history_is_negative(gantt: GanttPage) -> None:
    plan = tiny.plan(1)
    plan.setup_start[0] = -30
    assert gantt.ask(DECODE, _text(plan.encode(seq=1)))["setupStart"][0] == -30


@pytest.mark.parametrize(
    ("bytes_", "reason"),
    [
        (b"TK", "has no header"),
        (b"XX" + frame("workshop", 1)[2:], "not a frame"),
        (frame("workshop", 1)[:2] + b"\x09" + frame("workshop", 1)[3:], "version 9"),
        (frame("workshop", 1)[:3] + b"\x07" + frame("workshop", 1)[4:], "type 7"),
        (frame("workshop", 1)[:-9], "does not inflate"),
        (frame("workshop", 1)[:16] + b"garbage", "does not inflate"),
        (frame("workshop", 1)[:8] + b"\x08" + frame("workshop", 1)[9:], "instead of"),
        (frame("factory", 1), "for a scene of 7"),
    ],
    ids=["empty", "magic", "version", "type", "cut", "garbage", "count", "scene"],
)
def test_bytes_that_are_no_plan_are_refused_and_the_old_plan_stays(gantt: GanttPage, bytes_: bytes, reason: str) -> None:
    error = gantt.ask(REFUSE, _text(bytes_))
    assert error.startswith("FrameError: ")
    assert reason in error
    assert gantt.ask("gantt.seq") == 1


def test_of_many_plans_the_newest_is_shown(gantt: GanttPage) -> None:
    shown = gantt.ask(
        """async () => {
            const all = await Promise.all([2, 1, 2, 1, 2].map((seed) => frame(seed)));
            return Promise.all(all.map((bytes) => gantt.setFrame(bytes)));
        }"""
    )
    assert shown[-1] is True
    assert gantt.ask("gantt.seq") == 2
    assert len(gantt.events("plan")) == 1 + sum(shown)


def test_a_gantt_that_was_destroyed_shows_nothing_more(gantt: GanttPage) -> None:
    shown = gantt.ask("async () => { const bytes = await frame(2); gantt.destroy(); return gantt.setFrame(bytes); }")
    assert shown is False
    assert gantt.page.locator(".gantt").count() == 0
