"""What admins do on the plant's pages, and what becomes of it."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from plant.expansion import expand
from plant.models import Calendar, Machine, Operation, OperationLink, Operator, Order, SetupMatrix, SetupTime, Shift
from tests.plant import making
from tests.plant.admin_forms import added, filled, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    making.site()
    return client


def change(name: str, key: int) -> str:
    return reverse(f"admin:plant_{name}_change", args=[key])


def act(client: Client, name: str, action: str, *keys: int) -> str:
    url = reverse(f"admin:plant_{name}_changelist")
    return said(client.post(url, {"action": action, "_selected_action": list(keys)}, follow=True))


def test_two_shifts_that_overlap_are_refused_on_the_page(staff: Client) -> None:
    calendar = Calendar.objects.create(name="Days")
    url = change("calendar", calendar.pk)
    data = added(filled(staff, url), "shifts", week=1, weekday=0, start_time="06:00", end_time="14:00")
    both = added(data, "shifts", week=1, weekday=0, start_time="13:00", end_time="20:00")
    assert "It overlaps with Monday 06:00–14:00." in said(staff.post(url, both))
    assert not Shift.objects.exists()
    assert staff.post(url, data).status_code == 302
    assert Shift.objects.get().start_time == time(6)


def test_two_shifts_may_trade_places_in_one_save(staff: Client) -> None:
    calendar = Calendar.objects.create(name="Days")
    for start in (6, 14):
        Shift.objects.create(calendar=calendar, weekday=0, start_time=time(start), end_time=time(start + 8))
    url = change("calendar", calendar.pk)
    data = filled(staff, url) | {"shifts-0-start_time": "08:00", "shifts-0-end_time": "16:00", "shifts-1-start_time": "16:00"}
    assert staff.post(url, data).status_code == 302
    assert list(Shift.objects.values_list("start_time", "end_time")) == [(time(8), time(16)), (time(16), time(22))]


def test_times_on_a_page_are_the_plants_wall_clock(staff: Client) -> None:
    lathe = making.machine()
    url = change("machine", lathe.pk)
    when = {"start_0": "2026-07-01", "start_1": "06:00", "end_0": "2026-07-01", "end_1": "08:00", "kind": "maintenance"}
    staff.post(url, added(filled(staff, url), "downtimes", **when))
    assert lathe.downtimes.get().start.isoformat() == "2026-07-01T04:00:00+00:00"


def test_two_new_downtimes_that_overlap_are_refused_on_the_page(staff: Client) -> None:
    lathe = making.machine()
    url = change("machine", lathe.pk)
    data = filled(staff, url)
    for start, end in (("06:00", "10:00"), ("09:00", "12:00")):
        when = {"start_0": "2026-07-01", "start_1": start, "end_0": "2026-07-01", "end_1": end, "kind": "maintenance"}
        data = added(data, "downtimes", **when)
    assert "It overlaps with TU-01: planned maintenance." in said(staff.post(url, data))
    assert not lathe.downtimes.exists()


def test_a_skill_that_is_listed_twice_is_refused_on_the_page(staff: Client) -> None:
    person, welding = making.operator(), making.skill()
    url = change("operator", person.pk)
    once = added(filled(staff, url), "skills", skill=welding.pk, level=1, valid_until="2026-06-30")
    twice = added(once, "skills", skill=welding.pk, level=2, valid_from="2026-06-30")
    assert "listed twice for some of these days" in said(staff.post(url, twice))
    later = added(once, "skills", skill=welding.pk, level=2, valid_from="2026-07-01")
    assert staff.post(url, later).status_code == 302
    assert Operator.objects.get().skills.count() == 2


@pytest.fixture
def lathes() -> SetupMatrix:
    """A matrix of three families; one of them only its machine names."""
    matrix = making.matrix(default_minutes=40)
    steel, brass = making.family("STEEL"), making.family("BRASS")
    making.machine(setup_matrix=matrix, initial_family=making.family("INOX"))
    making.family("PAINT")
    SetupTime.objects.create(matrix=matrix, from_family=steel, to_family=brass, minutes=80)
    return matrix


def test_a_matrix_is_one_grid_with_heat_and_with_what_counts_in_empty_cells(staff: Client, lathes: SetupMatrix) -> None:
    content = said(staff.get(change("setupmatrix", lathes.pk)))
    assert content.count('aria-label="from ') == 16
    assert "PAINT" not in content
    assert 'class="heat-5"' in content
    assert 'class="heat-3"' in content
    assert 'placeholder="40"' in content
    assert "from any to any, minutes" in content
    assert "PAINT" in said(staff.get(change("setupmatrix", lathes.pk), {"families": "all"}))


def test_cells_of_the_grid_are_set_changed_and_emptied_in_one_save(staff: Client, lathes: SetupMatrix) -> None:
    keys = {time.from_family.code: time.from_family_id for time in lathes.times.all() if time.from_family}
    brass = lathes.times.get().to_family_id
    steel = keys["STEEL"]
    url = change("setupmatrix", lathes.pk)
    data = filled(staff, url) | {
        f"cell_{steel}_{brass}": "",
        f"cell_any_{brass}": "15",
        f"cell_{brass}_any": "0",
        "cell_any_any": "33",
    }
    assert staff.post(url, data).status_code == 302
    cells = set(lathes.times.values_list("from_family__code", "to_family__code", "minutes"))
    assert cells == {(None, "BRASS", 15), ("BRASS", None, 0), (None, None, 33)}
    assert staff.post(url, filled(staff, url) | {"cell_any_any": "34"}).status_code == 302
    assert lathes.times.get(from_family=None, to_family=None).minutes == 34


def test_a_cell_that_is_no_number_of_minutes_is_refused_and_nothing_is_saved(staff: Client, lathes: SetupMatrix) -> None:
    url = change("setupmatrix", lathes.pk)
    answer = said(staff.post(url, filled(staff, url) | {"cell_any_any": "-5", "default_minutes": "7"}))
    assert "greater than or equal to 0" in answer
    lathes.refresh_from_db()
    assert (lathes.default_minutes, lathes.times.count()) == (40, 1)


def test_a_new_matrix_leads_on_to_its_grid(staff: Client) -> None:
    answer = staff.post(reverse("admin:plant_setupmatrix_add"), {"name": "Mills", "default_minutes": "10"})
    assert answer.headers["Location"] == change("setupmatrix", SetupMatrix.objects.get().pk)


@pytest.fixture
def order() -> Order:
    """Expanded, ten pieces, two steps on two machines, the second of which is slow."""
    place = making.cell()
    making.machine("TU-01", at=place)
    making.machine("TU-02", at=place, efficiency_percent=50)
    made = making.order(making.routing(6, 2, at=place))
    expand(made)
    return made


def run_minutes(order: Order) -> dict[int, list[int]]:
    return {row.number: sorted(mode.run_minutes for mode in row.modes.all()) for row in order.operations.all()}


def test_a_new_order_gets_its_operations_at_once(staff: Client) -> None:
    making.machine()
    way = making.routing(6, 2)
    times = {"release_0": "2026-03-02", "release_1": "06:00", "due_0": "2026-03-09", "due_1": "18:00"}
    url = reverse("admin:plant_order_add")
    data = filled(staff, url, number="4711", product=way.product.pk, quantity=5, **times)
    assert "operations 2 made" in said(staff.post(url, data, follow=True))
    assert run_minutes(Order.objects.get()) == {10: [30], 20: [10]}


def test_an_order_that_is_due_before_its_release_is_refused_at_the_field(staff: Client, order: Order) -> None:
    url = change("order", order.pk)
    answer = said(staff.post(url, filled(staff, url, due_0="2026-03-01")))
    assert "the due time must not be earlier than the release" in answer


def test_a_new_quantity_brings_the_operations_up_to_date(staff: Client, order: Order) -> None:
    url = change("order", order.pk)
    assert "2 brought up to date" in said(staff.post(url, filled(staff, url, quantity=20), follow=True))
    assert run_minutes(order) == {10: [120, 240], 20: [40, 80]}


def test_operations_edited_on_the_page_keep_their_edit_and_their_machines_follow(staff: Client, order: Order) -> None:
    url = change("order", order.pk)
    staff.post(url, filled(staff, url) | {"operations-0-run_minutes": "90"})
    assert run_minutes(order) == {10: [90, 180], 20: [20, 40]}
    assert [row.is_edited for row in order.operations.all()] == [True, False]
    assert "made by hand: 10 “Step 10”" in said(staff.post(url, filled(staff, url, quantity=11), follow=True))
    assert run_minutes(order) == {10: [90, 180], 20: [20, 40]}
    assert "1 brought up to date, 0 removed, 1 kept" in act(staff, "order", "expand_keeping", order.pk)
    assert run_minutes(order) == {10: [90, 180], 20: [22, 44]}
    assert "2 brought up to date" in act(staff, "order", "expand_replacing", order.pk)
    assert run_minutes(order) == {10: [66, 132], 20: [22, 44]}


def test_an_operation_added_on_the_page_gets_machines_and_its_place_in_the_sequence(staff: Client, order: Order) -> None:
    url = change("order", order.pk)
    place = order.operations.all()[0].cell_id
    row = {"number": 15, "name": "Deburr", "cell": place, "setup_minutes": 0, "run_minutes": 30, "may_pause": "on"}
    assert staff.post(url, added(filled(staff, url), "operations", **row)).status_code == 302
    assert run_minutes(order)[15] == [30, 60]
    links = set(OperationLink.objects.values_list("before__number", "after__number"))
    assert links == {(10, 20), (10, 15), (15, 20)}
    assert order.operations.get(number=15).is_edited


def test_holding_on_the_page_is_no_edit(staff: Client, order: Order) -> None:
    url = change("order", order.pk)
    staff.post(url, filled(staff, url) | {"operations-1-is_held": "on"})
    held = order.operations.get(number=20)
    assert (held.is_held, held.is_edited) == (True, False)


def test_orders_are_released_held_and_closed_by_actions(staff: Client, order: Order) -> None:
    assert "1 order released" in act(staff, "order", "release_orders", order.pk)
    assert "1 order put on hold" in act(staff, "order", "hold_orders", order.pk)
    order.refresh_from_db()
    assert order.status == Order.Status.ON_HOLD
    answer = act(staff, "order", "close_orders", order.pk)
    assert "Order 4711 is not done: 2 of its operations are not finished." in answer
    assert "0 orders marked as done" in answer
    now = timezone.now()
    order.operations.update(actual_machine=Machine.objects.all()[0], actual_start=now - timedelta(hours=1), actual_end=now)
    assert "1 order marked as done" in act(staff, "order", "close_orders", order.pk)
    order.refresh_from_db()
    assert order.status == Order.Status.DONE
    assert "is done" in act(staff, "order", "expand_orders", order.pk)


def test_operations_are_held_released_and_finished_by_actions(staff: Client, order: Order) -> None:
    first, second = order.operations.all()
    Operation.objects.filter(pk=first.pk).update(
        actual_machine=Machine.objects.all()[0], actual_start=timezone.now() - timedelta(hours=1)
    )
    answer = act(staff, "operation", "hold", first.pk, second.pk)
    assert "10 Step 10 has started already" in answer
    assert "1 held" in answer
    assert order.operations.get(is_held=True) == second
    assert "1 released" in act(staff, "operation", "release", first.pk, second.pk)
    answer = act(staff, "operation", "mark_done", first.pk, second.pk)
    assert "20 Step 20 has not started" in answer
    assert "1 marked as done" in answer
    first.refresh_from_db()
    assert (first.state, first.done_quantity) == ("done", 10)
    assert "is done already" in act(staff, "operation", "mark_done", first.pk)


def test_the_operation_list_filters_by_state(staff: Client, order: Order) -> None:
    order.operations.filter(number=20).update(is_held=True)
    url = reverse("admin:plant_operation_changelist")
    assert "1 operation" in said(staff.get(url, {"state": "held"}))
    assert "1 operation" in said(staff.get(url, {"state": "open"}))
    assert "0 operations" in said(staff.get(url, {"state": "done"}))


def test_a_precedence_made_by_hand_marks_both_operations_and_a_circle_is_refused(staff: Client, order: Order) -> None:
    first, second = order.operations.all()
    third = making.operation(order, 30)
    Operation.objects.update(is_edited=False)
    url = change("operation", third.pk)
    assert staff.post(url, added(filled(staff, url), "links_before", before=first.pk, min_wait_minutes=5)).status_code == 302
    assert set(Operation.objects.filter(is_edited=True)) == {first, third}
    assert str(third) in said(staff.get(change("operation", first.pk)))
    url = change("operation", first.pk)
    assert "This closes a circle" in said(
        staff.post(url, added(filled(staff, url), "links_before", before=second.pk, min_wait_minutes=0))
    )


def test_new_times_of_an_operation_carry_over_to_its_machines(staff: Client, order: Order) -> None:
    first = order.operations.all()[0]
    url = change("operation", first.pk)
    staff.post(url, filled(staff, url, run_minutes=30, setup_minutes=12))
    first.refresh_from_db()
    assert first.is_edited
    assert sorted(first.modes.values_list("setup_minutes", "run_minutes")) == [(12, 30), (12, 60)]


def test_an_operation_added_on_its_own_page_gets_machines_and_its_place_in_the_sequence(staff: Client, order: Order) -> None:
    url = reverse("admin:plant_operation_add")
    place = order.operations.all()[0].cell_id
    data = filled(staff, url, order=order.pk, number=30, name="Pack", cell=place, setup_minutes=0, run_minutes=30)
    assert staff.post(url, data).status_code == 302
    assert run_minutes(order)[30] == [30, 60]
    assert OperationLink.objects.filter(before__number=20, after__number=30).exists()


def test_two_absences_that_overlap_are_refused_on_the_page(staff: Client) -> None:
    person = making.operator()
    url = change("operator", person.pk)
    data = filled(staff, url)
    for first, last in (("2026-07-01", "2026-07-10"), ("2026-07-09", "2026-07-12")):
        data = added(data, "absences", start_0=first, start_1="00:00", end_0=last, end_1="00:00")
    assert "It overlaps with Person 101: absent." in said(staff.post(url, data))
    assert not person.absences.exists()


def test_a_number_that_is_none_comes_back_as_it_was_typed(staff: Client) -> None:
    way = making.routing(1.5)
    url = change("routing", way.pk)
    data = filled(staff, url)
    assert data["steps-0-run_minutes_per_unit"] == Decimal("1.5")
    page = said(staff.get(url))
    assert 'name="steps-0-run_minutes_per_unit" value="1.5"' in page
    answer = said(staff.post(url, data | {"steps-0-run_minutes_per_unit": "quick"}))
    assert "Enter a number." in answer
    assert 'value="quick"' in answer
