"""What no schedule can be better than.

lower_bound     at once: every order for itself, and for the makespan the load of machines
rising_bounds   in seconds: every order at prices for the time of machines and people that all have to share

orders, resources (what there is) → loads
                                  → stretches (where an operation can be) → relaxation (at some prices) → prices (the best)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from solver.bounds.axis import Ints
from solver.bounds.loads import least_makespan
from solver.bounds.orders import Outlook, least_measures
from solver.bounds.prices import climb, usual_price
from solver.bounds.relaxation import SCALE, relax
from solver.bounds.resources import Resources
from solver.problem import Problem
from solver.schedule import Measures, Schedule, objective_value

BUCKETS = 150
STRIDE = 0.1
MOST_OPERATIONS = 4_000
MOST_BUCKETS = 120_000
"""Of time, at the most, for all operations together: more of them take too long to price."""


def lower_bound(problem: Problem) -> int:
    """A bound that costs next to nothing."""
    return objective_value(problem.objective, lower_bounds(problem))


def lower_bounds(problem: Problem) -> Measures:
    """The same, term by term; of the makespan the closer one only where it counts."""
    outlook = Outlook.of(problem)
    makespan = least_makespan(outlook, Resources.of(problem, outlook.facts)) if problem.objective.makespan else 0
    least = least_measures(outlook)
    return replace(least, makespan=max(least.makespan, makespan))


def rising_bounds(problem: Problem, schedule: Schedule, progress: Callable[[], float]) -> Iterator[int]:
    """Bounds, each higher than the one before, until `progress` is 1; none when nothing in the objective depends on orders, or
    for a plant so large that it takes longer to write down than prices take to help.

    A schedule tells when much happens: there time is divided most finely. What it is worth does not matter.
    """
    weights = problem.objective
    counts_orders = weights.weighted_tardiness or weights.late_orders or weights.flow_time
    if not counts_orders or len(problem.operations) > MOST_OPERATIONS:
        return
    outlook = Outlook.of(problem)
    relaxation = relax(outlook, bucket_edges(schedule), is_over=lambda: progress() >= 1)
    if relaxation is None:
        return
    makespan = max(relaxation.makespan, least_makespan(outlook, Resources.of(problem, outlook.facts)))
    best: int | None = None
    for value in climb(relaxation, STRIDE * usual_price(problem), progress):
        bound = -(-value // SCALE) + weights.makespan * makespan
        if best is None or bound > best:
            best = bound
            yield bound


def bucket_edges(schedule: Schedule) -> Ints:
    """From now to the end of the schedule, so that about as many runs begin or end between one edge and the next."""
    instants = np.array(sorted(instant for each in schedule.assignments for instant in (each.start, each.run_end)), np.int64)
    ahead = instants[instants > 0]
    count = max(2, min(BUCKETS, MOST_BUCKETS // len(schedule.assignments), len(ahead)))
    if not len(ahead):
        return np.array([0, 1], np.int64)
    return np.unique(np.append(0, ahead[np.linspace(0, len(ahead) - 1, count).astype(np.int64)]))
