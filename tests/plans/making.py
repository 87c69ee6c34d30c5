"""A small plant in rows, for tests: one cell, one calendar that is always open, and what each test adds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from plans.drafts import save_draft
from plans.models import Plan
from plans.snapshot import Frozen, freeze, store
from plant.models import (
    Calendar,
    Machine,
    Operation,
    OperationLink,
    OperationMode,
    Operator,
    OperatorSkill,
    Order,
    Product,
    SetupFamily,
    Shift,
    Site,
    Skill,
    WorkCell,
)
from solver.problem import Objective, Problem
from solver.problem import Operation as SolverOperation
from solver.schedule import Assignment, Schedule, measure

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
OBJECTIVE = Objective(weighted_tardiness=1)
HOUR = timedelta(hours=1)


def make_site(time_zone: str = "Europe/Berlin") -> Site:
    site = Site.load()
    site.name, site.time_zone = "Werk 1", time_zone
    site.save()
    return site


def make_calendar(name: str = "Always", start: time = time(0), end: time = time(0), days: int = 7) -> Calendar:
    """Shifts from `start` to `end` on the first `days` of every week; the whole day by default."""
    calendar = Calendar.objects.create(name=name, observes_holidays=False)
    for weekday in range(days):
        Shift.objects.create(calendar=calendar, weekday=weekday, start_time=start, end_time=end)
    return calendar


def make_cell(code: str = "CELL", calendar: Calendar | None = None, **columns: Any) -> WorkCell:
    return WorkCell.objects.create(code=code, name=code.title(), calendar=calendar or make_calendar(), **columns)


def make_machine(cell: WorkCell, code: str = "M1", **columns: Any) -> Machine:
    return Machine.objects.create(code=code, name=f"Machine {code}", cell=cell, **columns)


def make_operator(calendar: Calendar, code: str = "P1", skill: Skill | None = None, **columns: Any) -> Operator:
    operator = Operator.objects.create(code=code, name=f"Person {code}", calendar=calendar, **columns)
    if skill is not None:
        OperatorSkill.objects.create(operator=operator, skill=skill, level=3)
    return operator


def make_skill(code: str = "MILL") -> Skill:
    return Skill.objects.create(code=code, name=code.title())


def make_family(code: str) -> SetupFamily:
    return SetupFamily.objects.create(code=code, name=code.title())


def make_order(number: str = "4711", **columns: Any) -> Order:
    product, _ = Product.objects.get_or_create(code="SHAFT", defaults={"name": "Shaft"})
    dates = {"release": NOW - HOUR, "due": NOW + 48 * HOUR}
    return Order.objects.create(number=number, product=product, **(dates | {"quantity": 10} | columns))


def make_operation(order: Order, machine: Machine, number: int = 10, run_minutes: int = 60, **columns: Any) -> Operation:
    """An operation that one machine can do, after the one before it in the order."""
    before = order.operations.order_by("-number").first()
    operation = Operation.objects.create(
        order=order, cell=machine.cell, number=number, name=f"Step {number}", run_minutes=run_minutes, **columns
    )
    OperationMode.objects.create(operation=operation, machine=machine, run_minutes=run_minutes)
    if before is not None:
        OperationLink.objects.create(before=before, after=operation)
    return operation


def make_plant(orders: int = 1, steps: int = 2) -> Machine:
    """A site, a machine that is always open, and orders for it."""
    make_site()
    machine = make_machine(make_cell())
    for index in range(orders):
        order = make_order(f"47{index:02}")
        for step in range(steps):
            make_operation(order, machine, 10 * (step + 1))
    return machine


def frozen(now: datetime = NOW, **options: Any) -> Frozen:
    return freeze(14, OBJECTIVE, now, **options)


def problem_now(now: datetime = NOW, **options: Any) -> Problem:
    """The problem of the plant as it is; there must be no fault in it."""
    made = frozen(now, **options)
    assert made.faults == ()
    assert made.problem is not None
    return made.problem


def operation_in(problem: Problem, row: Operation) -> SolverOperation:
    return problem.operation_by_id[f"operation:{row.pk}"]


def one_after_the_other(problem: Problem) -> Schedule:
    """All operations on their first machines in a row: legal on machines that are always open and have no setup matrix."""
    tick = 0
    assignments = []
    for operation in problem.operations:
        mode = operation.modes[0]
        start = tick + mode.setup
        run_end = start + mode.run
        end = run_end + mode.teardown
        assignments.append(Assignment(operation.id, mode.machine, tick, start, run_end, end))
        tick = end
    return Schedule(tuple(assignments))


def make_draft(name: str = "", schedule: Schedule | None = None) -> Plan:
    """A draft of the plant as it is."""
    question = frozen()
    assert question.problem is not None
    answer = schedule or one_after_the_other(question.problem)
    return save_draft(store(question), answer, name, None, measure(question.problem, answer))


def day(number: int) -> date:
    return NOW.date() + timedelta(days=number)
