"""How soon an operation could be over if it had the plant to itself: lower bounds, and who cannot be placed at all.

Taken for granted here: the shortest changeover, and that people may relieve one another. Both only help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from solver.calendars import Windows, intersect, next_open, normalise, shift_windows, walk, working_windows
from solver.history import families_now
from solver.problem import Crew, Mode, Operation, Operator, Problem
from solver.skills import qualified_windows
from solver.timing import Clock, Work, make_clock, place


class Bounds(NamedTuple):
    """No schedule has an earlier start, end of the run or end."""

    start: int
    run_end: int
    end: int


@dataclass(frozen=True)
class Room:
    """What the machines and people of a sound problem have room for, one operation at a time."""

    problem: Problem

    @cached_property
    def _windows(self) -> dict[str, Windows]:
        return {machine.id: working_windows(machine) for machine in self.problem.machines}

    @cached_property
    def _clocks(self) -> dict[tuple[str, tuple[Crew, ...]], Clock]:
        """Those asked for before."""
        return {}

    @cached_property
    def _staffed(self) -> dict[tuple[bool, tuple[Crew, ...]], bool]:
        """What was asked before: whether there are people for a crew, those for the setup included or not."""
        return {}

    @cached_property
    def _coverage(self) -> dict[tuple[str, int, int], Windows]:
        """Those asked for before: when so many people with a skill at a level are on shift."""
        return {}

    @cached_property
    def _able(self) -> dict[tuple[str, int], list[Operator]]:
        """Those asked for before: who ever holds a skill at a level."""
        return {}

    @cached_property
    def _shortest(self) -> dict[tuple[str, str], int]:
        """The shortest changeover to each family on each machine that has a matrix."""
        shortest = {}
        for machine, first in families_now(self.problem).items():
            key = self.problem.machine_by_id[machine].setup_matrix
            matrix = None if key is None else self.problem.matrix_by_id[key]
            for column, family in enumerate(matrix.families if matrix else ()):
                entries = [row[column] for row in matrix.times] if matrix else []
                shortest[machine, family] = min(entries) if matrix and first in matrix.families else 0
        return shortest

    def work(self, operation: Operation, mode: Mode) -> Work:
        """The least that the operation takes in this mode."""
        changeover = self._shortest.get((mode.machine, operation.setup_family or ""), 0)
        return Work(mode.setup + changeover, mode.run, mode.teardown, operation.may_pause)

    def clock(self, operation: Operation, mode: Mode) -> Clock:
        """When the machine is open and enough able people are on shift."""
        key = (mode.machine, operation.crew)
        if key not in self._clocks:
            phases: dict[str, list[Windows]] = {"all": [], "setup": []}
            for need in operation.crew:
                phases[need.phase].append(self._covered(need))
            self._clocks[key] = make_clock(self._windows[mode.machine], phases["all"], phases["setup"])
        return self._clocks[key]

    def machine_clock(self, mode: Mode) -> Clock:
        """When the machine is open, people or not."""
        return make_clock(self._windows[mode.machine])

    def can_staff(self, operation: Operation) -> bool:
        """Whether there are different people for all places of the crew, on shift or not."""
        has_fitters = any(need.phase == "setup" for need in operation.crew)
        needs_setup = has_fitters and all(self.work(operation, mode).setup for mode in operation.modes)
        key = (needs_setup, operation.crew)
        if key not in self._staffed:
            needs = [need for need in operation.crew if need.phase == "all" or needs_setup]
            places = [need for need in needs for _ in range(min(need.count, len(self.problem.operators) + 1))]
            self._staffed[key] = _all_filled([[who.id for who in self._able_for(place)] for place in places])
        return self._staffed[key]

    def _able_for(self, need: Crew) -> list[Operator]:
        key = (need.skill, need.level)
        if key not in self._able:
            self._able[key] = [who for who in self.problem.holders_by_skill.get(need.skill, ()) if qualified_windows(who, need)]
        return self._able[key]

    def _covered(self, need: Crew) -> Windows:
        """When at least `need.count` people who can fill a place are on shift."""
        key = (need.skill, need.level, need.count)
        if key not in self._coverage:
            people = self._able_for(need)
            there = [window for who in people for window in intersect(shift_windows(who), qualified_windows(who, need))]
            self._coverage[key] = _at_least(there, need.count)
        return self._coverage[key]


def _all_filled(able: Sequence[Sequence[str]]) -> bool:
    """Whether every place gets a person of its own out of those who are able (Kuhn's augmenting paths)."""
    place_of: dict[str, int] = {}

    def fill(place: int, asked: set[str]) -> bool:
        for who in able[place]:
            if who in asked:
                continue
            asked.add(who)
            if who not in place_of or fill(place_of[who], asked):
                place_of[who] = place
                return True
        return False

    return all(fill(place, set()) for place in range(len(able)))


def _at_least(windows: Sequence[tuple[int, int]], count: int) -> Windows:
    """When at least so many of the windows are open."""
    steps = sorted([(begin, 1) for begin, _ in windows] + [(end, -1) for _, end in windows])
    found: list[tuple[int, int]] = []
    present, since = 0, 0
    for instant, step in steps:
        if present >= count:
            found.append((since, instant))
        present, since = present + step, instant
    return normalise(found)


def earliest(work: Work, clock: Clock, setup_from: int, run_from: int) -> Bounds | None:
    """The soonest that the work could be over by this clock; None when it never could.

    Work that may pause is not held to start its run right after its setup: by a clock that is more open than the true one
    that demand could make it later than it has to be.
    """
    if not work.may_pause:
        span = place(work, clock, setup_from, run_from)
        return None if span is None else Bounds(span.start, span.run_end, span.end)
    setup_end = walk(clock.setup, setup_from, work.setup)
    start = None if setup_end is None else next_open(clock.run, max(setup_end, run_from))
    run_end = None if start is None else walk(clock.run, start, work.run)
    end = None if run_end is None else walk(clock.run, run_end, work.teardown)
    return None if start is None or run_end is None or end is None else Bounds(start, run_end, end)
