"""Where the run of each operation can end, cut into stretches within which its price is linear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from solver.bounds.axis import Axis, Ints, amounts
from solver.bounds.orders import Outlook
from solver.bounds.resources import Resources, Skill, engaged_throughout, windows_with
from solver.calendars import Windows, intersect
from solver.frozen import earliest_setup, frozen_start
from solver.problem import Mode, Operation

Demand = tuple[tuple[Skill, int], ...]


@dataclass(frozen=True)
class Clock:
    """The working time that one machine and one demand of people have in common, and its ticks before each edge of a bucket."""

    axis: Axis
    edges: Ints

    @cached_property
    def widths(self) -> Ints:
        """Working ticks of each bucket; the last one, behind the last edge, has no end and counts none."""
        return np.append(np.diff(self.edges), 0)


@dataclass(frozen=True)
class Share:
    """What an operation takes of the resources, whose numbers are in `resources`, for every tick of its work on `clock`."""

    clock: int
    resources: tuple[int, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Stretches:
    """In each stretch the work of one operation in one mode begins in one bucket and ends in one bucket, wherever its run ends.

    `begin` and `begin_in`: bucket, and ticks into it, of the first tick of work when the run ends as early as the stretch lets
    it; `end` and `end_in`: of the instant after the last one. Buckets are counted on through all shares. `length`: by how many
    ticks of work all that may be later. `run_end`: the earliest. `start`: the latest start of the run. `cost`: what it costs
    without any prices when the run ends as early as the stretch lets it, and `rise` at least more for every tick after that.
    """

    begin: Ints
    begin_in: Ints
    end: Ints
    end_in: Ints
    length: Ints
    run_end: Ints
    start: Ints
    cost: Ints
    rise: Ints

    def __len__(self) -> int:
        return len(self.run_end)

    @staticmethod
    def chain(parts: Sequence[Stretches]) -> Stretches:
        """All of them, one after another."""
        names = [field.name for field in fields(Stretches)]
        return Stretches(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def by_run_end(self) -> Stretches:
        """The same, those that can end first in front."""
        order = np.argsort(self.run_end, kind="stable")
        return Stretches(*(getattr(self, field.name)[order] for field in fields(Stretches)))


class Cutter:
    """Cuts the stretches of one operation after another. `edges` of buckets, ascending from tick 0.

    What is on the way is a relaxation: of its setup an operation has only the least, on one clock with its run; what pauses may
    keep its machine, but nobody, waiting. All work behind the last edge is free of charge.
    """

    def __init__(self, outlook: Outlook, resources: Resources, edges: Ints) -> None:
        self.edges = edges
        self.clocks: list[Clock] = []
        self.shares: list[Share] = []
        self.capacities: list[Ints] = []
        self._outlook = outlook
        self._resources = resources
        self._numbers: dict[object, int] = {}
        self._windows: dict[Skill | str, Windows] = {}
        self._pins = {pin.operation: pin.machine for pin in outlook.problem.pins if pin.machine is not None}

    def cut(self, operation: Operation, ready: int) -> Stretches:
        """Its stretches in all its modes when its run may start at `ready`; none when it finds no place at all."""
        demand = tuple(sorted(engaged_throughout(operation).items()))
        parts = [self._cut_mode(operation, mode, demand, ready) for mode in self._modes(operation)]
        return Stretches.chain(parts).by_run_end()

    def _modes(self, operation: Operation) -> list[Mode]:
        """The modes that the frozen zone and a pin leave; all of them when nothing is left, which is for others to judge."""
        frozen = frozen_start(self._outlook.problem, operation)
        pinned = self._pins.get(operation.id) if frozen is None else frozen.machine
        return [mode for mode in operation.modes if pinned in {None, mode.machine}] or list(operation.modes)

    def _cut_mode(self, operation: Operation, mode: Mode, demand: Demand, ready: int) -> Stretches:
        setup = self._outlook.least_setup(operation, mode)
        share = self._share(mode.machine, demand, may_pause=operation.may_pause)
        clock = self.clocks[self.shares[share].clock]
        ahead = setup + mode.run
        lows, highs = self._spans(operation, mode, clock, ahead, ready)
        firsts, lasts = _between(lows, highs, np.concatenate((clock.edges + ahead, clock.edges - mode.teardown)))
        firsts, lasts = _join_from(int(clock.edges[-1]) + ahead, firsts, lasts)
        begins, ends = firsts - ahead, firsts + mode.teardown
        begin = np.searchsorted(clock.edges, begins, side="right") - 1
        end = np.searchsorted(clock.edges, ends, side="right") - 1
        weights = self._outlook.problem.objective
        cost = weights.setup * setup + weights.mode_cost * mode.cost
        return Stretches(
            begin=begin + share * len(self.edges),
            begin_in=begins - clock.edges[begin],
            end=end + share * len(self.edges),
            end_in=ends - clock.edges[end],
            length=lasts - firsts,
            run_end=clock.axis.begin_of(firsts - 1) + 1,
            start=clock.axis.begin_of(lasts - mode.run),
            cost=np.full(len(firsts), cost, np.int64),
            rise=np.zeros(len(firsts), np.int64),
        )

    def _spans(self, operation: Operation, mode: Mode, clock: Clock, ahead: int, ready: int) -> tuple[Ints, Ints]:
        """The first and the last tick of the clock before which the run can end, for each window that holds the operation."""
        axis, problem = clock.axis, self._outlook.problem
        if operation.may_pause:
            begins, ends = np.array([0], np.int64), np.array([axis.total], np.int64)
        else:
            begins, ends = axis.numbers, axis.numbers_end
        deadline = problem.order_by_id[operation.order].deadline
        setup_from = earliest_setup(problem, operation)
        lows = np.maximum(begins, axis.worked_before(setup_from)) + ahead
        lows = np.maximum(lows, axis.worked_before(ready) + mode.run)
        highs = ends - mode.teardown
        if deadline is not None:
            highs = np.minimum(highs, axis.worked_before(deadline))
        fits = lows <= highs
        return lows[fits], highs[fits]

    def _share(self, machine: str, demand: Demand, *, may_pause: bool) -> int:
        """The number of what an operation takes that is on this machine with these people.

        One that may pause is charged for its machine alone: its people may be off shift while others of its skill are there.
        """
        key = (machine, demand, may_pause)
        if key not in self._numbers:
            takes = [(self._machine(machine), 1)]
            if not may_pause:
                takes += self._people(demand)
            share = Share(self._clock(machine, demand), tuple(key for key, _ in takes), tuple(count for _, count in takes))
            self._numbers[key] = len(self.shares)
            self.shares.append(share)
        return self._numbers[key]

    def _clock(self, machine: str, demand: Demand) -> int:
        key = ("clock", machine, demand)
        if key not in self._numbers:
            windows = windows_with(self._resources.machines[machine])
            for skill, count in demand:
                windows = intersect(windows, windows_with(self._resources.skilled[skill], count))
            axis = Axis(windows)
            self._numbers[key] = len(self.clocks)
            self.clocks.append(Clock(axis, axis.worked(self.edges)))
        return self._numbers[key]

    def _machine(self, machine: str) -> int:
        return self._resource(("machine", machine), self._resources.machines[machine])

    def _people(self, demand: Demand) -> list[tuple[int, int]]:
        """Resource and count: people by skill, and of all skills together that share people."""
        takes = [(self._resource(("skill", skill), self._resources.skilled[skill]), count) for skill, count in demand]
        together: dict[int, int] = {}
        for skill, count in demand:
            circle = self._resources.circles[skill]
            if len(circle) > 1:
                number = self._resource(("circle", circle), self._resources.circle_people[circle[0]])
                together[number] = together.get(number, 0) + count
        return [*takes, *together.items()]

    def _resource(self, key: object, levels: Sequence[tuple[int, int, int]]) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.capacities)
            self.capacities.append(np.append(amounts(tuple(levels), self.edges), 0))
        return self._numbers[key]


def _between(lows: Ints, highs: Ints, marks: Ints) -> tuple[Ints, Ints]:
    """The pieces, first and last tick, into which marks cut the spans [low, high], which are ascending and disjoint."""
    if not len(lows):
        return lows, highs
    inside = marks[(lows[0] < marks) & (marks < highs[-1])]
    points = np.unique(np.concatenate((lows, highs, inside)))
    firsts, lasts = points[:-1], points[1:]
    span = np.searchsorted(lows, firsts, side="right") - 1
    held = lasts <= highs[span]
    short = lows == highs
    firsts, lasts = np.concatenate((firsts[held], lows[short])), np.concatenate((lasts[held], highs[short]))
    order = np.argsort(firsts, kind="stable")
    return firsts[order], lasts[order]


def _join_from(limit: int, firsts: Ints, lasts: Ints) -> tuple[Ints, Ints]:
    """One piece instead of all those that begin at or behind `limit`."""
    kept = int(np.searchsorted(firsts, limit))
    if kept >= len(firsts) - 1:
        return firsts, lasts
    return np.append(firsts[:kept], firsts[kept]), np.append(lasts[:kept], lasts[-1])
