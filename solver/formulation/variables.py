"""The variables of a formulation: for every free operation when its setup starts and which of its ways it takes.

Everything else about an operation is a constant away from these: `start`, `run_end` and `end` are `setup_start` plus the lengths
of the chosen way. Operations that are fixed (facts, or everything outside a neighbourhood) are constants and cost nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from ortools.sat.python import cp_model

from solver.formulation.grounds import Grounds
from solver.formulation.spans import Span
from solver.formulation.ways import ShiftGroup, Shifts, Way, Ways, ways_of
from solver.problem import CrewPhase, Machine, Operation, Problem
from solver.schedule import Assignment, Schedule, setup_ticks

Hinter = Callable[[Schedule], Iterable[tuple[cp_model.IntVar, int]]]
Terms = list[tuple[int, cp_model.LinearExprT]]
Exactness = Literal["exact", "kept", "restriction"]


@dataclass(frozen=True)
class Timed:
    """One operation: its instants as affine expressions, or plain numbers when it is fixed.

    `chosen` runs parallel to `ways`, exactly one is true. `present`: by machine, whether it is done there.
    """

    operation: Operation
    setup_start: cp_model.LinearExprT
    start: cp_model.LinearExprT
    run_end: cp_model.LinearExprT
    end: cp_model.LinearExprT
    present: Mapping[str, cp_model.LiteralT]
    ways: tuple[Way, ...] = ()
    chosen: tuple[cp_model.IntVar, ...] = ()
    groups: tuple[ShiftGroup, ...] = ()
    fixed: Assignment | None = None

    @cached_property
    def earliest(self) -> int:
        """No way has the setup start before."""
        return self.fixed.setup_start if self.fixed else min(way.begins[0][0] for way in self.ways)

    @cached_property
    def latest_end(self) -> int:
        return self.fixed.end if self.fixed else max(way.begins[-1][1] - 1 + way.span for way in self.ways)

    def on(self, machine: str) -> list[tuple[Way, cp_model.IntVar]]:
        """The ways on one machine, each with its literal."""
        return [(way, lit) for way, lit in zip(self.ways, self.chosen, strict=True) if way.mode.machine == machine]


@dataclass
class Formulation:
    """A CP-SAT problem under construction, and what is needed to read its solutions.

    `exactness`: a "restriction" leaves out schedules, so that its bound and its infeasibility say nothing about the Problem; one
    that is "kept" only those that are better than was asked for in what an Aim guards.
    `terms`: those of the objective that have a weight, by name, each a sum of products; `objective`: their weighted sum.
    `members`: by (operation, place in its crew list, operator) whether that person fills that place.
    `stuck`: operations without any way, each a proof that there is no schedule (of an exact formulation).
    """

    grounds: Grounds
    cp: cp_model.CpModel
    timed: dict[str, Timed]
    spans: Mapping[str, Span]
    exactness: Exactness
    incumbent: Schedule | None = None
    free_by_machine: dict[str, list[Timed]] = field(default_factory=lambda: defaultdict(list))
    fixed_by_machine: dict[str, list[Assignment]] = field(default_factory=lambda: defaultdict(list))
    hinters: list[Hinter] = field(default_factory=list)
    members: dict[tuple[str, int, str], cp_model.IntVar] = field(default_factory=dict)
    durations: dict[tuple[str, int], cp_model.IntVar] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)
    objective: cp_model.LinearExprT = 0
    makespan: cp_model.IntVar | None = None
    stuck: list[str] = field(default_factory=list)

    @property
    def problem(self) -> Problem:
        return self.grounds.problem

    def free_on(self, machine: Machine) -> list[Timed]:
        """Operations that are not fixed and may be done on `machine`."""
        return self.free_by_machine[machine.id]

    def fixed_on(self, machine: Machine) -> list[Assignment]:
        return self.fixed_by_machine[machine.id]

    def occupation(self, timed: Timed, machine: Machine) -> cp_model.IntervalVar:
        """[setup_start, end) of a free operation, present when it is done on `machine`."""
        spans = {way.span for way, _ in timed.on(machine.id)}
        present, name = timed.present[machine.id], f"{timed.operation.id}@{machine.id}"
        if len(spans) == 1:
            return self.cp.new_optional_fixed_size_interval_var(timed.setup_start, spans.pop(), present, name)
        return self.cp.new_optional_interval_var(timed.setup_start, self.elapsed(timed, 3), timed.end, present, name)

    def elapsed(self, timed: Timed, phases: int) -> cp_model.IntVar:
        """The ticks that the first `phases` of setup, run and teardown of the chosen way last."""
        key = (timed.operation.id, phases)
        if key not in self.durations:
            lengths = [sum(way.lengths[:phases]) for way in timed.ways]
            duration = self.durations[key] = self.cp.new_int_var(min(lengths), max(lengths), "")
            self.cp.add(duration == cp_model.LinearExpr.weighted_sum(timed.chosen, lengths))
            self.hinters.append(lambda schedule: [(duration, elapsed_after(schedule.by_operation[timed.operation.id], phases))])
        return self.durations[key]


def declare(
    grounds: Grounds, fixed: Mapping[str, Assignment], spans: Mapping[str, Span], incumbent: Schedule | None
) -> Formulation:
    """A formulation with its variables and no constraint but those that tie an operation's instants to its way."""
    formulation = Formulation(grounds, cp_model.CpModel(), {}, spans, "exact", incumbent)
    for operation in grounds.problem.operations:
        if operation.id in fixed:
            place(formulation, _constant(operation, fixed[operation.id]))
            continue
        ways = ways_of(grounds, operation, spans[operation.id])
        if ways.restricted:
            formulation.exactness = "restriction"
        if ways.ways:
            place(formulation, _free(formulation, operation, ways))
        else:
            formulation.stuck.append(operation.id)
    return formulation


