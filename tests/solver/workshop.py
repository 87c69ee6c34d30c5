"""A believable workshop of any size, the same for the same seed: shifts, changeovers, people, lags, limits, maintenance."""

from __future__ import annotations

import random
from dataclasses import dataclass
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

DAY = 1440
FAMILIES = ("steel", "brass", "resin", "copper")
SKILLS = ("turning", "milling", "fitting", "testing")
MACHINES_PER_CELL = 4


@dataclass(frozen=True)
class Workshop:
    """How much of everything; `steps` is the mean number of operations of an order."""

    orders: int = 58
    steps: int = 6
    cells: int = 6
    people: int = 20
    days: int = 28
    seed: int = 1

    def problem(self) -> Problem:
        dice = random.Random(self.seed)
        machines = [self._machine(dice, number) for number in range(self.cells * MACHINES_PER_CELL)]
        orders: list[Order] = []
        operations: list[Operation] = []
        links: list[Precedence] = []
        for number in range(self.orders):
            release = dice.randrange(0, 4 * DAY, 60)
            due = release + dice.randrange(1 * DAY, 9 * DAY, 60)
            orders.append(Order(f"o{number}", f"Order {4700 + number}", max(0, release - DAY), due, weight=dice.randint(1, 5)))
            chain = self._route(dice, f"o{number}", machines)
            for before, after in pairwise(chain):
                wait = dice.choice([0, 0, 0, 30])
                links.append(Precedence(before.id, after.id, wait, 3 * DAY if dice.random() < 0.15 else None))
            operations += chain
        return Problem(
            name=f"Workshop of {len(operations)} operations",
            epoch="2026-03-02T06:00:00+01:00",
            horizon=self.days * DAY,
            cells=tuple(WorkCell(f"c{number}", f"Cell {number}", 12 if number == 2 else None) for number in range(self.cells)),
            machines=tuple(machines),
            orders=tuple(orders),
            operations=tuple(operations),
            precedences=tuple(links),
            operators=tuple(self._person(dice, number) for number in range(self.people)),
            setup_matrices=(SetupMatrix("x", "Changeovers", FAMILIES, _changeovers(dice)),),
            objective=Objective(weighted_tardiness=10, setup=1, makespan=1),
        )

    def _machine(self, dice: random.Random, number: int) -> Machine:
        cell, place = divmod(number, MACHINES_PER_CELL)
        begin = dice.randrange(0, 10 * DAY, 30)
        has_matrix = cell % 2 == 0
        return Machine(
            id=f"m{number}",
            name=f"Machine {number}",
            cell=f"c{cell}",
            windows=_shifts(self.days, (0, 16 * 60) if cell % 3 else (0, DAY), weekend=cell == 0),
            downtime=(Downtime(begin, begin + 240, "inspection"),) if dice.random() < 0.4 else (),
            capacity=3 if not has_matrix and place == 3 else 1,
            setup_matrix="x" if has_matrix else None,
            initial_family=dice.choice(FAMILIES) if has_matrix else None,
        )

    def _route(self, dice: random.Random, order: str, machines: list[Machine]) -> list[Operation]:
        family = dice.choice(FAMILIES)
        steps = dice.randint(self.steps - 2, self.steps + 2)
        return [self._step(dice, (order, number), family, machines) for number in range(steps)]

    def _step(self, dice: random.Random, key: tuple[str, int], family: str, machines: list[Machine]) -> Operation:
        cell = dice.randrange(self.cells)
        able = machines[cell * MACHINES_PER_CELL : (cell + 1) * MACHINES_PER_CELL]
        run = dice.randrange(60, 360, 5)
        modes = [Mode(machine.id, int(run * dice.choice([1, 1, 1.25])), setup=15, cost=dice.randint(0, 3)) for machine in able]
        chosen = dice.sample(modes, dice.choice([1, 2, 2, 3]))
        return Operation(
            id=f"{key[0]}.{key[1]}",
            name=f"Step {key[1]}",
            order=key[0],
            cell=f"c{cell}",
            modes=tuple(sorted(chosen, key=lambda mode: mode.machine)),
            setup_family=family,
            crew=self._crew(dice, cell),
            may_pause=dice.random() < 0.4,
        )

    def _crew(self, dice: random.Random, cell: int) -> tuple[Crew, ...]:
        skill = SKILLS[cell % len(SKILLS)]
        kinds = ((), (Crew(skill, 1, 1, "setup"),), (Crew(skill, 1, 1, "all"),), (Crew(skill, 2, 1, "setup"),))
        return dice.choice(kinds)

    def _person(self, dice: random.Random, number: int) -> Operator:
        begin = (number % 3) * 8 * 60
        skills = dice.sample(SKILLS, 2)
        return Operator(
            id=f"p{number}",
            name=f"Person {number}",
            windows=_shifts(self.days, (begin, begin + 8 * 60), weekend=False),
            skills=tuple(SkillLevel(skill, dice.randint(1, 3)) for skill in sorted({*skills, SKILLS[number % len(SKILLS)]})),
        )


def _shifts(days: int, hours: Interval, *, weekend: bool) -> tuple[Interval, ...]:
    """The same hours each day, from Monday at tick 0 on; shifts that touch are left as they are."""
    return tuple((day * DAY + hours[0], day * DAY + hours[1]) for day in range(days) if weekend or day % 7 < 5)


def _changeovers(dice: random.Random) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(0 if before == after else dice.randrange(20, 120, 5) for after in range(len(FAMILIES)))
        for before in range(len(FAMILIES))
    )
