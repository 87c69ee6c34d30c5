"""Whom the decoder sends, and when there is nobody to send."""

from __future__ import annotations

from solver.problem import (
    Crew,
    Mode,
    SkillLevel,
)
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.test_decode import at, placed


def test_the_least_skilled_who_suffices_is_sent() -> None:
    people = (
        operator("expert", skills=(SkillLevel("weld", 3), SkillLevel("mill", 2))),
        operator("novice", skills=(SkillLevel("weld", 1),)),
        operator("welder", skills=(SkillLevel("weld", 2),)),
    )
    question = problem(operation("a", crew=(Crew("weld", 2),)), operators=people)

    assert at(placed(question), "a").operators == (("welder",),)


def test_people_who_compete_are_shared_out() -> None:
    """Only Ada can mill; taking her for welding would leave nobody for it."""
    people = (operator("ada", "mill", "weld"), operator("bea", "weld"))
    question = problem(operation("a", crew=(Crew("weld"), Crew("mill"))), operators=people)

    assert at(placed(question), "a").operators == (("bea",), ("ada",))


def test_three_needs_of_three_people_find_their_match() -> None:
    people = (operator("ada", "one", "two"), operator("bea", "two", "three"), operator("cid", "one", "three"))
    question = problem(operation("a", crew=(Crew("one"), Crew("two"), Crew("three"))), operators=people)

    chosen = at(placed(question), "a").operators

    assert len({who for group in chosen for who in group}) == 3


def test_a_crew_whose_shifts_never_meet_is_not_chosen() -> None:
    """The first two who are there are on different shifts; two of the same shift must be found."""
    people = (
        operator("day", "weld", windows=((0, 20),)),
        operator("night", "weld", windows=((30, 90),)),
        operator("owl", "weld", windows=((30, 90),)),
    )
    question = problem(operation("a", crew=(Crew("weld", count=2),), may_pause=True), operators=people)

    assert at(placed(question), "a").operators == (("night", "owl"),)


def test_the_crew_for_setup_leaves_after_it() -> None:
    modes = (Mode("m1", 20, setup=5),)
    other = (Mode("m2", 20, setup=5),)
    crew = (Crew("mill", phase="setup"),)
    question = problem(
        operation("a", modes=modes, crew=crew),
        operation("b", order="o2", modes=other, crew=crew),
        machines=(machine(), machine("m2")),
        operators=(operator("ada", "mill"),),
    )

    assert at(placed(question), "b").setup_start == 5
