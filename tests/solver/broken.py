"""Hypothesis strategies of problems that are none.

`broken_problems()` a sensible problem with a few fields that are not
`nonsense()`        values of the right types that mean nothing
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from solver.problem import (
    Actual,
    BaselineStart,
    Crew,
    Downtime,
    Machine,
    Mode,
    Objective,
    Operation,
    Operator,
    Order,
    Pin,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
    WorkCell,
)
from tests.solver.drawing import Draw
from tests.solver.strategies import problems


def nonsense() -> st.SearchStrategy[Problem]:
    """Problems of the right types in which hardly anything fits anything."""
    key = st.sampled_from(["a", "b", "c", ""])
    number = st.one_of(st.integers(-5, 30), st.integers(-(2**70), 2**70))
    maybe = st.one_of(st.none(), number)
    windows = st.lists(st.tuples(number, number), max_size=3).map(tuple)
    return st.builds(
        Problem,
        name=st.text(max_size=5),
        epoch=st.sampled_from(["2026-03-02T06:00:00+01:00", "2026-03-02T06:00:00", "yesterday"]),
        horizon=number,
        cells=_rows(WorkCell, id=key, name=key, wip_limit=maybe),
        machines=_rows(
            Machine,
            id=key,
            name=key,
            cell=key,
            windows=windows,
            downtime=_rows(Downtime, start=number, end=number),
            capacity=number,
            setup_matrix=st.one_of(st.none(), key),
            initial_family=st.one_of(st.none(), key),
        ),
        orders=_rows(Order, id=key, name=key, release=number, due=maybe, deadline=maybe, weight=number),
        operations=_rows(
            Operation,
            id=key,
            name=key,
            order=key,
            cell=key,
            modes=_rows(Mode, machine=key, run=number, setup=number, teardown=number, cost=number),
            setup_family=st.one_of(st.none(), key),
            crew=_rows(Crew, skill=key, level=number, count=number, phase=st.sampled_from(["setup", "all"])),
            may_pause=st.booleans(),
            release=number,
            actual=st.one_of(st.none(), _nonsense_actuals(key, number, maybe)),
        ),
        precedences=_rows(Precedence, before=key, after=key, min_lag=number, max_lag=maybe),
        operators=_rows(
            Operator,
            id=key,
            name=key,
            windows=windows,
            skills=_rows(SkillLevel, skill=key, level=number, valid_from=maybe, valid_until=maybe),
        ),
        setup_matrices=_rows(
            SetupMatrix,
            id=key,
            name=key,
            families=st.lists(key, max_size=3).map(tuple),
            times=st.lists(st.lists(number, max_size=3).map(tuple), max_size=3).map(tuple),
        ),
        pins=_rows(Pin, operation=key, machine=st.one_of(st.none(), key), start=maybe, after=st.one_of(st.none(), key)),
        baseline=_rows(BaselineStart, operation=key, machine=key, setup_start=number, start=number),
        frozen_until=maybe,
        churn_tolerance=number,
        objective=st.builds(Objective, makespan=number, churn=number),
        tick_seconds=number,
    )


def _nonsense_actuals(
    key: st.SearchStrategy[str], number: st.SearchStrategy[int], maybe: st.SearchStrategy[int | None]
) -> st.SearchStrategy[Actual]:
    people = st.lists(st.lists(key, max_size=2).map(tuple), max_size=2).map(tuple)
    return st.builds(Actual, machine=key, setup_start=number, start=number, end=maybe, remaining=number, operators=people)


def _rows(kind: Callable[..., Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.builds(kind, **fields), max_size=3).map(tuple)


@st.composite
def broken_problems(draw: Draw) -> Problem:
    """A sensible problem in which up to three fields of rows have got other values, of the right type but out of place."""
    problem: Problem = draw(problems())
    for _ in range(draw(st.integers(1, 3))):
        tables = [each.name for each in fields(Problem) if isinstance(getattr(problem, each.name), tuple)]
        table = draw(st.sampled_from(tables))
        rows = list(getattr(problem, table))
        if rows:
            index = draw(st.integers(0, len(rows) - 1))
            rows[index] = _with_field_out_of_place(draw, rows[index])
            changes: dict[str, Any] = {table: tuple(rows)}
            problem = replace(problem, **changes)
    return problem


def _with_field_out_of_place(draw: Draw, row: Any) -> Any:
    field = draw(st.sampled_from(fields(row)))
    value = getattr(row, field.name)
    kind = str(field.type).removesuffix(" | None")
    others: dict[str, list[Any]] = {
        "bool": [True, False],
        "int": [-1000, -1, 0, 1, 7, 1000],
        "str": ["", "nowhere", "m0", "c0", "o0", "o0.0", "p0", "brass"],
    }
    if isinstance(value, tuple):
        others[kind] = [(), value[::-1], value[:1], value + value]
    return replace(row, **{field.name: draw(st.sampled_from(others.get(kind, [value])))})
