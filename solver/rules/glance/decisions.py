"""history, frozen, pin."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solver.history import fixed_assignment
from solver.problem import BaselineStart, Problem
from solver.rules.glance.columns import NEVER, Mask, column, marked, mask
from solver.rules.glance.laid import Laid


class Facts:
    """Where done and started operations stand."""

    def __init__(self, problem: Problem, operations: Mapping[str, int]) -> None:
        facts = [operation for operation in problem.operations if operation.actual is not None]
        self._rows = [operations[operation.id] for operation in facts]
        self._facts = [fixed_assignment(problem, operation) for operation in facts]

    def are_kept(self, laid: Laid) -> bool:
        return [laid.assignments[row] for row in self._rows] == self._facts


class FrozenZone:
    """What stands still in it, and what may not come into it."""

    def __init__(self, problem: Problem, operations: Mapping[str, int], machines: Mapping[str, int]) -> None:
        until = -NEVER if problem.frozen_until is None else problem.frozen_until
        inside = [each for each in problem.baseline_by_operation.values() if each.setup_start < until and _is_free(problem, each)]
        staying = [each for each in inside if each.setup_start >= 0]
        self._rows = column(operations[each.operation] for each in staying)
        self._machine = column(machines.get(each.machine, -1) for each in staying)
        self._start = column(each.start for each in staying)
        self._earliest = np.where(mask(each.actual is None for each in problem.operations), until, -NEVER)
        self._earliest[column(operations[each.operation] for each in inside)] = -NEVER

    def stands_still(self, laid: Laid) -> bool:
        has_moved = (laid.machine[self._rows] != self._machine) | (laid.start[self._rows] != self._start)
        return not (has_moved.any() or (laid.setup_start < self._earliest).any())


def _is_free(problem: Problem, planned: BaselineStart) -> bool:
    operation = problem.operation_by_id.get(planned.operation)
    return operation is not None and operation.actual is None


def pinned(problem: Problem, operations: Mapping[str, int]) -> Mask:
    """The operations that pins name: what becomes of them is for the rule to say."""
    named = [key for pin in problem.pins for key in (pin.operation, pin.after) if key is not None]
    return marked(column(operations[key] for key in named if key in operations), len(operations))
