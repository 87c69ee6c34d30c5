"""The demo plant: loads on any day, is what it says, and has no faults before it is solved."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from plans.snapshot import freeze
from plant.calendars import open_windows
from plant.contents import empty_plant, is_empty
from plant.demo.load import load_demo
from plant.models import Machine, Operation, OperationMode, Operator, Order, Product, RoutingStep, Site, WorkCell
from solver.problem import Objective
from tests.plant import making

pytestmark = pytest.mark.django_db

DAYS = [
    datetime(2026, 11, 18, 13, 40, tzinfo=UTC),  # a Wednesday afternoon
    datetime(2026, 11, 22, 3, 0, tzinfo=UTC),  # a Sunday night
    datetime(2026, 12, 24, 10, 0, tzinfo=UTC),  # the day before two holidays
    datetime(2026, 3, 27, 23, 30, tzinfo=UTC),  # a Friday night, two days before the clocks change
    datetime(2026, 5, 1, 9, 0, tzinfo=UTC),  # a holiday
]
EVERYTHING = Objective(weighted_tardiness=1, late_orders=1, setup=1)


@pytest.mark.parametrize("now", DAYS, ids=[f"{day:%a-%d-%b}" for day in DAYS])
def test_it_is_frozen_without_a_fault_on_any_day(now: datetime) -> None:
    load_demo(now)
    frozen = freeze(14, EVERYTHING, now)
    assert [fault.message for fault in frozen.faults] == []
    assert frozen.problem is not None
    assert len(frozen.problem.operations) > 300


def test_it_has_the_size_and_the_features_that_it_promises() -> None:
    load_demo(DAYS[0])
    assert (WorkCell.objects.count(), Machine.objects.count(), Operator.objects.count()) == (6, 24, 20)
    assert (Product.objects.count(), Order.objects.count()) == (12, 60)
    assert 330 <= Operation.objects.count() <= 370
    steps = Counter(RoutingStep.objects.values_list("routing", flat=True))
    assert all(4 <= count <= 8 for count in steps.values())
    assert Machine.objects.filter(capacity__gt=1).exists()
    assert RoutingStep.objects.filter(may_pause=False, max_wait_minutes__isnull=False, min_wait_minutes__gt=0).exists()
    assert Operation.objects.filter(is_held=True).count() == 1
    assert Operation.objects.filter(actual_end__isnull=False).count() >= 50
    assert 10 <= Operation.objects.filter(actual_start__isnull=False, actual_end=None).count() <= 16
    assert WorkCell.objects.get(code="ASSY").wip_limit == 5


@pytest.mark.parametrize("now", DAYS[:2], ids=["weekday", "weekend"])
def test_its_history_is_possible(now: datetime) -> None:
    load_demo(now)
    worked = list(Operation.objects.filter(actual_start__isnull=False).select_related("actual_machine__cell", "order"))
    by_machine: dict[int | None, list[Operation]] = {}
    for operation in worked:
        assert operation.actual_start
        assert operation.actual_machine
        end = operation.actual_end or now
        assert operation.order.release <= operation.actual_start < end <= now
        assert operation.modes.filter(machine=operation.actual_machine).exists()
        windows = open_windows(operation.actual_machine.working_calendar, operation.actual_start, end)
        assert windows[0][0] == operation.actual_start
        by_machine.setdefault(operation.actual_machine_id, []).append(operation)
    for operations in by_machine.values():
        assert operations[0].actual_machine
        for one in operations:
            together = [other for other in operations if _start(other) <= _start(one) < (other.actual_end or now)]
            assert len(together) <= operations[0].actual_machine.capacity
    for operation in worked:
        for link in operation.links_before.select_related("before"):
            assert link.before.actual_end
            assert link.before.actual_end + timedelta(minutes=link.min_wait_minutes) <= _start(operation)


def _start(operation: Operation) -> datetime:
    assert operation.actual_start
    return operation.actual_start


def test_grinding_is_the_bottleneck_and_can_just_be_done_in_two_weeks() -> None:
    now = DAYS[0]
    load_demo(now)
    load = {}
    for cell in WorkCell.objects.prefetch_related("machines"):
        minutes = sum(
            (stop - start).total_seconds() / 60 * machine.capacity
            for machine in cell.machines.all()
            for start, stop in open_windows(machine.working_calendar, now, now + timedelta(days=14))
        )
        open_operations = Operation.objects.filter(cell=cell, actual_start=None)
        best = {mode.operation_id: mode for mode in OperationMode.objects.filter(operation__in=open_operations).order_by("-cost")}
        load[cell.code] = sum(mode.setup_minutes + mode.run_minutes + mode.teardown_minutes for mode in best.values()) / minutes
    assert max(load, key=lambda code: load[code]) == "GRIND"
    # Changeovers come on top: about a tenth of the time when they are planned well.
    assert 0.70 <= load["GRIND"] <= 0.90


def test_the_same_moment_gives_the_same_plant() -> None:
    def told() -> list[tuple[object, ...]]:
        rows = Operation.objects.order_by("order__number", "number")
        return list(
            rows.values_list("order__number", "number", "run_minutes", "actual_machine__code", "actual_start", "order__due")
        )

    load_demo(DAYS[0])
    first = told()
    empty_plant()
    load_demo(DAYS[0])
    assert told() == first


def test_a_larger_plant_is_so_many_times_as_large() -> None:
    load_demo(DAYS[0], scale=3)
    assert (Machine.objects.count(), Operator.objects.count(), Order.objects.count()) == (72, 60, 180)
    assert Operator.objects.values("name").distinct().count() == 60
    in_hall_two = Order.objects.get(number="4761").operations.get(number=10)
    # Its own hall first, the next one at a cost, and no other.
    own, next_hall = (
        dict.fromkeys((f"MI-{number:02}" for number in mills), cost) for mills, cost in ((range(7, 11), 0), (range(13, 17), 10))
    )
    assert {mode.machine.code: mode.cost for mode in in_hall_two.modes.all()} == own | next_hall
    assert freeze(14, EVERYTHING, DAYS[0]).faults == ()


def test_ten_times_the_plant_can_be_solved_too() -> None:
    """With so many orders some find the furnaces taken: they must not have waited for longer than they may.

    The database still takes the tables to be as empty as it has last seen them, as after any import.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    load_demo(DAYS[0], scale=10)
    assert Operation.objects.count() > 3000
    assert [fault.message for fault in freeze(14, EVERYTHING, DAYS[0]).faults] == []


