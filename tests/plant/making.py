"""Rows to test with, made in one call each."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from plant.models import (
    Calendar,
    Machine,
    Operation,
    Operator,
    Order,
    Product,
    Routing,
    RoutingStep,
    SetupFamily,
    SetupMatrix,
    Shift,
    Site,
    Skill,
    WorkCell,
)

NOW = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)  # a Wednesday, four days before the clocks of Europe change
HOUR = timedelta(hours=1)


def site(time_zone: str = "Europe/Berlin", country: str = "DE", subdivision: str = "BW") -> Site:
    row = Site.load()
    row.time_zone, row.country, row.subdivision = time_zone, country, subdivision
    row.save()
    return row


def always_open(name: str = "Always open") -> Calendar:
    calendar = Calendar.objects.create(name=name, observes_holidays=False)
    for weekday in range(7):
        Shift.objects.create(calendar=calendar, weekday=weekday, start_time=time(), end_time=time())
    return calendar


def cell(code: str = "TURN", **values: object) -> WorkCell:
    calendar = Calendar.objects.filter(name="Always open").first() or always_open()
    return WorkCell.objects.create(code=code, name=f"Cell {code}", calendar=calendar, **values)


def machine(code: str = "TU-01", at: WorkCell | None = None, **values: object) -> Machine:
    return Machine.objects.create(code=code, name=f"Machine {code}", cell=at or WorkCell.objects.first() or cell(), **values)


def operator(code: str = "101", **values: object) -> Operator:
    calendar = Calendar.objects.first() or always_open()
    return Operator.objects.create(code=code, name=f"Person {code}", calendar=calendar, **values)


def skill(code: str = "WELD") -> Skill:
    return Skill.objects.create(code=code, name=f"Skill {code}")


def family(code: str = "STEEL") -> SetupFamily:
    return SetupFamily.objects.create(code=code, name=f"Family {code}")


def matrix(name: str = "Lathes", default_minutes: int = 30) -> SetupMatrix:
    return SetupMatrix.objects.create(name=name, default_minutes=default_minutes)


def routing(*minutes_per_unit: float, at: WorkCell | None = None, product: str = "P-1") -> Routing:
    """A routing with a step for each of the minutes, all in one cell."""
    made = Routing.objects.create(product=Product.objects.create(code=product, name=f"Product {product}"))
    place = at or WorkCell.objects.first() or cell()
    for number, minutes in enumerate(minutes_per_unit, start=1):
        step(made, number * 10, place, minutes)
    return made


def step(of: Routing, number: int, at: WorkCell, minutes: float = 1, **values: object) -> RoutingStep:
    return RoutingStep.objects.create(
        routing=of, number=number, name=f"Step {number}", cell=at, run_minutes_per_unit=Decimal(str(minutes)), **values
    )


def order(of: Routing | Product, number: str = "4711", quantity: int = 10, **values: object) -> Order:
    product, way = (of.product, of) if isinstance(of, Routing) else (of, None)
    times: dict[str, object] = {"release": NOW, "due": NOW + 48 * HOUR}
    return Order.objects.create(number=number, product=product, routing=way, quantity=quantity, **(times | values))


def operation(of: Order, number: int = 10, **values: object) -> Operation:
    place = WorkCell.objects.first() or cell()
    defaults: dict[str, object] = {"name": f"Operation {number}", "cell": place, "run_minutes": 60}
    return Operation.objects.create(order=of, number=number, **(defaults | values))
