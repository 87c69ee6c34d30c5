"""The figures above a plan, in a planner's units, and their change against the published one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from plans.answers import Answer
from plans.kpis import Kpi, kpis, machine_loads, worked
from solver.problem import BaselineStart, Downtime, Machine, Mode, Operation, Order, Problem, WorkCell
from solver.schedule import Assignment, Schedule, measure
from tests.plans.unlabelled import no_labels
from tests.solver.strategies import planned

QUESTION = Problem(
    name="Werk 1",
    epoch="2026-03-02T09:00:00+00:00",
    horizon=2000,
    cells=(WorkCell("c1", "Turning"), WorkCell("c2", "Milling")),
    machines=(
        Machine("m1", "TU-01", "c1", ((0, 300), (400, 2000)), (Downtime(100, 150),)),
        Machine("m2", "TU-02", "c1", ((0, 2000),)),
        Machine("m3", "FU-01", "c2", ((0, 2000),), capacity=2),
    ),
    orders=(Order("o1", "4711", due=100, weight=3), Order("o2", "4712", due=600), Order("o3", "4713")),
    operations=(
        Operation("a", "A", "o1", "c1", (Mode("m1", 90, setup=30),)),
        Operation("b", "B", "o2", "c1", (Mode("m1", 120),), may_pause=True),
        Operation("d", "D", "o3", "c2", (Mode("m3", 250),)),
    ),
    baseline=(BaselineStart("a", "m1", 0, 30), BaselineStart("b", "m1", 0, 0)),
)
ANSWER = Schedule(
    (
        Assignment("a", "m1", 150, 180, 270, 270),
        Assignment("b", "m1", 270, 270, 490, 490, (), ((300, 400),)),
        Assignment("d", "m3", 0, 0, 250, 250),
    )
)


def answer(schedule: Schedule = ANSWER, planned_until: int = 1000, problem: Problem = QUESTION) -> Answer:
    return Answer(problem, no_labels(planned_until), schedule)


def by_key(figures: list[Kpi]) -> dict[str, Kpi]:
    return {figure.key: figure for figure in figures}


def test_figures_are_in_hours_and_percent() -> None:
    told = by_key(kpis(answer()))
    values = {key: (figure.value, figure.unit) for key, figure in told.items()}
    assert values == {
        "late_orders": (1, ""),
        "weighted_tardiness": (8.5, "h"),
        "on_time": (50.0, "%"),
        "bottleneck": (70.6, "%"),
        "setup": (0.5, "h"),
        "moved": (2, ""),
    }
    assert told["bottleneck"].subject == "TU-01"
    assert {figure.change for figure in told.values()} == {None}


def test_a_load_is_work_within_open_time_and_places() -> None:
    loads = {load.name: (load.busy, load.open) for load in machine_loads(answer())}
    assert loads == {"TU-01": (240, 490 - 100 - 50), "TU-02": (0, 490), "FU-01": (250, 980)}


def test_a_load_counts_within_the_planned_time_only() -> None:
    loads = {load.name: (load.busy, load.open) for load in machine_loads(answer(planned_until=200))}
    assert loads["TU-01"] == (50, 150)
    assert loads["FU-01"] == (200, 400)


def test_changes_are_against_the_published_plan() -> None:
    sooner = Schedule((Assignment("a", "m1", 0, 30, 100, 100), *ANSWER.assignments[1:]))
    told = by_key(kpis(answer(sooner), answer()))
    assert (told["late_orders"].value, told["late_orders"].change) == (0, -1)
    assert told["weighted_tardiness"].change == -8.5
    assert told["on_time"].change == 50
    assert told["moved"].change is None


def test_nothing_to_do_is_no_division_by_zero() -> None:
    nothing = replace(QUESTION, orders=(), operations=(), baseline=(), machines=())
    told = by_key(kpis(answer(Schedule(()), problem=nothing)))
    assert (told["on_time"].value, told["bottleneck"].value, told["bottleneck"].subject) == (100, 0, "")
    assert told["moved"].subject == "nothing published"


@given(planned())
def test_loads_are_shares(case: tuple[Problem, Schedule]) -> None:
    problem, schedule = case
    shown = Answer(problem, no_labels(problem.horizon), schedule)
    last = max(placed.end for placed in schedule.assignments)
    assert sum(load.busy for load in machine_loads(shown)) == sum(worked(placed, last) for placed in schedule.assignments)
    told = by_key(kpis(shown))
    assert told["late_orders"].value == measure(problem, schedule).late_orders
    assert 0 <= told["on_time"].value <= 100
