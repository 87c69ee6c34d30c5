"""One form for all ways to put a problem."""

from __future__ import annotations

import random
import re
from dataclasses import fields, replace
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.bench.plants import EVERYTHING, plant
from solver.canonical import INSTANTS, canonical
from solver.colours import Relation, colours
from solver.dispatch import dispatch
from solver.problem import (
    Actual,
    BaselineStart,
    Crew,
    Downtime,
    Machine,
    Mode,
    Objective,
    Operation,
    Operator,
    Order,
    Pin,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
    WorkCell,
)
from solver.schedule import Assignment, Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.disguises import later
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.strategies import fresh_plans, planned

Row = TypeVar("Row")


@given(st.one_of(planned(), fresh_plans()), st.integers(0, 300))
@settings(max_examples=60)
def test_a_schedule_of_the_form_is_one_of_the_problem(pair: tuple[Problem, Schedule], ticks: int) -> None:
    question, _ = pair
    if not any(operation.actual for operation in question.operations):
        question = later(question, ticks) if all(row.setup_start >= 0 for row in question.baseline) else question
    form = canonical(question)
    for _, found in dispatch(form.problem):
        assert verify(form.problem, found) == ()
        restored = form.restored(found)
        assert verify(question, restored) == ()
        worth = objective_value(form.problem.objective, measure(form.problem, found))
        assert form.restored_bound(worth) == objective_value(question.objective, measure(question, restored))


@given(fresh_plans())
@settings(max_examples=40)
def test_a_form_is_its_own_form(pair: tuple[Problem, Schedule]) -> None:
    form = canonical(pair[0]).problem

    assert canonical(form).later_ticks == 0
    assert without_alike(canonical(form).problem) == without_alike(form)


def test_a_plant_has_one_form_whatever_the_order_of_its_rows() -> None:
    question = plant(300, EVERYTHING)
    dice = random.Random(1)
    other = replace(
        question,
        cells=shuffled(dice, question.cells),
        machines=shuffled(dice, question.machines),
        orders=shuffled(dice, question.orders),
        operations=shuffled(dice, question.operations),
        precedences=shuffled(dice, question.precedences),
    )

    assert other != question
    assert without_alike(canonical(other).problem) == without_alike(canonical(question).problem)


def shuffled(dice: random.Random, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(dice.sample(rows, len(rows)))


def without_alike(question: Problem) -> Problem:
    """Without people, who often are alike, so that any of them may come first."""
    return replace(question, operators=())


def test_what_is_closed_at_first_is_left_out() -> None:
    question = problem(operation("a"))

    assert canonical(later(question, 7)).problem == canonical(question).problem
    assert canonical(later(question, 7)).later_ticks == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"operations": (operation("a", actual=Actual("m1", -5, -5, remaining=3)),)},
        {"baseline": (BaselineStart("a", "m1", 0, 0),)},
    ],
    ids=["reported", "planned"],
)
def test_unless_something_happened_then(changes: dict[str, tuple[object, ...]]) -> None:
    question = replace(later(problem(operation("a")), 7), **changes)  # type: ignore[arg-type]  # fields of a problem

    assert canonical(question).later_ticks == 0


def test_the_bound_of_a_form_lacks_what_is_left_out_where_the_makespan_counts() -> None:
    question = later(problem(operation("a")), 7)
    tiers = Objective(makespan=2, setup=1, tiers=(("setup",), ("makespan",)))

    assert canonical(replace(question, objective=Objective(makespan=2))).restored_bound(10) == 24
    assert canonical(replace(question, objective=tiers)).restored_bound(10) == 10


def test_people_stay_with_the_requirement_that_they_fill() -> None:
    """Whichever comes first in the operation's crew."""
    crew = (Crew("weld"), Crew("test"))
    rows = (operator("ann", "weld"), operator("bob", "test"))
    planned = BaselineStart("a", "m1", 0, 0, (("ann",), ("bob",)))
    question = problem(operation("a", crew=crew), operators=rows, baseline=(planned,))
    turned = replace(
        question,
        operations=(operation("a", crew=crew[::-1]),),
        baseline=(replace(planned, operators=planned.operators[::-1]),),
    )

    assert canonical(turned).problem == canonical(question).problem


@pytest.mark.parametrize("crew", [("ann",), ("ann", "bob", "cyd")], ids=["shorter", "longer"])
def test_what_is_published_of_another_crew_says_nothing_about_this_one(crew: tuple[str, ...]) -> None:
    planned = BaselineStart("a", "m1", 0, 0, tuple((person,) for person in crew))
    question = problem(
        operation("a", crew=(Crew("weld"), Crew("test"))),
        operators=(operator("ann", "weld", "test"), operator("bob", "weld", "test")),
        baseline=(planned,),
    )

    assert canonical(question).problem.baseline == (planned,)


TWO = (machine("m1"), machine("m2"))
ANYWHERE = tuple(Mode(row.id, 10) for row in TWO)
UNDER_WAY = operation("under way", modes=ANYWHERE, actual=Actual("m2", -5, -5, remaining=3))
PAIR = (operator("ann", "weld"), operator("bob", "weld"))


