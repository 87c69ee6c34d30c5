"""What several rows say together: circles, overlapping shifts, machines elsewhere, families that are missing."""

from __future__ import annotations

from datetime import time

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.db.models.deletion import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from plant.models import (
    Calendar,
    OperationAttendance,
    OperationLink,
    OperationMode,
    Product,
    SetupFamily,
    SetupMatrix,
    SetupTime,
    Shift,
    Site,
    StepAlternative,
    WorkCell,
)
from plant.models.calendars import clashing_shifts, overlapping_shift
from tests.plant import making


def refusal(row: Model, field: str) -> str:
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    return " ".join(refused.value.message_dict[field])


@pytest.mark.django_db
def test_a_link_that_closes_a_circle_is_refused_and_the_circle_is_named() -> None:
    order = making.order(making.routing(1))
    first, second, third = (making.operation(order, number) for number in (10, 20, 30))
    OperationLink.objects.create(before=first, after=second)
    OperationLink.objects.create(before=second, after=third)
    assert "10 Operation 10 → 4711 / 20 Operation 20 → 4711 / 30 Operation 30 → 4711 / 10" in refusal(
        OperationLink(before=third, after=first), "before"
    )
    OperationLink(before=first, after=third).full_clean()


@pytest.mark.django_db
def test_a_link_may_be_turned_round() -> None:
    order = making.order(making.routing(1))
    first, second = (making.operation(order, number) for number in (10, 20))
    link = OperationLink.objects.create(before=first, after=second)
    link.before, link.after = second, first
    link.full_clean()


@pytest.mark.django_db
def test_shifts_of_a_week_must_not_overlap_not_even_around_the_end_of_the_pattern() -> None:
    calendar = Calendar.objects.create(name="Nights")
    Shift.objects.create(calendar=calendar, weekday=6, start_time=time(22), end_time=time(6))
    assert "It overlaps with Sunday 22:00–06:00" in refusal(
        Shift(calendar=calendar, weekday=0, start_time=time(5), end_time=time(9)), "start_time"
    )
    Shift(calendar=calendar, weekday=0, start_time=time(6), end_time=time(14)).full_clean()
    assert "has 1 weeks only" in refusal(
        Shift(calendar=calendar, week=2, weekday=3, start_time=time(6), end_time=time(9)), "week"
    )


@pytest.mark.django_db
def test_a_pattern_does_not_get_shorter_than_its_shifts() -> None:
    calendar = Calendar.objects.create(name="Crew", cycle_weeks=2)
    Shift.objects.create(calendar=calendar, week=2, weekday=0, start_time=time(6), end_time=time(14))
    calendar.cycle_weeks = 1
    assert "is in week 2" in refusal(calendar, "cycle_weeks")


clocks = st.integers(0, 23).map(time)
shifts = st.builds(
    lambda week, day, a, b: Shift(week=week, weekday=day, start_time=a, end_time=b),
    st.integers(1, 2),
    st.integers(0, 6),
    clocks,
    clocks,
)


@given(st.lists(shifts, min_size=2, max_size=5))
def test_neighbours_clash_exactly_when_any_two_overlap(rows: list[Shift]) -> None:
    any_two = any(overlapping_shift(a, rows[i + 1 :], 2) for i, a in enumerate(rows))
    assert bool(clashing_shifts(rows, 2)) == any_two


@pytest.mark.django_db
def test_machines_are_named_only_where_they_stand_and_only_with_a_family_where_changeovers_depend_on_it() -> None:
    step = making.routing(1).steps.get()
    elsewhere = making.machine("MI-01", at=making.cell("MILL"))
    assert "MI-01 stands in MILL" in refusal(StepAlternative(step=step, machine=elsewhere), "machine")
    lathe = making.machine("TU-01", at=step.cell, setup_matrix=making.matrix())
    assert "depend on the setup family" in refusal(StepAlternative(step=step, machine=lathe), "machine")
    step.setup_family = making.family()
    step.save()
    StepAlternative(step=step, machine=lathe).full_clean()


@pytest.mark.django_db
def test_an_operation_lists_only_machines_of_its_cell_and_needs_a_family_where_changeovers_depend_on_it() -> None:
    operation = making.operation(making.order(making.routing(1)))
    elsewhere = making.machine("MI-01", at=making.cell("MILL"))
    assert "stands in MILL" in refusal(OperationMode(operation=operation, machine=elsewhere, run_minutes=1), "machine")
    lathe = making.machine("TU-01", at=operation.cell, setup_matrix=making.matrix())
    assert "give the operation one" in refusal(OperationMode(operation=operation, machine=lathe, run_minutes=1), "machine")


