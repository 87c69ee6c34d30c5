"""Plants of work cells, the same for the same seed, with more and more of what makes planning hard. Weighted tardiness counts;
with everything on, setups and the makespan do, too."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise

from solver.problem import (
    Crew,
    Downtime,
    Interval,
    Machine,
    Mode,
    Objective,
    Operation,
    Operator,
    Order,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
    WorkCell,
)

FEATURES = ("calendars", "setups", "people", "lags and limits")
"""What makes planning hard in most plants, each on top of the one before."""

EVERYTHING = (*FEATURES, "all else")
"""With what these leave out: maintenance, pauses, machines with room for several, setups and costs of modes,
crews for the setup alone, levels of skills, and an objective of several terms."""

DAY = 1440
SHIFTS = ((360, 840), (840, 1320))
FAMILIES = ("steel", "brass", "resin", "copper")
MACHINES_PER_CELL = 5
OPERATIONS_PER_MACHINE = 20
STEPS = (3, 8)
RUN_TICKS = (20, 240)
DAYS, BUSY_DAYS = 5, 3
"""Orders are released in the first half of these and due within seven fifths of them. In five days runs take little more than
half of the open time of machines, but few orders can wait, and people are scarcer than machines; in three, nine tenths of it."""


def plant(operations: int, features: Collection[str] = FEATURES, seed: int = 1, days: int = DAYS) -> Problem:
    """About so many operations, a tick a minute. Raises ValueError for features that there are not."""
    unknown = set(features) - set(EVERYTHING)
    if unknown:
        raise ValueError(f"There is no feature {', '.join(sorted(unknown))}; there are {', '.join(EVERYTHING)}.")
    return _Plant(operations, features, random.Random(seed), days).problem()  # noqa: S311 - a benchmark, not a secret


class _Plant:
    def __init__(self, operations: int, features: Collection[str], dice: random.Random, days: int) -> None:
        self._size = operations
        self._features = features
        self._has_all = "all else" in features
        self._dice = dice
        self._cells = max(2, operations // (MACHINES_PER_CELL * OPERATIONS_PER_MACHINE))
        self._days = days
        self._horizon = 6 * days * DAY

    def problem(self) -> Problem:
        machines = [self._machine(number) for number in range(self._cells * MACHINES_PER_CELL)]
        orders, operations, links = list[Order](), list[Operation](), list[Precedence]()
        while len(operations) < self._size:
            order = self._order(len(orders))
            chain = self._chain(order.id, machines)
            waits = [self._dice.choice((0, 0, 30, 60)) if "lags and limits" in self._features else 0 for _ in chain]
            links += [
                Precedence(before.id, after.id, wait, self._longest_wait())
                for (before, after), wait in zip(pairwise(chain), waits, strict=False)
            ]
            orders.append(order)
            operations += chain
        limit = 3 * MACHINES_PER_CELL if "lags and limits" in self._features else None
        return Problem(
            name=f"Plant of {len(operations)} operations with {', '.join(self._features)}",
            epoch="2026-03-02T00:00:00+01:00",
            horizon=self._horizon,
            cells=tuple(WorkCell(f"c{cell}", f"Cell {cell}", wip_limit=limit) for cell in range(self._cells)),
            machines=tuple(machines),
            orders=tuple(orders),
            operations=tuple(operations),
            precedences=tuple(links),
            operators=tuple(self._people()),
            setup_matrices=(self._matrix(),) if "setups" in self._features else (),
            objective=Objective(weighted_tardiness=10, setup=1, makespan=1) if self._has_all else Objective(weighted_tardiness=1),
        )

    def _longest_wait(self) -> int | None:
        is_bound = "lags and limits" in self._features and self._dice.random() < 0.1
        return 4 * DAY if is_bound else None

    def _machine(self, number: int) -> Machine:
        windows: tuple[Interval, ...] = ((0, self._horizon),)
        if "calendars" in self._features:
            windows = tuple((day + SHIFTS[0][0], day + SHIFTS[1][1]) for day in self._working_days())
        matrix = "x" if "setups" in self._features and number % 2 else None
        machine = Machine(f"m{number}", f"Machine {number}", f"c{number // MACHINES_PER_CELL}", windows, setup_matrix=matrix)
        return self._with_stops(machine) if self._has_all else machine

    def _with_stops(self, machine: Machine) -> Machine:
        """Down for four hours now and then; set up for something, or with room for several."""
        begin = self._dice.randrange(0, self._days * DAY, 30)
        return replace(
            machine,
            downtime=(Downtime(begin, begin + 240, "inspection"),) if self._dice.random() < 0.4 else (),
            capacity=1 if machine.setup_matrix or self._dice.random() < 0.7 else 3,
            initial_family=self._dice.choice(FAMILIES) if machine.setup_matrix else None,
        )

    def _working_days(self) -> list[int]:
        """Their beginnings; the first day is a Monday."""
        return [day * DAY for day in range(self._horizon // DAY) if day % 7 < 5]

    def _order(self, number: int) -> Order:
        release = self._dice.randrange(0, self._days * DAY // 2, 60)
        due = release + self._dice.randrange(DAY, self._days * DAY * 7 // 5 - release // 2, 60)
        return Order(f"o{number}", f"Order {number}", release, due, weight=self._dice.choice((1, 1, 1, 2, 2, 5)))

    def _chain(self, order: str, machines: list[Machine]) -> list[Operation]:
        family = self._dice.choice(FAMILIES)
        cell = self._dice.randrange(self._cells)
        chain = []
        for step in range(self._dice.randint(*STEPS)):
            if self._dice.random() < 0.7:
                cell = (cell + 1) % self._cells
            first = cell * MACHINES_PER_CELL
            chosen = self._dice.sample(machines[first : first + MACHINES_PER_CELL], self._dice.randint(1, 3))
            run = self._dice.randrange(*RUN_TICKS, 5)
            modes = tuple(Mode(each.id, max(5, round(run * self._dice.uniform(0.9, 1.2)))) for each in chosen)
            crew = (Crew(f"skill{cell}", phase="all"),) if "people" in self._features else ()
            operation = Operation(
                f"{order}.{step}",
                f"Step {step}",
                order,
                f"c{cell}",
                modes,
                setup_family=family if "setups" in self._features else None,
                crew=crew,
            )
            chain.append(self._with_pauses(operation) if self._has_all else operation)
        return chain

    def _with_pauses(self, operation: Operation) -> Operation:
        """It may pause now and then, every mode has a setup and some a price, and its crew may be there for the setup alone."""
        crew = self._dice.choice(((), operation.crew, *((replace(need, phase="setup"),) for need in operation.crew)))
        return replace(
            operation,
            modes=tuple(replace(mode, setup=15, teardown=5, cost=self._dice.randint(0, 3)) for mode in operation.modes),
            crew=tuple(replace(need, level=self._dice.randint(1, 2)) for need in crew),
            may_pause=self._dice.random() < 0.4,
        )

    def _people(self) -> list[Operator]:
        """For each cell and shift nearly as many as there are machines, each with the skill of the next cell too."""
        if "people" not in self._features:
            return []
        found = []
        for cell in range(self._cells):
            for shift, (begin, end) in enumerate(SHIFTS):
                for number in range(MACHINES_PER_CELL - 1):
                    skills = (self._skill(cell), self._skill((cell + 1) % self._cells))
                    windows = tuple((day + begin, day + end) for day in self._working_days())
                    key = f"p{cell}.{shift}.{number}"
                    found.append(Operator(key, f"Person {key}", windows, skills))
        return found

    def _skill(self, cell: int) -> SkillLevel:
        return SkillLevel(f"skill{cell}", self._dice.randint(1, 3) if self._has_all else 1)

    def _matrix(self) -> SetupMatrix:
        times = tuple(tuple(0 if before == after else 10 + 5 * abs(after - before) for after in range(4)) for before in range(4))
        return SetupMatrix("x", "Changeovers", FAMILIES, times)
