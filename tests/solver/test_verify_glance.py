"""What a verifier says is what the rules say one by one, whatever the schedule: most that is legal it sees at a glance."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.bench.plants import EVERYTHING, FEATURES, plant
from solver.dispatch import dispatch
from solver.problem import (
    Actual,
    BaselineStart,
    Crew,
    CrewPhase,
    Downtime,
    Interval,
    Mode,
    Operation,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
    WorkCell,
)
from solver.rules.glance import laid
from solver.rules.glance.columns import LATEST, OutOfSight, column
from solver.rules.glance.glance import Glance
from solver.rules.grounds import Placed, place
from solver.schedule import Assignment, Schedule
from solver.verify import Verifier, rule_by_rule, verify
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule
from tests.solver.mutilations import mutilated
from tests.solver.strategies import planned

pytestmark = pytest.mark.usefixtures("at_a_glance")

MUTILATIONS = 12
"""Of each plan."""


def agree(shop: Problem, plan: Schedule) -> bool:
    """Whether the verifier says the same as the rules; that a glance is enough where they say nothing sees to `at_a_glance`."""
    return Verifier(shop).verify(plan) == rule_by_rule(shop, plan)


@given(planned(), st.randoms(use_true_random=False))
def test_it_says_what_the_rules_say(pair: tuple[Problem, Schedule], dice: random.Random) -> None:
    assert agree(*pair)
    assert all(agree(pair[0], mutilated(dice, *pair)) for _ in range(MUTILATIONS))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("features", [FEATURES, EVERYTHING])
def test_so_it_does_where_many_share_machines_and_people(features: tuple[str, ...], seed: int) -> None:
    shop = plant(100, features, seed)
    plan = first_plan(shop)
    dice = random.Random(seed)
    assert agree(shop, plan)
    assert all(agree(shop, mutilated(dice, shop, plan)) for _ in range(MUTILATIONS))


def first_plan(shop: Problem) -> Schedule:
    return next(plan for _, plan in dispatch(shop))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Placed]:
    """What the rules are asked about after a glance."""
    found: list[Placed] = []

    def noted(*arguments: object) -> Placed:
        found.append(place(*arguments))  # type: ignore[arg-type] # what `place` takes
        return found[-1]

    monkeypatch.setattr(laid, "place", noted)
    return found


def test_of_a_plant_without_pauses_no_rule_is_asked(asked: list[Placed]) -> None:
    shop = plant(300, FEATURES)
    assert verify(shop, first_plan(shop)) == ()
    assert not asked


def test_of_any_other_they_are_asked_about_what_pauses_because_a_machine_is_down(asked: list[Placed]) -> None:
    shop = plant(1000, EVERYTHING)
    plan = first_plan(shop)
    assert verify(shop, plan) == ()
    down = [each.assignment for each in asked if pauses_for_downtime(each)]
    assert [each.assignment for each in asked] == down
    assert len(down) < sum(each.pauses != () for each in plan.assignments) / 2


def pauses_for_downtime(each: Placed) -> bool:
    spans = [(down.start, down.end) for down in each.machine.downtime]
    return any(begin < last and first < end for begin, end in each.assignment.pauses for first, last in spans)


def test_neither_are_they_when_all_is_published_and_a_part_of_it_frozen(asked: list[Placed]) -> None:
    shop = plant(300, FEATURES)
    plan = first_plan(shop)
    baseline = tuple(BaselineStart(each.operation, each.machine, each.setup_start, each.start) for each in plan.assignments)
    assert verify(replace(shop, baseline=baseline, frozen_until=1000), plan) == ()
    assert not asked


ADA = operator("ada", windows=((0, 8), (8, 20), (40, 52), (55, 70)), skills=(SkillLevel("mill"), SkillLevel("mill", 2, 5, 30)))
MILL = (Crew("mill"),)
AB = (machine("a"), machine("b"))
CLEAR = {
    "between two downtimes": (
        problem(operation(), machines=(machine(downtime=(Downtime(0, 10), Downtime(20, 30), Downtime(25, 40))),)),
        schedule(assignment("a", 10, 20)),
    ),
    "in windows that touch": (
        problem(operation(crew=MILL), machines=(machine(windows=((3, 10), (10, 13))),), operators=(ADA,)),
        schedule(assignment("a", 3, 13, operators=(("ada",),))),
    ),
    "by somebody who has learnt it twice": (
        problem(operation(crew=MILL), operators=(ADA,)),
        schedule(assignment("a", 0, 10, operators=(("ada",),))),
    ),
    "one after the other, two at a time": (
        problem(*map(operation, "abc"), machines=(machine(capacity=2),)),
        schedule(assignment("a", 0, 10), assignment("b", 5, 15), assignment("c", 10, 20)),
    ),
    "from one operation to the next": (
        problem(*(operation(key, crew=MILL, modes=(Mode(key, 10),)) for key in "ab"), machines=AB, operators=(ADA,)),
        schedule(
            assignment("a", 0, 10, machine="a", operators=(("ada",),)),
            assignment("b", 10, 20, machine="b", operators=(("ada",),)),
        ),
    ),
    "with pauses in all phases": (
        problem(
            operation(may_pause=True, crew=(Crew("mill", phase="setup"), *MILL), modes=(Mode("m1", 20, 6, 8),)),
            machines=(machine(windows=((0, 9), (12, 30), (33, 1000))),),
            operators=(ADA, replace(ADA, id="bob", windows=((0, 2), (5, 10), (18, 20), (40, 41)))),
        ),
        schedule(Assignment("a", "m1", 0, 12, 52, 63, (("bob",), ("ada",)), ((2, 5), (9, 12), (20, 40), (52, 55)))),
    ),
    "after a fact whose crew nobody has told": (
        problem(operation(crew=MILL, actual=Actual("m1", -10, -10, 0)), operation("b")),
        schedule(assignment("a", -10, 0), assignment("b", 0, 10)),
    ),
}


@pytest.mark.parametrize("case", CLEAR)
def test_nor_where_one_thing_ends_and_another_begins(case: str, asked: list[Placed]) -> None:
    assert verify(*CLEAR[case]) == ()
    assert not asked


@pytest.mark.parametrize("gap", [0, 1])
def test_windows_are_one_only_when_they_touch(gap: int) -> None:
    open_time = ((0, 10), (10 + gap, 30))
    one, two = operation("a"), operation("b", crew=MILL)
    of_machine = problem(one, machines=(machine(windows=open_time),))
    of_person = problem(two, operators=(operator("ada", "mill", windows=open_time),))
    for shop, plan in ((of_machine, assignment("a", 5, 15)), (of_person, assignment("b", 5, 15, operators=(("ada",),)))):
        assert agree(shop, schedule(plan))
        assert (verify(shop, schedule(plan)) == ()) == (gap == 0)


@pytest.mark.parametrize(("pause", "end"), [((10, 20), 25), ((9, 20), 26), ((10, 21), 26), ((11, 20), 24), ((10, 19), 24)])
def test_a_pause_is_exactly_as_long_as_it_must_be(pause: Interval, end: int) -> None:
    windows = ((0, 10), (20, 1000))
    work = operation(may_pause=True, crew=MILL)
    of_machine = problem(work, machines=(machine(windows=windows),), operators=(operator("ada", "mill"),))
    of_person = problem(work, operators=(operator("ada", "mill", windows=windows),))
    plan = schedule(assignment("a", 5, end, operators=(("ada",),), pauses=(pause,)))
    for shop in (of_machine, of_person):
        assert agree(shop, plan)
        assert (verify(shop, plan) == ()) == (pause == (10, 20))


@pytest.mark.parametrize(
    ("closed", "instants", "broken"),
    [
        ((10, 20), (5, 20, 30, 35), set()),
        ((10, 20), (5, 10, 30, 35), {"open_time"}),
        ((10, 20), (5, 10, 20, 25), {"duration"}),
        ((10, 20), (5, 15, 30, 35), {"open_time"}),
        ((10, 20), (0, 5, 25, 30), set()),
        ((15, 25), (0, 5, 15, 30), set()),
        ((15, 25), (0, 5, 25, 30), {"open_time"}),
        ((20, 30), (0, 5, 15, 30), {"open_time"}),
        ((0, 10), (0, 15, 25, 30), {"open_time"}),
    ],
)
def test_a_pause_is_within_a_phase_and_at_no_edge_but_those_of_the_run(
    closed: Interval, instants: tuple[int, int, int, int], broken: set[str]
) -> None:
    windows = (-100, closed[0]), (closed[1], 1000)
    shop = problem(operation(may_pause=True, modes=(Mode("m1", 10, 5, 5),)), machines=(machine(windows=windows),))
    plan = schedule(Assignment("a", "m1", *instants, pauses=(closed,)))
    assert agree(shop, plan)
    assert {violation.rule for violation in verify(shop, plan)} == broken


PAUSES = (10, 20), (30, 40)


@pytest.mark.parametrize(
    "pauses",
    [
        ((10, 15), (15, 20), PAUSES[1]),
        ((5, 5), *PAUSES),
        (*PAUSES, (44, 44)),
        (PAUSES[0], (25, 22), PAUSES[1]),
        PAUSES[::-1],
        (*PAUSES, PAUSES[1]),
        ((10, 20, 30), (40,)),
    ],
)
def test_pauses_are_in_order_apart_and_as_long_as_possible(pauses: Any) -> None:
    windows = (0, 10), (20, 30), (40, 1000)
    shop = problem(operation(run=25, may_pause=True), machines=(machine(windows=windows),))
    plan = assignment("a", 0, 45, pauses=PAUSES)
    assert verify(shop, schedule(plan)) == ()
    assert agree(replace(shop, operations=(operation(run=25),)), schedule(plan))
    assert agree(replace(shop, operations=(operation(run=15, may_pause=True),)), schedule(replace(plan, pauses=pauses)))
    assert agree(shop, schedule(replace(plan, pauses=pauses)))
    assert verify(shop, schedule(replace(plan, pauses=pauses)))


def test_a_pause_for_one_reason_after_another_is_one() -> None:
    work = operation(may_pause=True, crew=MILL)
    ada = operator("ada", "mill", windows=((0, 15), (20, 1000)))
    shop = problem(work, machines=(machine(windows=((0, 10), (15, 1000))),), operators=(ada,))
    in_one = assignment("a", 5, 25, operators=(("ada",),), pauses=((10, 20),))
    in_two = replace(in_one, pauses=((10, 15), (15, 20)))
    assert rule_by_rule(shop, schedule(in_one)) == ()
    assert rule_by_rule(shop, schedule(in_two))
    assert agree(shop, schedule(in_two))


@pytest.mark.parametrize(("begin", "needed"), [(-10, 5), (-8, 0)])
def test_a_machine_is_set_up_for_the_fact_that_began_last_and_of_those_together_for_what_ended_last(
    begin: int, needed: int
) -> None:
    shop = problem(
        operation("a", setup_family="steel", actual=Actual("m1", -10, -10, -1)),
        operation("b", setup_family="brass", actual=Actual("m1", begin, begin, -5)),
        operation("c", setup_family="brass"),
        machines=(machine(setup_matrix="x"),),
        setup_matrices=(SetupMatrix("x", "Changeovers", ("steel", "brass"), ((0, 5), (0, 0))),),
    )
    facts = assignment("a", -10, -1), assignment("b", begin, -5)
    for setup in (0, 5):
        plan = schedule(*facts, assignment("c", setup, setup + 10, setup_start=0))
        assert agree(shop, plan)
        assert (verify(shop, plan) == ()) == (setup == needed)


@pytest.mark.parametrize("crew", [("ada", "bob"), ("ada", "ada"), ("ada", "nobody"), ("bob", "nobody"), ("bob", "cleo")])
@pytest.mark.parametrize("phase", ["setup", "all"])
def test_a_crew_is_of_different_people_who_exist_and_are_able(crew: tuple[str, str], phase: CrewPhase) -> None:
    needs = (Crew("mill", count=2, phase=phase),)
    people = operator("ada", "mill"), operator("bob", "mill"), operator("cleo", "weld")
    shop = problem(operation(crew=needs, modes=(Mode("m1", 10, 5),)), operators=people)
    plan = schedule(assignment("a", 5, 15, setup_start=0, operators=(crew,)))
    assert agree(shop, plan)
    assert (verify(shop, plan) == ()) == (crew == ("ada", "bob"))


def test_who_is_reported_for_more_than_is_needed_is_engaged_nowhere() -> None:
    fact = operation("a", modes=(Mode("a", 10),), actual=Actual("a", -5, -5, 5, operators=(("ada",),)))
    shop = problem(fact, operation("b", modes=(Mode("b", 10),), crew=MILL), machines=AB, operators=(ADA,))
    facts = assignment("a", -5, 5, machine="a", operators=(("ada",),))
    plan = schedule(facts, assignment("b", 0, 10, machine="b", operators=(("ada",),)))
    assert agree(shop, plan)
    assert verify(shop, plan) == ()


@pytest.mark.parametrize("b", [operation("b", order="o2"), operation("b", cell="c2")])
def test_a_visit_ends_where_another_order_or_another_cell_begins(b: Operation) -> None:
    cells = WorkCell("c1", "Cell 1", wip_limit=1), WorkCell("c2", "Cell 2", wip_limit=1)
    links = Precedence("a", "b"), Precedence("b", "c")
    shop = problem(operation("a"), b, operation("c"), operation("x", order="o3"), cells=cells, precedences=links)
    plan = schedule(*(assignment(key, start, start + 10) for key, start in zip("abcx", (0, 20, 30, 10), strict=True)))
    assert agree(shop, plan)
    assert verify(shop, plan) == ()


def test_a_fact_was_published_where_it_may() -> None:
    shop = problem(operation("a", actual=Actual("m1", -5, -5, 5)), baseline=(BaselineStart("a", "m1", 3, 3),), frozen_until=30)
    assert verify(shop, schedule(assignment("a", -5, 5))) == ()


@pytest.mark.parametrize("numbers", [[LATEST + 1], [-LATEST - 1], [2**63], [2**64, -1], [-(2**80)], [0.5], [None], ["1"]])
def test_a_column_is_of_whole_numbers_that_are_not_too_large(numbers: list[int]) -> None:
    with pytest.raises(OutOfSight):
        column(numbers, LATEST)


def test_of_a_problem_with_enormous_numbers_nothing_is_seen_at_a_glance() -> None:
    shop = problem(operation("a"), machines=(machine(windows=((0, 2**64),)),))
    with pytest.raises(OutOfSight):
        Glance(shop)
    assert rule_by_rule(shop, schedule(assignment("a", 0, 10))) == ()
    assert verify(shop, schedule(assignment("a", 0, 11)))


@pytest.mark.parametrize("tick", [LATEST, LATEST + 1, -LATEST - 1, 2**63, 2**70, -(2**80)])
def test_nor_is_anything_of_a_schedule_with_such(tick: int) -> None:
    shop = problem(operation("a"), operation("b"))
    assert agree(shop, schedule(assignment("a", 0, 10), assignment("b", tick, tick + 10)))


def test_a_matrix_that_no_family_is_in_is_no_reason_to_fail() -> None:
    shop = problem(operation("a"), setup_matrices=(SetupMatrix("x", "X", (), ()),), machines=(machine(setup_matrix="x"),))
    assert agree(shop, schedule(assignment("a", 0, 10)))
