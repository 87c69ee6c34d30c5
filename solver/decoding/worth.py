"""What a whole PartialSchedule is worth: the same number as `solver.schedule` gives its Schedule, in a fraction of the time."""

from __future__ import annotations

from solver.arrays import NEVER, Arrays
from solver.decoding.partial import PartialSchedule, Spot


class Worth:
    """The objective of one problem."""

    def __init__(self, arrays: Arrays) -> None:
        problem = arrays.problem
        self._arrays = arrays
        self._weights = problem.objective
        self._dues = [order.due for order in problem.orders]
        self._planned = [arrays.planned(operation.id) for operation in problem.operations]
        facts = [(row, row.fixed) for row in arrays.operations if row.fixed is not None]
        self._history = [-NEVER] * len(problem.orders)  # completion by order as far as history goes
        for row, fixed in facts:
            self._history[row.order] = max(self._history[row.order], fixed.run_end)
        modes = [problem.operations[row.number].mode_on(fixed.machine) for row, fixed in facts]
        self._cost_so_far = sum(mode.cost for mode in modes if mode is not None)
        self._churn_so_far = sum(self._has_moved(row.number, arrays.machine_number(at.machine), at.start) for row, at in facts)

    def of(self, partial: PartialSchedule) -> int:
        """The weighted sum of the terms; lower is better."""
        weights = self._weights
        placed = [spot for spot in partial.placed if spot is not None]
        completions = self.completions(placed)
        value = sum(self._order_costs(completions))
        if weights.makespan:
            value += weights.makespan * max([0, *completions])
        if weights.setup:
            value += weights.setup * sum(spot.setup for spot in placed)
        if weights.mode_cost:
            value += weights.mode_cost * (self._cost_so_far + sum(spot.mode.cost for spot in placed))
        if weights.churn:
            moved = sum(self._has_moved(each.operation, each.mode.machine, each.start) for each in placed)
            value += weights.churn * (self._churn_so_far + moved)
        return value

    def completions(self, placed: list[Spot]) -> list[int]:
        """By order the latest run_end; far in the past for one without operations."""
        completions = self._history[:]
        operations = self._arrays.operations
        for spot in placed:
            order = operations[spot.operation].order
            completions[order] = max(completions[order], spot.run_end)
        return completions

    def by_order(self, partial: PartialSchedule) -> list[int]:
        """What each order costs; that of the makespan goes to the order that ends last. Never below 0."""
        completions = self.completions([spot for spot in partial.placed if spot is not None])
        costs = [max(0, cost) for cost in self._order_costs(completions)]
        last = max(range(len(completions)), key=lambda order: completions[order])
        costs[last] += self._weights.makespan * max(0, completions[last])
        return costs

    def _order_costs(self, completions: list[int]) -> list[int]:
        weights, costs = self._weights, []
        for order, due, end in zip(self._arrays.problem.orders, self._dues, completions, strict=True):
            cost = 0 if end == -NEVER else weights.flow_time * (end - order.release)
            if due is not None and end > due:
                cost += weights.weighted_tardiness * order.weight * (end - due) + weights.late_orders
            costs.append(cost)
        return costs

    def _has_moved(self, operation: int, machine: int, start: int) -> bool:
        planned = self._planned[operation]
        if planned is None:
            return False
        return planned[0] != machine or abs(planned[1].start - start) > self._arrays.problem.churn_tolerance
