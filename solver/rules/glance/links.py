"""precedence; release, deadline, now, horizon; wip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from solver.problem import Problem
from solver.rules.glance.columns import NEVER, Column, Mask, Stretches, column, numbered
from solver.rules.glance.laid import Laid


@dataclass(frozen=True, slots=True)
class Links:
    """The operations before and after each precedence."""

    before: Column
    after: Column

    @staticmethod
    def of(problem: Problem, operations: Mapping[str, int]) -> Links:
        before = column(operations[link.before] for link in problem.precedences)
        return Links(before, column(operations[link.after] for link in problem.precedences))


class Dates:
    """When operations may begin and must have ended; facts are bound by the horizon alone."""

    def __init__(self, problem: Problem, is_free: Mask) -> None:
        orders = [problem.order_by_id[operation.order] for operation in problem.operations]
        deadlines = (NEVER if order.deadline is None else order.deadline for order in orders)
        releases = np.maximum(column(order.release for order in orders), column(each.release for each in problem.operations))
        self._horizon = problem.horizon
        self._now = np.where(is_free, 0, -NEVER)
        self._release = np.where(is_free, releases, -NEVER)
        self._deadline = np.where(is_free, column(deadlines), NEVER)

    def are_kept(self, laid: Laid) -> bool:
        is_early = (laid.setup_start < self._now) | (laid.start < self._release)
        return not (is_early | (laid.run_end > self._deadline) | (laid.end > self._horizon)).any()


class Precedences:
    """Those whose later operation is free."""

    def __init__(self, problem: Problem, links: Links, is_free: Mask) -> None:
        rows = np.flatnonzero(is_free[links.after])
        self._before, self._after = links.before[rows], links.after[rows]
        self._least = column(link.min_lag for link in problem.precedences)[rows]
        self._most = column(NEVER if link.max_lag is None else link.max_lag for link in problem.precedences)[rows]

    def are_kept(self, laid: Laid) -> bool:
        lag = laid.start[self._after] - laid.run_end[self._before]
        return not ((lag < self._least) | (lag > self._most)).any()


class Cells:
    """The visits to those that hold a limited number of orders: the operations of each stand together in one column."""

    def __init__(self, problem: Problem, links: Links, is_free: Mask) -> None:
        limits = {cell.id: cell.wip_limit for cell in problem.cells if cell.wip_limit is not None}
        number_of = {cell: number for number, cell in enumerate(limits)}
        cell = column(number_of.get(each.cell, -1) for each in problem.operations)
        visit = _visits(problem, links, cell)
        rows = np.flatnonzero(cell >= 0)
        self._operations = rows[np.argsort(visit[rows], kind="stable")]
        self._first = np.flatnonzero(np.diff(visit[self._operations], prepend=-1))
        self._cell = cell[self._operations[self._first]]
        self._limit = column(limits.values())[self._cell]
        self._has_entered = ~np.minimum.reduceat(is_free[self._operations], self._first) if rows.size else is_free[:0]

    def are_kept(self, laid: Laid) -> bool:
        if not self._cell.size:
            return True
        entry = np.minimum.reduceat(laid.start[self._operations], self._first)
        entry = np.where(self._has_entered, np.minimum(entry, 0), entry)
        leave = np.maximum.reduceat(laid.run_end[self._operations], self._first)
        present = Stretches(self._cell, entry, leave).at(self._cell, entry)
        return not (~self._has_entered & (present > self._limit)).any()


def _visits(problem: Problem, links: Links, cell: Column) -> Column:
    """By operation one that stands for its visit: of its order, in its cell, connected with it by links among such."""
    numbers = numbered(problem.orders)
    order = column(numbers[each.order] for each in problem.operations)
    before, after = links.before, links.after
    are_one = (order[before] == order[after]) & (cell[before] == cell[after])
    leader = list(range(len(cell)))
    for one, other in zip(before[are_one].tolist(), after[are_one].tolist(), strict=True):
        leader[_lead(leader, other)] = _lead(leader, one)
    return column(_lead(leader, each) for each in range(len(leader)))


def _lead(leader: list[int], operation: int) -> int:
    """Who stands for all that are connected with this one: union-find, paths halved on the way."""
    while leader[operation] != operation:
        leader[operation] = leader[leader[operation]]
        operation = leader[operation]
    return operation
