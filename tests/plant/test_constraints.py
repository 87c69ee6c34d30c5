"""Bad rows are refused twice: with a sentence at the field, and by the database when nobody asked for the sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model

from plant.models import (
    Absence,
    Calendar,
    CalendarException,
    Downtime,
    Machine,
    Operation,
    OperationLink,
    OperationMode,
    OperatorSkill,
    Order,
    Product,
    Routing,
    RoutingStep,
    SetupTime,
    Shift,
    Site,
    StepAlternative,
    StepCrew,
    WorkCell,
)
from tests.plant import making
from tests.plant.making import HOUR, NOW

pytestmark = pytest.mark.django_db

Make = Callable[[], Model]


def bad_order(**values: object) -> Make:
    def make() -> Order:
        product = Product.objects.create(code="P-1", name="Shaft")
        times: dict[str, object] = {"release": NOW, "due": NOW + HOUR}
        return Order(number="1", product=product, **(times | values))

    return make


def bad_machine(**values: object) -> Make:
    def make() -> Machine:
        given = {name: making.matrix() if name == "setup_matrix" else value for name, value in values.items()}
        return Machine(code="TU-01", name="Lathe", cell=making.cell(), **given)

    return make


def bad_step(**values: object) -> Make:
    def make() -> RoutingStep:
        defaults: dict[str, object] = {"number": 20, "name": "Mill", "run_minutes_per_unit": 1}
        return RoutingStep(routing=making.routing(1), cell=WorkCell.objects.get(), **(defaults | values))

    return make


def bad_operation(**values: object) -> Make:
    def make() -> Operation:
        order = making.order(making.routing(1))
        given = {name: making.machine() if name == "actual_machine" else value for name, value in values.items()}
        defaults: dict[str, object] = {"number": 10, "name": "Turn", "run_minutes": 5}
        return Operation(order=order, cell=WorkCell.objects.get(), **(defaults | given))

    return make


def alternative(*, machine: bool, group: bool) -> Make:
    def make() -> StepAlternative:
        step = making.routing(1).steps.get()
        lathe = making.machine()
        lathes = lathe.groups.create(code="TU", name="Lathes")
        return StepAlternative(step=step, machine=lathe if machine else None, group=lathes if group else None)

    return make


def second_downtime() -> Downtime:
    lathe = making.machine()
    Downtime.objects.create(machine=lathe, start=NOW, end=NOW + 2 * HOUR)
    return Downtime(machine=lathe, start=NOW + HOUR, end=NOW + 3 * HOUR)


def second_absence() -> Absence:
    person = making.operator()
    Absence.objects.create(operator=person, start=NOW, end=NOW + 2 * HOUR)
    return Absence(operator=person, start=NOW - HOUR, end=NOW + 5 * HOUR)


def second_skill(first: tuple[date | None, date | None], second: tuple[date | None, date | None]) -> Make:
    def make() -> OperatorSkill:
        person, welding = making.operator(), making.skill()
        OperatorSkill.objects.create(operator=person, skill=welding, valid_from=first[0], valid_until=first[1])
        return OperatorSkill(operator=person, skill=welding, level=2, valid_from=second[0], valid_until=second[1])

    return make


def second_setup_time() -> SetupTime:
    lathes, steel = making.matrix(), making.family()
    SetupTime.objects.create(matrix=lathes, to_family=steel, minutes=10)
    return SetupTime(matrix=lathes, to_family=steel, minutes=20)


def link_to_itself() -> OperationLink:
    only = making.operation(making.order(making.routing(1)))
    return OperationLink(before=only, after=only)


def second_active_routing() -> Routing:
    return Routing(product=making.routing(1).product, name="Other")


def second_mode() -> OperationMode:
    only = making.operation(making.order(making.routing(1)))
    lathe = making.machine()
    OperationMode.objects.create(operation=only, machine=lathe, run_minutes=5)
    return OperationMode(operation=only, machine=lathe, run_minutes=6)


REFUSED: list[tuple[str, Make, str, str]] = [
    ("second site", lambda: Site(pk=2), "__all__", "one site only"),
    ("pattern of no week", lambda: Calendar(name="A", cycle_weeks=0), "cycle_weeks", "between 1 and 52"),
    (
        "weekday 7",
        lambda: Shift(calendar=making.always_open(), weekday=7, start_time=time(), end_time=time()),
        "weekday",
        "valid choice",
    ),
    (
        "exception backwards",
        lambda: CalendarException(calendar=making.always_open(), start=NOW, end=NOW, reason="x"),
        "end",
        "ends after it starts",
    ),
    (
        "cell for no order",
        lambda: WorkCell(code="A", name="A", calendar=making.always_open(), wip_limit=0),
        "wip_limit",
        "below 1",
    ),
    ("machine of capacity 0", bad_machine(capacity=0), "capacity", "at least one operation"),
    ("machine that stands still", bad_machine(efficiency_percent=0), "efficiency_percent", "between 1 and 300"),
    ("matrix at capacity 2", bad_machine(capacity=2, setup_matrix=True), "setup_matrix", "capacity 1"),
    ("downtime twice", second_downtime, "start", "already down"),
    ("absence twice", second_absence, "start", "already absent"),
    ("skill twice", second_skill((None, None), (date(2026, 1, 1), None)), "skill", "already holds"),
    ("skill twice on one day", second_skill((None, date(2026, 1, 5)), (date(2026, 1, 5), None)), "skill", "already holds"),
    (
        "skill of level 6",
        lambda: OperatorSkill(operator=making.operator(), skill=making.skill(), level=6),
        "level",
        "from 1 to 5",
    ),
    (
        "skill that ends before it begins",
        lambda: OperatorSkill(
            operator=making.operator(), skill=making.skill(), valid_from=date(2026, 2, 2), valid_until=date(2026, 2, 1)
        ),
        "valid_until",
        "cannot come before",
    ),
    ("changeover twice", second_setup_time, "to_family", "has this changeover already"),
    ("step number twice", bad_step(number=10), "number", "this number already"),
    ("run of negative time", bad_step(run_minutes_per_unit=-1), "run_minutes_per_unit", "less than no time"),
    ("waits crossed", bad_step(min_wait_minutes=5, max_wait_minutes=4), "max_wait_minutes", "longest wait"),
    (
        "crew of nobody",
        lambda: StepCrew(step=making.routing(1).steps.get(), skill=making.skill(), count=0),
        "count",
        "at least one person",
    ),
    ("machine and group", alternative(machine=True, group=True), "machine", "not both"),
    ("neither machine nor group", alternative(machine=False, group=False), "machine", "Name a machine"),
    (
        "alternative without speed",
        lambda: StepAlternative(step=making.routing(1).steps.get(), machine=making.machine(), speed_percent=0),
        "speed_percent",
        "between 1 and 1000",
    ),
    ("second routing for new orders", second_active_routing, "is_active", "Switch that one off first"),
    ("order for nothing", bad_order(quantity=0), "quantity", "at least one piece"),
    ("due before release", bad_order(due=NOW - HOUR), "due", "due before it can start"),
    ("deadline before due", bad_order(deadline=NOW), "deadline", "last moment"),
    ("weight 0", bad_order(weight=0), "weight", "between 1 and 100"),
    ("started nowhere", bad_operation(actual_start=NOW), "actual_machine", "name it"),
    ("finished, never started", bad_operation(actual_end=NOW), "actual_end", "only after it has started"),
    (
        "finished before it started",
        bad_operation(actual_machine=True, actual_start=NOW, actual_end=NOW - HOUR),
        "actual_end",
        "only after",
    ),
    ("pieces before the start", bad_operation(done_quantity=1), "done_quantity", "before the operation has started"),
    ("link to itself", link_to_itself, "before", "cannot come before itself"),
    ("machine twice", second_mode, "machine", "lists this machine already"),
]


@pytest.mark.parametrize(("make", "field", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_bad_row_is_refused_with_a_sentence_and_by_the_database(make: Make, field: str, sentence: str) -> None:
    row = make()
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert any(sentence in message for message in refused.value.message_dict[field]), refused.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


ALLOWED: list[tuple[str, Make]] = [
    ("order due at its release", bad_order(due=NOW, deadline=NOW)),
    ("matrix at capacity 1", bad_machine(capacity=1, setup_matrix=True)),
    ("only a machine", alternative(machine=True, group=False)),
    ("only a group", alternative(machine=False, group=True)),
    ("skill again later", second_skill((None, date(2026, 1, 5)), (date(2026, 1, 6), None))),
    ("waits alike", bad_step(min_wait_minutes=5, max_wait_minutes=5)),
    ("done", bad_operation(actual_machine=True, actual_start=NOW, actual_end=NOW + HOUR, done_quantity=10)),
    ("started", bad_operation(actual_machine=True, actual_start=NOW)),
]


@pytest.mark.parametrize("make", [case[1] for case in ALLOWED], ids=[case[0] for case in ALLOWED])
def test_what_is_just_within_the_rules_is_accepted(make: Make) -> None:
    row = make()
    row.full_clean()
    row.save()
    assert row.pk


def test_downtimes_that_touch_are_two() -> None:
    lathe = making.machine()
    for begin in (0, 1):
        down = Downtime(machine=lathe, start=NOW + begin * HOUR, end=NOW + (begin + 1) * HOUR)
        down.full_clean()
        down.save()
    assert lathe.downtimes.count() == 2


def test_everything_that_is_wrong_is_said_at_once() -> None:
    row = bad_order(quantity=0, due=NOW - HOUR, weight=0)()
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert {"quantity", "due", "weight"} <= set(refused.value.message_dict)


def test_a_downtime_that_ends_before_it_starts_is_a_sentence_not_a_failure_of_the_server() -> None:
    row = Downtime(machine=making.machine(), start=NOW, end=NOW - HOUR)
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert refused.value.message_dict["end"] == ["A downtime ends after it starts."]
