"""The search: check, make a first plan by rules, then improve and prove until time is up or somebody stops it.

    diagnose → hint and dispatch rules → portfolio (local search ∥ exact neighbourhoods ∥ CP-SAT on the whole) → Finished

An objective with tiers has the portfolio search one after the other (`solver.tiers`).

OR-Tools is loaded only after the first plan is out: it takes more than half a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from solver.bounds import lower_bound
from solver.diagnose import diagnose
from solver.dispatch import dispatch
from solver.events import Event
from solver.halt import Halt
from solver.incumbent import Incumbent, conclude
from solver.limits import Limits
from solver.problem import Problem
from solver.schedule import Schedule
from solver.tiers import TierSearch

FIRST_PLAN_SHARE = 0.15
"""How much of the time rules may take once there is a plan; on ten thousand operations each of them takes seconds."""


def search(
    problem: Problem, limits: Limits, emit: Callable[[Event], None], stop: threading.Event, hint: Schedule | None = None
) -> None:
    """Look for the best schedule within `limits`, telling `emit` everything in order, from any thread, one event at a time.

    Ends in exactly one Finished. `hint` is used if it is legal. A set `stop` is obeyed in a fraction of a second.
    Raises BrokenSchedule when the search itself is wrong.
    """
    incumbent, halt = Incumbent(problem, emit), Halt(stop, limits.seconds)
    incumbent.stage("checking")
    faults = diagnose(problem)
    if faults:
        incumbent.finish("infeasible", tuple(fault.message for fault in faults))
        return
    incumbent.stage("first_plan")
    _first_plan(incumbent, halt, limits, hint)
    if problem.objective.tiers:
        TierSearch(incumbent, halt, limits).run(_improve)
    else:
        _improve(incumbent, halt, limits)


def _improve(incumbent: Incumbent, halt: Halt, limits: Limits) -> None:
    """From the first plan on: until nothing is left to be found, or the time is up."""
    incumbent.raise_bound(lower_bound(incumbent.problem))
    if halt.over or incumbent.is_within(limits.gap):
        conclude(incumbent)
        return
    incumbent.stage("building")
    from solver.portfolio import Portfolio  # noqa: PLC0415 - loads OR-Tools, which the first plan must not wait for

    Portfolio(incumbent, halt, limits).run()


def _first_plan(incumbent: Incumbent, halt: Halt, limits: Limits, hint: Schedule | None) -> None:
    def is_enough() -> bool:
        has_taken_long = incumbent.elapsed > FIRST_PLAN_SHARE * limits.seconds
        return halt.over or (has_taken_long and incumbent.best() is not None)

    if hint is not None:
        incumbent.accept_hint(hint)
    for rule, schedule in dispatch(incumbent.problem, is_enough, incumbent.decoder):
        incumbent.offer(schedule, rule)
