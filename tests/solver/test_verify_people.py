"""Each rule about people: a schedule that breaks only this one, and the nearest that does not."""

from dataclasses import replace

import pytest

from solver.problem import Actual, Crew, Mode, Problem, SkillLevel
from solver.schedule import Assignment, Schedule
from solver.verify import verify
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule

pytestmark = pytest.mark.usefixtures("at_a_glance")

ADA, BOB, CLEO = (operator(key, "mill", "weld") for key in ("ada", "bob", "cleo"))
TWO_MACHINES = (machine("m1"), machine("m2"))


def broken(shop: Problem, plan: Schedule) -> set[str]:
    return {violation.rule for violation in verify(shop, plan)}


# crew


def test_every_place_is_filled_by_somebody_else() -> None:
    shop = problem(operation(crew=(Crew("mill", count=2), Crew("weld"))), operators=(ADA, BOB, CLEO))
    full = assignment("a", 0, 10, operators=(("ada", "bob"), ("cleo",)))
    assert broken(shop, schedule(full)) == set()
    for groups in (
        (("ada", "bob"), ("ada",)),
        (("ada", "ada"), ("cleo",)),
        (("ada",), ("cleo",)),
        (("ada", "bob", "cleo"), ()),
        (("ada", "bob"),),
        (("ada", "bob"), ("cleo",), ()),
        (("ada", "bob"), ("nobody",)),
        (),
    ):
        assert broken(shop, schedule(replace(full, operators=groups))) == {"crew"}


def test_a_setup_of_no_ticks_takes_nobody() -> None:
    crew = (Crew("mill", phase="setup"), Crew("weld"))
    shop = problem(operation(crew=crew), operators=(ADA, BOB))
    assert broken(shop, schedule(assignment("a", 0, 10, operators=((), ("bob",))))) == set()
    assert broken(shop, schedule(assignment("a", 0, 10, operators=(("ada",), ("bob",))))) == {"crew"}
    shop = problem(operation(modes=(Mode("m1", 10, setup=5),), crew=crew), operators=(ADA, BOB))
    assert broken(shop, schedule(assignment("a", 5, 15, setup_start=0, operators=(("ada",), ("bob",))))) == set()
    assert broken(shop, schedule(assignment("a", 5, 15, setup_start=0, operators=((), ("bob",))))) == {"crew"}


# skill


def test_the_skill_is_held_at_the_level_and_for_all_of_the_time() -> None:
    task = operation(modes=(Mode("m1", 10, setup=5, teardown=2),), crew=(Crew("mill", level=2),))

    def judged(*held: SkillLevel) -> set[str]:
        shop = problem(task, operators=(operator("ada", skills=held),))
        return broken(shop, schedule(Assignment("a", "m1", 10, 15, 25, 27, operators=(("ada",),))))

    assert judged(SkillLevel("mill", 2)) == set()
    assert judged(SkillLevel("mill", 3, 10, 27)) == set()
    assert judged(SkillLevel("mill", 3, None, 20), SkillLevel("mill", 2, 20, None)) == set()
    assert judged(SkillLevel("mill", 1), SkillLevel("weld", 2)) == {"skill"}
    assert judged(SkillLevel("mill", 2, 11)) == {"skill"}
    assert judged(SkillLevel("mill", 2, None, 26)) == {"skill"}
    assert judged(SkillLevel("mill", 2, None, 20), SkillLevel("mill", 2, 21)) == {"skill"}


def test_a_fitter_needs_the_skill_during_the_setup_only() -> None:
    task = operation(modes=(Mode("m1", 10, setup=5),), crew=(Crew("mill", phase="setup"),))
    plan = schedule(Assignment("a", "m1", 10, 15, 25, 25, operators=(("ada",),)))
    assert broken(problem(task, operators=(operator("ada", skills=(SkillLevel("mill", 1, 10, 15),)),)), plan) == set()
    assert broken(problem(task, operators=(operator("ada", skills=(SkillLevel("mill", 1, 10, 14),)),)), plan) == {"skill"}


def test_the_skill_must_hold_over_a_pause_too() -> None:
    task = operation(may_pause=True, crew=(Crew("mill"),))
    closed = (machine(windows=((0, 5), (20, 40))),)
    plan = schedule(assignment("a", 0, 25, operators=(("ada",),), pauses=((5, 20),)))
    always = SkillLevel("mill")
    assert broken(problem(task, machines=closed, operators=(operator("ada", skills=(always,)),)), plan) == set()
    lapsed = (replace(always, valid_until=10), replace(always, valid_from=15))
    assert broken(problem(task, machines=closed, operators=(operator("ada", skills=lapsed),)), plan) == {"skill"}


# shift


