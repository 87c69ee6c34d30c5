"""What history keeps busy: machines, people and limited cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from solver.arrays import Arrays, OperationRow
from solver.clusters import Stay
from solver.kernel.tables import NEVER

Stretch = tuple[int, int, int]
"""Begin, end, and the operation."""


class Past(NamedTuple):
    """By machine, by person, and by cell (whose stretches have no operation: −1)."""

    machines: dict[int, list[Stretch]]
    people: dict[int, list[Stretch]]
    cells: dict[int, list[Stretch]]


def past(arrays: Arrays, stays: Sequence[Stay]) -> Past:
    """Facts may overlap, but for each person and each machine of capacity 1 they are one stretch: all begin at tick 0 at the
    latest. It belongs to the last of them, and begins before tick 0, since a fact may be empty, but a stretch may not."""
    found = Past(defaultdict(list), defaultdict(list), defaultdict(list))
    facts = [(row.fixed.start, row.fixed.end, row.number) for row in arrays.operations if row.fixed is not None]
    for _, _, number in sorted(facts):
        _engage(arrays, arrays.operations[number], found)
    for stay in stays:
        if stay.is_inside:
            found.cells[stay.cell].append(_visit(arrays, stay))
    for person, stretches in found.people.items():
        found.people[person] = [_together(stretches)]
    for machine, stretches in found.machines.items():
        if arrays.machines[machine].capacity == 1:
            found.machines[machine] = [_together(stretches)]
    return found


def _engage(arrays: Arrays, row: OperationRow, found: Past) -> None:
    fixed = row.fixed
    if fixed is None:
        return
    found.machines[arrays.machine_number(fixed.machine)].append((fixed.setup_start, fixed.end, row.number))
    crew = arrays.problem.operations[row.number].crew
    for need, people in zip(crew, fixed.operators, strict=False):
        until = fixed.start if need.phase == "setup" else fixed.end
        for person in people:
            if fixed.setup_start < until:
                found.people[arrays.person_number(person)].append((fixed.setup_start, until, row.number))


def _together(stretches: Sequence[Stretch]) -> Stretch:
    return min(-1, *(begin for begin, _, _ in stretches)), max(end for _, end, _ in stretches), stretches[-1][2]


def _visit(arrays: Arrays, stay: Stay) -> Stretch:
    """From its entry, at the latest tick 0, to its exit; one that is not over lasts until it is known how long."""
    fixed = [arrays.operations[operation].fixed for operation in stay.operations]
    facts = [assignment for assignment in fixed if assignment is not None]
    leave = max(assignment.run_end for assignment in facts) if len(facts) == len(fixed) else NEVER
    return min([0, *(assignment.start for assignment in facts)]), leave, -1
