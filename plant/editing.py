"""Changing single operations by hand, and reporting that they are done."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from django.db import transaction

from plant.models import Machine, Operation, OperationLink, OperationMode, Order


class NotPossible(ValueError):
    """What was asked of an operation or order cannot be done; the message is a sentence for the planner."""


def retime(operation: Operation, before: Operation) -> None:
    """Carry a change of the operation's planned times over to its machines: each keeps its speed. `before`: the row as it was."""
    modes = list(operation.modes.all())
    for mode in modes:
        mode.run_minutes = _in_proportion(mode.run_minutes, operation.run_minutes, before.run_minutes)
        mode.setup_minutes = _in_proportion(mode.setup_minutes, operation.setup_minutes, before.setup_minutes)
        mode.teardown_minutes = _in_proportion(mode.teardown_minutes, operation.teardown_minutes, before.teardown_minutes)
    OperationMode.objects.bulk_update(modes, ["run_minutes", "setup_minutes", "teardown_minutes"])


def give_machines(operation: Operation) -> None:
    """Let every active machine of its cell do an operation that was added by hand."""
    OperationMode.objects.bulk_create(
        OperationMode(
            operation=operation,
            machine=machine,
            setup_minutes=operation.setup_minutes,
            run_minutes=math.ceil(Fraction(operation.run_minutes * 100, machine.efficiency_percent)),
            teardown_minutes=operation.teardown_minutes,
        )
        for machine in Machine.objects.filter(cell=operation.cell_id, is_active=True)
    )


def put_in_sequence(operation: Operation) -> None:
    """Link an operation that was added by hand to those before and after it by number."""
    others = operation.order.operations.exclude(pk=operation.pk)
    before = others.filter(number__lt=operation.number).last()
    after = others.filter(number__gt=operation.number).first()
    links = [(before, operation), (operation, after)]
    OperationLink.objects.bulk_create(OperationLink(before=a, after=b) for a, b in links if a and b)


def mark_edited(operations: Iterable[int]) -> None:
    """Remember that people changed these operations (primary keys), so that expanding their orders again leaves them alone."""
    Operation.objects.filter(pk__in=operations).update(is_edited=True)


@transaction.atomic
def finish_operation(operation: Operation, at: datetime) -> None:
    """Report that a started operation is done. Raises NotPossible."""
    operation = Operation.objects.select_for_update(of=("self",)).select_related("order").get(pk=operation.pk)
    if operation.actual_start is None:
        raise NotPossible(f"{operation} has not started. Enter where and when it started first.")
    if operation.actual_end is not None:
        raise NotPossible(f"{operation} is done already.")
    if operation.actual_start >= at:
        raise NotPossible(f"{operation} starts in the future by its report. Mend that first.")
    operation.actual_end = at
    operation.done_quantity = operation.order.quantity
    operation.save(update_fields=["actual_end", "done_quantity"])


@transaction.atomic
def hold_operation(operation: Operation) -> None:
    """Keep an operation out of plans. Raises NotPossible when it has started."""
    if not Operation.objects.filter(pk=operation.pk, actual_start=None).update(is_held=True):
        raise NotPossible(f"{operation} has started already; only what has not started can be held.")


@transaction.atomic
def close_order(order: Order) -> None:
    """Set an order done whose operations all are. Raises NotPossible."""
    missing = order.operations.filter(actual_end=None).count()
    if missing:
        raise NotPossible(f"Order {order.number} is not done: {missing} of its operations are not finished.")
    if not Order.objects.filter(pk=order.pk).exclude(status=Order.Status.CANCELLED).update(status=Order.Status.DONE):
        raise NotPossible(f"Order {order.number} is cancelled.")


def _in_proportion(minutes: int, now: int, before: int) -> int:
    return math.ceil(Fraction(minutes * now, before)) if before else max(now, minutes)
