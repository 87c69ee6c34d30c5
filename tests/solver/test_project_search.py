"""Breeding of activity lists: legal schedules, the best ones of small projects; where it may be used at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.dispatch import dispatch
from solver.instances import read_instance
from solver.kernel import packing
from solver.limits import Limits
from solver.problem import (
    Actual,
    Crew,
    Downtime,
    Mode,
    Objective,
    Operation,
    Pin,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
)
from solver.project_search import FIRST_SIZE, Breeding, is_project
from solver.schedule import measure
from solver.verify import verify
from tests.solver.drawing import Draw
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.listening import listen

DATA = Path(__file__).parent / "data"
SKILLS = ("weld", "mill", "fit")


@st.composite
def projects(draw: Draw, most: int) -> Problem:
    """Operations on machines of some capacity with people of some skills, releases, and waits."""
    machines = tuple(machine(f"m{number}", capacity=draw(st.integers(1, 3))) for number in range(draw(st.integers(1, 2))))
    people = {skill: draw(st.integers(1, 3)) for skill in SKILLS}
    operations = []
    for number in range(draw(st.integers(1, most))):
        needs = draw(st.lists(st.sampled_from(SKILLS), unique=True))
        operations.append(
            operation(
                f"a{number}",
                modes=(Mode(draw(st.sampled_from(machines)).id, draw(st.integers(1, 6))),),
                crew=tuple(Crew(skill, count=draw(st.integers(1, people[skill]))) for skill in needs),
                release=draw(st.sampled_from([0, 0, 0, 4, 9])),
            )
        )
    pairs = [(before, after) for after in range(len(operations)) for before in range(after) if draw(st.integers(0, 3)) == 0]
    return replace(
        problem(*operations, machines=machines, objective=Objective(makespan=draw(st.integers(1, 3)))),
        operators=tuple(operator(f"{skill}{number}", skill) for skill in SKILLS for number in range(people[skill])),
        precedences=tuple(Precedence(f"a{before}", f"a{after}", draw(st.sampled_from([0, 0, 3]))) for before, after in pairs),
    )


def shortest(question: Problem) -> int:
    """The makespan of the best list of all, each placed tick by tick. Some list always gives a shortest schedule."""
    return min(_makespan(question, order) for order in permutations(question.operations))


def _makespan(question: Problem, order: tuple[Operation, ...]) -> int:
    busy: Counter[tuple[str, int]] = Counter()
    most = Counter({each.id: each.capacity for each in question.machines})
    most.update(held.skill for each in question.operators for held in each.skills)
    ends: dict[str, int] = {}
    for each in order:
        links = [link for link in question.precedences if link.after == each.id]
        if any(link.before not in ends for link in links):
            return question.horizon
        start = max([each.release, *(ends[link.before] + link.min_lag for link in links)])
        wanted = Counter({each.modes[0].machine: 1}) + Counter({crew.skill: crew.count for crew in each.crew})
        while any(
            busy[resource, tick] + amount > most[resource]
            for resource, amount in wanted.items()
            for tick in range(start, start + each.modes[0].run)
        ):
            start += 1
        ends[each.id] = start + each.modes[0].run
        busy.update({(resource, tick): wanted[resource] for resource in wanted for tick in range(start, ends[each.id])})
    return max(ends.values())


def begun(question: Problem, seed: int = 1) -> Breeding:
    search = Breeding(question, seed)
    search.join(next(dispatch(question))[1])
    return search


@given(projects(most=9), st.sampled_from([packing.WORD_BITS, 5]))
@settings(max_examples=60)
def test_what_it_finds_is_legal_and_as_long_as_it_says(question: Problem, bits: int) -> None:
    assert is_project(question)
    first = next(dispatch(question))[1]
    with patch.object(packing, "WORD_BITS", bits):
        search = Breeding(question, 1)
    search.join(first)
    assert search.best_makespan <= measure(question, first).makespan
    for _ in range(4):
        found = search.best()
        assert verify(question, found) == ()
        assert measure(question, found).makespan == search.best_makespan
        search.run(30, 0)


@given(projects(most=5))
@settings(max_examples=60)
def test_of_a_tiny_project_it_finds_the_best(question: Problem) -> None:
    search = begun(question)
    search.run(FIRST_SIZE + 100, 0)
    assert search.best_makespan == shortest(question)


@pytest.mark.parametrize(("capacity", "people"), [(2, 1), (1, 2)], ids=["people", "machine"])
def test_one_more_than_there_is_room_for_has_to_wait(capacity: int, people: int) -> None:
    question = problem(
        *(operation(key, crew=(Crew("weld"),)) for key in "ab"),
        machines=(machine(capacity=capacity),),
        operators=tuple(operator(f"p{number}", "weld") for number in range(people)),
        objective=Objective(makespan=1),
    )
    assert begun(question).best_makespan == 20


def test_it_comes_close_to_the_best_known() -> None:
    """171 after 30 years of looking for it."""
    question = read_instance(DATA / "j120_11_1.rcp")
    search = begun(question)

    search.run(20_000, 0)

    assert 171 <= search.best_makespan <= 181
    assert verify(question, search.best()) == ()


def test_the_same_lists_give_the_same_schedules_however_they_are_sliced() -> None:
    question = read_instance(DATA / "j120_11_1.rcp")
    at_once, sliced, other = begun(question), begun(question), begun(question, seed=2)
    lists = 1_500

    at_once.run(lists, 0)
    other.run(lists, 0)
    for part in (1, 2, 500, lists - 503):
        sliced.run(part, 0)

    assert at_once.best() == sliced.best()
    assert np.array_equal(at_once.population.member, sliced.population.member)
    assert not np.array_equal(at_once.population.member, other.population.member)


def test_what_is_worn_out_gives_way_to_more() -> None:
    search = begun(problem(operation("a"), operation("b"), operators=(), objective=Objective(makespan=1)))

    search.run(50 * FIRST_SIZE, 0)

    assert search.population.size > FIRST_SIZE
    assert search.best_makespan == 20


def test_a_later_population_is_another_one_for_another_seed() -> None:
    question = read_instance(DATA / "j120_11_1.rcp")
    one, other = begun(question), begun(question, seed=2)
    for search in (one, other):
        search._begin_anew()
        search.run(1, 0)

    assert not np.array_equal(one.population.member, other.population.member)


def test_a_bound_ends_it() -> None:
    search = begun(read_instance(DATA / "j120_11_1.rcp"))

    search.run(10**9, 190)

    assert search.best_makespan <= 190


def test_what_others_have_found_comes_in() -> None:
    question = read_instance(DATA / "j120_11_1.rcp")
    better, search = begun(question), begun(question, seed=2)
    better.run(3_000, 0)
    assert better.best_makespan < search.best_makespan

    search.join(better.best())

    assert search.best_makespan <= better.best_makespan


def test_two_threads_use_it() -> None:
    heard = listen(read_instance(DATA / "j120_11_1.rcp"), Limits(seconds=3, threads=2))

    assert {each.source for each in heard.improvements} >= {"project search"}


PEOPLE = (operator("p", "weld"), operator("q", "weld"), operator("r", "mill"))
PROJECT = problem(
    operation("a", crew=(Crew("weld", count=2),)),
    operation("b", crew=(Crew("weld"), Crew("mill"))),
    operators=PEOPLE,
    machines=(machine(capacity=2),),
    objective=Objective(makespan=1),
)


def _first(**changes: object) -> Problem:
    return replace(PROJECT, operations=(replace(PROJECT.operations[0], **changes), *PROJECT.operations[1:]))  # type: ignore[arg-type] # by name


def _person(**changes: object) -> Problem:
    return replace(PROJECT, operators=(replace(PEOPLE[0], **changes), *PEOPLE[1:]))  # type: ignore[arg-type] # by name


def _machine(**changes: object) -> Problem:
    return replace(PROJECT, machines=(replace(PROJECT.machines[0], **changes),))  # type: ignore[arg-type] # by name


REFUSED: dict[str, Problem] = {
    "setups": replace(PROJECT, objective=Objective(makespan=1, setup=1)),
    "tardiness": replace(PROJECT, objective=Objective(weighted_tardiness=1)),
    "frozen zone": replace(PROJECT, frozen_until=10),
    "pin": replace(PROJECT, pins=(Pin("a", start=5),)),
    "limit": replace(PROJECT, cells=tuple(replace(each, wip_limit=1) for each in PROJECT.cells)),
    "deadline": replace(PROJECT, orders=tuple(replace(each, deadline=90) for each in PROJECT.orders)),
    "longest wait": replace(PROJECT, precedences=(Precedence("a", "b", 0, 10),)),
    "actual": _first(actual=Actual("m1", 0, 0, remaining=5)),
    "calendar": _machine(windows=((5, 1000),)),
    "downtime": _machine(downtime=(Downtime(50, 60),)),
    "matrix": replace(
        _machine(capacity=1, setup_matrix="x"), setup_matrices=(SetupMatrix("x", "Changeovers", ("steel",), ((3,),)),)
    ),
    "two modes": replace(
        _first(modes=(Mode("m1", 10), Mode("m2", 10))), machines=(machine("m1", capacity=2), machine("m2", capacity=2))
    ),
    "setup": _first(modes=(Mode("m1", 10, setup=1),)),
    "teardown": _first(modes=(Mode("m1", 10, teardown=1),)),
    "crew for the setup": _first(crew=(Crew("weld", phase="setup"),)),
    "pauses": _first(may_pause=True),
    "shift": _person(windows=((0, 999),)),
    "skill that lapses": _person(skills=(SkillLevel("weld", valid_until=500),)),
    "somebody who can do both": _person(skills=(SkillLevel("weld"), SkillLevel("mill"))),
    "experts among them": replace(
        _person(skills=(SkillLevel("weld", 2),)),
        operations=(replace(PROJECT.operations[0], crew=(Crew("weld", level=2),)), PROJECT.operations[1]),
    ),
}


@pytest.mark.parametrize("other", REFUSED.values(), ids=REFUSED.keys())
def test_where_more_binds_it_is_not_used(other: Problem) -> None:
    assert is_project(PROJECT)
    assert not is_project(other)
