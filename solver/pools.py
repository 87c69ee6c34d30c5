"""People who can stand in for each other: how many are needed at a time is all that matters, who it is can be said afterwards.

As many of them as are busy at the busiest instant suffice for all engagements, however these lie: whoever is free longest takes
the next one (interval graphs are perfect).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from heapq import heappop, heappush

from solver.calendars import Windows, shift_windows
from solver.problem import Crew, Operation, Problem
from solver.schedule import Assignment
from solver.skills import ALWAYS, qualified_windows

Pool = tuple[str, ...]
"""Ids of operators."""


def covers(windows: Windows, horizon: int) -> bool:
    """Whether there is no closed time before the horizon."""
    return any(begin <= 0 and horizon <= end for begin, end in windows)


def pools(problem: Problem) -> Mapping[Crew, Pool]:
    """By requirement who can fill it, where these are always there and able, have no history, and nobody else is asked for any of
    them. What may pause, or needs people for its setup, asks for persons."""
    always = {operator.id for operator in problem.operators if covers(shift_windows(operator), problem.horizon)}
    asked = {crew for operation in problem.operations for crew in operation.crew if _asks_for_persons(operation, crew)}
    apart = _with_history(problem)
    first_pool: dict[str, Pool] = {}
    pooled: dict[Crew, Pool] = {}
    for crew in dict.fromkeys(crew for operation in problem.operations for crew in operation.crew):
        holders = problem.holders_by_skill.get(crew.skill, ())
        held = {operator.id: windows for operator in holders if (windows := qualified_windows(operator, crew))}
        pool = pooled[crew] = tuple(held)
        if crew in asked or not always.issuperset(pool) or any(windows != (ALWAYS,) for windows in held.values()):
            apart.update(pool)
        apart.update(person for person in pool if first_pool.setdefault(person, pool) != pool)
    return {crew: pool for crew, pool in pooled.items() if pool and apart.isdisjoint(pool)}


def _with_history(problem: Problem) -> set[str]:
    reports = [operation.actual for operation in problem.operations if operation.actual is not None]
    return {person for actual in reports for group in actual.operators for person in group}


def _asks_for_persons(operation: Operation, crew: Crew) -> bool:
    return operation.may_pause or crew.phase != "all" or operation.actual is not None


def staffed(problem: Problem, pooled: Mapping[Crew, Pool], assignments: Iterable[Assignment]) -> Iterator[Assignment]:
    """The assignments of all operations with people for the requirements that pools fill, whoever was there before.

    These must not ask for more of a pool at one time than it has.
    """
    timed = [(assignment, problem.operation_by_id[assignment.operation].crew) for assignment in assignments]
    given = _hand_out(pooled, [each for each in timed if any(crew in pooled for crew in each[1])])
    for assignment, _ in timed:
        if assignment.operation in given:
            people = enumerate(given[assignment.operation])
            operators = tuple(assignment.operators[place] if group is None else group for place, group in people)
            yield replace(assignment, operators=operators)
        else:
            yield assignment


def _hand_out(pooled: Mapping[Crew, Pool], timed: list[tuple[Assignment, tuple[Crew, ...]]]) -> dict[str, list[Pool | None]]:
    """By operation and place in its crew: who, in the order in which they are needed; None where no pool is asked."""
    free = {pool: [(0, place) for place in range(len(pool))] for pool in pooled.values()}
    given: dict[str, list[Pool | None]] = {}
    for assignment, crew in sorted(timed, key=lambda each: each[0].setup_start):
        taken = [[heappop(free[pooled[need]])[1] for _ in range(need.count)] if need in pooled else None for need in crew]
        given[assignment.operation] = [
            None if places is None else tuple(pooled[need][place] for place in places)
            for need, places in zip(crew, taken, strict=True)
        ]
        for need, places in zip(crew, taken, strict=True):
            for place in places or ():
                heappush(free[pooled[need]], (assignment.end, place))
    return given