def test_everybody_is_on_shift_when_work_may_not_pause() -> None:
    task = operation(modes=(Mode("m1", 10, setup=5),), crew=(Crew("weld"), Crew("mill", phase="setup")))
    plan = schedule(Assignment("a", "m1", 10, 15, 25, 25, operators=(("ada",), ("bob",))))

    def judged(ada: tuple[int, int], bob: tuple[int, int]) -> set[str]:
        return broken(problem(task, operators=(replace(ADA, windows=(ada,)), replace(BOB, windows=(bob,)))), plan)

    assert judged((10, 25), (10, 15)) == set()
    assert judged((11, 25), (10, 15)) == {"shift"}
    assert judged((10, 24), (10, 15)) == {"shift"}
    assert judged((10, 25), (10, 14)) == {"shift"}
    assert judged((10, 25), (11, 15)) == {"shift"}


def test_work_that_may_pause_stands_still_while_its_crew_is_off() -> None:
    shop = problem(operation(may_pause=True, crew=(Crew("mill"),)), operators=(replace(ADA, windows=((0, 4), (9, 30))),))
    assert broken(shop, schedule(assignment("a", 0, 15, operators=(("ada",),), pauses=((4, 9),)))) == set()
    assert broken(shop, schedule(assignment("a", 0, 10, operators=(("ada",),)))) == {"duration", "pauses"}


def test_a_setup_stands_still_while_its_fitter_is_off() -> None:
    task = operation(may_pause=True, modes=(Mode("m1", 10, setup=5),), crew=(Crew("mill", phase="setup"),))
    shop = problem(task, operators=(replace(ADA, windows=((0, 3), (8, 10))),))
    plan = assignment("a", 10, 20, setup_start=0, operators=(("ada",),), pauses=((3, 8),))
    assert broken(shop, schedule(plan)) == set()
    assert broken(shop, schedule(replace(plan, setup_start=5, pauses=()))) >= {"duration", "open_time"}


# one_place


def test_nobody_is_in_two_places() -> None:
    tasks = [operation(key, modes=(Mode(place, 10),), crew=(Crew("mill"),)) for key, place in (("a", "m1"), ("b", "m2"))]
    shop = problem(*tasks, machines=TWO_MACHINES, operators=(ADA, BOB))
    first = assignment("a", 0, 10, operators=(("ada",),))
    assert broken(shop, schedule(first, assignment("b", 10, 20, machine="m2", operators=(("ada",),)))) == set()
    assert broken(shop, schedule(first, assignment("b", 9, 19, machine="m2", operators=(("bob",),)))) == set()
    assert broken(shop, schedule(first, assignment("b", 9, 19, machine="m2", operators=(("ada",),)))) == {"one_place"}


def test_a_fitter_is_free_when_the_run_starts() -> None:
    fitted = operation("a", modes=(Mode("m1", 10, setup=5),), crew=(Crew("mill", phase="setup"),))
    other = operation("b", modes=(Mode("m2", 10),), crew=(Crew("mill"),))
    shop = problem(fitted, other, machines=TWO_MACHINES, operators=(ADA,))
    first = assignment("a", 5, 15, setup_start=0, operators=(("ada",),))
    assert broken(shop, schedule(first, assignment("b", 5, 15, machine="m2", operators=(("ada",),)))) == set()
    assert broken(shop, schedule(first, assignment("b", 4, 14, machine="m2", operators=(("ada",),)))) == {"one_place"}


def test_an_engagement_lasts_over_its_pauses_and_its_teardown() -> None:
    task = operation("a", may_pause=True, modes=(Mode("m1", 10, teardown=5),), crew=(Crew("mill"),))
    other = operation("b", modes=(Mode("m2", 10),), crew=(Crew("mill"),))
    machines = (machine("m1", windows=((0, 8), (20, 100))), machine("m2"))
    shop = problem(task, other, machines=machines, operators=(ADA,))
    first = assignment("a", 0, 22, end=27, operators=(("ada",),), pauses=((8, 20),))
    assert broken(shop, schedule(first, assignment("b", 27, 37, machine="m2", operators=(("ada",),)))) == set()
    assert broken(shop, schedule(first, assignment("b", 9, 19, machine="m2", operators=(("ada",),)))) == {"one_place"}
    assert broken(shop, schedule(first, assignment("b", 26, 36, machine="m2", operators=(("ada",),)))) == {"one_place"}


def test_who_is_in_a_started_operation_is_not_free() -> None:
    started = operation("a", crew=(Crew("mill"),), actual=Actual("m1", -5, -5, remaining=10, operators=(("ada",),)))
    also = replace(started, id="b", actual=Actual("m2", -5, -5, remaining=12, operators=(("ada",),)))
    other = operation("c", modes=(Mode("m2", 10),), crew=(Crew("mill"),))
    shop = problem(started, also, other, machines=TWO_MACHINES, operators=(ADA,))
    past = (
        assignment("a", -5, 10, operators=(("ada",),)),
        assignment("b", -5, 12, machine="m2", operators=(("ada",),)),
    )
    assert broken(shop, schedule(*past, assignment("c", 12, 22, machine="m2", operators=(("ada",),)))) == set()
    elsewhere = replace(shop, machines=(machine("m1"), machine("m2", capacity=2)))
    assert broken(elsewhere, schedule(*past, assignment("c", 11, 21, machine="m2", operators=(("ada",),)))) == {"one_place"}
