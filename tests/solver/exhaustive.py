"""The best schedule of a tiny problem, by looking at all of them.

Slow and naive on purpose, in sets of ticks. It shares nothing with what makes schedules: of the solver it knows the types of
problems and schedules, and `verify` and `measure`, which have the last word about every schedule that it has put together.

Operations are placed in the order of their starts, so that what is on a machine already decides the changeover. What is cut off:

* what breaks a rule by itself or with what is placed already, whatever comes later
* an operation before its predecessor or its leader: a run takes a tick, so that these would start later than it
* what would not be better than the best so far even if each operation that waits were done by its best spot, for itself, that
  starts no sooner than the last one placed; no term of the objective falls when a run ends later, a setup is longer, a mode is
  dearer or an operation has moved
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from solver.problem import Mode, Operation, Problem
from solver.schedule import Assignment, Schedule, measure, rank
from solver.verify import verify
from tests.solver.spots import Spot, assignments_on, changeover, engagements, fact_spot, has_moved, is_allowed, possible_setups


@dataclass(frozen=True)
class Best:
    rank: tuple[int, ...]
    schedule: Schedule

    @property
    def objective(self) -> int:
        return self.rank[0]


def best_schedule(problem: Problem) -> Best | None:
    """A legal schedule with the smallest rank; None when there is none."""
    search = _Search(problem)
    if search.facts is not None:
        search.go(dict(search.facts), (-1, -1))
    return search.best


class _Search:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.best: Best | None = None
        self._tables: dict[tuple[str, str, int], list[Spot]] = {}

    @cached_property
    def facts(self) -> dict[str, Spot] | None:
        """Where all that has an actual is; None when something under way does not end within the horizon."""
        found = {operation.id: fact_spot(self.problem, operation) for operation in self.problem.operations if operation.actual}
        known = {key: spot for key, spot in found.items() if spot is not None}
        return known if len(known) == len(found) else None

    @cached_property
    def spots(self) -> dict[str, list[Spot]]:
        """By operation without an actual, with each setup that a changeover may lead to."""
        return {
            operation.id: sorted(
                (
                    spot
                    for mode in operation.modes
                    for setup in possible_setups(self.problem, operation, mode)
                    for spot in self._table(operation, mode, setup)
                ),
                key=lambda spot: spot.at.start,
            )
            for operation in self.problem.operations
            if operation.actual is None
        }

    @cached_property
    def least(self) -> dict[str, list[Spot | None]]:
        """By operation and tick: the least of everything among the spots that start at or after the tick; None without any."""
        return {key: [_least(spots, tick) for tick in range(self.problem.horizon + 1)] for key, spots in self.spots.items()}

    def go(self, placed: dict[str, Spot], now: tuple[int, int]) -> None:
        """Try everything for what is not placed yet, each at (start, number) behind `now`."""
        waiting = [(number, each) for number, each in enumerate(self.problem.operations) if each.id not in placed]
        if not waiting:
            self._judge(placed)
            return
        steps = [
            (spot.at.start, number, spot)
            for number, operation in waiting
            for spot in self._next(placed, operation)
            if (spot.at.start, number) > now
        ]
        for start, number, spot in sorted(steps, key=lambda step: step[:2]):
            further = {**placed, self.problem.operations[number].id: spot}
            if self._may_be_better(further, start) and _fits(self.problem, placed, self.problem.operations[number], spot.at):
                self.go(further, (start, number))

    def _judge(self, placed: dict[str, Spot]) -> None:
        schedule = Schedule(tuple(placed[operation.id].at for operation in self.problem.operations))
        worth = _worth(self.problem, placed)
        assert worth == rank(self.problem.objective, measure(self.problem, schedule))
        if (self.best is None or worth < self.best.rank) and not verify(self.problem, schedule):
            self.best = Best(worth, schedule)

    def _may_be_better(self, placed: dict[str, Spot], tick: int) -> bool:
        hopes = {key: least[tick] for key, least in self.least.items() if key not in placed}
        known = {key: spot for key, spot in hopes.items() if spot is not None}
        if len(known) < len(hopes):
            return False
        return self.best is None or _worth(self.problem, {**placed, **known}) < self.best.rank

    def _next(self, placed: dict[str, Spot], operation: Operation) -> Iterator[Spot]:
        """All that can be done with an operation when nothing else comes before it on its machine than what is placed."""
        there = [(placed[each.id].at, number) for number, each in enumerate(self.problem.operations) if each.id in placed]
        for mode in operation.modes:
            machine = self.problem.machine_by_id[mode.machine]
            last = max(((at.start, at.end, number) for at, number in there if at.machine == machine.id), default=None)
            before = machine.initial_family if last is None else self.problem.operations[last[2]].setup_family
            yield from self._table(operation, mode, mode.setup + changeover(self.problem, machine, before, operation))

    def _table(self, operation: Operation, mode: Mode, setup: int) -> list[Spot]:
        key = operation.id, mode.machine, setup
        if key not in self._tables:
            self._tables[key] = [
                Spot(at, at.run_end, setup, mode.cost, has_moved(self.problem, at))
                for at in assignments_on(self.problem, operation, mode, setup)
                if is_allowed(self.problem, operation, at)
            ]
        return self._tables[key]


def _least(spots: Sequence[Spot], tick: int) -> Spot | None:
    later = spots[bisect_left(spots, tick, key=lambda spot: spot.at.start) :]
    if not later:
        return None
    return Spot(
        at=later[0].at,
        run_end=min(spot.run_end for spot in later),
        setup=min(spot.setup for spot in later),
        cost=min(spot.cost for spot in later),
        has_moved=all(spot.has_moved for spot in later),
    )


def _worth(problem: Problem, spots: dict[str, Spot]) -> tuple[int, ...]:
    """The rank, straight from the definitions of the terms."""
    weights, worth = problem.objective, Counter[str]()
    for order in problem.orders:
        ends = [spots[operation.id].run_end for operation in problem.operations if operation.order == order.id]
        if ends:
            late = 0 if order.due is None else max(0, max(ends) - order.due)
            worth["weighted_tardiness"] += weights.weighted_tardiness * order.weight * late
            worth["late_orders"] += weights.late_orders * (late > 0)
            worth["flow_time"] += weights.flow_time * (max(ends) - order.release)
    worth["makespan"] = weights.makespan * max([0, *(spot.run_end for spot in spots.values())])
    for spot in spots.values():
        worth["setup"] += weights.setup * spot.setup
        worth["mode_cost"] += weights.mode_cost * spot.cost
        worth["churn"] += weights.churn * spot.has_moved
    return tuple(sum(worth[term] for term in tier) for tier in weights.tiers or (tuple(worth),))


def _fits(problem: Problem, placed: dict[str, Spot], operation: Operation, at: Assignment) -> bool:
    """Beside what is placed: on its machine, with its people, behind its predecessors and leaders."""
    there = [spot.at for spot in placed.values() if spot.at.machine == at.machine]
    room = problem.machine_by_id[at.machine].capacity
    return (
        all(sum(each.setup_start <= tick < each.end for each in there) < room for tick in range(at.setup_start, at.end))
        and all(
            link.after != operation.id or _follows(placed, at, link.before, (link.min_lag, link.max_lag))
            for link in problem.precedences
        )
        and all(
            pin.after is None or (pin.after in placed and _is_behind(placed[pin.after].at, at))
            for pin in problem.pins
            if pin.operation == operation.id
        )
        and not any(_share_somebody(problem, spot.at, operation, at) for spot in placed.values())
    )


def _follows(placed: dict[str, Spot], at: Assignment, before: str, lags: tuple[int, int | None]) -> bool:
    if before not in placed:
        return False
    lag = at.start - placed[before].run_end
    return lags[0] <= lag and (lags[1] is None or lag <= lags[1])


def _is_behind(leader: Assignment, at: Assignment) -> bool:
    return leader.machine == at.machine and leader.end <= at.setup_start


def _share_somebody(problem: Problem, other: Assignment, operation: Operation, at: Assignment) -> bool:
    busy = [(who, span) for _, who, span in engagements(problem.operation_by_id[other.operation], other)]
    return any(
        who == person and begin < end and span[0] < end and begin < span[1]
        for _, person, (begin, end) in engagements(operation, at)
        for who, span in busy
    )
