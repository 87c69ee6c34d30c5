"""Short ways to write small problems and schedules in tests: what is not said has the plainest value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from solver.problem import Machine, Mode, Operation, Operator, Order, Problem, SkillLevel, WorkCell
from solver.schedule import Assignment, Schedule

DAY = ((0, 1000),)


def machine(key: str = "m1", **changes: Any) -> Machine:
    """A machine in cell "c1" that is open during [0, 1000)."""
    return replace(Machine(id=key, name=key.upper(), cell="c1", windows=DAY), **changes)


def operator(key: str = "ada", *skills: str, **changes: Any) -> Operator:
    """A person who is there during [0, 1000) and holds the skills named."""
    return replace(Operator(id=key, name=key.title(), windows=DAY, skills=tuple(map(SkillLevel, skills))), **changes)


def operation(key: str = "a", run: int = 10, **changes: Any) -> Operation:
    """An operation of order "o1" in cell "c1", on machine "m1" unless `modes` says otherwise."""
    plain = Operation(id=key, name=f"Step {key}", order="o1", cell="c1", modes=(Mode(machine="m1", run=run),))
    return replace(plain, **changes)


def problem(*operations: Operation, **changes: Any) -> Problem:
    """A problem of these operations with machine "m1" in cell "c1" and whatever orders they name; tick 1000 is the horizon."""
    orders = tuple(Order(id=key, name=key.upper()) for key in dict.fromkeys(operation.order for operation in operations))
    plain = Problem(
        name="example",
        epoch="2026-03-02T06:00:00+01:00",
        horizon=1000,
        cells=(WorkCell("c1", "Cell 1"),),
        machines=(machine(),),
        orders=orders,
        operations=operations,
    )
    return replace(plain, **changes)


def assignment(key: str, start: int, run_end: int, **changes: Any) -> Assignment:
    """A run during [start, run_end) on machine "m1", without setup and teardown."""
    plain = Assignment(operation=key, machine="m1", setup_start=start, start=start, run_end=run_end, end=run_end)
    return replace(plain, **changes)


def schedule(*assignments: Assignment) -> Schedule:
    return Schedule(assignments)
