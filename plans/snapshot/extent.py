"""How far the time axis has to go, so that work of an overloaded plant finds a late place instead of none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import ceil

from solver.calendars import Windows, intersect, walk, working_windows
from solver.problem import Mode, Operation, Problem

STRETCH = 1.5  # changeovers, waiting and shifts that end too early for the next operation, on top of the mere work
SLACK = 7 * 24 * 60
BEFORE_ALL = -(2**40)  # earlier than any history


def sufficient_horizon(problem: Problem, planned_until: int) -> int:
    """The tick by which the busiest machine and the scarcest skill have had time for all their work and half as much again,
    or the end of the planned time, and a week more. Never behind the problem's own horizon.
    """
    loads = [*_machine_loads(problem), *_skill_loads(problem)]
    ends = [walk(windows, 0, ceil(ticks * STRETCH)) for windows, ticks in loads if ticks]
    needed = max((problem.horizon if end is None else end for end in ends), default=0)
    return min(problem.horizon, max(planned_until, needed) + SLACK)


def cut(problem: Problem, horizon: int) -> Problem:
    """The same problem with an axis that ends at `horizon`."""
    whole = ((BEFORE_ALL, horizon),)
    return replace(
        problem,
        horizon=horizon,
        machines=tuple(
            replace(
                machine,
                windows=intersect(machine.windows, whole),
                downtime=tuple(replace(down, end=min(down.end, horizon)) for down in machine.downtime if down.start < horizon),
            )
            for machine in problem.machines
        ),
        operators=tuple(replace(operator, windows=intersect(operator.windows, whole)) for operator in problem.operators),
    )


def _machine_loads(problem: Problem) -> list[tuple[Windows, int]]:
    """Open time of each machine and the work that falls to it when every operation goes where it is done soonest."""
    loads: dict[str, int] = defaultdict(int)
    for operation in problem.operations:
        if operation.modes and not _is_done(operation):
            mode = min(operation.modes, key=lambda mode: loads[mode.machine] + _share(problem, mode))
            loads[mode.machine] += _share(problem, mode)
    return [(working_windows(machine), loads[machine.id]) for machine in problem.machines]


def _skill_loads(problem: Problem) -> list[tuple[Windows, int]]:
    """Time on shift of each holder of a skill and their share of the work that asks for it."""
    loads: dict[str, int] = defaultdict(int)
    for operation in problem.operations:
        if operation.modes and not _is_done(operation):
            shortest = min(mode.setup + mode.run + mode.teardown for mode in operation.modes)
            for crew in operation.crew:
                loads[crew.skill] += crew.count * (
                    shortest if crew.phase == "all" else max(mode.setup for mode in operation.modes)
                )
    holders = {skill: [each for each in problem.operators if any(held.skill == skill for held in each.skills)] for skill in loads}
    return [(each.windows, ceil(loads[skill] / len(holders[skill]))) for skill in loads for each in holders[skill]]


def _share(problem: Problem, mode: Mode) -> int:
    """Ticks that the work takes of one of the machine's places."""
    return ceil((mode.setup + mode.run + mode.teardown) / problem.machine_by_id[mode.machine].capacity)


def _is_done(operation: Operation) -> bool:
    return operation.actual is not None and operation.actual.end is not None
