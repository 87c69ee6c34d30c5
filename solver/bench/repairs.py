"""Repairing a published plan after a change: how soon, how much moves, and what the plan is worth then.

    nothing     the plan is as good as it was: nothing may move
    breakdown   the busiest machine is down for eight hours
    rush        one order of five operations with a high weight comes in
    both        both

Beside it what one would get without: the list of the published plan decoded with everything as early as it can be, and a search
that does not know the plan. All are measured by the same objective, in which every operation that moves costs. Each change has a
process of its own, whose memory is looked at before what is beside it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from solver.bench.alone import alone
from solver.bench.memory import peak_mb
from solver.bench.plants import DAY, EVERYTHING, plant
from solver.decode import Decoder
from solver.dispatch import dispatch
from solver.events import Event, Improved
from solver.garbage import collecting_later
from solver.limits import Limits
from solver.local_search import Pace, improve
from solver.problem import BaselineStart, Downtime, Order, Precedence, Problem
from solver.repair import repairs
from solver.schedule import Schedule, measure, objective_value
from solver.search import search

CHURN = 200
"""What an operation that moves costs, as much as 20 ticks of tardiness of an order."""
DOWN = (60, 540)
RUSH_OPERATIONS, RUSH_WEIGHT, RUSH_DUE = 5, 10, 2 * DAY
IMPROVED_UP_TO, TRIES = 3_000, 3_000
"""Operations up to which the published plan is one that has been searched for, and how long."""


class Repair(NamedTuple):
    """One plan for a changed problem. `seconds`: from the start of the search on."""

    seconds: float
    moved: int
    tardiness: int
    objective: int


class Case(NamedTuple):
    """What came of one change; None: there was no plan. `peak_mb`: the most memory that the search with the plan took."""

    change: str
    operations: int
    first: Repair | None
    last: Repair | None
    as_published: Repair | None
    from_scratch: Repair | None
    peak_mb: float | None


def published(operations: int, seed: int) -> Problem:
    """A plant with everything, and a plan for it as its baseline."""
    problem = plant(operations, EVERYTHING, seed)
    plans = [schedule for _, schedule in dispatch(problem, lambda: operations > IMPROVED_UP_TO)]
    if operations <= IMPROVED_UP_TO:
        improve(problem, plans[-1], Pace(seed, TRIES), lambda: False, plans.append)
    baseline = tuple(
        BaselineStart(each.operation, each.machine, each.setup_start, each.start, each.operators)
        for each in plans[-1].assignments
    )
    return replace(problem, baseline=baseline, objective=replace(problem.objective, churn=CHURN))


def with_breakdown(problem: Problem) -> Problem:
    """The machine on which most is planned to begin until then is down."""
    begin, end = DOWN
    busiest = Counter(planned.machine for planned in problem.baseline if planned.start < end).most_common(1)[0][0]
    stop = Downtime(begin, end, "broken", "breakdown")
    return replace(
        problem,
        machines=tuple(
            replace(machine, downtime=(*machine.downtime, stop)) if machine.id == busiest else machine
            for machine in problem.machines
        ),
    )


def with_rush(problem: Problem) -> Problem:
    """An order like others, but of more weight and due soon."""
    step = max(1, len(problem.operations) // RUSH_OPERATIONS)
    operations = tuple(
        replace(operation, id=f"rush.{number}", order="rush")
        for number, operation in enumerate(problem.operations[::step][:RUSH_OPERATIONS])
    )
    return replace(
        problem,
        orders=(*problem.orders, Order("rush", "Rush order", due=RUSH_DUE, weight=RUSH_WEIGHT)),
        operations=(*problem.operations, *operations),
        precedences=(*problem.precedences, *(Precedence(before.id, after.id) for before, after in pairwise(operations))),
    )


CHANGES: dict[str, Callable[[Problem], Problem]] = {
    "nothing": lambda problem: problem,
    "breakdown": with_breakdown,
    "rush": with_rush,
    "both": lambda problem: with_rush(with_breakdown(problem)),
}


def repaired(problem: Problem, change: str, limits: Limits) -> Case:
    """A changed problem, searched with and without its baseline."""
    return alone(_repaired, problem, change, limits)


def _repaired(problem: Problem, change: str, limits: Limits) -> Case:
    plans = _plans(problem, problem, limits)
    peak = peak_mb()
    return Case(
        change,
        len(problem.operations),
        plans[0] if plans else None,
        plans[-1] if plans else None,
        _as_published(problem),
        next(reversed(_plans(problem, replace(problem, baseline=()), limits)), None),
        peak,
    )


def _plans(problem: Problem, asked: Problem, limits: Limits) -> list[Repair]:
    events: list[Event] = []
    with collecting_later(events.append) as hear:
        search(asked, limits, hear, threading.Event())
    return [_worth(problem, event.schedule, event.elapsed) for event in events if isinstance(event, Improved)]


def _as_published(problem: Problem) -> Repair | None:
    decoder = Decoder(problem)
    found = [decoder.schedule() if is_legal else None for name, is_legal in repairs(decoder) if name == "as published"]
    return None if found[0] is None else _worth(problem, found[0], 0.0)


def _worth(problem: Problem, schedule: Schedule, seconds: float) -> Repair:
    measures = measure(problem, schedule)
    return Repair(seconds, measures.churn, measures.weighted_tardiness, objective_value(problem.objective, measures))


def table(cases: list[Case]) -> str:
    """One line for each case, in Markdown."""
    head = ["operations", "change", "first s"]
    head += [f"{what} {who}" for who in ("repair", "searched", "as published", "from scratch") for what in ("moved", "objective")]
    head.append("peak MB")
    lines = ["| " + " | ".join(head) + " |", "| ---: | --- | " + " | ".join(["---:"] * (len(head) - 2)) + " |"]
    for case in cases:
        cells = [f"{case.operations:,}", case.change, "–" if case.first is None else f"{case.first.seconds:.2f}"]
        for plan in (case.first, case.last, case.as_published, case.from_scratch):
            cells += ["–", "–"] if plan is None else [f"{plan.moved:,}", f"{plan.objective:,}"]
        cells.append("–" if case.peak_mb is None else f"{case.peak_mb:.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
