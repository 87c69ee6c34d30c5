"""A flexible shop whose formulation takes CP-SAT long to read: every operation can run on every machine of its cell."""

from __future__ import annotations

from solver.problem import Mode, Operation, Order, Precedence, Problem
from tests.solver.examples import machine, problem

MACHINES = 20
ORDERS = 250
STEPS = 10
HORIZON = 200_000


def big_problem() -> Problem:
    """50,000 ways to do 2,500 operations."""
    machines = tuple(machine(f"m{number}", windows=((0, HORIZON),)) for number in range(MACHINES))
    operations, precedences = [], []
    for order in range(ORDERS):
        for step in range(STEPS):
            modes = tuple(
                Mode(made_on.id, 20 + (7 * order + 11 * step + 3 * place) % 60) for place, made_on in enumerate(machines)
            )
            operations.append(Operation(f"{order}.{step}", f"Step {step}", f"o{order}", "c1", modes))
            if step:
                precedences.append(Precedence(f"{order}.{step - 1}", f"{order}.{step}"))
    orders = tuple(Order(f"o{number}", f"O{number}", due=500 + 13 * number) for number in range(ORDERS))
    shop = {"machines": machines, "orders": orders, "precedences": tuple(precedences), "horizon": HORIZON}
    return problem(*operations, **shop)
