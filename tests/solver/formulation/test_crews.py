"""Crews: the right people, once each, in one place, on shift."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from solver.formulation.build import build
from solver.formulation.extract import extract
from solver.formulation.grounds import Grounds
from solver.problem import Crew, Mode, Operation, Operator, Problem, SkillLevel
from solver.schedule import Assignment
from solver.verify import verify
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule
from tests.solver.formulation.refusals import refusals


def _on(key: str, on: str, *crew: Crew, **changes: Any) -> Operation:
    return operation(key, modes=(Mode(on, 10, setup=4),), crew=crew, **changes)


def _manned(operations: tuple[Operation, ...], *people: Operator) -> Problem:
    """Nobody is there for the last tick, so that nobody can stand in for anybody."""
    return problem(*operations, machines=(machine("m1"), machine("m2")), operators=people, horizon=1001)


def _pooled(*operations: Operation, people: int) -> Problem:
    machines = tuple(machine(f"m{number}") for number in range(1, 4))
    return problem(*operations, machines=machines, operators=tuple(operator(f"p{number}", "weld") for number in range(people)))


def _run(key: str, start: int, *crew: tuple[str, ...], on: str = "m1") -> Assignment:
    return assignment(key, start, start + 10, machine=on, setup_start=start - 4, operators=crew)


def test_somebody_with_the_skill() -> None:
    one = _manned((_on("a", "m1", Crew("weld")),), operator("ada", "weld"), operator("bob", "mill"))
    assert refusals(one, schedule(_run("a", 4, ("ada",)))) == set()
    assert refusals(one, schedule(_run("a", 4, ("bob",)))) == {"crews"}
    assert refusals(one, schedule(_run("a", 4, ()))) == {"crews"}


def test_at_the_level() -> None:
    expert = replace(operator("ada"), skills=(SkillLevel("weld", 3),))
    one = _manned((_on("a", "m1", Crew("weld", level=2)),), expert, operator("bob", "weld"))
    assert refusals(one, schedule(_run("a", 4, ("ada",)))) == set()
    assert refusals(one, schedule(_run("a", 4, ("bob",)))) == {"crews"}


def test_as_many_as_asked_for() -> None:
    one = _manned((_on("a", "m1", Crew("weld", count=2)),), operator("ada", "weld"), operator("bob", "weld"))
    assert refusals(one, schedule(_run("a", 4, ("ada", "bob")))) == set()
    assert refusals(one, schedule(_run("a", 4, ("ada",)))) == {"crews"}


def test_while_the_skill_is_valid() -> None:
    lapsing = replace(operator("ada"), skills=(SkillLevel("weld", valid_from=10, valid_until=30),))
    one = _manned((_on("a", "m1", Crew("weld")),), lapsing)
    assert refusals(one, schedule(_run("a", 14, ("ada",)))) == set()
    assert refusals(one, schedule(_run("a", 20, ("ada",)))) == set()
    assert refusals(one, schedule(_run("a", 13, ("ada",)))) == {"crews"}
    assert refusals(one, schedule(_run("a", 21, ("ada",)))) == {"crews"}


def test_one_person_in_one_place() -> None:
    two = _manned((_on("a", "m1", Crew("weld")), _on("b", "m2", Crew("weld"))), operator("ada", "weld"))
    assert refusals(two, schedule(_run("a", 4, ("ada",)), _run("b", 17, ("ada",), on="m2"))) == {"crews"}
    assert refusals(two, schedule(_run("a", 4, ("ada",)), _run("b", 18, ("ada",), on="m2"))) == set()


def test_a_crew_for_the_setup_leaves_when_the_run_starts() -> None:
    setup = Crew("weld", phase="setup")
    two = _manned((_on("a", "m1", setup), _on("b", "m2", setup)), operator("ada", "weld"))
    assert refusals(two, schedule(_run("a", 4, ("ada",)), _run("b", 7, ("ada",), on="m2"))) == {"crews"}
    assert refusals(two, schedule(_run("a", 4, ("ada",)), _run("b", 8, ("ada",), on="m2"))) == set()


def test_a_setup_of_no_ticks_takes_nobody() -> None:
    quick = operation("a", crew=(Crew("weld", phase="setup"),))
    one = problem(quick, operators=(operator("ada", "weld"),))
    assert refusals(one, schedule(assignment("a", 0, 10, operators=((),)))) == set()
    assert refusals(one, schedule(assignment("a", 0, 10, operators=(("ada",),)))) == {"crews"}


def test_everyone_in_a_crew_is_another_person() -> None:
    both = Crew("weld", phase="setup"), Crew("mill")
    one = _manned((_on("a", "m1", *both),), operator("ada", "weld", "mill"), operator("bob", "mill"))
    assert refusals(one, schedule(_run("a", 4, ("ada",), ("bob",)))) == set()
    assert refusals(one, schedule(_run("a", 4, ("ada",), ("ada",)))) == {"crews"}


def test_on_shift_for_all_of_it() -> None:
    early = operator("ada", "weld", windows=((0, 20), (40, 100)))
    one = _manned((_on("a", "m1", Crew("weld")),), early)
    assert refusals(one, schedule(_run("a", 10, ("ada",)))) == set()
    assert refusals(one, schedule(_run("a", 11, ("ada",)))) == {"crews"}
    assert refusals(one, schedule(_run("a", 44, ("ada",)))) == set()


def test_pauses_belong_to_those_who_make_them() -> None:
    early = operator("ada", "weld", windows=((0, 10), (40, 100)))
    one = _manned((_on("a", "m1", Crew("weld"), may_pause=True),), early, operator("bob", "weld"))
    paused = assignment("a", 4, 44, setup_start=0, pauses=((10, 40),), operators=(("ada",),))
    assert refusals(one, schedule(paused)) == set()
    assert refusals(one, schedule(_run("a", 4, ("bob",)))) == set()
    assert refusals(one, schedule(replace(paused, operators=(("bob",),)))) != set()
    assert refusals(one, schedule(_run("a", 4, ("ada",)))) != set()


def test_of_people_who_can_stand_in_for_each_other_only_the_number_counts() -> None:
    three = _pooled(_on("a", "m1", Crew("weld")), _on("b", "m2", Crew("weld", count=2)), people=2)
    assert refusals(three, schedule(_run("a", 4, ("p0",)), _run("b", 17, ("p0", "p1"), on="m2"))) == {"crews"}
    assert refusals(three, schedule(_run("a", 4, ("p0",)), _run("b", 18, ("p1", "p0"), on="m2"))) == set()
    enough = _pooled(*three.operations, people=3)
    assert refusals(enough, schedule(_run("a", 4, ("p0",)), _run("b", 4, ("p0", "p1"), on="m2"))) == set()


def test_who_it_is_is_said_afterwards_of_what_stays_as_it_is_too() -> None:
    """Beside what is fixed as it was, whoever is free at one end of it is busy at the other."""
    crew = (Crew("weld"),)
    runs = {"a": 10, "b": 10, "c": 20}
    operations = tuple(
        operation(key, modes=(Mode(f"m{number}", run),), crew=crew) for number, (key, run) in enumerate(runs.items(), start=1)
    )
    three = _pooled(*operations, people=2)
    before = schedule(
        assignment("a", 0, 10, operators=(("p0",),)),
        assignment("b", 20, 30, machine="m2", operators=(("p1",),)),
        assignment("c", 100, 120, machine="m3", operators=(("p0",),)),
    )
    formulation = build(Grounds.of(three), free={"c"}, incumbent=before)

    after = extract(formulation, {"c": (0, 5, ((),))})

    assert verify(three, after) == ()
    assert after.by_operation["c"].start == 5
