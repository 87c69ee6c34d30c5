"""From routes of (machine, ticks) alternatives to a Problem: one cell, machines that are always open, makespan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solver.problem import Machine, Mode, Operation, Order, Precedence, Problem, SetupMatrix, WorkCell

EPOCH = "2024-01-01T00:00:00+00:00"  # instances know no dates; a Monday reads well on a time axis

Alternatives = tuple[tuple[int, int], ...]  # (machine from 0, run ticks)


@dataclass(frozen=True, slots=True)
class Shop:
    """`routes[order][operation]` are alternatives. With changeovers: `families[order]` and one square
    `changeovers[machine][from][to]`, both empty without."""

    name: str
    machines: int
    routes: Sequence[Sequence[Alternatives]]
    families: Sequence[int] = ()
    changeovers: Sequence[Sequence[Sequence[int]]] = ()

    def problem(self) -> Problem:
        """A Problem whose horizon lets all operations run one after another."""
        horizon = self._horizon()
        return Problem(
            name=self.name,
            epoch=EPOCH,
            horizon=horizon,
            cells=(WorkCell("shop", "Shop"),),
            machines=tuple(self._machine(machine, horizon) for machine in range(self.machines)),
            orders=tuple(Order(f"order-{order + 1}", f"Order {order + 1}") for order in range(len(self.routes))),
            operations=tuple(self._operations()),
            precedences=tuple(
                Precedence(_operation_id(order, step), _operation_id(order, step + 1))
                for order, route in enumerate(self.routes)
                for step in range(len(route) - 1)
            ),
            setup_matrices=tuple(self._matrix(machine) for machine in range(len(self.changeovers))),
        )

    def _horizon(self) -> int:
        longest_changeover = max((ticks for matrix in self.changeovers for row in matrix for ticks in row), default=0)
        return max(1, sum(max(ticks for _, ticks in step) + longest_changeover for route in self.routes for step in route))

    def _machine(self, machine: int, horizon: int) -> Machine:
        matrix = _matrix_id(machine) if self.changeovers else None
        return Machine(_machine_id(machine), f"Machine {machine + 1}", "shop", ((0, horizon),), setup_matrix=matrix)

    def _operations(self) -> list[Operation]:
        return [
            Operation(
                id=_operation_id(order, step),
                name=f"{order + 1}.{step + 1}",
                order=f"order-{order + 1}",
                cell="shop",
                modes=tuple(Mode(_machine_id(machine), ticks) for machine, ticks in alternatives),
                setup_family=_family_id(self.families[order]) if self.families else None,
            )
            for order, route in enumerate(self.routes)
            for step, alternatives in enumerate(route)
        ]

    def _matrix(self, machine: int) -> SetupMatrix:
        times = tuple(tuple(row) for row in self.changeovers[machine])
        families = tuple(_family_id(family) for family in range(len(times)))
        return SetupMatrix(_matrix_id(machine), f"Changeovers of machine {machine + 1}", families, times)


def _operation_id(order: int, step: int) -> str:
    return f"operation-{order + 1}-{step + 1}"


def _machine_id(machine: int) -> str:
    return f"machine-{machine + 1}"


def _matrix_id(machine: int) -> str:
    return f"matrix-{machine + 1}"


def _family_id(family: int) -> str:
    return f"family-{family + 1}"
