"""Flexible shops as a Hypothesis strategy: what tabu search takes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st

from solver.problem import Mode, Objective, Operation, Order, Precedence, Problem, SetupMatrix
from tests.solver.drawing import Draw
from tests.solver.examples import machine, operation, problem

FAMILIES = ("steel", "brass")


@st.composite
def shops(draw: Draw) -> Problem:
    """Flexible shops with changeovers, teardown, waits and releases, and nothing wrong with them."""
    matrix = SetupMatrix("x", "Changeovers", FAMILIES, tuple(tuple(draw(st.integers(0, 9)) for _ in FAMILIES) for _ in FAMILIES))
    machines = tuple(
        machine(
            f"m{number}", setup_matrix=matrix_id, initial_family=draw(st.sampled_from([None, *FAMILIES])) if matrix_id else None
        )
        for number in range(draw(st.integers(1, 3)))
        for matrix_id in [draw(st.sampled_from([None, "x"]))]
    )
    orders, operations, links = list[Order](), list[Operation](), list[Precedence]()
    for order in range(draw(st.integers(1, 4))):
        orders.append(Order(f"o{order}", f"O{order}", release=draw(st.integers(0, 20))))
        chain = []
        for step in range(draw(st.integers(1, 4))):
            chosen = draw(st.lists(st.sampled_from(machines), min_size=1, unique_by=lambda each: each.id))
            modes = tuple(
                Mode(each.id, draw(st.integers(1, 20)), setup=draw(st.integers(0, 3)), teardown=draw(st.integers(0, 3)))
                for each in chosen
            )
            has_changeovers = any(each.setup_matrix for each in chosen)
            family = draw(st.sampled_from(FAMILIES if has_changeovers else [None, *FAMILIES]))
            chain.append(operation(f"o{order}.{step}", order=f"o{order}", modes=modes, setup_family=family))
        links += [Precedence(before.id, after.id, draw(st.integers(0, 5))) for before, after in pairwise(chain)]
        operations += chain
    return replace(
        problem(*operations, machines=machines, orders=tuple(orders)),
        precedences=tuple(links),
        setup_matrices=(matrix,),
        objective=Objective(makespan=1),
    )
