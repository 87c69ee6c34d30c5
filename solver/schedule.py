"""An answer: one assignment for every operation, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

from solver.problem import Interval


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where and when one operation happens, in ticks; the phases are drawn in `solver.problem`.

    `operators` runs parallel to `Operation.crew`: the people who fill each requirement. A requirement for the setup of an
    operation whose setup takes no time is filled by nobody. `pauses`: every stretch within [setup_start, end) in which work stands still.
    """

    operation: str
    machine: str
    setup_start: int
    start: int
    run_end: int
    end: int
    operators: tuple[tuple[str, ...], ...] = ()
    pauses: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Measures:
    """The terms of the objective, unweighted, in ticks unless said otherwise.

    weighted_tardiness  sum over orders with a due date of weight × max(0, completion − due)
    late_orders         number of orders completed after their due date
    makespan            latest run_end of all operations (0 when all is in the past)
    setup               working ticks spent on setups and changeovers of operations without an actual
    mode_cost           sum of the costs of the chosen modes
    flow_time           sum over orders of completion − release
    churn               number of operations whose machine differs from the baseline or whose start is off by more than the tolerance

    An order's completion is the latest `run_end` of its operations.
    """

    weighted_tardiness: int
    late_orders: int
    makespan: int
    setup: int
    mode_cost: int
    flow_time: int
    churn: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Schedule:
    """One assignment for each operation of the problem, done and started ones included, in the problem's order."""

    assignments: tuple[Assignment, ...]

    @cached_property
    def by_operation(self) -> Mapping[str, Assignment]:
        return {assignment.operation: assignment for assignment in self.assignments}
