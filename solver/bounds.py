"""A bound that costs nothing: every order for itself, on the best of its machines, as if nobody else were there."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from solver.calendars import Windows, walk, working_windows
from solver.frozen import earliest_setup
from solver.history import families_now, history
from solver.problem import Mode, Operation, Problem
from solver.schedule import Measures, objective_value


def lower_bound(problem: Problem) -> int:
    """No schedule has a smaller objective. Relaxation: no capacities, people, limits, deadlines; calendars as working time."""
    completions = earliest_completions(problem)
    due = [(order, order.due) for order in problem.orders if order.due is not None and order.id in completions]
    late = [(order.weight, max(0, completions[order.id] - wanted)) for order, wanted in due]
    families = families_now(problem)
    least = Measures(
        weighted_tardiness=sum(weight * ticks for weight, ticks in late),
        late_orders=sum(ticks > 0 for _, ticks in late),
        makespan=max([0, *completions.values()]),
        setup=sum(_least_setup(problem, families, operation) for operation in problem.operations if operation.actual is None),
        mode_cost=sum(_least_cost(operation) for operation in problem.operations),
        flow_time=sum(completions[order.id] - order.release for order in problem.orders if order.id in completions),
        churn=0,
    )
    return objective_value(problem.objective, least)


def earliest_completions(problem: Problem) -> dict[str, int]:
    """By order that has operations: the earliest that it can be completed by its chain and the calendars."""
    ends = _earliest_run_ends(problem)
    completions: dict[str, int] = {}
    for operation in problem.operations:
        completions[operation.order] = max(ends[operation.id], completions.get(operation.order, ends[operation.id]))
    return completions


def _earliest_run_ends(problem: Problem) -> dict[str, int]:
    facts = history(problem)
    windows = {machine.id: working_windows(machine) for machine in problem.machines}
    before: dict[str, list[tuple[str, int]]] = {operation.id: [] for operation in problem.operations}
    for link in problem.precedences:
        if link.after not in facts:
            before[link.after].append((link.before, link.min_lag))
    graph = {key: [first for first, _ in links] for key, links in before.items()}
    ends: dict[str, int] = {}
    for key in TopologicalSorter(graph).static_order():
        operation = problem.operation_by_id[key]
        if key in facts:
            ends[key] = facts[key].run_end
            continue
        setup_from = earliest_setup(problem, operation)
        ready = max(setup_from, operation.release, problem.order_by_id[operation.order].release)
        start = max([ready, *(ends[first] + lag for first, lag in before[key])])
        ends[key] = min(_run_end(windows[mode.machine], mode, setup_from, start) for mode in operation.modes)
    return ends


def _run_end(windows: Windows, mode: Mode, setup_from: int, start: int) -> int:
    """When the run is over at the earliest; without open time enough, as if the rest of time were open."""
    ready = max(start, setup_from + mode.setup)
    return walk(windows, ready, mode.run) or ready + mode.run


def _least_setup(problem: Problem, families: Mapping[str, str | None], operation: Operation) -> int:
    return min(mode.setup + _least_changeover(problem, families, mode.machine, operation) for mode in operation.modes)


def _least_changeover(problem: Problem, families: Mapping[str, str | None], machine: str, operation: Operation) -> int:
    """The cheapest way into its family, from what the machine is set up for now or from any family."""
    matrix = problem.machine_by_id[machine].setup_matrix
    if matrix is None:
        return 0
    entries = (families[machine], *problem.matrix_by_id[matrix].families)
    return min(problem.matrix_by_id[matrix].changeover(entry, operation.setup_family) for entry in entries)


def _least_cost(operation: Operation) -> int:
    if operation.actual is not None:
        mode = operation.mode_on(operation.actual.machine)
        return mode.cost if mode else 0
    return min(mode.cost for mode in operation.modes)
