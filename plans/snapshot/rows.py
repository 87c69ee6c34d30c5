"""Everything the database has to say about one question, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

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

T = TypeVar("T")

MODE_COLUMNS = ("machine", "setup_minutes", "run_minutes", "teardown_minutes", "cost")
CREW_COLUMNS = ("skill", "level", "count", "phase")


class ModeRow(NamedTuple):
    """A machine that can do an operation."""

    machine: int
    setup_minutes: int
    run_minutes: int
    teardown_minutes: int
    cost: int


class CrewRow(NamedTuple):
    """People that an operation needs."""

    skill: int
    level: int
    people: int
    phase: str


class OperationRow(NamedTuple):
    """An operation as its columns have it, and what hangs on it; `attendances`: primary keys of people."""

    pk: int
    order: int
    number: int
    name: str
    cell: int
    setup_family: int | None
    setup_minutes: int
    run_minutes: int
    teardown_minutes: int
    may_pause: bool
    is_held: bool
    actual_machine: int | None
    actual_start: datetime | None
    actual_end: datetime | None
    done_quantity: int
    modes: Sequence[ModeRow]
    crew: Sequence[CrewRow]
    attendances: Sequence[int]


class OrderRow(NamedTuple):
    """An order as its columns have it, with its operations."""

    pk: int
    number: str
    product: str
    customer: str
    quantity: int
    release: datetime
    due: datetime
    deadline: datetime | None
    weight: int
    operations: Sequence[OperationRow]

    @property
    def is_finished(self) -> bool:
        """All its work is done: it has operations, and none is open."""
        return bool(self.operations) and all(operation.actual_end for operation in self.operations)


class LinkRow(NamedTuple):
    """Two operations, and what is known of the first one, which may be of an order that is not planned."""

    before: int
    after: int
    min_wait_minutes: int
    max_wait_minutes: int | None
    before_actual_end: datetime | None
    before_order_status: str


@dataclass(frozen=True, slots=True)
class WorkRows:
    """What is to be made. `links` lead to operations of `orders`; they may come from operations of other orders.

    Tuples and not instances of models: this is what grows with the plant, and somebody waits for it.
    """

    orders: Sequence[OrderRow]
    links: Sequence[LinkRow]

    @classmethod
    def read(cls, released_before: datetime) -> WorkRows:
        """Open orders released before the given instant, with operations, by due date; without those whose work is all done."""
        orders = Order.objects.filter(status__in=Order.TO_PLAN, release__lt=released_before).order_by("due", "number", "pk")
        columns = ("pk", "number", "product__name", "customer", "quantity", "release", "due", "deadline", "weight")
        lines = list(orders.values_list(*columns))
        operations = _operations([line[0] for line in lines])
        listed = [OrderRow._make((*line, operations.get(line[0], ()))) for line in lines]
        unfinished = [order for order in listed if not order.is_finished]
        return cls(unfinished, _links([operation.pk for order in unfinished for operation in order.operations]))


def _operations(orders: Sequence[int]) -> Mapping[int, Sequence[OperationRow]]:
    """By order, by number.

    What hangs on them is asked for by their keys and not by a join: of a plant that was loaded just now the database has no
    statistics, and it joins the tables row by row.
    """
    own_columns = OperationRow._fields[: OperationRow._fields.index("modes")]
    operations = Operation.objects.filter(order__in=orders).order_by("number", "pk")
    lines = list(operations.values_list(*own_columns))
    theirs = {"operation__in": [line[0] for line in lines]}
    modes = OperationMode.objects.filter(**theirs).order_by("machine__code", "pk")
    crews = OperationCrew.objects.filter(**theirs).order_by("pk")
    attendances = OperationAttendance.objects.filter(**theirs).order_by("operator__code", "pk")
    modes_of = _grouped((pk, ModeRow._make(line)) for pk, *line in modes.values_list("operation", *MODE_COLUMNS))
    crew_of = _grouped((pk, CrewRow._make(line)) for pk, *line in crews.values_list("operation", *CREW_COLUMNS))
    attendances_of = _grouped(attendances.values_list("operation", "operator"))
    whole = (
        OperationRow._make((*line, modes_of.get(line[0], ()), crew_of.get(line[0], ()), attendances_of.get(line[0], ())))
        for line in lines
    )
    return _grouped((operation.order, operation) for operation in whole)


def _links(operations: Sequence[int]) -> Sequence[LinkRow]:
    """To these operations."""
    links = OperationLink.objects.filter(after__in=operations).order_by("before_id", "after_id")
    columns = ("before", "after", "min_wait_minutes", "max_wait_minutes", "before__actual_end", "before__order__status")
    return [LinkRow._make(line) for line in links.values_list(*columns)]


def _grouped(pairs: Iterable[tuple[int, T]]) -> Mapping[int, Sequence[T]]:
    groups: dict[int, list[T]] = {}
    for key, row in pairs:
        groups.setdefault(key, []).append(row)
    return groups


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
