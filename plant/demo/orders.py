"""Rows of the demo's order book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from plant.demo.axis import Axis
from plant.demo.tables import OrderLine
from plant.expansion import expand_new
from plant.models import Operation, Order, Product

# The lines of a larger plant differ a little from those of the first: percentages of the quantity and days of the due date.
QUANTITIES = (100, 85, 110, 95, 120)
DAYS = (0, 0, 1, 0, -1, 2, 1)


def build_orders(lines: list[OrderLine], axis: Axis) -> None:
    """Insert the orders, and operations for all of them."""
    products = {product.code: product for product in Product.objects.prefetch_related("routings")}
    orders = Order.objects.bulk_create([_order(line, axis, products[line.product]) for line in lines])
    expand_new(orders)
    for line, order in zip(lines, orders, strict=True):
        if line.held:
            Operation.objects.filter(order_id=order.pk, name=line.held).update(is_held=True)


def scaled(lines: list[OrderLine], scale: int) -> Iterator[OrderLine]:
    """The order book once for each hall, each time a little different."""
    last = max(line.number for line in lines)
    yield from lines
    for copy in range(1, scale):
        for place, line in enumerate(lines):
            turn = copy * 7 + place
            yield replace(
                line,
                number=last + (copy - 1) * len(lines) + place + 1,
                hall=copy + 1,
                quantity=max(1, line.quantity * QUANTITIES[turn % len(QUANTITIES)] // 100),
                due_day=max(1, line.due_day + DAYS[turn % len(DAYS)]),
                held="",
                status="",
                deadline_day=None,
                notes="",
            )


def _order(line: OrderLine, axis: Axis, product: Product) -> Order:
    begun = line.finished_steps > 0 or line.next_has_started
    waits = Order.Status.RELEASED if line.release_day <= 0 else Order.Status.PLANNED
    return Order(
        number=str(line.number),
        product=product,
        routing=sorted(product.routings.all(), key=lambda routing: routing.pk)[line.hall - 1],
        quantity=line.quantity,
        release=axis.at(axis.day(line.release_day), "06:00"),
        due=axis.at(axis.day(line.due_day), "18:00"),
        deadline=None if line.deadline_day is None else axis.at(axis.day(line.deadline_day), "22:00"),
        weight=line.weight,
        status=line.status or (Order.Status.IN_PROGRESS if begun else waits),
        customer=line.customer,
        notes=line.notes,
    )