@pytest.mark.parametrize(
    "question",
    [
        problem(UNDER_WAY, operation("a", modes=ANYWHERE), machines=TWO),
        problem(
            operation("done", crew=(Crew("weld"),), actual=Actual("m1", -9, -9, end=-5, operators=(("bob",),))),
            operation("a", crew=(Crew("weld"),)),
            operators=PAIR,
        ),
        problem(operation("a"), operation("b"), precedences=(Precedence("a", "b", min_lag=3), Precedence("a", "b", max_lag=50))),
        problem(
            operation("a", crew=(Crew("weld", count=2),)),
            operators=(PAIR[0], replace(PAIR[1], windows=((0, 900),))),
            baseline=(BaselineStart("a", "m1", 0, 0, (("ann", "bob"),)),),
        ),
    ],
    ids=["a machine with a report", "a person with a report", "two links of a pair", "people of one requirement"],
)
def test_whatever_tells_rows_apart_counts(question: Problem) -> None:
    other = replace(
        question,
        machines=question.machines[::-1],
        operators=question.operators[::-1],
        precedences=question.precedences[::-1],
        baseline=tuple(replace(row, operators=tuple(group[::-1] for group in row.operators)) for row in question.baseline),
    )

    assert without_alike(canonical(other).problem) == without_alike(canonical(question).problem)


def test_what_is_over_is_left_out() -> None:
    opened = (machine("m1", windows=((-5, 0), (0, 60), (60, 100))), machine("m2", windows=((0, 100),)))
    down = replace(opened[0], downtime=(Downtime(-9, -3), Downtime(-2, 4)))
    held = replace(
        operator("ann"), windows=((-50, 70),), skills=(SkillLevel("weld", 1, -7, None), SkillLevel("test", 1, None, 0))
    )
    form = canonical(problem(operation("a", crew=(Crew("weld"),)), machines=(down, opened[1]), operators=(held,))).problem

    assert form.machine_by_id["m1"].windows == form.machine_by_id["m2"].windows == ((0, 100),)
    assert form.machine_by_id["m1"].downtime == (Downtime(0, 4),)
    assert form.operators == (replace(held, windows=((0, 70),), skills=(SkillLevel("weld"),)),)


def test_a_machine_that_is_down_at_first_is_not_open() -> None:
    question = problem(operation("a"), machines=(machine("m1", downtime=(Downtime(0, 7),)),))

    assert canonical(question).later_ticks == 7


LENGTHS = {
    *(
        "tick_seconds",
        "churn_tolerance",
        "wip_limit",
        "capacity",
        "level",
        "times",
        "weight",
        "count",
        "run",
        "setup",
        "teardown",
    ),
    *(
        "cost",
        "remaining",
        "min_lag",
        "max_lag",
        "weighted_tardiness",
        "late_orders",
        "makespan",
        "mode_cost",
        "flow_time",
        "churn",
    ),
}


@pytest.mark.parametrize(
    "kind",
    [
        *(
            Problem,
            WorkCell,
            Downtime,
            Machine,
            SkillLevel,
            Operator,
            SetupMatrix,
            Order,
            Crew,
            Mode,
            Actual,
            Operation,
            Precedence,
        ),
        *(Pin, BaselineStart, Objective, Assignment),
    ],
)
def test_every_number_is_known_to_be_an_instant_or_not(kind: type[Any]) -> None:
    numbers = {each.name for each in fields(kind) if re.search(r"\bint\b|\bInterval\b", str(each.type))}

    assert numbers <= INSTANTS | LENGTHS
    assert not INSTANTS & LENGTHS


def test_reports_keep_their_order() -> None:
    facts = tuple(operation(key, actual=Actual("m1", -9, -9, end=-5)) for key in ("z", "a", "k"))
    form = canonical(problem(operation("free"), *facts)).problem

    assert [row.id for row in form.operations] == ["z", "a", "k", "free"]


@given(st.data(), st.lists(st.tuples(st.integers(0, 2), st.integers(0, 100)), min_size=1, max_size=14))
@settings(max_examples=100)
def test_trees_look_the_same_by_colour_whatever_their_things_are_called(
    data: st.DataObject, grown: list[tuple[int, int]]
) -> None:
    """Of trees any things that share a colour can change places."""
    relations = [
        Relation(label, (number, under % number) if number and under % 3 else (number,))
        for number, (label, under) in enumerate(grown)
    ]
    called = data.draw(st.permutations(range(len(grown))))
    others = [Relation(each.label, tuple(called[thing] for thing in each.things)) for each in relations]

    assert by_colour(len(grown), data.draw(st.permutations(others))) == by_colour(len(grown), relations)


def by_colour(number: int, relations: list[Relation]) -> list[tuple[int, tuple[int, ...]]]:
    found = colours(number, relations)
    assert sorted(found) == list(range(number))
    return sorted((each.label, tuple(found[thing] for thing in each.things)) for each in relations)
