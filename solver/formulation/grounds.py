"""What a formulation reads off a Problem once, however many neighbourhoods are then built from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from solver.calendars import Windows, shift_windows, working_windows
from solver.frozen import earliest_setup, frozen_start
from solver.history import families_now, history
from solver.pools import Pool, pools
from solver.problem import BaselineStart, Crew, Machine, Pin, Precedence, Problem
from solver.schedule import Assignment
from solver.visits import Visit, visits


@dataclass(frozen=True)
class Grounds:
    """Derived tables of one problem, all keyed by ids.

    `facts`: assignments of done and started operations.
    `frozen`: what the baseline demands of operations in the frozen zone.
    `windows` by machine and `shifts` by operator: working time.
    `sequence`: every operation id, predecessors first. `entries`: families that can be on a machine just before a changeover.
    `first_families`: by machine, what it is set up for when the first free operation comes. `members`: by order, its operations.
    `pools`: by crew requirement who can fill it, where only their number counts.
    """

    problem: Problem
    facts: Mapping[str, Assignment]
    frozen: Mapping[str, BaselineStart]
    earliest_setups: Mapping[str, int]
    windows: Mapping[str, Windows]
    shifts: Mapping[str, Windows]
    pins: Mapping[str, tuple[Pin, ...]]
    before: Mapping[str, tuple[Precedence, ...]]
    after: Mapping[str, tuple[Precedence, ...]]
    sequence: tuple[str, ...]
    entries: Mapping[str, frozenset[str]]
    first_families: Mapping[str, str | None]
    visits: tuple[Visit, ...]
    members: Mapping[str, tuple[str, ...]]
    pools: Mapping[Crew, Pool]

    @classmethod
    def of(cls, problem: Problem) -> Grounds:
        before: dict[str, list[Precedence]] = defaultdict(list)
        after: dict[str, list[Precedence]] = defaultdict(list)
        for link in problem.precedences:
            before[link.after].append(link)
            after[link.before].append(link)
        facts = history(problem)
        graph = {o.id: [link.before for link in before[o.id] if o.id not in facts] for o in problem.operations}
        return cls(
            problem=problem,
            facts=facts,
            frozen={o.id: planned for o in problem.operations if (planned := frozen_start(problem, o)) is not None},
            earliest_setups={o.id: earliest_setup(problem, o) for o in problem.operations},
            shifts={operator.id: shift_windows(operator) for operator in problem.operators},
            pins=_pins(problem),
            windows={machine.id: working_windows(machine) for machine in problem.machines},
            before={key: tuple(links) for key, links in before.items()},
            after={key: tuple(links) for key, links in after.items()},
            sequence=tuple(TopologicalSorter(graph).static_order()),
            entries=_entries(problem, facts),
            first_families=families_now(problem),
            visits=visits(problem),
            members=_members(problem),
            pools=pools(problem),
        )

    def changeover(self, machine: Machine, family_before: str | None, family: str | None) -> int:
        """Ticks from one family to the next on this machine; nothing without a matrix."""
        if machine.setup_matrix is None:
            return 0
        return self.problem.matrix_by_id[machine.setup_matrix].changeover(family_before, family)

    def changeovers(self, machine: Machine, family: str | None) -> tuple[int, ...]:
        """Every changeover that an operation of `family` may meet on `machine`, ascending."""
        if machine.setup_matrix is None:
            return (0,)
        entries = {*self.entries[machine.id], self.first_families[machine.id]}
        return tuple(sorted({self.changeover(machine, entry, family) for entry in entries}))


def _entries(problem: Problem, facts: Mapping[str, Assignment]) -> Mapping[str, frozenset[str]]:
    """By machine: the setup families of the operations that it has done or may do."""
    families: dict[str, set[str]] = {machine.id: set() for machine in problem.machines}
    for operation in problem.operations:
        if operation.setup_family is None:
            continue
        fact = facts.get(operation.id)
        machines = [mode.machine for mode in operation.modes] if fact is None else [fact.machine]
        for machine in machines:
            families[machine].add(operation.setup_family)
    return {machine: frozenset(members) for machine, members in families.items()}


def _members(problem: Problem) -> Mapping[str, tuple[str, ...]]:
    members: dict[str, list[str]] = defaultdict(list)
    for operation in problem.operations:
        members[operation.order].append(operation.id)
    return {order: tuple(operations) for order, operations in members.items()}


def _pins(problem: Problem) -> Mapping[str, tuple[Pin, ...]]:
    pins: dict[str, list[Pin]] = defaultdict(list)
    for pin in problem.pins:
        pins[pin.operation].append(pin)
    return {operation: tuple(of_operation) for operation, of_operation in pins.items()}