def place(formulation: Formulation, timed: Timed) -> None:
    """Put an operation where the families find it."""
    formulation.timed[timed.operation.id] = timed
    if timed.fixed is not None:
        formulation.fixed_by_machine[timed.fixed.machine].append(timed.fixed)
        return
    for machine in timed.present:
        formulation.free_by_machine[machine].append(timed)


def _constant(operation: Operation, fixed: Assignment) -> Timed:
    return Timed(operation, fixed.setup_start, fixed.start, fixed.run_end, fixed.end, {fixed.machine: True}, fixed=fixed)


def _free(formulation: Formulation, operation: Operation, ways: Ways) -> Timed:
    cp = formulation.cp
    setup_start = cp.new_int_var_from_domain(_begins(operation, ways.ways), f"{operation.id} setup_start")
    chosen = tuple(cp.new_bool_var(f"{operation.id} way {index}") for index in range(len(ways.ways)))
    cp.add_exactly_one(chosen)
    formulation.hinters.append(lambda schedule: [(setup_start, schedule.by_operation[operation.id].setup_start)])
    formulation.hinters.append(lambda schedule: _hint_ways(operation, schedule.by_operation[operation.id], ways, chosen))
    start, run_end, end = (_instant(formulation, operation, setup_start, (ways.ways, chosen, phases)) for phases in (1, 2, 3))
    present = _presence(formulation, operation, ways.ways, chosen)
    return Timed(operation, setup_start, start, run_end, end, present, ways.ways, chosen, ways.groups)


def _begins(operation: Operation, ways: tuple[Way, ...]) -> cp_model.Domain:
    """All that `setup_start` can be: the ranges of pausing operations, the hull for others (`machines` has closed time)."""
    if operation.may_pause:
        return cp_model.Domain.from_intervals([[begin, end - 1] for way in ways for begin, end in way.begins])
    return cp_model.Domain(min(way.begins[0][0] for way in ways), max(way.begins[-1][1] for way in ways) - 1)


