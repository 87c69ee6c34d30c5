"""Which orders and operations are in the question, and what the shop floor has reported of them."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest

from plant.models import Operation, OperationAttendance, OperationCrew, OperationLink, OperationMode, Order
from solver.problem import Actual
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
    make_plant,
    make_site,
    make_skill,
    operation_in,
    problem_now,
)

pytestmark = pytest.mark.django_db


def operations_of(order: Order) -> list[Operation]:
    return list(order.operations.order_by("number"))


@pytest.mark.parametrize("status", ["done", "cancelled", "on_hold"])
def test_orders_that_are_not_to_be_made_are_left_out(status: str) -> None:
    machine = make_plant(orders=1)
    make_operation(make_order("other", status=status), machine)
    assert [order.name for order in problem_now().orders] == ["4700"]


def test_orders_released_after_the_planned_time_are_left_out() -> None:
    machine = make_plant(orders=1)
    soon = make_order("soon", release=NOW + timedelta(days=13), due=NOW + timedelta(days=20))
    late = make_order("late", release=NOW + timedelta(days=14, hours=1), due=NOW + timedelta(days=20))
    make_operation(soon, machine)
    make_operation(late, machine)
    problem = problem_now()
    assert [order.name for order in problem.orders] == ["4700", "soon"]
    assert problem.order_by_id[f"order:{soon.pk}"].release == 13 * 24 * 60


def test_dates_are_ticks_and_wishes_are_rounded_against_the_plant() -> None:
    machine = make_plant(orders=0)
    order = make_order(
        release=NOW + timedelta(seconds=30),
        due=NOW + timedelta(hours=2, seconds=30),
        deadline=NOW + timedelta(hours=3, seconds=30),
        weight=7,
    )
    make_operation(order, machine)
    made = problem_now().orders[0]
    assert (made.release, made.due, made.deadline, made.weight) == (1, 120, 180, 7)


def test_a_held_operation_takes_everything_after_it_out() -> None:
    make_plant(orders=2, steps=3)
    first, second = Order.objects.order_by("number")
    held = operations_of(first)[1]
    Operation.objects.filter(pk=held.pk).update(is_held=True)
    problem = problem_now()
    kept = {operation.id for operation in problem.operations}
    assert kept == {f"operation:{operation.pk}" for operation in [operations_of(first)[0], *operations_of(second)]}
    assert all(link.before in kept and link.after in kept for link in problem.precedences)


def test_an_order_that_is_held_from_its_first_operation_on_is_not_there_at_all() -> None:
    make_plant(orders=2)
    first = Order.objects.order_by("number")[0]
    Operation.objects.filter(pk=operations_of(first)[0].pk).update(is_held=True)
    assert [order.name for order in problem_now().orders] == ["4701"]


def test_what_follows_held_work_of_another_order_waits_too() -> None:
    make_plant(orders=2)
    first, second = Order.objects.order_by("number")
    OperationLink.objects.create(before=operations_of(first)[1], after=operations_of(second)[1])
    Operation.objects.filter(pk=operations_of(first)[1].pk).update(is_held=True)
    kept = {operation.id for operation in problem_now().operations}
    assert kept == {f"operation:{operations_of(order)[0].pk}" for order in (first, second)}


@pytest.mark.parametrize(("status", "count"), [("on_hold", 0), ("cancelled", 1), ("done", 1)])
def test_what_follows_an_order_outside_the_plan_waits_for_it_if_it_is_still_to_come(status: str, count: int) -> None:
    machine = make_plant(orders=1, steps=1)
    outside = make_operation(make_order("outside", status=status), machine)
    inside = operations_of(Order.objects.get(number="4700"))[0]
    make_operation(make_order("else"), machine)
    OperationLink.objects.create(before=outside, after=inside)
    assert [operation.id for operation in problem_now().operations].count(f"operation:{inside.pk}") == count


def test_the_wait_after_a_finished_order_is_kept() -> None:
    machine = make_plant(orders=1, steps=1)
    outside = make_operation(make_order("outside", status="done"), machine)
    Operation.objects.filter(pk=outside.pk).update(actual_machine=machine, actual_start=NOW - 2 * HOUR, actual_end=NOW - HOUR)
    inside = operations_of(Order.objects.get(number="4700"))[0]
    OperationLink.objects.create(before=outside, after=inside, min_wait_minutes=90)
    assert operation_in(problem_now(), inside).release == 30


def test_done_work_is_history_in_negative_ticks() -> None:
    machine = make_plant()
    done = operations_of(Order.objects.get())[0]
    Operation.objects.filter(pk=done.pk).update(actual_machine=machine, actual_start=NOW - 2 * HOUR, actual_end=NOW - HOUR)
    actual = operation_in(problem_now(), done).actual
    assert actual == Actual(f"machine:{machine.pk}", setup_start=-120, start=-120, end=-60)


@pytest.mark.parametrize(("done", "remaining"), [(0, 60), (3, 42), (9, 6), (10, 0)])
def test_started_work_has_the_rest_of_its_quantity_before_it(done: int, remaining: int) -> None:
    machine = make_plant()
    started = operations_of(Order.objects.get())[0]
    Operation.objects.filter(pk=started.pk).update(actual_machine=machine, actual_start=NOW - HOUR, done_quantity=done)
    actual = operation_in(problem_now(), started).actual
    assert actual == Actual(f"machine:{machine.pk}", setup_start=-60, start=-60, remaining=remaining)


def test_an_order_whose_work_is_all_done_is_left_out() -> None:
    machine = make_plant(orders=2, steps=1)
    done = operations_of(Order.objects.get(number="4700"))[0]
    Operation.objects.filter(pk=done.pk).update(actual_machine=machine, actual_start=NOW - 2 * HOUR, actual_end=NOW - HOUR)
    assert [order.name for order in problem_now().orders] == ["4701"]


def test_work_on_a_machine_that_was_not_planned_has_a_mode_there() -> None:
    machine = make_plant()
    other = make_machine(machine.cell, "M2")
    started = operations_of(Order.objects.get())[0]
    Operation.objects.filter(pk=started.pk).update(actual_machine=other, actual_start=NOW - HOUR)
    assert [mode.machine for mode in operation_in(problem_now(), started).modes] == [
        f"machine:{machine.pk}",
        f"machine:{other.pk}",
    ]


def test_a_machine_out_of_use_takes_no_new_work_and_keeps_its_history() -> None:
    machine = make_plant()
    old = make_machine(machine.cell, "OLD", is_active=False)
    unused = make_machine(machine.cell, "GONE", is_active=False)
    first, second = operations_of(Order.objects.get())
    Operation.objects.filter(pk=first.pk).update(actual_machine=old, actual_start=NOW - 2 * HOUR, actual_end=NOW - HOUR)
    OperationMode.objects.create(operation=second, machine=unused, run_minutes=5)
    problem = problem_now()
    assert {made.id for made in problem.machines} == {f"machine:{machine.pk}", f"machine:{old.pk}"}
    assert [mode.machine for mode in operation_in(problem, second).modes] == [f"machine:{machine.pk}"]


def test_crews_ask_for_skill_level_count_and_phase() -> None:
    machine = make_plant(steps=1)
    skill = make_skill()
    for code in ("P1", "P2"):
        make_operator(machine.cell.calendar, code, skill)
    operation = operations_of(Order.objects.get())[0]
    OperationCrew.objects.create(operation=operation, skill=skill, level=3, count=1, phase="all")
    OperationCrew.objects.create(operation=operation, skill=skill, level=2, count=2, phase="setup")
    Operation.objects.filter(pk=operation.pk).update(setup_minutes=5)
    crew = operation_in(problem_now(), operation).crew
    assert [(need.skill, need.level, need.count, need.phase) for need in crew] == [
        (f"skill:{skill.pk}", 3, 1, "all"),
        (f"skill:{skill.pk}", 2, 2, "setup"),
    ]


@pytest.mark.parametrize(("attended", "recorded"), [([0, 1], [1, 0]), ([0], []), ([1], [])])
def test_who_was_there_is_sorted_into_the_crew(attended: list[int], recorded: list[int]) -> None:
    machine = make_plant(steps=2)
    mill, weld = make_skill("MILL"), make_skill("WELD")
    people = [make_operator(machine.cell.calendar, "P1", weld), make_operator(machine.cell.calendar, "P2", mill)]
    done = operations_of(Order.objects.get())[0]
    OperationCrew.objects.create(operation=done, skill=mill)
    OperationCrew.objects.create(operation=done, skill=weld)
    Operation.objects.filter(pk=done.pk).update(actual_machine=machine, actual_start=NOW - 2 * HOUR, actual_end=NOW - HOUR)
    for index in attended:
        OperationAttendance.objects.create(operation=done, operator=people[index])
    actual = operation_in(problem_now(), done).actual
    assert actual is not None
    assert actual.operators == tuple((f"operator:{people[index].pk}",) for index in recorded)


def test_work_in_progress_limits_come_with_the_cell() -> None:
    make_site()
    cell = make_cell("SMALL", make_calendar(), wip_limit=3)
    make_operation(make_order(), make_machine(cell))
    assert [(made.name, made.wip_limit) for made in problem_now().cells] == [("Small", 3)]


def test_waits_between_operations_are_kept() -> None:
    make_plant()
    OperationLink.objects.update(min_wait_minutes=15, max_wait_minutes=240)
    link = problem_now().precedences[0]
    assert (link.min_lag, link.max_lag) == (15, 240)


def test_everything_in_the_way_is_said_at_once() -> None:
    machine = make_plant(orders=1)
    make_order("empty")
    started = operations_of(Order.objects.get(number="4700"))[0]
    Operation.objects.filter(pk=started.pk).update(actual_machine=machine, actual_start=NOW + HOUR)
    lonely = make_operation(make_order("lonely"), machine)
    lonely.modes.all().delete()
    said: dict[str, str] = {fault.code: fault.message for fault in frozen().faults}
    assert said["order_without_operations"] == "Order empty has no operations. Expand it from a routing."
    assert said["reported_in_future"] == "Order 4700, “Step 10” is reported for Mon 2 Mar, 11:00, which is still to come."
    assert any("lonely" in message and "machine" in message for message in said.values())


def test_more_work_than_can_be_planned_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    make_plant(orders=2)
    module = import_module("plans.snapshot.freeze")  # in the package, the verb has its name
    monkeypatch.setattr(module, "MOST_OPERATIONS", 4)
    assert frozen().faults == ()
    monkeypatch.setattr(module, "MOST_OPERATIONS", 3)
    (fault,) = frozen().faults
    assert (fault.code, fault.message) == (
        "too_large",
        "4 operations are to be planned, and 3 are the most at once. Plan fewer days.",
    )


def test_a_plant_without_work_says_so() -> None:
    make_plant(orders=0)
    question = frozen()
    assert question.problem is None
    assert [fault.message for fault in question.faults] == [
        "There is nothing to plan: no open order is released before Mon 16 Mar, 10:00."
    ]
