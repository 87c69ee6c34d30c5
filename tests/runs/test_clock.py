"""Celery's clock fires what is in its table and nothing else, whoever wrote the row; admins set when."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest
from celery import current_app
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.db import OperationalError as DatabaseAway
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from django_celery_beat.schedulers import DatabaseScheduler
from kombu.exceptions import OperationalError

from runs import clock
from runs.clock import PERIODIC, Clock
from runs.queues import CHORES, CLEAN_EVENTS, TICK
from tests.plans.making import make_site

pytestmark = pytest.mark.django_db

FOREIGN = "celery.backend_cleanup"
LIST = "admin:django_celery_beat_periodictask_changelist"
ADD = "admin:django_celery_beat_periodictask_add"


@pytest.fixture
def boss(client: Client) -> Client:
    make_site()
    user = User.objects.create_user("boss", is_staff=True)
    user.groups.add(Group.objects.get(name="admin"))
    client.force_login(user)
    return client


@pytest.fixture
def sent() -> Iterator[list[Any]]:
    """What the admin sends to the broker."""
    calls: list[Any] = []
    with patch("runs.admin.clock.current_app.send_task", side_effect=lambda *args, **options: calls.append((args, options))):
        yield calls


def minute() -> IntervalSchedule:
    interval, _ = IntervalSchedule.objects.get_or_create(every=1, period="minutes")
    return interval


def fireable() -> set[str]:
    scheduler = Clock(app=current_app, lazy=True)
    return {row.name for row in scheduler.enabled_models()}


def form(**values: object) -> dict[str, object]:
    return {"name": "Mine", "task": CLEAN_EVENTS, "enabled": "on", "interval": minute().pk} | values


def page_of(row: PeriodicTask) -> str:
    return reverse("admin:django_celery_beat_periodictask_change", args=[row.pk])


def test_the_look_at_the_schedules_and_every_chore_are_fired() -> None:
    assert set(PERIODIC) == {TICK, *CHORES}
    assert fireable() == set(PERIODIC)


def test_what_an_admin_changes_survives_migrations_and_restarts() -> None:
    row = PeriodicTask.objects.get(name=CLEAN_EVENTS)
    row.enabled, row.interval, row.description = False, minute(), "ours"
    row.save()
    call_command("migrate", verbosity=0)
    with patch("django_celery_beat.schedulers.close_old_connections"):  # the test's own would go
        Clock(app=current_app).setup_schedule()
    row.refresh_from_db()
    assert (row.enabled, row.interval, row.description) == (False, minute(), "ours")
    assert PeriodicTask.objects.count() == len(PERIODIC)


def test_a_row_that_an_admin_has_renamed_is_not_doubled() -> None:
    PeriodicTask.objects.filter(name=CLEAN_EVENTS).update(name="At night")
    clock.ensure()
    assert PeriodicTask.objects.get(task=CLEAN_EVENTS).name == "At night"


def test_a_row_that_is_missing_comes_back_and_celerys_own_goes() -> None:
    PeriodicTask.objects.filter(name=TICK).delete()
    PeriodicTask.objects.create(name=clock.CELERYS_OWN, task=clock.CELERYS_OWN, interval=minute())
    clock.ensure()
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == set(PERIODIC)


@pytest.mark.parametrize(
    "columns",
    [
        {"task": FOREIGN},
        {"task": "runs.solve_run"},
        {"task": CLEAN_EVENTS, "args": "[1]"},
        {"task": CLEAN_EVENTS, "kwargs": '{"days": 0}'},
        {"task": CLEAN_EVENTS, "queue": "solve"},
        {"task": CLEAN_EVENTS, "exchange": "elsewhere"},
        {"task": CLEAN_EVENTS, "routing_key": "elsewhere"},
        {"task": CLEAN_EVENTS, "headers": '{"task": "runs.solve_run"}'},
        {"task": CLEAN_EVENTS, "priority": 9},
    ],
)
def test_a_row_that_somebody_wrote_past_the_admin_is_not_fired(columns: dict[str, Any]) -> None:
    PeriodicTask.objects.create(name="Smuggled", interval=minute(), **columns)
    assert fireable() == set(PERIODIC)


def test_an_admin_adds_a_task_of_the_table_and_nothing_but_its_name_is_taken(boss: Client) -> None:
    smuggled = {
        "args": '["x"]',
        "kwargs": '{"days": 0}',
        "queue": "solve",
        "routing_key": "solve",
        "regtask": FOREIGN,
        "headers": '{"task": "x"}',
        "priority": 9,
        "expire_seconds": 1,
    }
    assert boss.post(reverse(ADD), form(**smuggled)).status_code == 302
    row = PeriodicTask.objects.get(name="Mine")
    assert (row.task, row.args, row.kwargs, row.queue, row.routing_key) == (CLEAN_EVENTS, "[]", "{}", None, None)
    assert (row.headers, row.priority, row.expire_seconds) == ("{}", None, PERIODIC[CLEAN_EVENTS].expire_seconds)
    assert "Mine" in fireable()


@pytest.mark.parametrize("task", [FOREIGN, "runs.solve_run", "os.system", ""])
def test_a_foreign_task_is_refused_by_the_form(boss: Client, task: str) -> None:
    answer = boss.post(reverse(ADD), form(task=task))
    assert "task" in answer.context["adminform"].form.errors
    row = PeriodicTask.objects.get(name=TICK)
    answer = boss.post(page_of(row), form(name=TICK, task=task))
    assert "task" in answer.context["adminform"].form.errors
    assert set(PeriodicTask.objects.values_list("task", flat=True)) == set(PERIODIC)


@pytest.mark.parametrize("given", [[], ["interval", "crontab"]])
def test_one_rule_is_given(boss: Client, given: list[str]) -> None:
    rules = {"interval": minute().pk, "crontab": CrontabSchedule.objects.create(minute="5", hour="1").pk}
    answer = boss.post(reverse(ADD), form(**{name: pk if name in given else "" for name, pk in rules.items()}))
    assert answer.context["adminform"].form.errors == {"interval": ["Give either an interval or a crontab."]}
    assert not PeriodicTask.objects.filter(name="Mine").exists()


def list_form(rows: list[PeriodicTask], enabled: set[int]) -> dict[str, object]:
    data: dict[str, object] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for place, row in enumerate(rows):
        data[f"form-{place}-id"] = row.pk
        if row.pk in enabled:
            data[f"form-{place}-enabled"] = "on"
    return data


def rows_of(boss: Client) -> list[PeriodicTask]:
    return list(boss.get(reverse(LIST)).context["cl"].result_list)


def test_tasks_are_switched_on_and_off_in_the_list(boss: Client) -> None:
    rows = rows_of(boss)
    off = PeriodicTask.objects.get(name=CLEAN_EVENTS)
    assert boss.post(reverse(LIST), list_form(rows, {row.pk for row in rows} - {off.pk})).status_code == 302
    assert fireable() == set(PERIODIC) - {CLEAN_EVENTS}


def test_a_foreign_row_is_not_switched_on_in_the_list(boss: Client) -> None:
    foreign = PeriodicTask.objects.create(name="Smuggled", task=FOREIGN, interval=minute(), enabled=False)
    rows = rows_of(boss)
    assert boss.post(reverse(LIST), list_form(rows, {row.pk for row in rows})).status_code == 403
    foreign.refresh_from_db()
    assert not foreign.enabled


def test_run_now_sends_the_bare_task_to_its_own_queue(boss: Client, sent: list[Any]) -> None:
    PeriodicTask.objects.create(name="Smuggled", task=FOREIGN, interval=minute())
    PeriodicTask.objects.create(name="Stuffed", task=CLEAN_EVENTS, args="[1]", queue="solve", interval=minute())
    rows = PeriodicTask.objects.filter(name__in=["Smuggled", "Stuffed", TICK])
    chosen = {"action": "run_tasks", "_selected_action": [row.pk for row in rows]}
    answer = boss.post(reverse(LIST), chosen)
    assert sorted(sent) == [((CLEAN_EVENTS,), {"retry": False}), ((TICK,), {"retry": False})]
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert f"“Smuggled”: {FOREIGN} is no task of the clock." in said


def test_run_now_says_that_the_broker_is_away(boss: Client) -> None:
    row = PeriodicTask.objects.get(name=TICK)
    with patch("runs.admin.clock.current_app.send_task", side_effect=OperationalError("gone")):
        answer = boss.post(reverse(LIST), {"action": "run_tasks", "_selected_action": [row.pk]})
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [f"“{TICK}”: the broker is away (gone)."]


@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_others_neither_see_nor_run_tasks(client: Client, sent: list[Any], role: str) -> None:
    make_site()
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    row = PeriodicTask.objects.get(name=TICK)
    chosen = {"action": "run_tasks", "_selected_action": [row.pk]}
    assert client.post(reverse(LIST), chosen).status_code == client.get(page_of(row)).status_code == 403
    assert sent == []


def test_what_belongs_to_the_site_is_switched_off_not_deleted(boss: Client) -> None:
    tick = PeriodicTask.objects.get(name=TICK)
    mine = PeriodicTask.objects.create(name="Mine", task=CLEAN_EVENTS, interval=minute())
    delete = "admin:django_celery_beat_periodictask_delete"
    assert boss.post(reverse(delete, args=[tick.pk]), {"post": "yes"}).status_code == 403
    assert boss.post(reverse(delete, args=[mine.pk]), {"post": "yes"}).status_code == 302
    chosen = {"action": "delete_selected", "_selected_action": [tick.pk], "post": "yes"}
    boss.post(reverse(LIST), chosen)
    interval = "admin:django_celery_beat_intervalschedule_delete"  # which would take its tasks with it
    boss.post(reverse(interval, args=[tick.interval_id]), {"post": "yes"})
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == set(PERIODIC)


def test_what_cannot_be_deleted_says_why_also_to_who_may_do_everything(client: Client) -> None:
    make_site()
    client.force_login(User.objects.create_superuser("root"))
    tick = PeriodicTask.objects.get(name=TICK)
    mine = PeriodicTask.objects.create(name="Mine", task=CLEAN_EVENTS, interval=minute())
    for post in ({}, {"post": "yes"}):
        chosen = {"action": "delete_selected", "_selected_action": [tick.pk, mine.pk]} | post
        page = unescape(client.post(reverse(LIST), chosen).content.decode())
        assert f"“{TICK}” is the site's own. Switch it off instead." in page
        assert "“Mine”" not in page
        assert "permission" not in page
    interval = reverse("admin:django_celery_beat_intervalschedule_delete", args=[tick.interval_id])
    assert "comes, which is the site's own. Give that another" in unescape(client.get(interval).content.decode())
    assert PeriodicTask.objects.count() == len(PERIODIC) + 1


def test_a_name_stays_as_it_is_in_a_message(boss: Client, sent: list[Any]) -> None:
    row = PeriodicTask.objects.get(name=CLEAN_EVENTS)
    answer = boss.post(reverse(LIST), {"action": "run_tasks", "_selected_action": [row.pk]}, follow=True)
    assert f"“{CLEAN_EVENTS}” has been asked for." in answer.content.decode()
    assert len(sent) == 1


def test_the_oldest_row_of_a_task_is_the_sites_whatever_it_is_called(boss: Client) -> None:
    oldest = PeriodicTask.objects.get(task=CLEAN_EVENTS)
    oldest.name = "At night"
    oldest.save()
    mine = PeriodicTask.objects.create(name="Mine", task=CLEAN_EVENTS, interval=minute())
    delete = "admin:django_celery_beat_periodictask_delete"
    assert boss.post(reverse(delete, args=[oldest.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [oldest.pk, mine.pk], "post": "yes"}
    boss.post(reverse(LIST), chosen)
    assert PeriodicTask.objects.filter(pk=oldest.pk).exists()


@pytest.mark.parametrize(
    ("every", "period", "status"),
    [
        (5, "seconds", 302),
        (4, "seconds", 200),
        (1, "microseconds", 200),
        (0, "days", 200),
        (367, "days", 200),
        (10**9, "days", 200),
    ],
)
def test_an_interval_leaves_time_for_other_things(boss: Client, every: int, period: str, status: int) -> None:
    answer = boss.post(reverse("admin:django_celery_beat_intervalschedule_add"), {"every": every, "period": period})
    assert answer.status_code == status
    assert IntervalSchedule.objects.filter(every=every, period=period).exists() == (status == 302)


def test_a_crontab_is_checked(boss: Client) -> None:
    columns = {
        "minute": "5",
        "hour": "1",
        "day_of_month": "*",
        "month_of_year": "*",
        "day_of_week": "*",
        "timezone": "Europe/Berlin",
    }
    add = reverse("admin:django_celery_beat_crontabschedule_add")
    assert boss.post(add, columns | {"hour": "25"}).status_code == 200
    assert boss.post(add, columns).status_code == 302
    assert CrontabSchedule.objects.get().hour == "1"
    never = boss.post(add, columns | {"day_of_month": "31", "month_of_year": "2"})
    assert "never occurs" in never.content.decode()
    assert CrontabSchedule.objects.count() == 1


def test_a_crontab_that_never_comes_hides_no_other_task(boss: Client) -> None:
    never = CrontabSchedule.objects.create(minute="0", hour="0", day_of_month="31", month_of_year="2")
    PeriodicTask.objects.create(name="Never", task=CLEAN_EVENTS, crontab=never)
    assert "Never" in [row.name for row in rows_of(boss)]


@pytest.mark.parametrize("model", [SolarSchedule, ClockedSchedule])
def test_there_are_no_pages_for_rules_that_nobody_needs(model: type) -> None:
    assert not admin.site.is_registered(model)


@pytest.mark.parametrize("model", [PeriodicTask, IntervalSchedule, CrontabSchedule])
def test_the_pages_of_celery_beat_itself_are_not_there(model: type) -> None:
    page = admin.site._registry[model]
    assert type(page).__module__ == "runs.admin.clock"
    assert list(page.inlines) == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_when_the_clock_starts_does_not_end_it() -> None:
    clock.ensure()
    tries: list[int] = []
    read = DatabaseScheduler.all_as_schedule

    def away_at_first(scheduler: Clock) -> object:
        tries.append(1)
        if len(tries) < 3:
            raise DatabaseAway("the database system is starting up")
        return read(scheduler)

    with patch.object(DatabaseScheduler, "all_as_schedule", away_at_first):
        scheduler = Clock(app=current_app)
    assert set(scheduler.schedule) == set(PERIODIC)
