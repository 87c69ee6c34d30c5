"""What a whole PartialSchedule is worth: the same number as `solver.schedule` gives its Schedule, in a fraction of the time."""

from __future__ import annotations

from solver.arrays import NEVER, Arrays
from solver.decoding.partial import PartialSchedule, Placement
from solver.problem import Problem


class Worth:
    """The objective of one problem."""

    def __init__(self, arrays: Arrays) -> None:
        problem = arrays.problem
        self._arrays = arrays
        self._weights = problem.objective
        self._dues = [order.due for order in problem.orders]
        self._planned = [_planned(problem, arrays, operation.id) for operation in problem.operations]
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
        placed = [placement for placement in partial.placed if placement is not None]
        completions = self.completions(placed)
        value = self._order_terms(completions)
        if weights.makespan:
            value += weights.makespan * max([0, *completions])
        if weights.setup:
            value += weights.setup * sum(placement.setup for placement in placed)
        if weights.mode_cost:
            value += weights.mode_cost * (self._cost_so_far + sum(placement.mode.cost for placement in placed))
        if weights.churn:
            moved = sum(self._has_moved(each.operation, each.mode.machine, each.start) for each in placed)
            value += weights.churn * (self._churn_so_far + moved)
        return value

    def completions(self, placed: list[Placement]) -> list[int]:
        """By order the latest run_end; far in the past for one without operations."""
        completions = self._history[:]
        operations = self._arrays.operations
        for placement in placed:
            order = operations[placement.operation].order
            completions[order] = max(completions[order], placement.run_end)
        return completions

    def tardiness(self, partial: PartialSchedule) -> list[int]:
        """By order the ticks after its due date, 0 when it is on time or has none."""
        completions = self.completions([placement for placement in partial.placed if placement is not None])
        return [0 if due is None else max(0, end - due) for due, end in zip(self._dues, completions, strict=True)]

    def _order_terms(self, completions: list[int]) -> int:
        weights, value = self._weights, 0
        for order, due, end in zip(self._arrays.problem.orders, self._dues, completions, strict=True):
            if end == -NEVER:
                continue
            value += weights.flow_time * (end - order.release)
            if due is not None and end > due:
                value += weights.weighted_tardiness * order.weight * (end - due) + weights.late_orders
        return value

    def _has_moved(self, operation: int, machine: int, start: int) -> bool:
        planned = self._planned[operation]
        if planned is None:
            return False
        return planned[0] != machine or abs(planned[1] - start) > self._arrays.problem.churn_tolerance


def _planned(problem: Problem, arrays: Arrays, operation: str) -> tuple[int, int] | None:
    planned = problem.baseline_by_operation.get(operation)
    return None if planned is None else (arrays.machine_number(planned.machine), planned.start)
