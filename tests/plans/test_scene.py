"""The scene that bars are drawn on: day lines over changes of the clocks, closed time, references by position."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.labels import OrderLabel
from plans.scene import closed, scene
from solver.calendars import working
from solver.problem import Machine, Operation, Order, Precedence, Problem, WorkCell
from tests.plans.unlabelled import no_labels
from tests.solver.strategies import problems

DAY = 24 * 60


def week_of(epoch: str, days: int = 4) -> Problem:
    return Problem("Plant", epoch, days * DAY, (WorkCell("c", "Cell"),), (), (), ())


@pytest.mark.parametrize(
    ("zone", "epoch", "lengths"),
    [
        ("Europe/Berlin", "2026-03-27T23:00:00+00:00", [24, 23, 24, 24]),
        ("Europe/Berlin", "2026-10-23T22:00:00+00:00", [24, 25, 24]),
        ("America/New_York", "2026-03-07T05:00:00+00:00", [24, 23, 24, 24]),
        ("Australia/Lord_Howe", "2026-04-03T13:00:00+00:00", [24, 24.5, 24]),
        ("UTC", "2026-03-27T00:00:00+00:00", [24, 24, 24, 24]),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, epoch: str, lengths: list[float]) -> None:
    problem = week_of(epoch)
    days = scene(problem, no_labels(problem.horizon), zone)["days"]
    assert [(after["tick"] - before["tick"]) / 60 for before, after in pairwise(days)] == lengths


def test_the_first_day_line_lies_before_the_first_tick_that_is_shown() -> None:
    problem = week_of("2026-03-27T09:15:00+00:00")
    labels = no_labels(problem.horizon) | {"begin": -600}
    days = scene(problem, labels, "Europe/Berlin")["days"]
    assert days[0]["tick"] <= -600 < days[1]["tick"]
    assert days[-1]["tick"] <= problem.horizon < days[-1]["tick"] + DAY


def test_weekends_are_marked_and_days_named() -> None:
    problem = week_of("2026-03-26T23:00:00+00:00")
    days = scene(problem, no_labels(problem.horizon), "Europe/Berlin")["days"]
    assert [(day["label"], day["weekend"]) for day in days[:4]] == [
        ("Fri 27 Mar", False),
        ("Sat 28 Mar", True),
        ("Sun 29 Mar", True),
        ("Mon 30 Mar", False),
    ]


@st.composite
def sorted_windows(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = sorted(draw(st.sets(st.integers(-50, 150), min_size=0, max_size=12)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@given(sorted_windows())
def test_closed_and_open_time_are_the_whole_span(windows: tuple[tuple[int, int], ...]) -> None:
    gaps = tuple(closed(windows, (0, 100)))
    assert working(gaps, 0, 100) + working(windows, 0, 100) == 100
    assert all(0 <= begin < end <= 100 for begin, end in gaps)
    assert all(working(windows, begin, end) == 0 for begin, end in gaps)


@given(problems())
def test_references_lead_back_to_the_problem(problem: Problem) -> None:
    drawn = scene(problem, no_labels(problem.horizon), "Europe/Berlin")
    columns = drawn["operations"]
    for number, operation in enumerate(problem.operations):
        assert columns["id"][number] == operation.id
        assert drawn["orders"][columns["order"][number]]["id"] == operation.order
        assert drawn["cells"][columns["cell"][number]]["id"] == operation.cell
        family = columns["family"][number]
        assert (drawn["families"][family] if family >= 0 else None) == operation.setup_family
    links = {(columns["id"][before], columns["id"][after]) for before, after in drawn["links"]}
    assert links == {(link.before, link.after) for link in problem.precedences}
    assert json.loads(json.dumps(drawn))["horizon"] == problem.horizon


def test_names_come_from_the_labels() -> None:
    problem = replace(
        week_of("2026-03-27T09:15:00+00:00"),
        machines=(Machine("m", "Mill", "c", ((0, 600),)),),
        orders=(Order("o", "4711"),),
        operations=(Operation("a", "Turning", "o", "c", (), "f"), Operation("b", "Drilling", "o", "c", ())),
        precedences=(Precedence("a", "b"),),
    )
    labels = no_labels(problem.horizon)
    labels["orders"]["o"] = OrderLabel(product="Shaft", customer="Ott")
    labels["families"]["f"] = "Steel"
    labels["numbers"] |= {"a": 10, "b": 20}
    drawn = scene(problem, labels, "Europe/Berlin")
    assert (drawn["orders"][0]["product"], drawn["orders"][0]["customer"]) == ("Shaft", "Ott")
    assert (drawn["families"], drawn["operations"]["family"]) == (["Steel"], [0, -1])
    assert drawn["operations"]["number"] == [10, 20]
    assert drawn["machines"][0]["closed"] == [(600, problem.horizon)]
