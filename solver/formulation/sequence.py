"""What a planner wants behind what."""

from __future__ import annotations

from solver.formulation.variables import Formulation


def sequence(formulation: Formulation) -> None:
    """A pin's operation is on the same machine as the one it follows, set up after that one's `end`; facts excepted. Exact."""
    for pin in formulation.problem.pins:
        if pin.after is None or pin.operation in formulation.grounds.facts:
            continue
        first, second = formulation.timed.get(pin.after), formulation.timed.get(pin.operation)
        if first is None or second is None or (first.fixed and second.fixed):
            continue
        formulation.cp.add(second.setup_start >= first.end)
        for machine in dict.fromkeys((*first.present, *second.present)):
            formulation.cp.add(first.present.get(machine, 0) == second.present.get(machine, 0))
