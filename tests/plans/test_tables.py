"""A schedule as tables: who does what where, in local time and in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from plans.labels import Labels, OrderLabel
from plans.tables import View, rows
from solver.history import fixed_assignment
from solver.problem import Actual, Crew, Machine, Mode, Operation, Operator, Order, Problem, SkillLevel, WorkCell
from solver.schedule import Assignment, Schedule
from tests.plans.unlabelled import no_labels
from tests.solver.strategies import planned

BERLIN = ZoneInfo("Europe/Berlin")
ALWAYS = ((-5000, 5000),)
VIEWS: tuple[View, ...] = ("machines", "operators", "orders")

QUESTION = Problem(
    name="Werk 1",
    epoch="2026-03-28T11:00:00+00:00",  # Saturday noon in Berlin, the clocks change in the night
    horizon=5000,
    cells=(WorkCell("c", "Cell"),),
    machines=(
        Machine("lathe", "TU-01", "c", ALWAYS),
        Machine("mill", "MI-01", "c", ALWAYS),
        Machine("idle", "ID-01", "c", ALWAYS),
    ),
    orders=(Order("o1", "4711", due=700), Order("o2", "4712", due=1440), Order("o3", "4713")),
    operations=(
        Operation("a", "Turning", "o1", "c", (Mode("lathe", 60, setup=20),), crew=(Crew("s"), Crew("s", phase="setup"))),
        Operation("b", "Milling", "o1", "c", (Mode("mill", 60),), may_pause=True),
        Operation("d", "Deburring", "o2", "c", (Mode("mill", 60),), actual=Actual("mill", -60, -60, end=-10)),
        Operation("e", "Sawing", "o3", "c", (Mode("lathe", 60),), actual=Actual("lathe", -30, -30, remaining=30)),
    ),
    operators=(Operator("p1", "Ada", ALWAYS, (SkillLevel("s"),)), Operator("p2", "Bo", ALWAYS, (SkillLevel("s"),))),
)
ANSWER = Schedule(
    (
        Assignment("a", "lathe", 40, 70, 130, 130, (("p1",), ("p2",)), ((50, 60),)),
        Assignment("b", "mill", 600, 600, 820, 820, (), ((660, 820 - 60),)),
        Assignment("d", "mill", -60, -60, -10, -10),
        Assignment("e", "lathe", -30, -30, 30, 30),
    )
)


def labels() -> Labels:
    made = no_labels(QUESTION.horizon)
    made["time_zone"] = "Europe/Berlin"
    made["orders"]["o1"] = OrderLabel(product="Shaft", customer="Ott")
    made["numbers"] |= {"a": 10, "b": 20}
    return made


def test_machines_have_their_work_in_order_of_time_and_idle_ones_none() -> None:
    told = {table.name: [row.name for row in table.rows] for table in rows(QUESTION, labels(), ANSWER, "machines")}
    assert told == {"TU-01": ["Sawing", "Turning"], "MI-01": ["Deburring", "Milling"]}


def test_people_have_what_they_are_needed_for() -> None:
    told = {table.name: [row.name for row in table.rows] for table in rows(QUESTION, labels(), ANSWER, "operators")}
    assert told == {"Ada": ["Turning"], "Bo": ["Turning"]}


def test_orders_have_their_steps() -> None:
    told = {table.name: [(row.number, row.name) for row in table.rows] for table in rows(QUESTION, labels(), ANSWER, "orders")}
    assert told == {"4711": [(10, "Turning"), (20, "Milling")], "4712": [(0, "Deburring")], "4713": [(0, "Sawing")]}


def test_a_row_says_it_all() -> None:
    first, second = rows(QUESTION, labels(), ANSWER, "orders")[0].rows
    assert (first.order, first.product, first.customer, first.machine, first.crew) == (
        "4711",
        "Shaft",
        "Ott",
        "TU-01",
        ("Ada", "Bo"),
    )
    assert (first.setup, first.pauses) == ("20 min", ("Sat 28 Mar, 12:50 – 13:00",))
    assert first.start == datetime(2026, 3, 28, 13, 10, tzinfo=BERLIN)
    assert first.setup_from == "Sat 28 Mar, 12:40", "twenty minutes before the start would be wrong"
    assert (second.setup, second.status, second.operation) == ("", "planned", 1)


def test_a_setup_that_nothing_interrupts_ends_where_the_work_starts() -> None:
    unbroken = replace(ANSWER.assignments[0], setup_start=50, pauses=())
    first, _ = rows(QUESTION, labels(), Schedule((unbroken, *ANSWER.assignments[1:])), "orders")[0].rows
    assert (first.setup, first.setup_from) == ("20 min", "")


@pytest.mark.parametrize(
    ("actual", "begin", "told"),
    [
        (Actual("lathe", -2100, -2100, remaining=30), -2880, "Fri 27 Mar, 02:40 – Sat 28 Mar, 13:00"),
        (Actual("lathe", -2100, -2100, end=-1500), -2880, "Fri 27 Mar, 02:40 – 11:00"),
        (Actual("lathe", -2100, -2100, remaining=30), -60, "Sat 28 Mar, 11:00 – 13:00"),
    ],
)
def test_what_has_begun_stood_still_before_now_too_as_far_as_calendars_are_known(actual: Actual, begin: int, told: str) -> None:
    operation = replace(QUESTION.operations[3], actual=actual)
    lathe = replace(QUESTION.machines[0], windows=((-3000, -2000), (60, 5000)))
    question = replace(QUESTION, machines=(lathe, *QUESTION.machines[1:]), operations=(*QUESTION.operations[:3], operation))
    fact = fixed_assignment(question, operation)
    assert fact is not None
    named = labels()
    named["begin"] = begin
    (row,) = rows(question, named, Schedule((*ANSWER.assignments[:3], fact)), "orders")[2].rows
    assert row.pauses == (told,)


def test_times_after_the_change_of_the_clocks_are_an_hour_later_on_the_wall() -> None:
    _, second = rows(QUESTION, labels(), ANSWER, "orders")[0].rows
    late = replace(ANSWER.assignments[1], setup_start=840, start=840, run_end=900, end=900, pauses=())
    moved = Schedule((ANSWER.assignments[0], late, *ANSWER.assignments[2:]))
    _, after = rows(QUESTION, labels(), moved, "orders")[0].rows
    assert f"{second.start:%H:%M}" == "22:00"
    assert f"{after.start:%H:%M}" == "03:00"
    assert after.lateness == "3 h 20 late", "time that passed, not wall clocks"


def test_lateness_is_the_orders_and_in_words() -> None:
    tables = {table.name: table.rows for table in rows(QUESTION, labels(), ANSWER, "orders")}
    assert {(row.late, row.lateness) for row in tables["4711"]} == {(True, "2 h late")}
    assert [(row.late, row.lateness, row.status) for row in tables["4712"]] == [(False, "24 h 10 early", "done")]
    assert [(row.late, row.lateness, row.due, row.status) for row in tables["4713"]] == [(False, "", None, "started")]


@given(planned())
def test_every_operation_is_in_the_tables_of_machines_and_orders_once(case: tuple[Problem, Schedule]) -> None:
    problem, schedule = case
    for view in VIEWS[::2]:
        told = [row.operation for table in rows(problem, no_labels(problem.horizon), schedule, view) for row in table.rows]
        assert sorted(told) == list(range(len(problem.operations)))


@given(planned())
def test_rows_are_in_order_of_time(case: tuple[Problem, Schedule]) -> None:
    problem, schedule = case
    for view in VIEWS:
        for table in rows(problem, no_labels(problem.horizon), schedule, view):
            starts = [row.setup_start.timestamp() for row in table.rows]
            assert starts == sorted(starts)