@pytest.mark.django_db
def test_an_order_takes_a_routing_of_its_own_product() -> None:
    order = making.order(making.routing(1, product="P-1"))
    order.product = Product.objects.create(code="P-2", name="Other")
    assert "This routing makes P-1" in refusal(order, "routing")


@pytest.mark.django_db
def test_more_pieces_than_ordered_cannot_be_done() -> None:
    lathe = making.machine()
    operation = making.operation(
        making.order(making.routing(1), quantity=5), actual_machine=lathe, actual_start=making.NOW, done_quantity=6
    )
    assert "5 pieces only" in refusal(operation, "done_quantity")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone", "is no time zone"),
        ({"country": "XX"}, "country", "No public holidays are known"),
        ({"country": "DE", "subdivision": "TX"}, "subdivision", "is no subdivision of DE"),
        ({"country": "", "subdivision": "BW"}, "subdivision", "no country"),
    ],
)
def test_the_site_names_a_real_zone_and_a_known_country(values: dict[str, str], field: str, sentence: str) -> None:
    site = Site.load()
    for name, value in values.items():
        setattr(site, name, value)
    assert sentence in refusal(site, field)


@pytest.mark.django_db
def test_the_most_specific_changeover_counts() -> None:
    steel, brass, inox = (making.family(code) for code in ("STEEL", "BRASS", "INOX"))
    lathes: SetupMatrix = making.matrix(default_minutes=99)

    def state(a: SetupFamily | None, b: SetupFamily | None, minutes: int) -> None:
        SetupTime.objects.create(matrix=lathes, from_family=a, to_family=b, minutes=minutes)

    def changeover(a: SetupFamily, b: SetupFamily) -> int:
        return lathes.grid([a, b])[0][1]

    assert changeover(steel, brass) == 99
    state(None, None, 50)
    assert changeover(steel, brass) == 50
    state(steel, None, 40)
    assert (changeover(steel, brass), changeover(brass, steel)) == (40, 50)
    state(None, brass, 30)
    assert (changeover(steel, brass), changeover(steel, inox)) == (30, 40)
    state(steel, brass, 20)
    assert (changeover(steel, brass), changeover(inox, brass)) == (20, 30)
    assert changeover(brass, brass) == 0
    state(brass, brass, 5)
    assert lathes.grid([steel, brass]) == [[0, 20], [50, 5]]


@pytest.mark.django_db
def test_what_history_needs_cannot_be_deleted() -> None:
    person, lathe = making.operator(), making.machine()
    operation = making.operation(making.order(making.routing(1)), actual_machine=lathe, actual_start=making.NOW)
    OperationAttendance.objects.create(operation=operation, operator=person)
    for needed in (person, lathe, lathe.cell, operation.order.product, operation.order.routing):
        assert needed is not None
        with pytest.raises(ProtectedError):
            needed.delete()


@pytest.mark.django_db
def test_only_what_has_not_started_is_held() -> None:
    operation = making.operation(
        making.order(making.routing(1)), actual_machine=making.machine(), actual_start=making.NOW, is_held=True
    )
    assert "It has started already" in refusal(operation, "is_held")
    operation.actual_end = making.NOW + making.HOUR
    operation.full_clean()


@pytest.mark.django_db
def test_what_the_shop_floor_reports_happened_in_the_operations_cell() -> None:
    elsewhere = making.machine("MI-01", at=making.cell("MILL"))
    operation = making.operation(making.order(making.routing(1, at=making.cell("TURN"))), cell=WorkCell.objects.get(code="TURN"))
    operation.actual_machine, operation.actual_start = elsewhere, making.NOW
    assert "MI-01 stands in MILL" in refusal(operation, "actual_machine")


@pytest.mark.django_db
def test_a_group_is_named_only_where_one_of_its_machines_stands() -> None:
    step = making.routing(1).steps.get()
    mills = making.machine("MI-01", at=making.cell("MILL")).groups.create(code="MI", name="Mills")
    assert "No machine of group MI stands in" in refusal(StepAlternative(step=step, group=mills), "group")
