"""The time axis in the plant's zone, on days of 23, 24 and 25 hours."""

from __future__ import annotations

import pytest

from tests.browser.gantt.conftest import OpenGantt
from tests.browser.gantt.driver import GanttPage

pytestmark = pytest.mark.browser

MARKS = "gantt.picture.axis.read(gantt.picture.viewport).lower.map(({tick, label}) => [Math.round(tick), label])"
READER = {"timezone_id": "America/Los_Angeles"}


def _first_day(open_gantt: OpenGantt, scene: str, level: str) -> tuple[GanttPage, list[list[object]]]:
    gantt = open_gantt(scene, **READER)
    gantt.ask("(level) => { gantt.zoom(level); gantt.panBy(1e9, 0); }", level)
    midnight = gantt.ask("gantt.picture.scene.days[1].tick")
    marks: list[list[object]] = [mark for mark in gantt.ask(MARKS) if mark[0] < midnight]
    return gantt, marks


@pytest.mark.parametrize(
    ("scene", "hours"),
    [
        ("workshop", ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00", "06:00"]),
        ("spring", ["00:00", "01:00", "03:00", "04:00", "05:00", "06:00", "07:00"]),
        ("autumn", ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00"]),
    ],
)
def test_hours_are_those_on_the_wall_of_the_plant(open_gantt: OpenGantt, scene: str, hours: list[str]) -> None:
    _, marks = _first_day(open_gantt, scene, "shift")
    assert [label for _, label in marks[:7]] == hours
    ticks = [tick for tick, _ in marks[:7]]
    assert ticks == [ticks[0] + 60 * step for step in range(7)], "an hour takes an hour, whatever the clock says"  # type: ignore[operator] # ticks are numbers


@pytest.mark.parametrize(("scene", "length"), [("workshop", 24), ("spring", 23), ("autumn", 25)])
def test_a_day_has_its_own_length(open_gantt: OpenGantt, scene: str, length: int) -> None:
    gantt = open_gantt(scene, **READER)
    gantt.ask("gantt.zoom('fit'); gantt.zoomAt(0.01)")
    days = gantt.ask("gantt.picture.scene.days.map(({tick}) => tick)")
    assert days[1] - days[0] == length * 60


def test_words_are_in_the_zone_of_the_plant(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("autumn", **READER)
    assert gantt.ask("gantt.picture.words.moment(0)") == "Sun 25 Oct, 06:00"
    assert gantt.ask("[90, 45, 120, 60 * 50, -30].map((ticks) => gantt.picture.words.duration(ticks))") == [
        "1 h 30",
        "45 min",
        "2 h",
        "2 d 2 h",
        "30 min",
    ]
    assert gantt.ask("[200, -25, 0, null].map((ticks) => gantt.picture.words.lateness(ticks))") == [
        "3 h 20 late",
        "25 min early",
        "Just on time",
        "No due date",
    ]


def test_days_and_months_when_hours_are_too_narrow(open_gantt: OpenGantt) -> None:
    gantt = open_gantt("factory")
    gantt.ask("gantt.zoom('fit')")
    upper = gantt.ask("gantt.picture.axis.read(gantt.picture.viewport).upper.map(({label}) => label)")
    assert upper == ["November 2026", "December 2026"]
    assert [label for _, label in gantt.ask(MARKS)][1:3] == ["Mon 23", "Tue 24"]
