"""A list of activities → their starts, where they only share resources of some capacity; and how to make these better.

Serial generation: in the order of the list, which never has an activity before its predecessors, each goes where it can start
first. Justification then moves everything as late as it can go and back again, the last first and the first first; that never
makes a schedule longer, and most often shorter (Tormos & Lova 2001, Valls, Ballestín & Quintanilla 2005).

What is free is a list of steps. All resources at a step lie side by side in a word, so that one subtraction takes from all of
them: the bit above each shows whether there was enough.

Mirrored, the same looks from the end of time back: what comes after comes first, and a start is an end with the sign changed.
"""

from __future__ import annotations

from solver.kernel.compiling import compiled, unit
from solver.kernel.lanes import first_above
from solver.kernel.tables import (
    AT,
    MIN_LAG,
    NEXTS,
    NEXTS_END,
    NOT_BEFORE,
    OTHER,
    PRIORS,
    PRIORS_END,
    TICKS,
    Population,
    Project,
    Row,
    Table,
)


@compiled
def _ready(project: Project, start: Row, activity: int, is_mirrored: int) -> int:
    """When what comes before it is done. Justified it never comes before its release, so that mirrored there is none."""
    ready = 0 if is_mirrored else project.activity[activity, NOT_BEFORE]
    first, last = (NEXTS, NEXTS_END) if is_mirrored else (PRIORS, PRIORS_END)
    for row in range(project.activity[activity, first], project.activity[activity, last]):
        other = project.link[row, OTHER]
        ready = max(ready, start[other] + project.activity[other, TICKS] + project.link[row, MIN_LAG])
    return ready


@compiled
def _fits(project: Project, profile: Table, step: int, activity: int) -> bool:
    for word in range(project.words):
        left = profile[step, 1 + word] - project.demand[activity, word]
        if left & project.guard[word] != project.guard[word]:
            return False
    return True


@compiled
def _split(project: Project, profile: Table, steps: int, step: int, instant: int) -> None:
    """A new step behind this one, with as much free."""
    for row in range(steps, step + 1, -1):
        for column in range(1 + project.words):
            profile[row, column] = profile[row - 1, column]
    profile[step + 1, AT] = instant
    for word in range(project.words):
        profile[step + 1, 1 + word] = profile[step, 1 + word]


@compiled
def _place(project: Project, profile: Table, steps: int, activity: int, instant: int) -> tuple[int, int]:
    """Let it start as soon as it can from an instant on; when that is, and how many steps there are then. At the last of them
    all is free."""
    ticks = project.activity[activity, TICKS]
    first = first_above(profile, AT, 0, steps, instant) - 1
    step = first
    while step < steps and profile[step, AT] < instant + ticks:
        if not _fits(project, profile, step, activity):
            first = step + 1
            instant = profile[first, AT]
        step += 1
    if step == steps or profile[step, AT] > instant + ticks:
        _split(project, profile, steps, step - 1, instant + ticks)
        steps += 1
    if profile[first, AT] < instant:
        _split(project, profile, steps, first, instant)
        first, step, steps = first + 1, step + 1, steps + 1
    for row in range(first, step):
        for word in range(project.words):
            profile[row, 1 + word] -= project.demand[activity, word]
    return instant, steps


@unit
def generate(project: Project, population: Population, is_mirrored: int) -> int:
    """The starts of what is in `population.list`; when the last of it ends."""
    profile, start = population.step, population.start
    steps, length = 1, 0
    profile[0, AT] = 0
    for word in range(project.words):
        profile[0, 1 + word] = project.capacity[word]
    for place in range(project.activities):
        activity = population.list[place]
        ready = _ready(project, start, activity, is_mirrored)
        start[activity], steps = _place(project, profile, steps, activity, ready)
        length = max(length, start[activity] + project.activity[activity, TICKS])
    return length


@unit
def sort_list(project: Project, population: Population) -> None:
    """By `population.key`: into buckets, most often of one key each, and then by insertion. A sort by comparisons alone would
    take as long as all the rest: no processor guesses how they end."""
    listed, key, bucket, sorted_list = population.list, population.key, population.bucket, population.ready
    least = most = key[listed[0]]
    for activity in range(project.activities):
        least, most = min(least, key[activity]), max(most, key[activity])
    buckets, shift = 2 * project.activities, 0
    while (most - least) >> shift >= buckets:
        shift += 1
    for number in range(buckets + 1):
        bucket[number] = 0
    for activity in range(project.activities):
        bucket[1 + ((key[activity] - least) >> shift)] += 1
    for number in range(buckets):
        bucket[number + 1] += bucket[number]
    for place in range(project.activities):
        number = (key[listed[place]] - least) >> shift
        sorted_list[bucket[number]] = listed[place]
        bucket[number] += 1
    for place in range(project.activities):
        activity, to = sorted_list[place], place
        while to > 0 and key[listed[to - 1]] > key[activity]:
            listed[to] = listed[to - 1]
            to -= 1
        listed[to] = activity


@compiled
def _turn_round(project: Project, population: Population) -> None:
    """Sort the list for the other direction: what ended last is what starts first, seen from the end."""
    last = project.activities - 1
    for place in range((last + 1) // 2):
        population.list[place], population.list[last - place] = population.list[last - place], population.list[place]
    for activity in range(project.activities):
        population.key[activity] = -population.start[activity] - project.activity[activity, TICKS]
    sort_list(project, population)


@unit
def justify(project: Project, population: Population) -> int:
    """A schedule of the list, justified; the list is in the order of its starts then. Its makespan."""
    generate(project, population, 0)
    _turn_round(project, population)
    generate(project, population, 1)
    _turn_round(project, population)
    length = generate(project, population, 0)
    for activity in range(project.activities):
        population.key[activity] = population.start[activity]
    sort_list(project, population)
    return length
