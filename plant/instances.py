"""A plant made from a problem of the literature: always open, a tick is a minute, every order wanted from now on."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

from django.db import transaction

from plant.models import (
    Calendar,
    CrewPhase,
    Machine,
    Operation,
    OperationCrew,
    OperationLink,
    OperationMode,
    Operator,
    OperatorSkill,
    Order,
    Product,
    SetupFamily,
    SetupMatrix,
    SetupTime,
    Shift,
    Site,
    Skill,
    WorkCell,
)
from solver import problem as solver


@transaction.atomic
def load_problem(problem: solver.Problem, now: datetime) -> None:
    """Insert the rows of `problem` into an empty plant, so that its snapshots are that problem from tick 0 on.

    Windows, downtime, pins, actuals and the objective are not taken over: instances have none but the makespan.
    """
    Site.load()
    Site.objects.filter(pk=1).update(name=problem.name, origin=problem.name)
    _InstanceRows(problem, now.replace(second=0, microsecond=0)).insert()


class _InstanceRows:
    """The rows by the ids of the problem."""

    def __init__(self, problem: solver.Problem, now: datetime) -> None:
        self.problem = problem
        self.now = now

    def insert(self) -> None:
        calendar = Calendar.objects.create(name="Always open", observes_holidays=False)
        Shift.objects.bulk_create(
            Shift(calendar=calendar, weekday=weekday, start_time=time(), end_time=time()) for weekday in range(7)
        )
        self._setups()
        self._machines(calendar)
        self._people(calendar)
        self._orders()
        self._operations()

    def _setups(self) -> None:
        named = {family for matrix in self.problem.setup_matrices for family in matrix.families}
        named |= {operation.setup_family for operation in self.problem.operations if operation.setup_family}
        self.families = {
            family: SetupFamily.objects.create(code=f"F{number:03}", name=family)
            for number, family in enumerate(sorted(named), start=1)
        }
        self.matrices = {matrix.id: SetupMatrix.objects.create(name=matrix.name) for matrix in self.problem.setup_matrices}
        SetupTime.objects.bulk_create(
            SetupTime(matrix=self.matrices[matrix.id], from_family=self.families[a], to_family=self.families[b], minutes=minutes)
            for matrix in self.problem.setup_matrices
            for a, row in zip(matrix.families, matrix.times, strict=True)
            for b, minutes in zip(matrix.families, row, strict=True)
        )

    def _machines(self, calendar: Calendar) -> None:
        self.cells = {
            cell.id: WorkCell.objects.create(
                code=f"CELL{place}", name=cell.name, calendar=calendar, wip_limit=cell.wip_limit, position=place
            )
            for place, cell in enumerate(self.problem.cells, start=1)
        }
        rows = Machine.objects.bulk_create(
            Machine(
                code=f"M{place:03}",
                name=machine.name,
                cell=self.cells[machine.cell],
                capacity=machine.capacity,
                setup_matrix=self.matrices[machine.setup_matrix] if machine.setup_matrix else None,
                initial_family=self.families[machine.initial_family] if machine.initial_family else None,
                position=place,
            )
            for place, machine in enumerate(self.problem.machines, start=1)
        )
        self.machines = {machine.id: row for machine, row in zip(self.problem.machines, rows, strict=True)}

    def _people(self, calendar: Calendar) -> None:
        named = sorted({need.skill for operation in self.problem.operations for need in operation.crew})
        rows = Skill.objects.bulk_create(Skill(code=f"S{number:03}", name=skill) for number, skill in enumerate(named, start=1))
        self.skills = dict(zip(named, rows, strict=True))
        people = Operator.objects.bulk_create(
            Operator(code=f"P{number:03}", name=person.name, calendar=calendar)
            for number, person in enumerate(self.problem.operators, start=1)
        )
        OperatorSkill.objects.bulk_create(
            OperatorSkill(operator=row, skill=self.skills[held.skill], level=held.level)
            for person, row in zip(self.problem.operators, people, strict=True)
            for held in person.skills
            if held.skill in self.skills
        )

    def _orders(self) -> None:
        product = Product.objects.create(code=self.problem.name[:30], name=self.problem.name[:100])
        rows = Order.objects.bulk_create(
            Order(
                number=order.name,
                product=product,
                release=self.now,
                due=self.now + timedelta(minutes=self.problem.horizon),
                status=Order.Status.RELEASED,
            )
            for order in self.problem.orders
        )
        self.orders = {order.id: row for order, row in zip(self.problem.orders, rows, strict=True)}

    def _operations(self) -> None:
        place: Counter[str] = Counter()
        rows: list[Operation] = []
        for operation in self.problem.operations:
            place[operation.order] += 1
            rows.append(self._operation(operation, place[operation.order]))
        Operation.objects.bulk_create(rows)
        self.operations = {operation.id: row for operation, row in zip(self.problem.operations, rows, strict=True)}
        OperationMode.objects.bulk_create(
            OperationMode(
                operation=self.operations[operation.id],
                machine=self.machines[mode.machine],
                setup_minutes=mode.setup,
                run_minutes=mode.run,
                teardown_minutes=mode.teardown,
                cost=mode.cost,
            )
            for operation in self.problem.operations
            for mode in operation.modes
        )
        OperationCrew.objects.bulk_create(
            OperationCrew(
                operation=self.operations[operation.id],
                skill=self.skills[need.skill],
                level=need.level,
                count=need.count,
                phase=CrewPhase(need.phase),
            )
            for operation in self.problem.operations
            for need in operation.crew
        )
        OperationLink.objects.bulk_create(
            OperationLink(
                before=self.operations[link.before],
                after=self.operations[link.after],
                min_wait_minutes=link.min_lag,
                max_wait_minutes=link.max_lag,
            )
            for link in self.problem.precedences
        )

    def _operation(self, operation: solver.Operation, number: int) -> Operation:
        return Operation(
            order=self.orders[operation.order],
            number=number,
            name=operation.name,
            cell=self.cells[operation.cell],
            setup_family=self.families[operation.setup_family] if operation.setup_family else None,
            run_minutes=min(mode.run for mode in operation.modes),
            may_pause=operation.may_pause,
        )
