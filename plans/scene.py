"""What the Gantt draws a schedule on: machines, people, closed time, orders, days. Sent once for each problem; frames follow.

All times are ticks since the problem's epoch and may be negative. References between the lists are positions in them, so a frame
(`plans.frames`) needs no names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from plans.labels import Labels
from solver.problem import Interval, Machine, Operator, Order, Problem

VERSION = 1


class Day(TypedDict):
    """A local midnight, and whether a weekend day begins there. The next one may be 23 or 25 hours away."""

    tick: int
    label: str
    weekend: bool


class CellScene(TypedDict):
    id: str
    name: str


class MachineScene(TypedDict):
    id: str
    name: str
    cell: int
    capacity: int
    closed: list[Interval]
    downtime: list[tuple[int, int, str, str]]


class OperatorScene(TypedDict):
    id: str
    name: str
    closed: list[Interval]


class OrderScene(TypedDict):
    id: str
    name: str
    product: str
    customer: str
    release: int
    due: int | None
    deadline: int | None
    weight: int


class OperationColumns(TypedDict):
    id: list[str]
    name: list[str]
    number: list[int]
    order: list[int]
    cell: list[int]
    family: list[int]
    may_pause: list[int]


class Scene(TypedDict):
    version: int
    name: str
    time_zone: str
    epoch: str
    tick_seconds: int
    begin: int
    planned_until: int
    horizon: int
    days: list[Day]
    cells: list[CellScene]
    machines: list[MachineScene]
    operators: list[OperatorScene]
    families: list[str]
    orders: list[OrderScene]
    operations: OperationColumns
    links: list[tuple[int, int]]


def scene(problem: Problem, labels: Labels, time_zone: str) -> Scene:
    """The scene of a problem with day lines at the midnights of `time_zone`, an IANA name."""
    span = (labels["begin"], problem.horizon)
    families = sorted({operation.setup_family for operation in problem.operations if operation.setup_family is not None})
    operations = {operation.id: number for number, operation in enumerate(problem.operations)}
    return Scene(
        version=VERSION,
        name=problem.name,
        time_zone=time_zone,
        epoch=problem.epoch,
        tick_seconds=problem.tick_seconds,
        begin=labels["begin"],
        planned_until=labels["planned_until"],
        horizon=problem.horizon,
        days=list(days(problem, span, ZoneInfo(time_zone))),
        cells=[CellScene(id=cell.id, name=cell.name) for cell in problem.cells],
        machines=_machines(problem, span),
        operators=[_operator(operator, span) for operator in problem.operators],
        families=[labels["families"].get(family, family) for family in families],
        orders=[_order(order, labels) for order in problem.orders],
        operations=_operations(problem, labels, families),
        links=[(operations[link.before], operations[link.after]) for link in problem.precedences],
    )


def days(problem: Problem, span: Interval, zone: ZoneInfo) -> Iterator[Day]:
    """Every local midnight from the day in which the span begins to its end."""
    epoch = datetime.fromisoformat(problem.epoch)
    tick = timedelta(seconds=problem.tick_seconds)
    day = (epoch + span[0] * tick).astimezone(zone).date()
    last = epoch + span[1] * tick
    while (midnight := datetime(day.year, day.month, day.day, tzinfo=zone)) <= last:
        yield Day(
            tick=(midnight - epoch) // tick,
            label=date_format(day, "D j M"),
            weekend=day.weekday() >= 5,
        )
        day += timedelta(days=1)


def closed(windows: Sequence[Interval], span: Interval) -> list[Interval]:
    """The gaps between sorted, disjoint windows, clipped to the span."""
    gaps: list[Interval] = []
    cursor, end = span
    for opens, closes in windows:
        if opens > cursor:
            gaps.append((cursor, min(opens, end)))
        cursor = max(cursor, closes)
        if cursor >= end:
            return gaps
    gaps.append((cursor, end))
    return gaps


def _machines(problem: Problem, span: Interval) -> list[MachineScene]:
    cells = {cell.id: number for number, cell in enumerate(problem.cells)}
    return [_machine(machine, cells[machine.cell], span) for machine in problem.machines]


def _machine(machine: Machine, cell: int, span: Interval) -> MachineScene:
    return MachineScene(
        id=machine.id,
        name=machine.name,
        cell=cell,
        capacity=machine.capacity,
        closed=closed(machine.windows, span),
        downtime=[(down.start, down.end, down.kind, down.reason) for down in machine.downtime],
    )


def _operator(operator: Operator, span: Interval) -> OperatorScene:
    return OperatorScene(id=operator.id, name=operator.name, closed=closed(operator.windows, span))


def _order(order: Order, labels: Labels) -> OrderScene:
    label = labels["orders"].get(order.id)
    return OrderScene(
        id=order.id,
        name=order.name,
        product=label["product"] if label else "",
        customer=label["customer"] if label else "",
        release=order.release,
        due=order.due,
        deadline=order.deadline,
        weight=order.weight,
    )


def _operations(problem: Problem, labels: Labels, families: Sequence[str]) -> OperationColumns:
    orders = {order.id: number for number, order in enumerate(problem.orders)}
    cells = {cell.id: number for number, cell in enumerate(problem.cells)}
    family_numbers = {family: number for number, family in enumerate(families)}
    listed = problem.operations
    return OperationColumns(
        id=[operation.id for operation in listed],
        name=[operation.name for operation in listed],
        number=[labels["numbers"].get(operation.id, 0) for operation in listed],
        order=[orders[operation.order] for operation in listed],
        cell=[cells[operation.cell] for operation in listed],
        family=[-1 if operation.setup_family is None else family_numbers[operation.setup_family] for operation in listed],
        may_pause=[int(operation.may_pause) for operation in listed],
    )
