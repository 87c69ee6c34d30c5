"""Every page of the plant's admin opens for admins and for nobody else, and says what it should."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from plant.demo.load import load_demo
from plant.links import PAGES, admin_url
from plant.models import (
    Absence,
    CalendarException,
    OperationAttendance,
    Operator,
    Order,
    Site,
)
from tests.plant import making

pytestmark = pytest.mark.django_db

# Rows that are edited on the page of the row they belong to.
INLINE = {
    "shift", "calendarexception", "setuptime", "operatorskill", "stepcrew", "stepalternative", "operationmode", "operationcrew",
    "operationlink", "operationattendance", "operation_actual_operators",
}  # fmt: skip
REGISTERED = [model for model in apps.get_app_config("plant").get_models() if model._meta.model_name not in INLINE]
NAMES = [str(model._meta.model_name) for model in REGISTERED]


def page(name: str, what: str, *args: object) -> str:
    return reverse(f"admin:plant_{name}_{what}", args=args)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    return client


def member(role: str, *, is_staff: bool = False) -> Client:
    user = User.objects.create_user(role, is_staff=is_staff)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def test_every_model_has_its_page_or_is_edited_within_one() -> None:
    assert {model for model in REGISTERED if model not in admin.site._registry} == set()


def test_all_lists_forms_and_rows_open(staff: Client) -> None:
    load_demo(timezone.now())
    person = Operator.objects.all()[0]
    Absence.objects.get_or_create(operator=person, start=timezone.now(), end=timezone.now() + timedelta(hours=1))
    for model, name in zip(REGISTERED, NAMES, strict=True):
        row = model._default_manager.all()[0]
        if model is not Site:
            assert staff.get(page(name, "changelist")).status_code == 200, name
            assert staff.get(page(name, "changelist"), {"q": "a"}).status_code == 200, name
            assert staff.get(page(name, "add")).status_code == 200, name
            assert staff.get(page(name, "delete", row.pk)).status_code == 200, name
        answer = staff.get(page(name, "change", row.pk))
        assert answer.status_code == 200, name
        assert b"style=" not in answer.content, f"{name}: the content security policy forbids inline styles"
        assert staff.get(page(name, "history", row.pk)).status_code == 200, name


def test_viewers_and_planners_are_sent_away_and_admins_come_in() -> None:
    making.machine()
    for role in ("viewer", "planner"):
        client = member(role)
        for name in NAMES:
            answer = client.get(page(name, "changelist"))
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/admin/login/"), name
    assert member("admin", is_staff=True).get(page("machine", "changelist")).status_code == 200


def test_a_viewer_with_the_staff_flag_sees_but_cannot_change() -> None:
    lathe = making.machine()
    client = member("viewer", is_staff=True)
    assert client.get(page("machine", "change", lathe.pk)).status_code == 200
    assert client.post(page("machine", "change", lathe.pk), {"code": "X"}).status_code == 403
    assert client.get(page("machine", "add")).status_code == 403
    assert client.post(page("machine", "delete", lathe.pk), {"post": "yes"}).status_code == 403


def test_the_site_is_one_row_without_a_list(staff: Client) -> None:
    assert staff.get(page("site", "changelist")).headers["Location"] == page("site", "change", 1)
    assert staff.get(page("site", "add")).status_code == 403
    assert staff.get(page("site", "delete", 1)).status_code == 403


def test_a_calendar_shows_the_open_hours_of_the_next_14_days_with_holidays_and_exceptions(staff: Client) -> None:
    making.site(country="")
    calendar = making.always_open()
    now = timezone.now()
    CalendarException.objects.create(
        calendar=calendar, start=now + timedelta(days=1), end=now + timedelta(days=1, hours=2), reason="Works meeting"
    )
    content = staff.get(page("calendar", "change", calendar.pk)).content.decode()
    assert content.count('class="preview-day') == 14
    assert "closed: Works meeting" in content
    assert "in 14 days" in content


def test_the_page_of_a_machine_takes_its_downtime_off(staff: Client) -> None:
    making.site(country="")
    lathe = making.machine()
    begin = timezone.now() + timedelta(days=2)
    lathe.downtimes.create(start=begin, end=begin + timedelta(hours=5), reason="Service")
    content = staff.get(page("machine", "change", lathe.pk)).content.decode()
    assert 'class="preview-down"' in content
    assert "Service" in content


def test_faults_lead_to_the_page_of_their_row(staff: Client) -> None:
    operation = making.operation(making.order(making.routing(1)))
    rows = {
        "cell": operation.cell,
        "machine": making.machine(),
        "operator": making.operator(),
        "order": operation.order,
        "operation": operation,
        "matrix": making.matrix(),
        "family": making.family(),
        "skill": making.skill(),
    }
    assert rows.keys() == PAGES.keys()
    for kind, row in rows.items():
        url = admin_url(f"{kind}:{row.pk}")
        assert url is not None
        assert str(row) in staff.get(url).content.decode()


def test_what_has_no_row_has_no_page() -> None:
    assert [admin_url(subject) for subject in ("", "problem", "family:none", "plan:1", "order:x")] == [None] * 5


def kept_because(staff: Client, row: Model) -> str:
    answer = staff.post(page(str(row._meta.model_name), "delete", row.pk), {"post": "yes"})
    assert type(row)._default_manager.filter(pk=row.pk).exists()
    return answer.content.decode()


def test_what_others_need_is_kept_with_a_sentence(staff: Client) -> None:
    lathe, person = making.machine(), making.operator()
    order = making.order(making.routing(1))
    operation = making.operation(order, actual_machine=lathe, actual_start=making.NOW)
    OperationAttendance.objects.create(operation=operation, operator=person)
    assert "is used by 1 operation. Switch “active” off instead" in kept_because(staff, lathe)
    assert "what they did stays on record" in kept_because(staff, person)
    assert "has been worked on; its history stays. Cancel the order instead." in kept_because(staff, order)
    assert "Hold it, or cancel its order, instead." in kept_because(staff, operation)
    assert "It stays as long as there are routings or orders of it." in kept_because(staff, order.product)


def test_the_delete_action_keeps_them_too(staff: Client) -> None:
    started = making.order(making.routing(1))
    making.operation(started, actual_machine=making.machine(), actual_start=making.NOW)
    fresh = making.order(making.routing(1, product="P-2"), "4712")
    wanted = {"action": "delete_selected", "post": "yes"}
    answer = staff.post(page("order", "changelist"), wanted | {"_selected_action": [started.pk, fresh.pk]})
    assert "Nothing has been deleted" in answer.content.decode()
    assert Order.objects.count() == 2
    staff.post(page("order", "changelist"), wanted | {"_selected_action": [fresh.pk]})
    assert list(Order.objects.all()) == [started]


def test_rows_that_nobody_needs_are_deleted(staff: Client) -> None:
    for row in (making.machine(), making.family(), making.skill(), making.matrix(), making.operator()):
        staff.post(page(str(row._meta.model_name), "delete", row.pk), {"post": "yes"})
        assert not type(row)._default_manager.filter(pk=row.pk).exists()
