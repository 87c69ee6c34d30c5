"""What the published plan holds still: the frozen zone."""

from __future__ import annotations

from solver.problem import BaselineStart, Operation, Problem


def frozen_start(problem: Problem, operation: Operation) -> BaselineStart | None:
    """The machine and start that the frozen zone demands of this operation; None when it is free or has an actual."""
    if problem.frozen_until is None or operation.actual is not None:
        return None
    planned = problem.baseline_by_operation.get(operation.id)
    return planned if planned is not None and 0 <= planned.setup_start < problem.frozen_until else None


def earliest_setup(problem: Problem, operation: Operation) -> int:
    """The first tick at which the setup of an operation without an actual may start, as far as *now* and the frozen zone go."""
    if problem.frozen_until is None:
        return 0
    planned = problem.baseline_by_operation.get(operation.id)
    return 0 if planned is not None and planned.setup_start < problem.frozen_until else max(0, problem.frozen_until)
