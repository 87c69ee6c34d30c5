"""From orders to operations, and again after the order changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.drafting import run_minutes
from plant.expansion import Expanded, ExpansionRefused, expand, expand_new
from plant.models import CrewPhase, Operation, OperationLink, Order, RoutingStep, StepAlternative, StepCrew
from tests.plant import making


@given(
    st.decimals(0, 1000, places=4),
    st.integers(1, 10_000),
    st.integers(1, 1000),
    st.integers(1, 300),
)
def test_run_minutes_are_enough_and_less_than_a_minute_too_many(
    per_unit: Decimal, quantity: int, speed: int, efficiency: int
) -> None:
    needed = Fraction(per_unit) * quantity / (Fraction(speed, 100) * Fraction(efficiency, 100))
    assert 0 <= run_minutes(per_unit, quantity, speed, efficiency) - needed < 1


def numbers(order: Order) -> list[int]:
    return [operation.number for operation in order.operations.all()]


def links(order: Order) -> set[tuple[int, int]]:
    rows = OperationLink.objects.filter(before__order=order)
    return set(rows.values_list("before__number", "after__number"))


def refusal(order: Order) -> str:
    with pytest.raises(ExpansionRefused) as refused:
        expand(order)
    return " ".join(refused.value.sentences)


@pytest.mark.django_db
def test_an_order_gets_an_operation_for_each_step_linked_in_sequence_with_the_waits() -> None:
    making.machine()
    way = making.routing(1, 2, 3)
    RoutingStep.objects.filter(routing=way, number=10).update(min_wait_minutes=30, max_wait_minutes=90, may_pause=False)
    order = making.order(way, quantity=7)
    assert expand(order) == Expanded(created=3)
    assert [(operation.number, operation.run_minutes, operation.may_pause) for operation in order.operations.all()] == [
        (10, 7, False),
        (20, 14, True),
        (30, 21, True),
    ]
    assert links(order) == {(10, 20), (20, 30)}
    first = OperationLink.objects.get(before__number=10)
    assert (first.min_wait_minutes, first.max_wait_minutes) == (30, 90)


@pytest.mark.django_db
def test_modes_follow_speed_efficiency_and_cost_and_crews_are_copied() -> None:
    way = making.routing(3)
    step = way.steps.get()
    fast, slow = making.machine("TU-01", efficiency_percent=120), making.machine("TU-02")
    StepAlternative.objects.create(step=step, machine=fast)
    StepAlternative.objects.create(step=step, machine=slow, speed_percent=70, cost=5)
    StepCrew.objects.create(step=step, skill=making.skill(), level=3, count=2, phase=CrewPhase.SETUP)
    order = making.order(way, quantity=10)
    expand(order)
    operation = order.operations.get()
    assert {(mode.machine.code, mode.run_minutes, mode.cost) for mode in operation.modes.all()} == {
        ("TU-01", 25, 0),
        ("TU-02", 43, 5),
    }
    assert [(need.skill.code, need.level, need.count, need.phase) for need in operation.crew.all()] == [("WELD", 3, 2, "setup")]


@pytest.mark.django_db
def test_without_alternatives_every_active_machine_of_the_cell_can_do_it() -> None:
    way = making.routing(1)
    making.machine("TU-01")
    making.machine("TU-02", is_active=False)
    making.machine("MI-01", at=making.cell("MILL"))
    order = making.order(way)
    expand(order)
    assert [mode.machine.code for mode in order.operations.get().modes.all()] == ["TU-01"]


@pytest.mark.django_db
def test_a_named_machine_counts_before_its_group_and_of_groups_the_cheapest() -> None:
    way = making.routing(1)
    step = way.steps.get()
    one, two = making.machine("TU-01"), making.machine("TU-02")
    cheap, dear = (one.groups.create(code=code, name=code) for code in ("CHEAP", "DEAR"))
    two.groups.add(cheap, dear)
    StepAlternative.objects.create(step=step, group=dear, speed_percent=200, cost=9)
    StepAlternative.objects.create(step=step, group=cheap, speed_percent=100, cost=1)
    StepAlternative.objects.create(step=step, machine=one, speed_percent=50, cost=7)
    order = making.order(way, quantity=10)
    expand(order)
    modes = order.operations.get().modes.all()
    assert {(mode.machine.code, mode.run_minutes, mode.cost) for mode in modes} == {("TU-01", 20, 7), ("TU-02", 10, 1)}


@pytest.mark.django_db
def test_every_reason_why_an_order_cannot_be_expanded_is_said_at_once() -> None:
    way = making.routing(1, 1)
    lathe = making.machine("TU-01", setup_matrix=making.matrix())
    step = making.step(way, 30, making.cell("MILL"))
    step.name = "Drilling"
    step.save()
    said = refusal(making.order(way))
    assert "Order 4711, “Drilling” has no machine that can do it." in said
    assert said.count(f"needs a setup family: changeovers on {lathe.code} depend on it.") == 2
    assert not Operation.objects.exists()


@pytest.mark.django_db
def test_an_order_without_a_routing_and_a_closed_one_are_refused() -> None:
    way = making.routing(1)
    product = way.product
    way.is_active = False
    way.save()
    assert "has no routing for new orders" in refusal(making.order(product))
    assert "is cancelled" in refusal(making.order(way, "4712", status=Order.Status.CANCELLED))


@pytest.mark.django_db
def test_after_a_change_the_same_operations_are_brought_up_to_date() -> None:
    making.machine()
    way = making.routing(1, 2)
    order = making.order(way, quantity=10)
    expand(order)
    kept = {operation.number: operation.pk for operation in order.operations.all()}
    Order.objects.filter(pk=order.pk).update(quantity=20)
    making.step(way, 15, way.steps.all()[0].cell, 4)
    way.steps.get(number=20).delete()
    order.refresh_from_db()
    assert expand(order) == Expanded(created=1, updated=1, removed=1)
    assert [(o.number, o.run_minutes) for o in order.operations.all()] == [(10, 20), (15, 80)]
    assert order.operations.get(number=10).pk == kept[10]
    assert order.operations.get(number=10).modes.get().run_minutes == 20
    assert links(order) == {(10, 15)}


@pytest.mark.django_db
def test_steps_may_change_their_numbers_among_each_other() -> None:
    making.machine()
    way = making.routing(1, 2)
    order = making.order(way, quantity=1)
    expand(order)
    first, second = way.steps.all()
    for step, number in ((first, 99), (second, 10), (first, 20)):
        RoutingStep.objects.filter(pk=step.pk).update(number=number)
    expand(order)
    assert [(o.number, o.run_minutes) for o in order.operations.all()] == [(10, 2), (20, 1)]
    assert links(order) == {(10, 20)}


@pytest.mark.django_db
def test_an_order_that_has_started_is_not_expanded_again() -> None:
    lathe = making.machine()
    order = making.order(making.routing(1, 2))
    expand(order)
    order.operations.filter(number=10).update(actual_machine=lathe, actual_start=making.NOW)
    assert "has started with 10 “Step 10”" in refusal(order)


@pytest.mark.django_db
def test_operations_edited_by_hand_are_refused_kept_or_replaced_as_one_says() -> None:
    making.machine()
    way = making.routing(1, 2, 3)
    order = making.order(way, quantity=1)
    expand(order)
    order.operations.filter(number=20).update(is_edited=True, run_minutes=55)
    extra = making.operation(order, 25)
    OperationLink.objects.create(before=extra, after=order.operations.get(number=30))
    assert "20 “Step 20”, 25 “Operation 25”" in refusal(order)

    assert expand(order, edited="keep") == Expanded(updated=2, kept=2)
    assert order.operations.get(number=20).run_minutes == 55
    assert links(order) == {(10, 20), (20, 30), (25, 30)}

    assert expand(order, edited="replace") == Expanded(updated=3, removed=1)
    assert order.operations.get(number=20).run_minutes == 2
    assert not order.operations.get(number=20).is_edited
    assert numbers(order) == [10, 20, 30]
    assert links(order) == {(10, 20), (20, 30)}


@pytest.mark.django_db
def test_a_link_between_two_edited_operations_stays_as_a_person_made_it() -> None:
    making.machine()
    order = making.order(making.routing(1, 1, 1), quantity=1)
    expand(order)
    order.operations.filter(number__in=[10, 20]).update(is_edited=True)
    OperationLink.objects.filter(before__number=10).delete()
    expand(order, edited="keep")
    assert links(order) == {(20, 30)}


@pytest.mark.django_db
def test_a_number_that_is_taken_by_a_kept_operation_is_refused() -> None:
    making.machine()
    way = making.routing(1)
    order = making.order(way, quantity=1)
    expand(order)
    making.operation(order, 15)
    making.step(way, 15, way.steps.all()[0].cell)
    with pytest.raises(ExpansionRefused, match="15 “Operation 15” has the number of step “Step 15”"):
        expand(order, edited="keep")
    assert numbers(order) == [10, 15]


@pytest.mark.django_db
def test_many_orders_are_expanded_alike_in_few_statements(django_assert_max_num_queries: object) -> None:
    making.machine()
    way = making.routing(1, 2)
    orders = [making.order(way, str(number), quantity=3, due=making.NOW + timedelta(days=number)) for number in range(1, 30)]
    with django_assert_max_num_queries(20):  # type: ignore[operator]  # a fixture of pytest-django without a type
        assert expand_new(orders) == 58
    assert all(links(order) == {(10, 20)} for order in orders[:3])
    with pytest.raises(ExpansionRefused, match="is cancelled"):
        expand_new([making.order(way, "A"), making.order(way, "B", status=Order.Status.CANCELLED)])
    assert not Operation.objects.filter(order__number="A").exists()
