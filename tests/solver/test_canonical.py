"""One form for all ways to put a problem."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.bench.plants import EVERYTHING, plant
from solver.canonical import canonical
from solver.colours import Relation, colours
from solver.problem import Actual, BaselineStart, Crew, Objective, Problem
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.disguises import later
from tests.solver.examples import operation, operator, problem
from tests.solver.strategies import fresh_plans, planned

Row = TypeVar("Row")


@given(st.one_of(planned(), fresh_plans()))
@settings(max_examples=60)
def test_a_schedule_of_the_problem_is_one_of_its_form_and_back(pair: tuple[Problem, Schedule]) -> None:
    question, schedule = pair
    form = canonical(question)
    taken = form.taken(schedule)

    assert verify(form.problem, taken) == ()
    assert form.restored(taken) == schedule
    worth = objective_value(form.problem.objective, measure(form.problem, taken))
    assert form.restored_bound(worth) == objective_value(question.objective, measure(question, schedule))


@given(fresh_plans())
@settings(max_examples=40)
def test_a_form_is_its_own_form(pair: tuple[Problem, Schedule]) -> None:
    form = canonical(pair[0]).problem

    assert canonical(form).later == 0
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
    assert canonical(later(question, 7)).later == 7


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

    assert canonical(question).later == 0


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
