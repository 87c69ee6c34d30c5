"""Changeovers: which operation is just before which on a machine with a setup matrix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise, product

from ortools.sat.python import cp_model

from solver.formulation.variables import Formulation, Timed
from solver.problem import Machine
from solver.schedule import Schedule, setup_ticks

Arc = tuple[int, int, cp_model.LiteralT]
Entries = dict[int, list[cp_model.IntVar]]

DEPOT = 0
"""The node for what the machine is set up for at first; arcs back into it end the day."""


@dataclass(frozen=True, slots=True)
class Node:
    """An operation on the circuit of one machine. `changeover`: None when it depends on the operation before."""

    number: int
    timed: Timed
    changeover: int | None


def setups(formulation: Formulation) -> None:
    """The operations on a machine with a setup matrix follow each other on a circuit; an arc into an operation settles its
    changeover, and only ways with that changeover can be chosen. Exact for every matrix
    (no triangle inequality is needed).

    Fixed operations keep their changeover: only families that lead to the same one may come just before them. That makes a
    neighbourhood smaller, and a whole problem no weaker: there only facts are fixed, and they are all behind the depot.
    """
    for machine in formulation.problem.machines:
        if machine.setup_matrix is not None and formulation.free_on(machine):
            _circuit(formulation, machine)


def _circuit(formulation: Formulation, machine: Machine) -> None:
    cp, nodes = formulation.cp, _nodes(formulation, machine)
    literals: dict[tuple[int, int], cp_model.IntVar] = {}
    for before, after in _pairs(formulation, machine, nodes):
        literal = literals[before.number, after.number] = cp.new_bool_var("")
        cp.add(after.timed.setup_start >= before.timed.end).only_enforce_if(literal)
    fixed = [node for node in nodes if node.changeover is not None]
    for node in nodes:
        if node.changeover is None or node is fixed[0]:
            literals[DEPOT, node.number] = cp.new_bool_var("")
        if node.changeover is None or node is fixed[-1]:
            literals[node.number, DEPOT] = cp.new_bool_var("")
    arcs = [(tail, head, literal) for (tail, head), literal in literals.items()]
    cp.add_circuit([*arcs, *_absences(formulation, machine, nodes)])
    entries = _entries(formulation, machine, nodes, literals)
    for node in nodes:
        _settle_changeover(formulation, machine, node, entries[node.number])
    formulation.hinters.append(lambda schedule: _hint(schedule, machine, nodes, literals))


def _nodes(formulation: Formulation, machine: Machine) -> list[Node]:
    """Everything on the machine that is not a fact: fixed operations first, in the order of time."""
    facts = formulation.grounds.facts
    fixed = sorted(formulation.fixed_on(machine), key=lambda assignment: assignment.setup_start)
    placed = [formulation.timed[assignment.operation] for assignment in fixed if assignment.operation not in facts]
    members = [*((timed, _kept(timed)) for timed in placed), *((timed, None) for timed in formulation.free_on(machine))]
    return [Node(number, timed, changeover) for number, (timed, changeover) in enumerate(members, start=1)]


def _kept(timed: Timed) -> int:
    """The changeover that a fixed operation has."""
    fixed = timed.fixed
    mode = timed.operation.mode_on(fixed.machine) if fixed else None
    return setup_ticks(fixed) - mode.setup if fixed and mode else 0


def _pairs(formulation: Formulation, machine: Machine, nodes: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Which node may come just before which: time must allow it, and between fixed ones the order is what it is."""
    first_end = {node.number: _first_end(node, machine) for node in nodes}
    last_start = {node.number: _last_start(node, machine) for node in nodes}
    fixed, free = ([node for node in nodes if (node.changeover is None) == is_free] for is_free in (False, True))
    for before, after in chain(pairwise(fixed), product(free, nodes), product(fixed, free)):
        if before is after or first_end[before.number] > last_start[after.number]:
            continue
        leaders = formulation.grounds.before.get(before.timed.operation.id, ())
        if all(link.before != after.timed.operation.id for link in leaders):
            yield before, after


def _first_end(node: Node, machine: Machine) -> int:
    if node.timed.fixed:
        return node.timed.fixed.end
    return min(way.begins[0][0] + way.span for way, _ in node.timed.on(machine.id))


def _last_start(node: Node, machine: Machine) -> int:
    if node.timed.fixed:
        return node.timed.fixed.setup_start
    return max(way.begins[-1][1] - 1 for way, _ in node.timed.on(machine.id))


def _absences(formulation: Formulation, machine: Machine, nodes: list[Node]) -> list[Arc]:
    """Loops of operations that are done elsewhere, and one of the depot when that is true of all."""
    presences = [(node, node.timed.present[machine.id]) for node in nodes]
    loops = [(node.number, node.number, ~present) for node, present in presences if not isinstance(present, bool)]
    if len(loops) == len(nodes):
        idle = formulation.cp.new_bool_var("")
        formulation.cp.add_bool_and([absent for _, _, absent in loops]).only_enforce_if(idle)
        operations = [node.timed.operation.id for node in nodes]
        formulation.hinters.append(
            lambda schedule: [(idle, int(all(schedule.by_operation[o].machine != machine.id for o in operations)))]
        )
        loops.append((DEPOT, DEPOT, idle))
    return loops


def _entries(
    formulation: Formulation, machine: Machine, nodes: list[Node], literals: dict[tuple[int, int], cp_model.IntVar]
) -> dict[int, Entries]:
    """By node, the arcs into it by the changeover that they bring."""
    families = {DEPOT: formulation.grounds.first_families[machine.id]}
    families.update({node.number: node.timed.operation.setup_family for node in nodes})
    entries: dict[int, Entries] = {node.number: defaultdict(list) for node in nodes}
    for (tail, head), literal in literals.items():
        if head != DEPOT:
            ticks = formulation.grounds.changeover(machine, families[tail], families[head])
            entries[head][ticks].append(literal)
    return entries


def _settle_changeover(formulation: Formulation, machine: Machine, node: Node, entries: Entries) -> None:
    """The changeover of the chosen way is that of the arc into the node; a fixed operation keeps its own."""
    cp, ways = formulation.cp, node.timed.on(machine.id)
    for ticks in {*entries, *(way.changeover for way, _ in ways)}:
        arcs = entries.get(ticks, [])
        if node.changeover is None:
            cp.add(
                cp_model.LinearExpr.sum(arcs) == cp_model.LinearExpr.sum([lit for way, lit in ways if way.changeover == ticks])
            )
        elif node.changeover != ticks:
            cp.add(cp_model.LinearExpr.sum(arcs) == 0)


def _hint(
    schedule: Schedule, machine: Machine, nodes: list[Node], literals: dict[tuple[int, int], cp_model.IntVar]
) -> Iterator[tuple[cp_model.IntVar, int]]:
    placed = [(schedule.by_operation[node.timed.operation.id], node.number) for node in nodes]
    there = sorted((assignment.setup_start, number) for assignment, number in placed if assignment.machine == machine.id)
    route = [DEPOT, *(number for _, number in there), DEPOT]
    taken = set(pairwise(route)) if there else set()
    return ((literal, int(arc in taken)) for arc, literal in literals.items())
