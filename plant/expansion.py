"""From an order to its operations, by the routing.

Expanding an order again, after its quantity, product or routing changed, keeps the operations it has (their pins and their place
in plans with them) and brings them up to date:

* nothing that has started is touched: an order with a started operation is refused;
* operations that were edited or added by hand are refused, kept or replaced, as the caller says (`edited`); those whose step is
  gone from the routing go with it;
* a link between two operations that stay as they are stays too; all other links within the order are those of the routing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from django.db import transaction

from plant.drafting import TAKEN_OVER, Draft, draft_of, link_after, machines_for, routing_sheet, save_operations, save_parts
from plant.models import Operation, OperationCrew, OperationLink, OperationMode, Order, Routing, RoutingStep

Edited = Literal["refuse", "keep", "replace"]


class ExpansionRefused(ValueError):
    """The order cannot be expanded: one sentence for each reason in `sentences`."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True)
class Expanded:
    """How many operations were made, brought up to date, removed, and left as a person made them."""

    created: int = 0
    updated: int = 0
    removed: int = 0
    kept: int = 0


@transaction.atomic
def expand(order: Order, *, edited: Edited = "refuse") -> Expanded:
    """Make the order's operations or bring them up to date. Raises ExpansionRefused, every reason in it; then nothing changed."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    routing = routing_sheet(order, {})
    existing = list(order.operations.all())
    faults = _faults(order, routing, existing, edited)
    if routing is None or faults:
        raise ExpansionRefused(faults)
    kept = [operation for operation in existing if operation.is_edited] if edited == "keep" else []
    if clashes := _number_clashes(order, routing, kept):
        raise ExpansionRefused(clashes)
    return _bring_up_to_date(order, routing, existing, kept)


@transaction.atomic
def expand_new(orders: Iterable[Order]) -> int:
    """Expand many orders that have no operations yet, in a handful of statements; the number of operations made.

    Raises ExpansionRefused with every reason of every order; then nothing has been made.
    """
    sheets: dict[int, Routing] = {}
    drafts: list[Draft] = []
    links: list[OperationLink] = []
    refused: list[str] = []
    for order in orders:
        routing = routing_sheet(order, sheets)
        faults = _faults(order, routing, [], "refuse")
        if routing is None or faults:
            refused += faults
        else:
            chain = [draft_of(order, routing, step) for step in routing.steps.all()]
            drafts += chain
            links += [link_after(a.step, a.operation, b.operation) for a, b in pairwise(chain)]
    if refused:
        raise ExpansionRefused(refused)
    save_operations(drafts)
    save_parts(drafts, links)
    return len(drafts)


def _bring_up_to_date(order: Order, routing: Routing, existing: list[Operation], kept: list[Operation]) -> Expanded:
    kept_keys = {operation.pk for operation in kept}
    kept_by_step = {operation.step_id: operation for operation in kept if operation.step_id}
    free = {operation.step_id: operation for operation in existing if operation.pk not in kept_keys and operation.step_id}
    steps = list(routing.steps.all())
    drafts = {step.pk: draft_of(order, routing, step) for step in steps if step.pk not in kept_by_step}

    gone = [operation.pk for operation in existing if operation.pk not in kept_keys and operation.step_id not in drafts]
    Operation.objects.filter(pk__in=gone).delete()
    updated = [draft.take_over(free[pk]) for pk, draft in drafts.items() if pk in free]
    Operation.objects.bulk_update(updated, TAKEN_OVER)
    OperationMode.objects.filter(operation__in=updated).delete()
    OperationCrew.objects.filter(operation__in=updated).delete()
    created = [draft for pk, draft in drafts.items() if pk not in free]
    save_operations(created)

    in_sequence = [(step, kept_by_step.get(step.pk) or drafts[step.pk].operation) for step in steps]
    save_parts(list(drafts.values()), _relink(order, in_sequence, kept_keys))
    return Expanded(len(created), len(updated), len(gone), len(kept))


def _relink(order: Order, in_sequence: list[tuple[RoutingStep, Operation]], kept: set[int]) -> list[OperationLink]:
    """Drop the links within the order that are not between kept operations; the routing's links that are to be made."""
    OperationLink.objects.filter(before__order=order, after__order=order).exclude(before__in=kept, after__in=kept).exclude(
        before__step=None
    ).exclude(after__step=None).delete()
    return [
        link_after(step, before, after)
        for (step, before), (_, after) in pairwise(in_sequence)
        if not (before.pk in kept and after.pk in kept)
    ]


def _faults(order: Order, routing: Routing | None, existing: list[Operation], edited: Edited) -> list[str]:
    return [*_order_faults(order, routing, existing, edited), *(_routing_faults(order, routing) if routing else [])]


def _order_faults(order: Order, routing: Routing | None, existing: list[Operation], edited: Edited) -> list[str]:
    faults: list[str] = []
    if order.status in Order.CLOSED:
        faults.append(f"Order {order.number} is {order.get_status_display().lower()}.")
    if routing is None:
        faults.append(
            f"Order {order.number}: {order.product} has no routing for new orders. Name a routing at the order, or switch one on."
        )
    elif not routing.steps.all():
        faults.append(f"Order {order.number}: routing {routing} has no steps.")
    if started := [operation for operation in existing if operation.actual_start]:
        faults.append(f"Order {order.number} has started with {_named(started)}. Change its open operations one by one.")
    by_hand = [operation for operation in existing if operation.is_edited]
    if edited == "refuse" and by_hand:
        faults.append(
            f"Order {order.number} has operations made by hand: {_named(by_hand)}. Say whether to keep or to replace them."
        )
    return faults


def _routing_faults(order: Order, routing: Routing) -> list[str]:
    faults: list[str] = []
    for step in routing.steps.all():
        machines = machines_for(step)
        if not machines:
            faults.append(f"Order {order.number}, “{step.name}” has no machine that can do it.")
        family = step.setup_family or routing.product.setup_family
        needy = [machine.code for machine, _, _ in machines if machine.setup_matrix_id]
        if needy and family is None:
            faults.append(
                f"Order {order.number}, “{step.name}” needs a setup family: changeovers on {', '.join(needy)} depend on it."
            )
    return faults


def _number_clashes(order: Order, routing: Routing, kept: list[Operation]) -> list[str]:
    taken = {operation.number: operation for operation in kept}
    return [
        f"Order {order.number}: {_named([taken[step.number]])} has the number of step “{step.name}”. Give it another one."
        for step in routing.steps.all()
        if step.number in taken and taken[step.number].step_id != step.pk
    ]


def _named(operations: Iterable[Operation]) -> str:
    return ", ".join(f"{operation.number} “{operation.name}”" for operation in operations)
