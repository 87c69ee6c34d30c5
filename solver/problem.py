"""The frozen question: what is there, what has to be made, what is already decided, what counts as good.

Everything is immutable. Times are integer ticks (one tick = `Problem.tick_seconds`, a minute by default) since `Problem.epoch`;
tick 0 is *now*: nothing that is still free starts before it, actual starts in the past are negative. Intervals are half open,
`[start, end)`. Ids are strings chosen by the caller; names are what people read.

How one operation occupies its machine, in working time, without a gap but for pauses:

    setup_start ──setup──▶ start ──run──▶ run_end ──teardown──▶ end

* setup   = the mode's own setup + the changeover from the family of the operation just before it on that machine
* run     = the mode's run, at least one tick (its quantity and the machine's speed are already in it)
* The material is ready for the next operation at `run_end`; the machine is free at `end`. Setup needs no material, so it may be
  done before the preceding operation of the order has ended, and before the order is released.
* An operation that may not pause needs one open window for all of it. One that may pause stands still while its machine is
  closed or down, or while somebody of its crew is off shift (the crew for "all" at any time, the crew for "setup" during the
  setup), and goes on afterwards; it occupies its machine and its crew meanwhile. See `solver.timing`.

Windows that touch are one window.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from solver.records import FormatError, FormatFault, read_record, write_record

SCHEMA = "taktline.problem/1"

Interval = tuple[int, int]

CrewPhase = Literal["setup", "all"]

TERMS = ("weighted_tardiness", "late_orders", "makespan", "setup", "mode_cost", "flow_time", "churn")
"""What an objective may count; `solver.schedule.Measures` says what each of them is."""


@dataclass(frozen=True, slots=True)
class WorkCell:
    """A group of machines. `wip_limit` bounds the orders present in it at one time.

    An order is present from the `start` of the first to the `run_end` of the last operation of a *visit*: operations of one
    order in this cell that are linked by precedences among themselves (`solver.visits`). Each visit counts as one.
    The limit is a gate: no visit enters while so many others are present. Visits that history has let in may exceed it; they are
    present from tick 0 on at the latest, even when a setup is all that has begun.
    """

    id: str
    name: str
    wip_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Downtime:
    """A machine cannot work in [start, end), whatever its calendar says."""

    start: int
    end: int
    reason: str = ""
    kind: Literal["maintenance", "breakdown"] = "maintenance"


@dataclass(frozen=True, slots=True)
class Machine:
    """`windows`: open time by its calendar, sorted and disjoint; `downtime` is taken off it.

    A machine with `capacity` above one runs that many operations side by side and has no setup matrix.
    `initial_family` is what it is set up for now, unless an operation with an actual was on it: then the last of those decides.
    Without either the first operation needs no changeover.
    """

    id: str
    name: str
    cell: str
    windows: tuple[Interval, ...]
    downtime: tuple[Downtime, ...] = ()
    capacity: int = 1
    setup_matrix: str | None = None
    initial_family: str | None = None


@dataclass(frozen=True, slots=True)
class SkillLevel:
    """A skill held at `level` (1 is the lowest) during [valid_from, valid_until); None is unbounded."""

    skill: str
    level: int = 1
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """A person. `windows`: on shift and not absent. A person is in one place at a time."""

    id: str
    name: str
    windows: tuple[Interval, ...]
    skills: tuple[SkillLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class SetupMatrix:
    """Changeover ticks: `times[i][j]` from `families[i]` to `families[j]`, complete, the diagonal included."""

    id: str
    name: str
    families: tuple[str, ...]
    times: tuple[tuple[int, ...], ...]

    def changeover(self, before: str | None, after: str | None) -> int:
        """Ticks from one family to another; 0 when either is unknown to the matrix."""
        if before not in self.families or after not in self.families:
            return 0
        return self.times[self.families.index(before)][self.families.index(after)]


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer wants. No run starts before `release`; `due` costs when missed (times `weight`), `deadline` is hard for the
    `run_end` of every operation without an actual."""

    id: str
    name: str
    release: int = 0
    due: int | None = None
    deadline: int | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Crew:
    """`count` people with `skill` at `level` or above, for the setup only or for setup, run and teardown.

    They are engaged during [setup_start, start) or [setup_start, end), pauses included, and must hold the skill for all of it.
    Everyone in an operation's crew is a different person.
    """

    skill: str
    level: int = 1
    count: int = 1
    phase: CrewPhase = "all"


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to do an operation: a machine, its ticks there, and what choosing it costs."""

    machine: str
    run: int
    setup: int = 0
    teardown: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Actual:
    """What the shop floor reported. With `end` the operation is done, without it has started and `remaining` run ticks are left.

    Both are facts: they are never moved, and rules that they break among themselves are not held against the schedule; nor is a
    precedence or a pin whose later operation has an actual. The machine need not be among the modes.
    A started operation works its remaining run and its mode's teardown from tick 0 (or from `start`, if that is later) on through
    its machine's working time, pausing where it must, whatever `may_pause` says; see `solver.history`.
    `operators` runs parallel to `Operation.crew`; empty when nobody recorded it.
    """

    machine: str
    setup_start: int
    start: int
    end: int | None = None
    remaining: int = 0
    operators: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of an order on one machine, chosen among `modes` (at most one mode a machine)."""

    id: str
    name: str
    order: str
    cell: str
    modes: tuple[Mode, ...]
    setup_family: str | None = None
    crew: tuple[Crew, ...] = ()
    may_pause: bool = False
    release: int = 0
    actual: Actual | None = None

    def mode_on(self, machine: str) -> Mode | None:
        """The mode on this machine, None when it cannot be done there."""
        for mode in self.modes:  # every schedule that is verified asks for every mode: a generator takes three times as long
            if mode.machine == machine:
                return mode
        return None


