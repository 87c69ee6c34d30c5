"""PyJobShop as a contestant: `python -m solver.bench.peer --seconds S --threads T FILE`, the last event of a search on stdout.

It is a development dependency. What it cannot say (people who are not all alike, limits of cells, pauses) is not put to it, nor
what would take more memory than most machines have.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from solver.calendars import working_windows
from solver.pools import Pool, pools
from solver.problem import Crew, Operation, Problem

MOST_CHANGEOVERS = 6_000_000
"""Each takes a kilobyte."""


class NotForIt(Exception):
    """The problem has something that PyJobShop has no words for."""


def main() -> None:
    """Translate, solve, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    wanted = parser.parse_args()
    began = time.monotonic()
    problem = Problem.from_json(json.loads(wanted.file.read_text()))
    model = translated(problem)
    left = max(1.0, wanted.seconds - (time.monotonic() - began))
    result = model.solve(time_limit=left, num_workers=wanted.threads, display=False)
    outcome = {"Optimal": "optimal", "Feasible": "feasible"}.get(result.status.value, "unknown")
    has_found = outcome != "unknown"
    finished = {
        "type": "finished",
        "elapsed": time.monotonic() - began,
        "outcome": outcome,
        "objective": round(result.objective) if has_found else None,
        "bound": round(result.lower_bound) if has_found else None,
    }
    sys.stdout.write(json.dumps(finished) + "\n")


def translated(problem: Problem) -> Any:
    """The same problem as a PyJobShop model. Raises NotForIt."""
    from pyjobshop import Model  # noqa: PLC0415 - only here

    pooled = pools(problem)
    _check(problem, pooled)
    model = Model()
    machines = {machine.id: _resource(model, problem, machine) for machine in problem.machines}
    jobs = {
        order.id: model.add_job(weight=order.weight, release_date=order.release, due_date=order.due) for order in problem.orders
    }
    people = {pool: model.add_renewable(len(pool)) for pool in dict.fromkeys(pooled.values())}
    tasks = {}
    for operation in problem.operations:
        task = tasks[operation.id] = model.add_task(jobs[operation.order], earliest_start=operation.release)
        crew = _people(operation, pooled)
        for mode in operation.modes:
            demands = [int(problem.machine_by_id[mode.machine].capacity > 1), *crew.values()]
            model.add_mode(task, [machines[mode.machine], *(people[pool] for pool in crew)], mode.run, demands=demands)
    for link in problem.precedences:
        model.add_end_before_start(tasks[link.before], tasks[link.after], delay=link.min_lag)
        if link.max_lag is not None:
            model.add_start_before_end(tasks[link.after], tasks[link.before], delay=-link.max_lag)
    _add_setups(model, problem, machines, tasks)
    weights = problem.objective
    model.set_objective(weight_makespan=weights.makespan, weight_total_tardiness=weights.weighted_tardiness)
    return model


def _people(operation: Operation, pooled: Mapping[Crew, Pool]) -> Mapping[Pool, int]:
    """How many of each pool an operation needs."""
    needed: dict[Pool, int] = {}
    for need in operation.crew:
        needed[pooled[need]] = needed.get(pooled[need], 0) + need.count
    return needed


def _check(problem: Problem, pooled: Mapping[Crew, Pool]) -> None:
    weights = problem.objective
    wrong = {
        "people": any(need not in pooled for operation in problem.operations for need in operation.crew),
        "limits of cells": any(cell.wip_limit is not None for cell in problem.cells),
        "pauses": any(operation.may_pause for operation in problem.operations),
        "setups in modes": any(mode.setup or mode.teardown for operation in problem.operations for mode in operation.modes),
        "other objectives": any((weights.late_orders, weights.setup, weights.mode_cost, weights.flow_time, weights.churn)),
        "pins and frozen zone": bool(problem.pins) or problem.frozen_until is not None,
        "history": any(operation.actual is not None for operation in problem.operations),
        "deadlines": any(order.deadline is not None for order in problem.orders),
        "so many changeovers": sum(_changeovers(problem)) > MOST_CHANGEOVERS,
        "initial families": any(machine.initial_family is not None for machine in problem.machines),
    }
    if any(wrong.values()):
        raise NotForIt(f"It does not know {', '.join(name for name, is_there in wrong.items() if is_there)}.")


def _changeovers(problem: Problem) -> Iterator[int]:
    """By machine that has any, how many ordered pairs of operations there are."""
    for machine in problem.machines:
        if machine.setup_matrix is not None:
            yield sum(operation.mode_on(machine.id) is not None for operation in problem.operations) ** 2


def _resource(model: Any, problem: Problem, machine: Any) -> Any:
    windows = working_windows(machine)
    edges = [0, *(instant for window in windows for instant in window), problem.horizon]
    breaks = [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end]
    if machine.capacity > 1:
        return model.add_renewable(machine.capacity, breaks=breaks)
    return model.add_machine(breaks=breaks)


def _add_setups(model: Any, problem: Problem, machines: dict[str, Any], tasks: dict[str, Any]) -> None:
    for machine in problem.machines:
        if machine.setup_matrix is None:
            continue
        matrix = problem.matrix_by_id[machine.setup_matrix]
        own = [operation for operation in problem.operations if operation.mode_on(machine.id) is not None]
        for before in own:
            for after in own:
                ticks = matrix.changeover(before.setup_family, after.setup_family)
                if before is not after and ticks:
                    model.add_setup_time(machines[machine.id], tasks[before.id], tasks[after.id], ticks)


if __name__ == "__main__":
    try:
        main()
    except NotForIt as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(1)
