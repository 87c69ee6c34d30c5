"""Work that has to fit: a bound of the makespan from each machine, each cell, and machines that stand in for one another.

Of the operations that can be done nowhere else, those that cannot start before some instant take all free places from then on,
and the shortest time that follows upon any of them comes behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from solver.bounds.axis import Levels, count_levels
from solver.bounds.orders import Outlook
from solver.bounds.resources import Resources
from solver.problem import Operation

Key = tuple[str, ...]


def least_makespan(outlook: Outlook, resources: Resources) -> int:
    """No schedule has a smaller makespan."""
    tails = _tails(outlook)
    stand_in = _stand_ins(outlook)
    groups: dict[Key, list[Operation]] = defaultdict(list)
    machines: dict[Key, set[str]] = defaultdict(set)
    for operation in outlook.problem.operations:
        if operation.actual is None:
            for key in _keys(outlook, operation, stand_in):
                groups[key].append(operation)
    for machine in outlook.problem.machines:
        for key in (("machine", machine.id), ("cell", machine.cell), ("together", stand_in[machine.id])):
            machines[key].add(machine.id)
    least = max([0, *outlook.completions.values()])
    for key, operations in groups.items():
        together = [((level[:2],), level[2]) for machine in sorted(machines[key]) for level in resources.machines[machine]]
        least = max(least, _last_end(outlook, tails, operations, count_levels(together)))
    return least


def _keys(outlook: Outlook, operation: Operation, stand_in: Mapping[str, str]) -> Iterable[Key]:
    own = [mode.machine for mode in operation.modes]
    cells = {outlook.problem.machine_by_id[machine].cell for machine in own}
    yield ("together", stand_in[own[0]])
    if len(own) == 1:
        yield ("machine", own[0])
    if len(cells) == 1:
        yield ("cell", *cells)


def _stand_ins(outlook: Outlook) -> dict[str, str]:
    """By machine, one of all those that operations tie to it because they can be done on either."""
    parent = {machine.id: machine.id for machine in outlook.problem.machines}

    def root(machine: str) -> str:
        while parent[machine] != machine:
            parent[machine] = parent[parent[machine]]
            machine = parent[machine]
        return machine

    for operation in outlook.problem.operations:
        for mode in operation.modes:
            parent[root(mode.machine)] = root(operation.modes[0].machine)
    return {machine: root(machine) for machine in parent}


def _last_end(outlook: Outlook, tails: Mapping[str, int], operations: list[Operation], levels: Levels) -> int:
    """The least end of everything behind these operations when all runs share these places."""
    if not levels:
        return 0
    operations = sorted(operations, key=lambda operation: -outlook.starts[operation.id])
    heads = np.array([outlook.starts[operation.id] for operation in operations], np.int64)
    work = np.cumsum([min(mode.run for mode in operation.modes) for operation in operations])
    tail = np.minimum.accumulate([tails[operation.id] for operation in operations])
    begins, ends, places = (np.array(column, np.int64) for column in zip(*levels, strict=True))
    done = np.cumsum((ends - begins) * places)
    before = done - (ends - begins) * places
    at = np.minimum(np.searchsorted(ends, heads, side="right"), len(ends) - 1)
    goal = before[at] + places[at] * np.clip(heads - begins[at], 0, ends[at] - begins[at]) + work
    last = np.minimum(np.searchsorted(done, goal), len(ends) - 1)
    finish = begins[last] - (before[last] - goal) // places[last]
    return int((finish + tail)[goal <= done[-1]].max(initial=0))


def _tails(outlook: Outlook) -> dict[str, int]:
    """The least time from the run end of each operation to the end of everything that waits for it."""
    tails = dict.fromkeys(outlook.sequence, 0)
    for key in reversed(outlook.sequence):
        run = 0 if key in outlook.facts else min(mode.run for mode in outlook.problem.operation_by_id[key].modes)
        for link in outlook.before[key]:
            tails[link.before] = max(tails[link.before], link.min_lag + run + tails[key])
    return tails
