"""The same problem in other words: renamed, at another time, with its lists in another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from solver.problem import BaselineStart, Interval, Operation, Problem, SetupMatrix
from tests.solver.drawing import Draw

Row = TypeVar("Row")


INSTANTS = {
    *("horizon", "frozen_until", "windows", "release", "due", "deadline", "valid_from", "valid_until"),
    *("setup_start", "start", "run_end", "end", "pauses"),
}
"""The fields that hold ticks of the time axis; all others that are numbers hold lengths, costs or counts."""


def new_names(problem: Problem) -> dict[str, str]:
    """For every id, skill and family another one; what came first in the alphabet comes last."""
    tables = (problem.cells, problem.machines, problem.orders, problem.operations, problem.operators, problem.setup_matrices)
    names = {row.id for table in tables for row in table}
    names |= {held.skill for person in problem.operators for held in person.skills}
    names |= {need.skill for operation in problem.operations for need in operation.crew}
    names |= {family for matrix in problem.setup_matrices for family in matrix.families}
    names |= {operation.setup_family for operation in problem.operations if operation.setup_family is not None}
    return {name: f"n{len(names) - number:04}" for number, name in enumerate(sorted(names))}


def renamed(row: Row, names: Mapping[str, str]) -> Row:
    """A problem or a schedule with its ids exchanged, in the same order."""
    found: Row = _changed(row, lambda _, value: names.get(value, value) if isinstance(value, str) else value)
    return found


def later(row: Row, ticks: int) -> Row:
    """A problem or a schedule so many ticks later, when nothing has happened yet and nothing is overdue.

    It means the same: before the first tick of the old time axis no machine is open, so that nothing can begin. The objective
    grows by `ticks` times the weight of the makespan; the other terms count from a release, a due date or a baseline.
    """
    if isinstance(row, Problem):
        row = replace(row, machines=tuple(replace(each, windows=tuple(_from_now_on(each.windows))) for each in row.machines))
    found: Row = _changed(row, lambda name, value: value + ticks if name in INSTANTS and isinstance(value, int) else value)
    return found


def _from_now_on(windows: tuple[Interval, ...]) -> Iterator[Interval]:
    return ((max(0, begin), end) for begin, end in windows if end > 0)


def _changed(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """With every number and text in it changed; `change` gets the name of the field, too."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _changed(getattr(value, each.name), change, each.name) for each in fields(value)})
    if isinstance(value, tuple):
        return tuple(_changed(item, change, name) for item in value)
    return change(name, value)


@st.composite
def reordered(draw: Draw, problem: Problem) -> Problem:
    """Every list in another order, as far as its order says nothing."""
    return replace(
        problem,
        cells=_shuffled(draw, problem.cells),
        machines=tuple(replace(each, downtime=each.downtime[::-1]) for each in _shuffled(draw, problem.machines)),
        orders=_shuffled(draw, problem.orders),
        operations=tuple(
            each if each.actual else replace(each, modes=_shuffled(draw, each.modes), crew=each.crew[::-1])
            for each in _facts_in_order(_shuffled(draw, problem.operations), problem)
        ),
        precedences=_shuffled(draw, problem.precedences),
        operators=tuple(replace(each, skills=each.skills[::-1]) for each in _shuffled(draw, problem.operators)),
        setup_matrices=tuple(_other_way_round(each) for each in _shuffled(draw, problem.setup_matrices)),
        pins=_shuffled(draw, problem.pins),
        baseline=tuple(_with_crew_reversed(each, problem) for each in _shuffled(draw, problem.baseline)),
    )


def _shuffled(draw: Draw, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(draw(st.permutations(rows)))


def _with_crew_reversed(planned: BaselineStart, problem: Problem) -> BaselineStart:
    """As the crew of its operation is."""
    return planned if problem.operation_by_id[planned.operation].actual else replace(planned, operators=planned.operators[::-1])


def _facts_in_order(operations: tuple[Operation, ...], problem: Problem) -> Iterator[Operation]:
    """Of reports that are the same, the one further down says what the machine is set up for."""
    facts = iter(each for each in problem.operations if each.actual)
    return (next(facts) if each.actual else each for each in operations)


def _other_way_round(matrix: SetupMatrix) -> SetupMatrix:
    return replace(matrix, families=matrix.families[::-1], times=tuple(row[::-1] for row in matrix.times[::-1]))
