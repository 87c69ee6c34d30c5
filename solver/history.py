"""What has already happened, as assignments: done operations, and what is left of the started ones.

A done operation stands where it was reported; its material was ready and its machine free at `Actual.end`.

A started one works on from tick 0, or from its `start` if that is later, through the working time of its machine: first the
`remaining` run, then the teardown of its mode on that machine (none when it has no mode there). It pauses while the machine is
closed or down, whoever is on shift. Work that the machine's windows have no room for goes on without a pause behind them and
behind the horizon; `diagnose` refuses a problem in which a started operation ends behind the horizon.
"""

from __future__ import annotations

from solver.calendars import Windows, pauses, walk, working, working_windows
from solver.problem import Actual, Operation, Problem
from solver.schedule import Assignment


def fixed_assignment(problem: Problem, operation: Operation) -> Assignment | None:
    """Where a done or started operation stands, None for one that has no actual.

    Its machine must be known to the problem. The pauses of a started operation are those still to come.
    """
    actual = operation.actual
    if actual is None:
        return None
    if actual.end is None:
        return _started(problem, operation, actual)
    return Assignment(
        operation=operation.id,
        machine=actual.machine,
        setup_start=actual.setup_start,
        start=actual.start,
        run_end=actual.end,
        end=actual.end,
        operators=actual.operators,
    )


def history(problem: Problem) -> dict[str, Assignment]:
    """The fixed assignments by operation id, in the problem's order."""
    fixed = ((operation.id, fixed_assignment(problem, operation)) for operation in problem.operations)
    return {operation: assignment for operation, assignment in fixed if assignment is not None}


def families_now(problem: Problem) -> dict[str, str | None]:
    """By machine, the setup family that the first operation without an actual finds there; None for none."""
    families = {machine.id: machine.initial_family for machine in problem.machines}
    facts = sorted(history(problem).items(), key=lambda fact: (fact[1].start, fact[1].end))
    return families | {fact.machine: problem.operation_by_id[key].setup_family for key, fact in facts}


def _started(problem: Problem, operation: Operation, actual: Actual) -> Assignment:
    mode = operation.mode_on(actual.machine)
    windows = working_windows(problem.machine_by_id[actual.machine])
    closing = max(problem.horizon, windows[-1][1] if windows else 0)
    begin = max(0, actual.start)
    run_end = _work(windows, closing, begin, actual.remaining)
    end = _work(windows, closing, run_end, mode.teardown if mode else 0)
    return Assignment(
        operation=operation.id,
        machine=actual.machine,
        setup_start=actual.setup_start,
        start=actual.start,
        run_end=run_end,
        end=end,
        operators=actual.operators,
        pauses=pauses(windows, begin, min(end, closing)),
    )


def _work(windows: Windows, closing: int, begin: int, ticks: int) -> int:
    """Where work of `ticks` from `begin` on ends, when behind `closing` nothing is ever closed."""
    end = walk(windows, begin, ticks)
    if end is not None:
        return end
    return max(begin, closing) + ticks - working(windows, begin, closing)
