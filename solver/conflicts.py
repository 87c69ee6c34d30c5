"""Why there is no schedule, in a planner's words: which demands, left out alone, would make one possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from solver.problem import Problem

NO_SCHEDULE = "There is no schedule that keeps every rule."

Probe = Callable[[Problem], bool]
"""Whether a schedule for this problem was found; False is no proof that there is none."""


def explain(problem: Problem, probe: Probe) -> tuple[str, ...]:
    """At least one sentence; a demand is named when the problem becomes solvable without it and with all others."""
    named = tuple(
        f"There is a schedule when {demand} left out." for demand, without in _weaker_problems(problem) if probe(without)
    )
    return named or (f"{NO_SCHEDULE} No single kind of rule is to blame.",)


def _weaker_problems(problem: Problem) -> Iterator[tuple[str, Problem]]:
    """The problem without one kind of demand each, as far as it makes such demands at all."""
    yield from _without_dates(problem)
    yield from _without_decisions(problem)
    if any(cell.wip_limit is not None for cell in problem.cells):
        yield (
            "the limits of work in the cells are",
            replace(problem, cells=tuple(replace(c, wip_limit=None) for c in problem.cells)),
        )
    if any(operation.crew for operation in problem.operations):
        yield "the need for operators is", replace(problem, operations=tuple(replace(o, crew=()) for o in problem.operations))


def _without_dates(problem: Problem) -> Iterator[tuple[str, Problem]]:
    if any(order.deadline is not None for order in problem.orders):
        yield "the deadlines are", replace(problem, orders=tuple(replace(order, deadline=None) for order in problem.orders))
    if any(link.max_lag is not None for link in problem.precedences):
        links = tuple(replace(link, max_lag=None) for link in problem.precedences)
        yield "the longest waits between operations are", replace(problem, precedences=links)
    yield "the end of the horizon is", _twice_as_long(problem)


def _without_decisions(problem: Problem) -> Iterator[tuple[str, Problem]]:
    if any(pin.start is not None for pin in problem.pins):
        yield "the pinned starts are", replace(problem, pins=tuple(replace(pin, start=None) for pin in problem.pins))
    if any(pin.machine is not None for pin in problem.pins):
        yield "the pinned machines are", replace(problem, pins=tuple(replace(pin, machine=None) for pin in problem.pins))
    if any(pin.after is not None for pin in problem.pins):
        yield "the pinned sequences are", replace(problem, pins=tuple(replace(pin, after=None) for pin in problem.pins))
    if problem.frozen_until is not None:
        yield "the frozen zone is", replace(problem, frozen_until=None)


def _twice_as_long(problem: Problem) -> Problem:
    """Twice the horizon, and every machine and person there in the second half."""
    more = (problem.horizon, 2 * problem.horizon)
    return replace(
        problem,
        horizon=more[1],
        machines=tuple(replace(machine, windows=(*machine.windows, more)) for machine in problem.machines),
        operators=tuple(replace(operator, windows=(*operator.windows, more)) for operator in problem.operators),
    )
