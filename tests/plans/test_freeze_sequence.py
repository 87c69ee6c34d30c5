"""In which order rows stand in the question: by codes, numbers and dates, not by when somebody entered them."""

from __future__ import annotations

import pytest

from plant.models import OperationAttendance, OperationCrew, OperationLink, OperationMode, Order
from tests.plans.making import (
    HOUR,
    NOW,
    frozen,
    make_calendar,
    make_cell,
    make_machine,
    make_operation,
    make_operator,
    make_order,
    make_site,
    make_skill,
    operation_in,
    problem_now,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def backwards() -> Order:
    """An order whose machines, operations and links were entered last first, and another that is due before it."""
    make_site()
    cell = make_cell()
    second, first = (make_machine(cell, code) for code in ("M2", "M1"))
    order = make_order("late", due=NOW + 90 * HOUR)
    later, earlier = (make_operation(order, second, number) for number in (20, 10))
    OperationLink.objects.all().delete()
    OperationMode.objects.create(operation=earlier, machine=first, run_minutes=30)
    soon = make_operation(make_order("soon", due=NOW + 20 * HOUR), first)
    OperationLink.objects.create(before=soon, after=later)
    OperationLink.objects.create(before=earlier, after=soon)
    make_operation(order, first, 30)  # after the one with number 20
    return order


def test_orders_come_by_due_date_and_their_operations_by_number(backwards: Order) -> None:
    problem = problem_now()
    assert [order.name for order in problem.orders] == ["soon", "late"]
    named = [operation.name for operation in problem.operations if operation.order == f"order:{backwards.pk}"]
    assert named == ["Step 10", "Step 20", "Step 30"]


def test_machines_come_by_code_in_every_operation(backwards: Order) -> None:
    problem = problem_now()
    first, second = (machine.id for machine in problem.machines)
    operation = operation_in(problem, backwards.operations.get(number=10))
    assert [(mode.machine, mode.run) for mode in operation.modes] == [(first, 30), (second, 60)]


def test_links_come_by_what_they_begin_with(backwards: Order) -> None:
    starts = [int(link.before.removeprefix("operation:")) for link in problem_now().precedences]
    assert starts == sorted(starts)
    assert len(set(starts)) == 3
    assert starts != list(OperationLink.objects.order_by("pk").values_list("before", flat=True))


def test_who_was_there_comes_by_code() -> None:
    make_site()
    calendar, skill = make_calendar("Early"), make_skill()
    last, first = (make_operator(calendar, code, skill) for code in ("P2", "P1"))
    machine = make_machine(make_cell())
    order = make_order()
    started = make_operation(order, machine, actual_machine=machine, actual_start=NOW - HOUR)
    OperationCrew.objects.create(operation=started, skill=skill)
    for person in (last, first):
        OperationAttendance.objects.create(operation=started, operator=person)
    actual = operation_in(problem_now(), started).actual
    assert actual is not None
    assert actual.operators == ((f"operator:{first.pk}",),)


def test_people_read_products_customers_and_numbers_of_what_is_planned(backwards: Order) -> None:
    Order.objects.filter(pk=backwards.pk).update(customer="Ott & Söhne")
    labels = frozen().labels
    assert labels["orders"][f"order:{backwards.pk}"] == {"product": "Shaft", "customer": "Ott & Söhne"}
    assert {labels["numbers"][f"operation:{operation.pk}"] for operation in backwards.operations.all()} == {10, 20, 30}