def _instant(
    formulation: Formulation,
    operation: Operation,
    setup_start: cp_model.IntVar,
    choice: tuple[tuple[Way, ...], tuple[cp_model.IntVar, ...], int],
) -> cp_model.LinearExprT:
    """The instant after the first `phases`: exact. A variable only where the ways differ in the length up to it."""
    ways, chosen, phases = choice
    lengths = [sum(way.lengths[:phases]) for way in ways]
    if len(set(lengths)) == 1:
        return setup_start + lengths[0]
    lowest = min(way.begins[0][0] + length for way, length in zip(ways, lengths, strict=True))
    highest = max(way.begins[-1][1] - 1 + length for way, length in zip(ways, lengths, strict=True))
    instant = formulation.cp.new_int_var(lowest, highest, f"{operation.id} after {phases}")
    formulation.cp.add(instant == setup_start + cp_model.LinearExpr.weighted_sum(chosen, lengths))
    formulation.hinters.append(lambda schedule: [(instant, instant_after(schedule.by_operation[operation.id], phases))])
    return instant


def _presence(
    formulation: Formulation, operation: Operation, ways: tuple[Way, ...], chosen: tuple[cp_model.IntVar, ...]
) -> Mapping[str, cp_model.LiteralT]:
    """By machine a literal that is true when one of the ways there is chosen: exact."""
    by_machine: dict[str, list[cp_model.IntVar]] = {}
    for way, lit in zip(ways, chosen, strict=True):
        by_machine.setdefault(way.mode.machine, []).append(lit)
    present: dict[str, cp_model.LiteralT] = {}
    for machine, lits in by_machine.items():
        present[machine] = True if len(by_machine) == 1 else _either(formulation, operation, machine, lits)
    return present


def _either(formulation: Formulation, operation: Operation, machine: str, lits: list[cp_model.IntVar]) -> cp_model.IntVar:
    """True when one of the literals is."""
    if len(lits) == 1:
        return lits[0]
    there = formulation.cp.new_bool_var(f"{operation.id} on {machine}")
    formulation.cp.add(cp_model.LinearExpr.sum(lits) == there)
    formulation.hinters.append(lambda schedule: [(there, int(schedule.by_operation[operation.id].machine == machine))])
    return there


def _hint_ways(
    operation: Operation, assignment: Assignment, ways: Ways, chosen: tuple[cp_model.IntVar, ...]
) -> list[tuple[cp_model.IntVar, int]]:
    taken = [is_way(operation, assignment, way, ways.groups) for way in ways.ways]
    return list(zip(chosen, map(int, taken), strict=True)) if any(taken) else []


def is_way(operation: Operation, assignment: Assignment, way: Way, groups: tuple[ShiftGroup, ...]) -> bool:
    """Whether the assignment goes this way."""
    lengths = (
        assignment.start - assignment.setup_start,
        assignment.run_end - assignment.start,
        assignment.end - assignment.run_end,
    )
    if way.mode.machine != assignment.machine or way.lengths != lengths or way.setup_worked != setup_ticks(assignment):
        return False
    if not any(begin <= assignment.setup_start < end for begin, end in way.begins):
        return False
    used = Shifts(_used(operation, assignment, groups, "all"), _used(operation, assignment, groups, "setup"))
    return used == way.shifts


def _used(operation: Operation, assignment: Assignment, groups: tuple[ShiftGroup, ...], phase: CrewPhase) -> frozenset[int]:
    """The shift groups that the crew for one phase comes from."""
    places = zip(operation.crew, assignment.operators, strict=False)
    people = {person for crew, members in places if crew.phase == phase for person in members}
    return frozenset(number for number, group in enumerate(groups) if not people.isdisjoint(group.operators))


def instant_after(assignment: Assignment, phases: int) -> int:
    """When the first `phases` of setup, run and teardown are over."""
    return (assignment.start, assignment.run_end, assignment.end)[phases - 1]


def elapsed_after(assignment: Assignment, phases: int) -> int:
    """The ticks from `setup_start` until then."""
    return instant_after(assignment, phases) - assignment.setup_start
