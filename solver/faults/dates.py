"""Promises that can no longer be kept: deadlines, longest waits, fixed starts on top of one another, too much for one machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from solver.calendars import working, working_windows
from solver.faults.fault import Fault
from solver.faults.heads import Heads
from solver.history import history
from solver.problem import Operation, Problem
from solver.schedule import Assignment, Measures, objective_value
from solver.wording import duration, listed, moment, title

MOST = 2**53
"""From here on floating point, in which CP-SAT tells its bounds and JavaScript counts, does not hold every whole number."""


def date_faults(heads: Heads) -> Iterator[Fault]:
    """What follows from the bounds of single operations and from what is fixed."""
    yield from _endless(heads.problem, heads.fixed)
    yield from _deadlines(heads)
    yield from _expired_waits(heads)
    yield from _collisions(heads)
    yield from _overloads(heads)
    yield from _overflow(heads.problem)


def sum_faults(problem: Problem) -> Iterator[Fault]:
    """Those of them that no plan can help: of facts alone, and of what everything adds up to."""
    yield from _endless(problem, history(problem))
    yield from _overflow(problem)


def _endless(problem: Problem, facts: Mapping[str, Assignment]) -> Iterator[Fault]:
    for key, fixed in facts.items():
        if fixed.end > problem.horizon:
            name = title(problem, problem.operation_by_id[key])
            yield Fault("horizon_too_short", f"{name} is under way and will not be over within the horizon.", "operation", key)


def _deadlines(heads: Heads) -> Iterator[Fault]:
    problem = heads.problem
    completions: dict[str, int] = {}
    for operation in problem.operations:
        if operation.actual is None and operation.id in heads.bounds:
            run_end = heads.bounds[operation.id].run_end
            completions[operation.order] = max(run_end, completions.get(operation.order, run_end))
    for order in problem.orders:
        if order.deadline is not None and completions.get(order.id, order.deadline) > order.deadline:
            soonest = moment(problem, completions[order.id])
            late = duration(problem, completions[order.id] - order.deadline)
            message = f"Order {order.name} cannot be finished before {soonest}, {late} after its deadline."
            yield Fault("deadline_impossible", message, "order", order.id)


def _expired_waits(heads: Heads) -> Iterator[Fault]:
    problem = heads.problem
    for link in problem.precedences:
        before, after = heads.fixed.get(link.before), heads.bounds.get(link.after)
        if before is None or after is None or link.after in heads.fixed or link.max_lag is None:
            continue
        if after.start > before.run_end + link.max_lag:
            over = duration(problem, after.start - before.run_end - link.max_lag)
            name, cause = (title(problem, problem.operation_by_id[key]) for key in (link.after, link.before))
            message = f"{name} can start no sooner than {over} after the longest wait behind {cause} is over."
            yield Fault("wait_expired", message, "operation", link.after)


@dataclass(frozen=True, slots=True)
class _Hold:
    """The least of a machine's time that a fixed operation takes."""

    operation: Operation
    begin: int
    end: int


def _collisions(heads: Heads) -> Iterator[Fault]:
    """More operations fixed on a machine at one time than it takes; facts among themselves may be."""
    problem = heads.problem
    for machine, holds in _holds(heads).items():
        present: list[_Hold] = []
        for hold in sorted(holds, key=lambda each: (each.begin, each.end)):
            present = [*(other for other in present if other.end > hold.begin), hold]
            free = [each.operation for each in present if each.operation.actual is None]
            if free and len(present) > problem.machine_by_id[machine].capacity:
                names = listed([title(problem, each.operation) for each in present])
                message = f"{names} are fixed on {problem.machine_by_id[machine].name} at the same time."
                yield Fault("fixed_collision", message, "operation", free[-1].id)


def _holds(heads: Heads) -> dict[str, list[_Hold]]:
    holds: dict[str, list[_Hold]] = {machine.id: [] for machine in heads.problem.machines}
    for operation in heads.problem.operations:
        modes, start = heads.modes(operation), heads.fixed_start(operation)
        if operation.id in heads.fixed:
            fixed = heads.fixed[operation.id]
            if fixed.end > fixed.setup_start:
                holds[fixed.machine].append(_Hold(operation, fixed.setup_start, fixed.end))
        elif start is not None and len(modes) == 1:
            work = heads.room.work(operation, modes[0])
            holds[modes[0].machine].append(_Hold(operation, start - work.setup, start + work.run + work.teardown))
    return holds


def _overloads(heads: Heads) -> Iterator[Fault]:
    """Machines that are not open long enough for what only they can do, operations with faults of their own aside."""
    problem = heads.problem
    needed = dict.fromkeys(problem.machine_by_id, 0)
    for operation in problem.operations:
        modes = heads.modes(operation)
        if operation.actual is None and len(modes) == 1 and operation.id in heads.bounds:
            work = heads.room.work(operation, modes[0])
            needed[modes[0].machine] += work.setup + work.run + work.teardown
    for machine in problem.machines:
        offered = machine.capacity * working(working_windows(machine), 0, problem.horizon)
        if needed[machine.id] > offered:
            message = (
                f"{machine.name} is open for {duration(problem, offered)} within the horizon, "
                f"but what only it can do takes {duration(problem, needed[machine.id])}."
            )
            yield Fault("overloaded_machine", message, "machine", machine.id)


def _overflow(problem: Problem) -> Iterator[Fault]:
    """An objective that cannot be counted exactly."""
    if objective_value(replace(problem.objective, tiers=()), largest_measures(problem)) >= MOST:
        message = "The weights of the objective and the orders are so large that the objective cannot be added up."
        yield Fault("too_large", message, "problem", "")


def largest_measures(problem: Problem) -> Measures:
    """Of every term more than any schedule can have."""
    horizon = problem.horizon
    changeover = max((ticks for matrix in problem.setup_matrices for row in matrix.times for ticks in row), default=0)
    modes = [operation.modes for operation in problem.operations]
    return Measures(
        weighted_tardiness=sum(order.weight * max(0, horizon - order.due) for order in problem.orders if order.due is not None),
        late_orders=len(problem.orders),
        makespan=horizon,
        setup=sum(changeover + max([mode.setup for mode in own], default=0) for own in modes),
        mode_cost=sum(max([mode.cost for mode in own], default=0) for own in modes),
        flow_time=sum(abs(horizon - order.release) for order in problem.orders),
        churn=len(modes),
    )
