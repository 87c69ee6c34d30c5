"""A population of activity lists, for projects: two of them are crossed, the child is changed a little and justified, and takes
the place of one that is no better.

A child has a stretch of its mother unchanged; what she has before that, and what she has behind it, comes in the order of the
father. No activity gets before its predecessors by that. A stretch of a good schedule that is packed well is worth keeping
(Valls, Ballestín & Quintanilla 2008); selection finds out which.
"""

from __future__ import annotations

from solver.kernel.annealing import ABOVE_ALL
from solver.kernel.compiling import compiled, entry, unit
from solver.kernel.project import justify
from solver.kernel.shifting import MODULUS
from solver.kernel.tables import (
    CAST,
    LEAST_LENGTH,
    MEMBERS_NOW,
    NEXTS,
    NEXTS_END,
    OTHER,
    PRIORS,
    PRIORS_END,
    REST,
    SINCE_SHORTER,
    TICKS,
    Population,
    Project,
)

MOST_DRAWS = 3
"""Times that something else may be drawn instead, if more must follow it."""

RIVALS = 4
"""Members of which the worst makes room."""

MOVES = 8
"""The most that a child is changed."""

FINENESS = 1024
"""Parts of the makespan in which ends are counted."""

WORN = 10
"""Children for each member, none of them shorter than what it replaced, after which nothing more is to be expected."""


@compiled
def _throw(population: Population, sides: int) -> int:
    population.memo[CAST] = population.memo[CAST] * 48271 % MODULUS
    return population.memo[CAST] % sides


@unit
def draw_list(project: Project, population: Population) -> None:
    """Any list: the next is one of those whose predecessors are all in it, in most lists rather one that much must follow."""
    draws = _throw(population, MOST_DRAWS + 1)
    length = 0
    for activity in range(project.activities):
        population.mark[activity] = project.activity[activity, PRIORS_END] - project.activity[activity, PRIORS]
        if population.mark[activity] == 0:
            population.ready[length] = activity
            length += 1
    for place in range(project.activities):
        drawn = _throw(population, length)
        for _ in range(draws):
            other = _throw(population, length)
            if project.activity[population.ready[other], REST] > project.activity[population.ready[drawn], REST]:
                drawn = other
        activity = population.list[place] = population.ready[drawn]
        length -= 1
        population.ready[drawn] = population.ready[length]
        for row in range(project.activity[activity, NEXTS], project.activity[activity, NEXTS_END]):
            other = project.link[row, OTHER]
            population.mark[other] -= 1
            if population.mark[other] == 0:
                population.ready[length] = other
                length += 1


@compiled
def _better_of_two(population: Population) -> int:
    one, other = _throw(population, population.memo[MEMBERS_NOW]), _throw(population, population.memo[MEMBERS_NOW])
    return one if population.value[one] <= population.value[other] else other


@unit
def cross(project: Project, population: Population) -> None:
    """A child of two members."""
    mother, father = _better_of_two(population), _better_of_two(population)
    first, last = _throw(population, project.activities), _throw(population, project.activities)
    first, last = min(first, last), max(first, last) + 1
    for place in range(project.activities):
        activity = population.member[mother, place]
        population.mark[activity] = 0 if place < first else 1 if place < last else 2
        population.list[place] = activity
    early, late = 0, last
    for place in range(project.activities):
        activity = population.member[father, place]
        if population.mark[activity] == 0:
            population.list[early] = activity
            early += 1
        elif population.mark[activity] == 2:
            population.list[late] = activity
            late += 1


@compiled
def _move(population: Population, source: int, target: int) -> None:
    """What is at one place of the list to another."""
    activity = population.list[source]
    step = 1 if source < target else -1
    while source != target:
        population.list[source] = population.list[source + step]
        population.place[population.list[source]] = source
        source += step
    population.list[target] = activity
    population.place[activity] = target


@unit
def vary(project: Project, population: Population) -> None:
    """Some activities go anywhere between their predecessors and their successors."""
    for place in range(project.activities):
        population.place[population.list[place]] = place
    for _ in range(_throw(population, MOVES + 1)):
        activity = _throw(population, project.activities)
        first, last = 0, project.activities - 1
        for row in range(project.activity[activity, PRIORS], project.activity[activity, PRIORS_END]):
            first = max(first, population.place[project.link[row, OTHER]] + 1)
        for row in range(project.activity[activity, NEXTS], project.activity[activity, NEXTS_END]):
            last = min(last, population.place[project.link[row, OTHER]] - 1)
        _move(population, population.place[activity], first + _throw(population, last - first + 1))


@compiled
def _value(project: Project, population: Population, length: int) -> int:
    """The makespan first; among equals, the earlier the last activities are done, the closer is a shorter one."""
    late = 0
    for activity in range(project.activities):
        share = (population.start[activity] + project.activity[activity, TICKS]) * FINENESS // length
        late += share * share
    return length * FINENESS * FINENESS + min(late // project.activities, FINENESS * FINENESS - 1)


@compiled
def _print(project: Project, population: Population) -> int:
    number = 0
    for activity in range(project.activities):
        number = (number * 31 + population.start[activity] % MODULUS) % MODULUS
    return number


@compiled
def _is_known(population: Population, value: int, number: int) -> bool:
    for member in range(population.memo[MEMBERS_NOW]):
        if population.value[member] == value and population.print[member] == number:
            return True
    return False


@compiled
def _room_for(population: Population, value: int) -> int:
    """A new place, or that of a member which is no better, -1 for none."""
    member = population.memo[MEMBERS_NOW]
    if member < population.size:
        population.memo[MEMBERS_NOW] += 1
        population.value[member] = ABOVE_ALL
        return member
    worst = _throw(population, population.size)
    for _ in range(RIVALS - 1):
        rival = _throw(population, population.size)
        if population.value[rival] > population.value[worst]:
            worst = rival
    return worst if value <= population.value[worst] else -1


@entry
def join(project: Project, population: Population) -> None:
    """Justify `population.list` and take it in, unless there is the same already or only better ones."""
    length = justify(project, population)
    if length < population.memo[LEAST_LENGTH]:
        population.memo[LEAST_LENGTH] = length
        for activity in range(project.activities):
            population.best_start[activity] = population.start[activity]
    value, number = _value(project, population, length), _print(project, population)
    population.memo[SINCE_SHORTER] += 1
    if _is_known(population, value, number):
        return
    member = _room_for(population, value)
    if member < 0:
        return
    if length < population.value[member] // (FINENESS * FINENESS):
        population.memo[SINCE_SHORTER] = 0
    population.value[member], population.print[member] = value, number
    for place in range(project.activities):
        population.member[member, place] = population.list[place]


@entry
def breed(project: Project, population: Population, lists: int, bound: int) -> int:
    """Make so many lists, at first to fill the population and then from it. How many were made: fewer when the makespan is down
    to the bound, or when the population is worn out."""
    for made in range(lists):
        if population.memo[LEAST_LENGTH] <= bound or population.memo[SINCE_SHORTER] > WORN * population.size:
            return made
        if population.memo[MEMBERS_NOW] < population.size:
            draw_list(project, population)
        else:
            cross(project, population)
            vary(project, population)
        join(project, population)
    return lists
