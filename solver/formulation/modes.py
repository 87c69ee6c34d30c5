"""Which way an operation takes."""

from __future__ import annotations

from ortools.sat.python import cp_model

from solver.formulation.variables import Formulation, Timed
from solver.formulation.ways import Way


def modes(formulation: Formulation) -> None:
    """A chosen way begins where its calendars, pins, release and deadline let it. Exact.

    (That exactly one way is chosen is part of the variables.) The begins of an operation that may not pause are only bounded
    here: closed time is an obstacle on its machine, see `machines`.
    """
    for timed in formulation.timed.values():
        if timed.fixed is None and len(timed.ways) > 1:
            for way, lit in zip(timed.ways, timed.chosen, strict=True):
                _begin_in(formulation, timed, way, lit)
    for operation in formulation.stuck:
        formulation.cp.add_bool_or([]).with_name(f"{operation} cannot be done")


def _begin_in(formulation: Formulation, timed: Timed, way: Way, lit: cp_model.IntVar) -> None:
    if timed.operation.may_pause:
        allowed = cp_model.Domain.from_intervals([[begin, end - 1] for begin, end in way.begins])
        formulation.cp.add_linear_expression_in_domain(timed.setup_start, allowed).only_enforce_if(lit)
        return
    first, last = way.begins[0][0], way.begins[-1][1] - 1
    if first > timed.earliest:
        formulation.cp.add(timed.setup_start >= first).only_enforce_if(lit)
    if last < max(other.begins[-1][1] - 1 for other in timed.ways):
        formulation.cp.add(timed.setup_start <= last).only_enforce_if(lit)