@dataclass(frozen=True, slots=True)
class Precedence:
    """`before.run_end + min_lag <= after.start <= before.run_end + max_lag` (no upper end when max_lag is None)."""

    before: str
    after: str
    min_lag: int = 0
    max_lag: int | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """What a person fixed for one operation: its machine, its `start` (of the run), or the operation that it must follow on the
    same machine (`after`: its setup starts at or after the other's `end`; others may come between)."""

    operation: str
    machine: str | None = None
    start: int | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class BaselineStart:
    """Where the published plan has an operation: its machine, where its setup starts and where its run starts.

    `operators` runs parallel to `Operation.crew`; empty when the plan does not say. Who is no longer there is no fault.
    """

    operation: str
    machine: str
    setup_start: int
    start: int
    operators: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Objective:
    """Weights of the terms (see `solver.schedule.Measures`), added up and minimised.

    With `tiers` only what stands in one of them is added up: names of terms, the most important tier first. Then a schedule is
    better when the first tier in which it differs is smaller, however much worse those after it are; see `solver.schedule.rank`.
    Every term with a weight is in exactly one tier, and no other is. Without `tiers` all terms are added up.
    """

    weighted_tardiness: int = 0
    late_orders: int = 0
    makespan: int = 0
    setup: int = 0
    mode_cost: int = 0
    flow_time: int = 0
    churn: int = 0
    tiers: tuple[tuple[str, ...], ...] = ()

    @property
    def weights(self) -> Mapping[str, int]:
        """By term, those without a weight included."""
        return {term: getattr(self, term) for term in TERMS}


@dataclass(frozen=True)
class Problem:
    """The whole frozen question. Every list order is part of it: the position of an operation is its number on the wire.

    `horizon`: end of the time axis; every operation ends at or before it.
    `frozen_until`: operations that the baseline starts (setup included) from tick 0 on and before this tick keep their machine
    and start; every other one that has no actual starts its setup at or after it. An operation that the baseline starts before
    tick 0, but nobody has started, is overdue: it is free from tick 0 on. None: no frozen zone. See `solver.frozen`.
    `churn_tolerance`: an operation whose start is off its baseline by at most so many ticks has not moved.
    """

    name: str
    epoch: str  # ISO 8601 instant with offset, of tick 0
    horizon: int
    cells: tuple[WorkCell, ...]
    machines: tuple[Machine, ...]
    orders: tuple[Order, ...]
    operations: tuple[Operation, ...]
    precedences: tuple[Precedence, ...] = ()
    operators: tuple[Operator, ...] = ()
    setup_matrices: tuple[SetupMatrix, ...] = ()
    pins: tuple[Pin, ...] = ()
    baseline: tuple[BaselineStart, ...] = ()
    frozen_until: int | None = None
    churn_tolerance: int = 0
    objective: Objective = field(default_factory=lambda: Objective(makespan=1))
    tick_seconds: int = 60

    def to_json(self) -> dict[str, Any]:
        """The problem as docs/problem-format.md describes it."""
        return write_record(SCHEMA, self)

    @staticmethod
    def from_json(data: object) -> Problem:
        """The inverse of `to_json`; raises ProblemFormatError with every fault. What it means is for `diagnose` to judge."""
        faults: list[FormatFault] = []
        problem = read_record(SCHEMA, Problem, data, faults)
        if problem is None or faults:
            raise ProblemFormatError(faults)
        return problem

    @cached_property
    def operation_by_id(self) -> Mapping[str, Operation]:
        return {operation.id: operation for operation in self.operations}

    @cached_property
    def machine_by_id(self) -> Mapping[str, Machine]:
        return {machine.id: machine for machine in self.machines}

    @cached_property
    def order_by_id(self) -> Mapping[str, Order]:
        return {order.id: order for order in self.orders}

    @cached_property
    def operator_by_id(self) -> Mapping[str, Operator]:
        return {operator.id: operator for operator in self.operators}

    @cached_property
    def holders_by_skill(self) -> Mapping[str, Sequence[Operator]]:
        """Whoever holds a skill at any level at any time, in their order; nobody where a skill has no entry."""
        holders: dict[str, list[Operator]] = {}
        for operator in self.operators:
            for skill in dict.fromkeys(held.skill for held in operator.skills):
                holders.setdefault(skill, []).append(operator)
        return holders

    @cached_property
    def matrix_by_id(self) -> Mapping[str, SetupMatrix]:
        return {matrix.id: matrix for matrix in self.setup_matrices}

    @cached_property
    def baseline_by_operation(self) -> Mapping[str, BaselineStart]:
        return {start.operation: start for start in self.baseline}


class ProblemFormatError(FormatError):
    """JSON that is not a problem."""


def problem_hash(problem: Problem) -> str:
    """SHA-256, in hex, of the problem's JSON without spaces and with sorted keys: equal exactly for equal problems."""
    return json_hash(problem.to_json())


def json_hash(data: Mapping[str, Any]) -> str:
    """`problem_hash` of the problem whose `to_json` this is."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
