"""The search: check, make a first plan by rules, then improve and prove until time is up or somebody stops it.

    check → hint and dispatch rules → portfolio (local search ∥ exact neighbourhoods ∥ CP-SAT on the whole) → Finished
      └──────────────┴── a stop, or the end of the time (`solver.ending`) ─────┴───────────────────────────────────┘

What `diagnose` knows about plans that cannot be is looked for when the first rule finds none: a legal plan disproves it.

Where steps are counted, one local search on the calling thread takes the portfolio's place (`solver.counted`), and looks at the
problem in its one form (`solver.canonical`), so that it comes to the same however the problem is put.

An objective with tiers has the portfolio search one after the other (`solver.tiers`).

OR-Tools is loaded only after the first plan is out: it takes more than half a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from solver.bounds import lower_bound
from solver.canonical import Form, canonical
from solver.counted import search_by_count
from solver.diagnose import RefusedProblem, diagnose, makes_sense
from solver.dispatch import dispatch
from solver.ending import ended_in_time
from solver.events import BoundRaised, Event, Finished, Improved, Stage
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

    Tells exactly one Finished, with the best so far if there is any: about 0.1 s after `stop` is set, and 0.5 s after the time is
    up, at the latest. Returns when all that it has begun is over, which may take as long as a step of it takes; nothing is told
    meanwhile. `hint` is used if it is legal, but not where steps are counted: what comes of these must not depend on it. Raises
    RefusedProblem, as a rule before there is any other event than the first stage; BrokenSchedule when the search itself is
    wrong, and tells no Finished unless it has been told before.
    """
    incumbent, halt = Incumbent(problem, emit), Halt(stop, limits.seconds)
    with ended_in_time(incumbent, halt):
        incumbent.stage("checking")
        if limits.iterations is None:
            if makes_sense(problem) or _is_possible(incumbent):
                _first_plan(incumbent, halt, limits, hint)
                _improve_all(incumbent, halt, limits)
        elif _is_possible(incumbent):
            form = canonical(problem)
            of_form = Incumbent(form.problem, partial(_retell, form, incumbent))
            if not incumbent.is_finished:
                _first_plan(of_form, halt, limits, None)
                _improve_all(of_form, halt, limits)


def _retell(form: Form, incumbent: Incumbent, event: Event) -> None:
    """What is said of a form, to the incumbent of the original."""
    match event:
        case Stage():
            incumbent.stage(event.name)
        case Improved():
            incumbent.offer(form.restored(event.schedule), event.source)
        case BoundRaised():
            incumbent.raise_bound(form.restored_bound(event.bound))
        case Finished():
            incumbent.finish(event.outcome, event.reasons)


def _is_possible(incumbent: Incumbent) -> bool:
    """Whether nothing is known that says there is no schedule; the end if there is. Raises RefusedProblem for other faults."""
    faults = diagnose(incumbent.problem)
    if not all(fault.is_proof for fault in faults):
        raise RefusedProblem(faults)
    if faults:
        incumbent.finish("infeasible", tuple(fault.message for fault in faults))
    return not faults


def _improve_all(incumbent: Incumbent, halt: Halt, limits: Limits) -> None:
    """Tier after tier, where there are tiers."""
    if incumbent.is_finished:
        return
    if incumbent.problem.objective.tiers:
        TierSearch(incumbent, halt, limits).run(_improve)
    else:
        _improve(incumbent, halt, limits)


def _improve(incumbent: Incumbent, halt: Halt, limits: Limits) -> None:
    """From the first plan on: until nothing is left to be found, or the time is up."""
    incumbent.raise_bound(lower_bound(incumbent.problem))
    if halt.over or incumbent.is_within(limits.gap):
        conclude(incumbent)
        return
    if limits.iterations is not None:
        search_by_count(incumbent, halt, limits, limits.iterations)
        return
    incumbent.stage("building")
    from solver.portfolio import Portfolio  # noqa: PLC0415 - loads OR-Tools, which the first plan must not wait for

    Portfolio(incumbent, halt, limits).run()


def _first_plan(incumbent: Incumbent, halt: Halt, limits: Limits, hint: Schedule | None) -> None:
    """By the hint and by rules, unless the search has ended during the checks."""

    def is_enough() -> bool:
        has_taken_long = not is_counted and incumbent.elapsed > FIRST_PLAN_SHARE * limits.seconds
        return halt.over or (has_taken_long and incumbent.best() is not None)

    is_counted = limits.iterations is not None
    if incumbent.is_finished:
        return
    incumbent.stage("first_plan")
    if hint is not None:
        incumbent.accept_hint(hint)
    is_possible = (lambda: True) if is_counted else partial(_is_possible, incumbent)
    plans = dispatch(incumbent.problem, is_enough, incumbent.decoder, is_possible=is_possible, is_counted=is_counted)
    for rule, schedule in plans:
        incumbent.offer(schedule, rule)
