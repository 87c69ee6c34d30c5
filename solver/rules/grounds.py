"""A schedule laid beside its problem, and what a broken rule looks like."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Literal

from solver.problem import Interval, Machine, Mode, Operation, Problem, SetupMatrix
from solver.schedule import Assignment, Schedule
from solver.wording import title

Rule = Literal[
    "completeness",
    "history",
    "machine",
    "duration",
    "pauses",
    "open_time",
    "capacity",
    "crew",
    "skill",
    "shift",
    "one_place",
    "precedence",
    "release",
    "now",
    "horizon",
    "deadline",
    "wip",
    "pin",
    "frozen",
]


Changeovers = dict[tuple[str | None, str | None], int]
"""Ticks by family before and family after."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a schedule breaks, the ids of the operations that break it, and a sentence for a planner."""

    rule: Rule
    operations: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An operation with its assignment. `setup`: the ticks its setup must take; meaningless without a mode."""

    problem: Problem
    operation: Operation
    assignment: Assignment
    machine: Machine
    mode: Mode | None
    setup: int

    @property
    def title(self) -> str:
        return title(self.problem, self.operation)

    @property
    def is_free(self) -> bool:
        return self.operation.actual is None


@dataclass(frozen=True)
class Case:
    """All that is placed on a machine that exists, in the problem's order."""

    problem: Problem
    placed: tuple[Placed, ...]

    @cached_property
    def by_operation(self) -> dict[str, Placed]:
        return {each.operation.id: each for each in self.placed}

    @cached_property
    def free(self) -> tuple[Placed, ...]:
        """The operations without an actual; only they can break a rule."""
        return tuple(each for each in self.placed if each.is_free)

    @cached_property
    def by_machine(self) -> dict[str, list[Placed]]:
        """What is on each machine by the instant at which the machine is taken."""
        return _by_machine(sorted(self.placed, key=lambda each: each.assignment.setup_start))


def _by_machine(placed: Iterable[Placed]) -> dict[str, list[Placed]]:
    machines: dict[str, list[Placed]] = {}
    for each in placed:
        machines.setdefault(each.machine.id, []).append(each)
    return machines


def lay_out(problem: Problem, schedule: Schedule) -> Case:
    """The schedule beside its problem, changeovers worked out; assignments to unknown machines are left out."""
    pairs = [
        (operation, assignment)
        for operation in problem.operations
        if (assignment := schedule.by_operation.get(operation.id)) and assignment.machine in problem.machine_by_id
    ]
    changeovers = _changeovers(problem, pairs)
    return Case(problem, tuple(place(problem, *pair, changeovers[pair[0].id]) for pair in pairs))


def place(problem: Problem, operation: Operation, assignment: Assignment, changeover: int) -> Placed:
    """On the machine of the assignment, which must exist, after so many ticks of changeover."""
    mode = operation.mode_on(assignment.machine)
    setup = (mode.setup if mode else 0) + changeover
    return Placed(problem, operation, assignment, problem.machine_by_id[assignment.machine], mode, setup)


def _changeovers(problem: Problem, pairs: Sequence[tuple[Operation, Assignment]]) -> dict[str, int]:
    """The changeover before each operation: from the one whose run started last before it on the machine."""
    changeovers = {}
    entries: dict[str | None, Changeovers] = {matrix.id: _entries(matrix) for matrix in problem.setup_matrices}
    family_on = {machine.id: machine.initial_family for machine in problem.machines}
    for operation, assignment in sorted(pairs, key=lambda pair: (pair[1].start, pair[1].end)):
        machine = problem.machine_by_id[assignment.machine]
        ticks = entries.get(machine.setup_matrix, {}).get((family_on[machine.id], operation.setup_family), 0)
        changeovers[operation.id] = ticks
        family_on[machine.id] = operation.setup_family
    return changeovers


def _entries(matrix: SetupMatrix) -> Changeovers:
    return {
        (start, goal): ticks
        for start, row in zip(matrix.families, matrix.times, strict=True)
        for goal, ticks in zip(matrix.families, row, strict=True)
    }


def within(windows: Sequence[Interval], span: Interval) -> Sequence[Interval]:
    """Of windows that are in order and do not overlap, those that have a part in `span`: calendars may go on for months."""
    begin, end = span
    last = bisect_left(windows, (end,))
    return windows[bisect_right(windows, begin, hi=last, key=itemgetter(1)) : last]


def open_stretches(windows: Sequence[Sequence[Interval]], closed: Sequence[Interval], span: Interval) -> list[Interval]:
    """The stretches of `span` that lie in each list of windows and in nothing that is closed; touching ones are not joined."""
    begin, end = span
    shut = [each for each in closed if each[0] < end and begin < each[1]]
    if not shut and begin < end and all(_holds(calendar, span) for calendar in windows):
        return [span]  # as it is nearly always
    edges = {edge for calendar in (*windows, shut) for window in calendar for edge in window if begin < edge < end}
    return [
        (left, right)
        for left, right in pairwise(sorted({begin, end} | edges))
        if all(any(first <= left < last for first, last in calendar) for calendar in windows)
        and not any(first <= left < last for first, last in shut)
    ]


def _holds(windows: Sequence[Interval], span: Interval) -> bool:
    """Whether one window has all of the span in it."""
    return any(first <= span[0] and span[1] <= last for first, last in windows)


def length(stretches: Iterable[Interval]) -> int:
    return sum(end - begin for begin, end in stretches)
