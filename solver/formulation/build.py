"""A Problem, or a neighbourhood of a Schedule, as a formulation."""

from __future__ import annotations

from collections.abc import Set

from solver.aim import Aim
from solver.formulation.crews import crews
from solver.formulation.energy import energy
from solver.formulation.grounds import Grounds
from solver.formulation.machines import machines
from solver.formulation.modes import modes
from solver.formulation.objective import latest_completions, objective, weighed
from solver.formulation.precedences import precedences
from solver.formulation.sequence import sequence
from solver.formulation.setups import setups
from solver.formulation.spans import spans
from solver.formulation.variables import Formulation, declare
from solver.formulation.wip import wip
from solver.schedule import Schedule

FAMILIES = (modes, machines, setups, precedences, sequence, wip, crews, objective, energy)


def build(
    grounds: Grounds,
    *,
    free: Set[str] | None = None,
    incumbent: Schedule | None = None,
    upper_bound: int | None = None,
    kept: Aim | None = None,
) -> Formulation:
    """The formulation in which the operations of `free` (None: all but facts) move and the others stay as in `incumbent`.

    With an `upper_bound` it has only the solutions with an objective up to that. With an `incumbent` it is hinted completely.
    A part of the operations makes it a "restriction". `kept`: what that guards is not to become better.
    """
    fixed = dict(grounds.facts)
    if free is not None and incumbent is not None:
        fixed |= {key: assignment for key, assignment in incumbent.by_operation.items() if key not in free}
    completions = latest_completions(grounds.problem, upper_bound)
    formulation = declare(grounds, fixed, spans(grounds, fixed, completions), incumbent)
    if len(fixed) > len(grounds.facts):
        formulation.exactness = "restriction"
    for family in (modes,) if formulation.stuck else FAMILIES:
        family(formulation)
    if upper_bound is not None:
        formulation.cp.add(formulation.objective <= upper_bound)
    if kept is not None and formulation.exactness == "exact":
        formulation.cp.add(weighed(formulation, kept.guard) >= kept.guarded)
        formulation.exactness = "kept"
    if incumbent is not None:
        _hint(formulation, incumbent)
    return formulation


def _hint(formulation: Formulation, incumbent: Schedule) -> None:
    for hinter in formulation.hinters:
        for variable, value in hinter(incumbent):
            formulation.cp.add_hint(variable, value)
