"""What there is to share: free places on machines and free people, once history has taken its part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from solver.bounds.axis import Levels, count_levels
from solver.calendars import Windows, intersect, normalise, shift_windows, subtract, working_windows
from solver.problem import Crew, Interval, Operation, Operator, Problem
from solver.schedule import Assignment
from solver.skills import qualified_windows

Skill = tuple[str, int]
"""A skill and the least level of it."""


@dataclass(frozen=True)
class Resources:
    """`machines`: free places by machine. `skilled`: free people who can fill a place, by skill.

    `circles`: by skill, the skills that share people with it, directly or through others. `circle_people`: free people of a
    circle, by the first skill of it.
    """

    machines: Mapping[str, Levels]
    skilled: Mapping[Skill, Levels]
    circles: Mapping[Skill, tuple[Skill, ...]]
    circle_people: Mapping[Skill, Levels]

    @classmethod
    def of(cls, problem: Problem, facts: Mapping[str, Assignment]) -> Resources:
        taken: dict[str, list[Interval]] = defaultdict(list)
        for fact in facts.values():
            taken[fact.machine].append((fact.setup_start, fact.end))
        machines = {}
        for machine in problem.machines:
            windows = intersect(working_windows(machine), ((0, problem.horizon),))
            busy = [((span,), -1) for span in taken[machine.id]]
            levels = count_levels([(windows, machine.capacity), *busy])
            machines[machine.id] = levels
        people = _free_people(problem, facts)
        able = _able(problem, people)
        circles = _circles(able)
        return cls(
            machines=machines,
            skilled={skill: count_levels((windows, 1) for windows in persons.values()) for skill, persons in able.items()},
            circles={skill: circle for circle in circles for skill in circle},
            circle_people={
                circle[0]: count_levels((people[key], 1) for key in sorted({key for skill in circle for key in able[skill]}))
                for circle in circles
            },
        )


def engaged_throughout(operation: Operation) -> dict[Skill, int]:
    """How many people the operation takes for all of it, by skill."""
    needs: dict[Skill, int] = {}
    for need in operation.crew:
        if need.phase == "all":
            needs[need.skill, need.level] = needs.get((need.skill, need.level), 0) + need.count
    return needs


def windows_with(levels: Levels, least: int = 1) -> Windows:
    """When there are at least so many."""
    return normalise((begin, end) for begin, end, count in levels if count >= least)


def _free_people(problem: Problem, facts: Mapping[str, Assignment]) -> dict[str, Windows]:
    """When each person is there and not engaged by what has begun."""
    engaged: dict[str, list[Interval]] = defaultdict(list)
    for key, fact in facts.items():
        for need, persons in zip(problem.operation_by_id[key].crew, fact.operators, strict=False):
            for person in persons:
                engaged[person].append((fact.setup_start, fact.start if need.phase == "setup" else fact.end))
    return {person.id: subtract(shift_windows(person), normalise(engaged[person.id])) for person in problem.operators}


def _able(problem: Problem, people: Mapping[str, Windows]) -> dict[Skill, dict[str, Windows]]:
    """By skill that somebody must have throughout: who has it, and when they are free and have it."""
    wanted = sorted({skill for operation in problem.operations for skill in engaged_throughout(operation)})
    return {skill: dict(_holders(problem.holders_by_skill.get(skill[0], ()), people, skill)) for skill in wanted}


def _holders(operators: Iterable[Operator], people: Mapping[str, Windows], skill: Skill) -> Iterable[tuple[str, Windows]]:
    for person in operators:
        windows = intersect(people[person.id], qualified_windows(person, Crew(*skill)))
        if windows:
            yield person.id, windows


def _circles(able: Mapping[Skill, Mapping[str, Windows]]) -> list[tuple[Skill, ...]]:
    circles: list[tuple[set[Skill], set[str]]] = []
    for skill, persons in able.items():
        near = [circle for circle in circles if circle[1] & persons.keys()]
        circles = [circle for circle in circles if circle not in near]
        circles.append(({skill}.union(*(skills for skills, _ in near)), set(persons).union(*(keys for _, keys in near))))
    return [tuple(sorted(skills)) for skills, _ in circles]
