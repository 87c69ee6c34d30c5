"""Work that has to fit: rows that follow from the others and raise the bound of a makespan."""

from __future__ import annotations

from ortools.sat.python import cp_model

from solver.formulation.grounds import Grounds
from solver.formulation.variables import Formulation


def energy(formulation: Formulation) -> None:
    """On a machine: head of the first run + all its runs + tail after the last one <= makespan, as many times as it can do
    operations side by side. Redundant."""
    if formulation.makespan is None:
        return
    tails = shortest_tails(formulation.grounds)
    for machine in formulation.problem.machines:
        free = formulation.free_on(machine)
        if len(free) < 2:
            continue
        head = min(formulation.spans[timed.operation.id].start_min for timed in free)
        tail = min(tails[timed.operation.id] for timed in free)
        runs = [(way.mode.run, lit) for timed in free for way, lit in timed.on(machine.id)]
        work = cp_model.LinearExpr.weighted_sum([lit for _, lit in runs], [run for run, _ in runs])
        side_by_side = min(machine.capacity, len(free))
        formulation.cp.add(work <= side_by_side * (formulation.makespan - head - tail))


def shortest_tails(grounds: Grounds) -> dict[str, int]:
    """The least time from the `run_end` of each operation to the end of everything that waits for it."""
    tails: dict[str, int] = {}
    for key in reversed(grounds.sequence):
        after = [link for link in grounds.after.get(key, ()) if link.after not in grounds.facts]
        runs = [min(mode.run for mode in grounds.problem.operation_by_id[link.after].modes) for link in after]
        tails[key] = max([0, *(link.min_lag + run + tails[link.after] for link, run in zip(after, runs, strict=True))])
    return tails
