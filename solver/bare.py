"""What the searches for particular problems have in common: most of the rules must have nothing to say."""

from __future__ import annotations

from solver.calendars import working_windows
from solver.pools import covers
from solver.problem import Objective, Problem


def is_bare(problem: Problem) -> bool:
    """Whether only the makespan counts, and nothing binds but releases, precedence with least waits, people, and machines that
    are always open, with their changeovers."""
    weights = problem.objective
    if weights != Objective(makespan=weights.makespan) or not weights.makespan or problem.frozen_until is not None:
        return False
    if any(cell.wip_limit is not None for cell in problem.cells) or problem.pins:
        return False
    if any(order.deadline is not None for order in problem.orders) or any(each.actual for each in problem.operations):
        return False
    return all(covers(working_windows(machine), problem.horizon) for machine in problem.machines) and all(
        link.max_lag is None for link in problem.precedences
    )
