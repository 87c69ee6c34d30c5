"""The verb: freeze the plant as it is now into a question, or say everything that is in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db import transaction

from plans.clock import Clock
from plans.labels import Labels, OrderLabel
from plans.models import Placement, Snapshot
from plans.snapshot import resources
from plans.snapshot.axis import Axis
from plans.snapshot.extent import cut, sufficient_horizon
from plans.snapshot.keys import key
from plans.snapshot.rows import OperationRow, PlantRows, WorkRows, published_placements
from plans.snapshot.work import Work, work
from plans.words import moment
from plant.models import Site
from solver.diagnose import Fault, diagnose
from solver.problem import BaselineStart, Objective, Problem, json_hash

MOVED_MINUTES = 15  # a start that is off by no more than this has not moved
# Beyond it even the simplest dispatching rule takes longer than a lease lasts (3 s for 10,000 operations, 20 s for 30,000).
MOST_OPERATIONS = 20_000


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with rows that a problem made of them can no longer show; the fields are those of `solver.diagnose.Fault`."""

    code: Literal["order_without_operations", "reported_in_future", "nothing_to_plan", "too_large"]
    message: str
    subject_kind: Literal["problem", "order", "operation"]
    subject_id: str


PlanningFault = Fault | RowFault


@dataclass(frozen=True, slots=True)
class Frozen:
    """`problem` is None when the rows do not make one; `faults` then says why. Nothing is to be solved while there are faults."""

    problem: Problem | None
    labels: Labels
    faults: tuple[PlanningFault, ...]


def freeze(horizon_days: int, objective: Objective, now: datetime, *, frozen_minutes: int = 0) -> Frozen:
    """Plant rows, the published plan and actuals as one question whose tick 0 is the next quarter hour.

    The same rows within the same quarter hour give the same problem, byte for byte. `frozen_minutes`: how long from tick 0 on the
    published plan stays as it is.
    """
    site = Site.load()
    today = Axis.lay(now, horizon_days, site.zone, None)
    rows = WorkRows.read(today.clock.at(today.planned_until))
    axis = Axis.lay(now, horizon_days, site.zone, _first_start(rows))
    plant = PlantRows.read(axis.clock.at(axis.begin), axis.clock.at(axis.horizon))
    made = work(rows, plant, axis)
    problem = _problem(site.name, plant, made, axis)
    labels = _labels(site, plant, made, axis)
    faults = tuple(_row_faults(rows, made, axis, now))
    if not made.operations:
        return Frozen(None, labels, faults)
    asked = replace(
        cut(problem, sufficient_horizon(problem, axis.planned_until)),
        objective=objective,
        baseline=_baseline(published_placements(), made.operation_rows, axis.clock),
        frozen_until=frozen_minutes or None,
    )
    return Frozen(asked, labels, (*faults, *diagnose(asked)))


@transaction.atomic
def store(frozen: Frozen) -> Snapshot:
    """The row of this question, made if it is asked for the first time. The names of an earlier one are brought up to date; the
    days that it plans stay, as figures of its plans are about them.

    Raises ValueError for something that is not a question.
    """
    if frozen.problem is None:
        raise ValueError("There is no problem to store.")
    written = frozen.problem.to_json()
    snapshot, created = Snapshot.objects.defer("problem").get_or_create(
        hash=json_hash(written), defaults={"problem": written, "labels": frozen.labels}
    )
    labels: Labels = {**frozen.labels, "planned_until": snapshot.labels["planned_until"]}
    if not created and snapshot.labels != labels:
        snapshot.labels = labels
        snapshot.save(update_fields=["labels"])
    return snapshot


def _first_start(rows: WorkRows) -> datetime | None:
    started = (operation.actual_start for order in rows.orders for operation in order.operations)
    return min((moment for moment in started if moment), default=None)


def _problem(name: str, plant: PlantRows, made: Work, axis: Axis) -> Problem:
    windows = axis.windows(plant.followed_calendars())
    worked_on = {operation.actual_machine for operation in made.operation_rows if operation.actual_machine}
    machines = resources.machines(plant, axis, windows, worked_on)
    return Problem(
        name=name,
        epoch=axis.clock.epoch.astimezone(axis.zone).isoformat(),  # faults are told in this offset
        horizon=axis.horizon,
        cells=resources.cells(plant),
        machines=machines,
        orders=made.orders,
        operations=made.operations,
        precedences=made.precedences,
        operators=resources.operators(plant, axis, windows),
        setup_matrices=resources.matrices(plant, resources.families_in_use(made.operations, machines)),
        churn_tolerance=MOVED_MINUTES,
    )


def _baseline(placements: Iterable[Placement], operations: Iterable[OperationRow], clock: Clock) -> tuple[BaselineStart, ...]:
    """Where the published plan has what is still to be begun, in the order of the operations: rows come in any."""
    placed = {placement.operation_key: placement for placement in placements}
    still_open = (placed.get(key(operation)) for operation in operations if operation.actual_start is None)
    return tuple(
        BaselineStart(
            placement.operation_key,
            placement.machine_key,
            clock.floor(placement.setup_start),
            clock.floor(placement.start),
            tuple(tuple(group) for group in placement.operators),
        )
        for placement in still_open
        if placement is not None
    )


def _labels(site: Site, plant: PlantRows, made: Work, axis: Axis) -> Labels:
    families = {operation.setup_family for operation in made.operations if operation.setup_family is not None}
    return Labels(
        site=site.name,
        time_zone=site.time_zone,
        begin=axis.begin,
        planned_until=axis.planned_until,
        orders={key(order): OrderLabel(product=order.product, customer=order.customer) for order in made.order_rows},
        families=dict(resources.family_names(plant, families)),
        skills={key(skill): skill.name for skill in plant.skills.values()},
        numbers={key(operation): operation.number for operation in made.operation_rows},
    )


def _row_faults(rows: WorkRows, made: Work, axis: Axis, now: datetime) -> Iterator[RowFault]:
    """What the problem itself can no longer show."""
    for order in rows.orders:
        if not order.operations:
            yield RowFault(
                "order_without_operations",
                f"Order {order.number} has no operations. Expand it from a routing.",
                "order",
                key(order),
            )
    numbers = {order.pk: order.number for order in made.order_rows}
    for operation in made.operation_rows:
        reported = max(filter(None, (operation.actual_start, operation.actual_end)), default=None)
        if reported is not None and reported > now:
            when = moment(reported.astimezone(axis.zone))
            text = f"Order {numbers[operation.order]}, “{operation.name}” is reported for {when}, which is still to come."
            yield RowFault("reported_in_future", text, "operation", key(operation))
    if not made.operations:
        until = moment(axis.clock.at(axis.planned_until).astimezone(axis.zone))
        yield RowFault("nothing_to_plan", f"There is nothing to plan: no open order is released before {until}.", "problem", "")
    elif len(made.operations) > MOST_OPERATIONS:
        yield RowFault("too_large", too_large(len(made.operations)), "problem", "")


def too_large(operations: int) -> str:
    """Why a question with so many operations is refused."""
    return f"{operations:,} operations are to be planned, and {MOST_OPERATIONS:,} are the most at once. Plan fewer days."
