"""What a routing asks for, as operations that are not saved yet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from plant.models import (
    Machine,
    Operation,
    OperationCrew,
    OperationLink,
    OperationMode,
    Order,
    Routing,
    RoutingStep,
    StepAlternative,
)

TAKEN_OVER = [
    "number",
    "name",
    "cell",
    "setup_family",
    "setup_minutes",
    "run_minutes",
    "teardown_minutes",
    "may_pause",
    "is_edited",
]


@dataclass(slots=True)
class Draft:
    """An operation as the routing wants it, with its machines and crew; none of the rows is saved."""

    step: RoutingStep
    operation: Operation
    modes: list[OperationMode]
    crew: list[OperationCrew]

    def take_over(self, operation: Operation) -> Operation:
        """Bring a saved operation up to date in memory and make it the one that the draft's rows belong to."""
        for name in TAKEN_OVER:
            setattr(operation, name, getattr(self.operation, name))
        self.operation = operation
        for mode in self.modes:
            mode.operation = operation
        for crew in self.crew:
            crew.operation = operation
        return operation


def save_operations(drafts: list[Draft]) -> None:
    """Insert the operations."""
    Operation.objects.bulk_create([draft.operation for draft in drafts])


def save_parts(drafts: list[Draft], links: list[OperationLink]) -> None:
    """Insert machines, crews and links of operations that are saved, each kind of row in one statement."""
    OperationMode.objects.bulk_create([mode for draft in drafts for mode in draft.modes])
    OperationCrew.objects.bulk_create([crew for draft in drafts for crew in draft.crew])
    OperationLink.objects.bulk_create(links)


def run_minutes(per_unit: Decimal, quantity: int, speed_percent: int = 100, efficiency_percent: int = 100) -> int:
    """Minutes to run `quantity` pieces, rounded up to whole ones."""
    return math.ceil(Fraction(per_unit) * quantity * 100 * 100 / (speed_percent * efficiency_percent))


def draft_of(order: Order, routing: Routing, step: RoutingStep) -> Draft:
    """The operation of `order` for one step of its routing sheet."""
    operation = Operation(
        order=order,
        step=step,
        number=step.number,
        name=step.name,
        cell=step.cell,
        setup_family=step.setup_family or routing.product.setup_family,
        setup_minutes=step.setup_minutes,
        run_minutes=run_minutes(step.run_minutes_per_unit, order.quantity),
        teardown_minutes=step.teardown_minutes,
        may_pause=step.may_pause,
    )
    modes = [_mode(operation, step, machine, speed, cost) for machine, speed, cost in machines_for(step)]
    crew = [
        OperationCrew(operation=operation, skill_id=need.skill_id, level=need.level, count=need.count, phase=need.phase)
        for need in step.crew.all()
    ]
    return Draft(step, operation, modes, crew)


def _mode(operation: Operation, step: RoutingStep, machine: Machine, speed_percent: int, cost: int) -> OperationMode:
    quantity = operation.order.quantity
    return OperationMode(
        operation=operation,
        machine=machine,
        setup_minutes=step.setup_minutes,
        run_minutes=run_minutes(step.run_minutes_per_unit, quantity, speed_percent, machine.efficiency_percent),
        teardown_minutes=step.teardown_minutes,
        cost=cost,
    )


def machines_for(step: RoutingStep) -> list[tuple[Machine, int, int]]:
    """Active machines of the step's cell that can do it, with speed in per cent and cost.

    A machine that is named counts before one that is only in a group; of several groups the cheapest, then the fastest, counts.
    """
    alternatives = list(step.alternatives.all())
    if not alternatives:
        return [(machine, 100, 0) for machine in step.cell.machines.all() if machine.is_active]
    chosen: dict[int, tuple[Machine, int, int]] = {}
    for alternative in sorted(alternatives, key=_rank):
        named = (
            [alternative.machine] if alternative.machine else list(alternative.group.machines.all()) if alternative.group else []
        )
        for machine in named:
            if machine.is_active and machine.cell_id == step.cell_id:
                chosen.setdefault(machine.pk, (machine, alternative.speed_percent, alternative.cost))
    return list(chosen.values())


def _rank(alternative: StepAlternative) -> tuple[bool, int, int]:
    return alternative.machine_id is None, alternative.cost, -alternative.speed_percent


def link_after(step: RoutingStep, before: Operation, after: Operation) -> OperationLink:
    """The link from a step's operation to that of the next step, with the step's waits."""
    return OperationLink(
        before=before, after=after, min_wait_minutes=step.min_wait_minutes, max_wait_minutes=step.max_wait_minutes
    )


def routing_sheet(order: Order, sheets: dict[int, Routing]) -> Routing | None:
    """The order's routing with all that expansion reads; `sheets` remembers them by routing."""
    routing = order.routing or order.product.routing_for_new_orders
    if routing is None:
        return None
    if routing.pk not in sheets:
        sheets[routing.pk] = (
            Routing.objects.select_related("product__setup_family")
            .prefetch_related(
                "steps__setup_family",
                "steps__cell__machines",
                "steps__crew",
                "steps__alternatives__machine",
                "steps__alternatives__group__machines",
            )
            .get(pk=routing.pk)
        )
    return sheets[routing.pk]