def test_the_command_is_idempotent_and_refuses_to_overwrite_what_people_entered() -> None:
    said = StringIO()
    call_command("load_demo", stdout=said)
    call_command("load_demo", stdout=said)
    assert "60 orders with" in said.getvalue()
    assert "loaded already" in said.getvalue()
    with pytest.raises(CommandError, match="holds the rows of “demo”"):
        call_command("load_demo", scale=2)
    empty_plant()
    assert is_empty()
    making.machine()
    with pytest.raises(CommandError, match="holds rows that people entered"):
        call_command("load_demo")
    assert Machine.objects.count() == 1
    call_command("load_demo", reset=True, stdout=said)
    assert Machine.objects.count() == 24
    assert Site.load().origin == "demo"


@pytest.mark.parametrize("now", DAYS[:2], ids=["weekday", "weekend"])
def test_three_orders_cannot_be_on_time_whatever_the_plan(now: datetime) -> None:
    load_demo(now)
    for order in Order.objects.filter(number__in=["4730", "4735", "4736"]):
        fastest = sum(min(mode.run_minutes for mode in operation.modes.all()) for operation in order.operations.all())
        waits = sum(link.min_wait_minutes for operation in order.operations.all() for link in operation.links_after.all())
        assert max(order.release, now) + timedelta(minutes=fastest + waits) > order.due
