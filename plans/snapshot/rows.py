"""Everything the database has to say about one question, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from plans.models import Placement, Plan
from plant.models import (
    Absence,
    Calendar,
    Downtime,
    Machine,
    Operation,
    OperationAttendance,
    OperationCrew,
    OperationLink,
    OperationMode,
    Operator,
    OperatorSkill,
    Order,
    SetupFamily,
    SetupMatrix,
    Skill,
    WorkCell,
)


@dataclass(frozen=True, slots=True)
class WorkRows:
    """What is to be made. `links` lead to operations of `orders`; they may come from operations of other orders."""

    orders: Sequence[Order]
    links: Sequence[OperationLink]

    @classmethod
    def read(cls, released_before: datetime) -> WorkRows:
        """Open orders released before the given instant, with operations, by due date; without those whose work is all done."""
        operations = Operation.objects.order_by("number", "pk").prefetch_related(
            Prefetch("modes", OperationMode.objects.order_by("machine__code", "pk")),
            Prefetch("crew", OperationCrew.objects.order_by("pk")),
            Prefetch("attendances", OperationAttendance.objects.order_by("operator__code", "pk")),
        )
        orders = (
            Order.objects.filter(status__in=Order.TO_PLAN, release__lt=released_before)
            .select_related("product")
            .prefetch_related(Prefetch("operations", operations))
            .order_by("due", "number", "pk")
        )
        unfinished = [order for order in orders if not is_finished(order)]
        return cls(unfinished, cls._links(unfinished))

    @staticmethod
    def _links(orders: Sequence[Order]) -> Sequence[OperationLink]:
        links = OperationLink.objects.filter(after__order__in=orders).select_related("before__order")
        return list(links.order_by("before_id", "after_id"))


@dataclass(frozen=True, slots=True)
class PlantRows:
    """What there is to work with. `last_families`: by machine, the setup family of the operation that it worked on last."""

    calendars: Sequence[Calendar]
    cells: Sequence[WorkCell]
    machines: Sequence[Machine]
    downtimes: Sequence[Downtime]
    families: Mapping[int, SetupFamily]
    matrices: Sequence[SetupMatrix]
    last_families: Mapping[int, int | None]
    skills: Mapping[int, Skill]
    operators: Sequence[Operator]

    def followed_calendars(self) -> Sequence[Calendar]:
        """Those that a machine or a person works by."""
        followed = {machine_calendar(machine) for machine in self.machines} | {
            operator.calendar_id for operator in self.operators
        }
        return [calendar for calendar in self.calendars if calendar.pk in followed]

    @classmethod
    def read(cls, begin: datetime, end: datetime) -> PlantRows:
        """All of the plant; downtimes and absences that touch [begin, end)."""
        within = {"start__lt": end, "end__gt": begin}
        worked = Operation.objects.filter(actual_start__isnull=False, actual_machine__setup_matrix__isnull=False)
        last = worked.order_by("actual_machine", "-actual_start", "-pk").distinct("actual_machine")
        return cls(
            calendars=list(Calendar.objects.order_by("pk")),
            cells=list(WorkCell.objects.order_by("position", "code")),
            machines=list(Machine.objects.order_by("cell__position", "cell__code", "position", "code").select_related("cell")),
            downtimes=list(Downtime.objects.filter(**within).order_by("start", "pk")),
            families=SetupFamily.objects.in_bulk(),
            matrices=list(SetupMatrix.objects.prefetch_related("times").order_by("pk")),
            last_families=dict(last.values_list("actual_machine", "setup_family")),
            skills=Skill.objects.in_bulk(),
            operators=list(
                Operator.objects.filter(is_active=True)
                .prefetch_related(
                    Prefetch("skills", OperatorSkill.objects.order_by("skill__code", "valid_from", "pk")),
                    Prefetch("absences", Absence.objects.filter(**within).order_by("start")),
                )
                .order_by("code")
            ),
        )


def published_placements() -> Sequence[Placement]:
    """What the shop floor works to now: the baseline of the next plan."""
    return list(Placement.objects.filter(plan__state=Plan.State.PUBLISHED).order_by("operation_key"))


def machine_calendar(machine: Machine) -> int:
    """Primary key of its own calendar, or of its cell's."""
    return machine.calendar_id or machine.cell.calendar_id


def is_finished(order: Order) -> bool:
    """All its work is done: it has operations, and none is open."""
    operations = order.operations.all()
    return bool(operations) and all(operation.actual_end for operation in operations)
