"""What must wait for what."""

from __future__ import annotations

from solver.formulation.variables import Formulation


def precedences(formulation: Formulation) -> None:
    """`before.run_end + min_lag <= after.start <= before.run_end + max_lag`, unless `after` is a fact. Exact."""
    for link in formulation.problem.precedences:
        before, after = formulation.timed.get(link.before), formulation.timed.get(link.after)
        if before is None or after is None or link.after in formulation.grounds.facts or (before.fixed and after.fixed):
            continue
        formulation.cp.add(after.start >= before.run_end + link.min_lag)
        if link.max_lag is not None:
            formulation.cp.add(after.start <= before.run_end + link.max_lag)
