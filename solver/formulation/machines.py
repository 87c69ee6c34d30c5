"""What happens on one machine at one time, and its closed time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from ortools.sat.python import cp_model

from solver.calendars import Windows, intersect, normalise, subtract
from solver.formulation.variables import Formulation, Timed
from solver.problem import Interval, Machine
from solver.skills import ALWAYS


def machines(formulation: Formulation) -> None:
    """No more operations at one time than a machine has capacity for, and none that may not pause in closed time. Exact.

    Fixed operations and closed time are obstacles; where facts overlap each other, only their union counts.
    """
    for machine in formulation.problem.machines:
        free = formulation.free_on(machine)
        if not free:
            continue
        reach = (min(timed.earliest for timed in free), max(timed.latest_end for timed in free))
        taken = [(fixed.setup_start, fixed.end) for fixed in formulation.fixed_on(machine)]
        closed = intersect(subtract((ALWAYS,), formulation.grounds.windows[machine.id]), (reach,))
        if machine.capacity == 1:
            _one_at_a_time(formulation, machine, free, (intersect(normalise(taken), (reach,)), closed))
        else:
            _side_by_side(formulation, machine, free, (taken, closed))


def _one_at_a_time(formulation: Formulation, machine: Machine, free: list[Timed], obstacles: tuple[Windows, Windows]) -> None:
    taken, closed = obstacles
    occupations = {timed.operation.id: formulation.occupation(timed, machine) for timed in free}
    unbroken = [occupations[timed.operation.id] for timed in free if not timed.operation.may_pause]
    if len(unbroken) == len(free):
        taken = normalise((*taken, *closed))
    elif unbroken:
        formulation.cp.add_no_overlap([*unbroken, *blocks(formulation, closed)])
    formulation.cp.add_no_overlap([*occupations.values(), *blocks(formulation, taken)])


def _side_by_side(
    formulation: Formulation, machine: Machine, free: list[Timed], obstacles: tuple[Iterable[Interval], Windows]
) -> None:
    taken, closed = obstacles
    for timed in free:
        if not timed.operation.may_pause:
            formulation.cp.add_no_overlap([formulation.occupation(timed, machine), *blocks(formulation, closed)])
    load = profile(taken, machine.capacity)
    formulation.cp.add_cumulative(
        [*(formulation.occupation(timed, machine) for timed in free), *blocks(formulation, [span for span, _ in load])],
        [*(1 for _ in free), *(demand for _, demand in load)],
        machine.capacity,
    )


def blocks(formulation: Formulation, intervals: Iterable[Interval]) -> list[cp_model.IntervalVar]:
    """Constant intervals."""
    return [formulation.cp.new_fixed_size_interval_var(begin, end - begin, "") for begin, end in intervals]


def profile(intervals: Iterable[Interval], most: int) -> list[tuple[Interval, int]]:
    """How many of the intervals there are at each time, as disjoint stretches; counted up to `most`."""
    changes: dict[int, int] = defaultdict(int)
    for begin, end in intervals:
        changes[begin] += 1
        changes[end] -= 1
    load, stretches = 0, []
    for begin, end in pairwise(sorted(changes)):
        load += changes[begin]
        if load:
            stretches.append(((begin, end), min(load, most)))
    return stretches
