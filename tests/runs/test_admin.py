"""What admins see of runs and may change about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from plant.models import OperationMode
from runs.models import ObjectiveProfile, Run, RunEvent, SolveSchedule
from solver.problem import TERMS, Objective
from tests.plans.making import make_cell, make_machine, make_operation, make_order, make_site
from tests.plant.admin_forms import filled, said
from tests.runs.making import claimed, keep_incumbent, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    make_site("Europe/Berlin")
    client.force_login(User.objects.create_superuser("boss"))
    return client


def schedule(**columns: object) -> SolveSchedule:
    profile, _ = ObjectiveProfile.objects.get_or_create(name="For tests", defaults={"makespan": 1})
    return SolveSchedule.objects.create(**{"name": "Early", "profile": profile, "crontab": "30 5 * * *"} | columns)


@pytest.mark.parametrize("model", ["run", "runevent", "attempt", "incumbent", "heartbeat", "objectiveprofile", "solveschedule"])
def test_every_list_opens(boss: Client, model: str) -> None:
    keep_incumbent(claimed(make_run(schedule=schedule(), scheduled_for=timezone.now())))
    assert boss.get(reverse(f"admin:runs_{model}_changelist")).status_code == 200


def test_runs_and_events_are_only_to_look_at(boss: Client) -> None:
    run = make_run()
    event = RunEvent.objects.get(run=run)
    for name, pk in (("run", run.pk), ("runevent", event.pk)):
        assert boss.get(reverse(f"admin:runs_{name}_change", args=[pk])).status_code == 200
        assert boss.post(reverse(f"admin:runs_{name}_change", args=[pk]), {"state": "failed"}).status_code == 403
        assert boss.post(reverse(f"admin:runs_{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403
        assert boss.get(reverse(f"admin:runs_{name}_add")).status_code == 403


def test_a_runs_events_are_one_click_away(boss: Client) -> None:
    run, other = make_run(), make_run()
    page = boss.get(reverse("admin:runs_run_change", args=[run.pk])).content.decode()
    link = f"{reverse('admin:runs_runevent_changelist')}?run__id={run.pk}"
    assert link in page
    listed = boss.get(link).context["cl"].queryset
    assert [event.run_id for event in listed] == [run.pk]
    assert other.pk != run.pk


def test_a_schedule_shows_what_comes_and_what_came(boss: Client) -> None:
    plan = schedule(last_error="Order 5001 has no machine.")
    run = make_run(schedule=plan, scheduled_for=timezone.now())
    page = boss.get(reverse("admin:runs_solveschedule_change", args=[plan.pk])).content.decode()
    assert page.count("05:30 CE") == 5
    assert reverse("runs:detail", args=[run.pk]) in page
    assert "Order 5001 has no machine." in page


def test_the_list_of_schedules_shows_what_comes_and_what_came_with_few_queries(
    boss: Client, django_assert_max_num_queries: Any
) -> None:
    plan = schedule()
    schedule(name="Late", is_enabled=False, last_error="Order 5001 has no machine.")
    runs = [make_run(schedule=plan, scheduled_for=timezone.now() + timedelta(minutes=minute)) for minute in range(5)]
    with django_assert_max_num_queries(11):
        page = boss.get(reverse("admin:runs_solveschedule_changelist")).content.decode()
    assert page.count("05:30 CE") == 1
    shown = [run.pk for run in runs if reverse("runs:detail", args=[run.pk]) in page]
    assert shown == [run.pk for run in runs[-3:]]
    assert page.count("Queued") == 3


def test_a_schedule_that_nothing_comes_of_any_more_says_so(boss: Client) -> None:
    plan = schedule(crontab="0 6 29 2 *")
    with patch("runs.occurrences.YEARS_AHEAD", 0):
        assert "never" in boss.get(reverse("admin:runs_solveschedule_changelist")).content.decode()
        assert "never" in boss.get(reverse("admin:runs_solveschedule_change", args=[plan.pk])).content.decode()


@pytest.fixture
def ready_plant() -> None:
    machine = make_machine(make_cell())
    make_operation(make_order("4711", release=timezone.now(), due=timezone.now() + timedelta(days=2)), machine)


@pytest.mark.usefixtures("bell", "ready_plant")
def test_run_now_makes_a_run_of_that_person(boss: Client) -> None:
    plan = schedule(limit_seconds=17)
    page = reverse("admin:runs_solveschedule_change", args=[plan.pk])
    button = reverse("admin:runs_solveschedule_run_now", args=[plan.pk])
    assert f'action="{button}"' in boss.get(page).content.decode()
    opened = boss.get(button)
    assert (opened.status_code, opened.headers["Location"], Run.objects.count()) == (302, page, 0)
    answer = boss.post(button, follow=True)
    run = Run.objects.get()
    assert (run.requested_by, run.schedule, run.scheduled_for, run.limit_seconds) == (User.objects.get(), plan, None, 17)
    assert f'<a href="{reverse("runs:detail", args=[run.pk])}">Run {run.pk}</a> by hand: Queued' in answer.content.decode()
    plan.refresh_from_db()
    assert plan.last_occurrence is None


@pytest.mark.usefixtures("bell", "ready_plant")
def test_run_now_asks_for_a_csrf_token() -> None:
    make_site("Europe/Berlin")
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    assert client.post(reverse("admin:runs_solveschedule_run_now", args=[schedule().pk])).status_code == 403
    assert not Run.objects.exists()


@pytest.mark.usefixtures("bell", "ready_plant")
def test_run_now_for_several_from_the_list(boss: Client) -> None:
    chosen = [schedule().pk, schedule(name="Late").pk]
    boss.post(reverse("admin:runs_solveschedule_changelist"), {"action": "run_selected", "_selected_action": chosen})
    assert Run.objects.filter(scheduled_for=None, requested_by__username="boss").count() == 2


@pytest.mark.parametrize(
    ("may", "status", "runs"), [(["view_solveschedule"], 403, 0), (["view_solveschedule", "add_run"], 302, 1)]
)
@pytest.mark.usefixtures("bell", "ready_plant")
def test_run_now_is_for_those_who_may_ask_for_runs(client: Client, may: list[str], status: int, runs: int) -> None:
    make_site("Europe/Berlin")
    somebody = User.objects.create_user("somebody", is_staff=True)
    somebody.user_permissions.set(Permission.objects.filter(codename__in=may))
    client.force_login(somebody)
    plan = schedule()
    page = client.get(reverse("admin:runs_solveschedule_change", args=[plan.pk])).content.decode()
    assert ("Run now" in page) == bool(runs)
    assert client.post(reverse("admin:runs_solveschedule_run_now", args=[plan.pk])).status_code == status
    client.post(reverse("admin:runs_solveschedule_changelist"), {"action": "run_selected", "_selected_action": [plan.pk]})
    assert Run.objects.count() == 2 * runs


def test_run_now_of_a_broken_plant_says_what_is_wrong(boss: Client) -> None:
    make_operation(make_order("5001", release=timezone.now(), due=timezone.now() + timedelta(days=1)), make_machine(make_cell()))
    OperationMode.objects.all().delete()
    answer = boss.post(reverse("admin:runs_solveschedule_run_now", args=[schedule().pk]), follow=True)
    assert "5001" in answer.content.decode()
    assert not Run.objects.exists()


def test_run_now_says_once_what_many_operations_suffer_from_and_links_to_it(boss: Client) -> None:
    machine = make_machine(make_cell(), is_active=False)
    order = make_order("5001", release=timezone.now(), due=timezone.now() + timedelta(days=1))
    for number in (10, 20, 30):
        make_operation(order, machine, number=number)
    page = boss.post(reverse("admin:runs_solveschedule_run_now", args=[schedule().pk]), follow=True).content.decode()
    assert f"Machine {machine} is not active, and 3 operations have no other machine." in page
    assert f'<a href="{reverse("admin:plant_machine_change", args=[machine.pk])}">Mend</a>' in page
    assert "has no machine that can do it" not in page


def test_a_schedule_that_begins_asks_for_nothing_before(boss: Client) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    plan = schedule(watch_from=long_ago)
    url = reverse("admin:runs_solveschedule_change", args=[plan.pk])
    form = {name: value for name, value in boss.get(url).context["adminform"].form.initial.items() if value is not None}

    assert boss.post(url, form | {"is_enabled": "on", "limit_seconds": 99, "gap_percent": 1.5}).status_code == 302
    plan.refresh_from_db()
    assert (plan.limit_seconds, plan.gap_percent, plan.watch_from) == (99, 1.5, long_ago)
    assert boss.post(url, form | {"is_enabled": "on", "crontab": "0 6 * * *"}).status_code == 302
    plan.refresh_from_db()
    assert plan.watch_from > long_ago


def test_a_crontab_is_checked_at_its_field(boss: Client) -> None:
    plan = schedule()
    url = reverse("admin:runs_solveschedule_change", args=[plan.pk])
    form = {name: value for name, value in boss.get(url).context["adminform"].form.initial.items() if value is not None}
    answer = boss.post(url, form | {"crontab": "0 25 * * *"})
    assert "crontab" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("rule", [{"crontab": "", "interval_minutes": ""}, {"crontab": "0 6 * * *", "interval_minutes": 5}])
def test_that_there_is_one_rule_is_checked_at_a_field(boss: Client, rule: dict[str, object]) -> None:
    url = reverse("admin:runs_solveschedule_change", args=[schedule().pk])
    form = {name: value for name, value in boss.get(url).context["adminform"].form.initial.items() if value is not None}
    answer = boss.post(url, form | rule)
    assert answer.context["adminform"].form.errors == {"crontab": ["Give either a crontab or an interval."]}


def test_the_list_of_schedules_names_things_as_their_form_does(boss: Client) -> None:
    schedule()
    page = boss.get(reverse("admin:runs_solveschedule_changelist")).content.decode()
    assert [name in page for name in ("Days to plan", "Time limit, seconds", "Horizon days", "Limit seconds")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_profile_in_use_by_a_run_may_go_and_the_run_stays(boss: Client) -> None:
    profile = ObjectiveProfile.objects.create(name="Short-lived", makespan=1)
    run = make_run(profile=profile)
    boss.post(reverse("admin:runs_objectiveprofile_delete", args=[profile.pk]), {"post": "yes"})
    assert Run.objects.get(pk=run.pk).profile is None


def test_a_profile_has_weight_and_tier_of_a_thing_side_by_side(boss: Client) -> None:
    url = reverse("admin:runs_objectiveprofile_add")
    page: Any = boss.get(url)
    lines = [line for fieldset in page.context["adminform"] for line in fieldset]
    together = [[bound.field.name for bound in line] for line in lines if len(list(line)) == 2]
    assert together == [[term, f"{term}_tier"] for term in TERMS]
    assert "nothing that a later tier gains makes up for a loss" in page.content.decode()
    boss.post(url, filled(boss, url, name="In turn", late_orders=3, setup=1, setup_tier=2))
    assert ObjectiveProfile.objects.get(name="In turn").objective() == Objective(
        late_orders=3, setup=1, tiers=(("late_orders",), ("setup",))
    )
    assert "First late orders, then setup" in boss.get(reverse("admin:runs_objectiveprofile_changelist")).content.decode()
    assert "A tier is a number from 1 to 7." in said(boss.post(url, filled(boss, url, name="Odd", setup=1, setup_tier=8)))
