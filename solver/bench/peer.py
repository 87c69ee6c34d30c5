"""PyJobShop as a contestant: `python -m solver.bench.peer --until INSTANT --threads T FILE`, CP-SAT's log and the last event of a
search on stdout.

It is a development dependency. What it cannot say (people who are not all alike, limits of cells, pauses) is not put to it, nor
what would take more memory than most machines have. Its plan is put into our words and judged as ours are: it takes closed time
for changeovers, and then the plan breaks a rule.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from solver.bench.turn import judged, say, told
from solver.calendars import working_windows
from solver.pools import Pool, pools, staffed
from solver.problem import Crew, Operation, Problem
from solver.schedule import Assignment, Schedule

MOST_CHANGEOVERS = 6_000_000
"""Each takes a kilobyte."""


class NotForIt(Exception):
    """The problem has something that PyJobShop has no words for."""


def main() -> None:
    """Translate, solve, judge, tell. The limit of `Model.solve` would not count the time in which it builds CP-SAT's model."""
    from pyjobshop.solvers.ortools import CPModel  # noqa: PLC0415 - only here

    turn = told()
    problem = Problem.from_json(json.loads(turn.file.read_text()))
    model = CPModel(translated(problem).data())
    result = model.solve(time_limit=turn.left, num_workers=turn.threads, display=True)
    outcome = {"Optimal": "optimal", "Feasible": "feasible", "Infeasible": "infeasible"}.get(result.status.value, "unknown")
    if outcome not in {"optimal", "feasible"}:
        say(type="finished", outcome=outcome, objective=None)
        return
    worth, remark = judged(problem, planned(problem, result.best.tasks))
    outcome = "unknown" if worth is None else outcome
    say(type="finished", outcome=outcome, objective=worth, bound=round(result.lower_bound), remark=remark)


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
        task = tasks[operation.id] = model.add_task(
            jobs[operation.order], earliest_start=operation.release, latest_end=problem.horizon
        )
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


def planned(problem: Problem, tasks: Sequence[Any]) -> Schedule:
    """The schedule of PyJobShop's tasks, which are in the order of our operations, as their modes are in the order of our modes:
    changeovers come just before the run, and people who can stand in for each other have names."""
    modes = [mode for operation in problem.operations for mode in operation.modes]
    placed = [(operation, modes[task.mode].machine, task) for operation, task in zip(problem.operations, tasks, strict=True)]
    family: dict[str, str | None] = {}
    found: dict[str, Assignment] = {}
    for operation, machine, task in sorted(placed, key=lambda each: each[2].start):
        setup = _changeover(problem, machine, family.get(machine), operation.setup_family)
        family[machine] = operation.setup_family
        found[operation.id] = Assignment(operation.id, machine, task.start - setup, task.start, task.end, task.end)
    return Schedule(tuple(staffed(problem, pools(problem), [found[operation.id] for operation in problem.operations])))


def _changeover(problem: Problem, machine: str, before: str | None, after: str | None) -> int:
    matrix = problem.machine_by_id[machine].setup_matrix
    return 0 if matrix is None else problem.matrix_by_id[matrix].changeover(before, after)


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
        "people in changeovers": any(_needs_people_in_changeovers(problem, operation) for operation in problem.operations),
        "history": any(operation.actual is not None for operation in problem.operations),
        "deadlines": any(order.deadline is not None for order in problem.orders),
        "so many changeovers": sum(_changeovers(problem)) > MOST_CHANGEOVERS,
        "initial families": any(machine.initial_family is not None for machine in problem.machines),
    }
    if any(wrong.values()):
        raise NotForIt(f"It does not know {', '.join(name for name, is_there in wrong.items() if is_there)}.")


def _needs_people_in_changeovers(problem: Problem, operation: Operation) -> bool:
    return bool(operation.crew) and any(problem.machine_by_id[mode.machine].setup_matrix for mode in operation.modes)


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
