"""What admins see of runs and may change about them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat import models as beat

from runs.models import ObjectiveProfile, Run, RunEvent, SolveSchedule
from tests.plans.making import make_site
from tests.runs.making import claimed, keep_incumbent, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    make_site("Europe/Berlin")
    client.force_login(User.objects.create_superuser("boss"))
    return client


def schedule(**columns: object) -> SolveSchedule:
    profile = ObjectiveProfile.objects.create(name="For tests", makespan=1)
    return SolveSchedule.objects.create(name="Early", profile=profile, **{"crontab": "30 5 * * *"} | columns)


@pytest.mark.parametrize("model", ["run", "runevent", "incumbent", "heartbeat", "objectiveprofile", "solveschedule"])
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
    assert reverse("admin:runs_run_change", args=[run.pk]) in page
    assert "Order 5001 has no machine." in page


def test_a_schedule_that_begins_asks_for_nothing_before(boss: Client) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    plan = schedule(watch_from=long_ago)
    url = reverse("admin:runs_solveschedule_change", args=[plan.pk])
    form = {name: value for name, value in boss.get(url).context["adminform"].form.initial.items() if value is not None}

    assert boss.post(url, form | {"is_enabled": "on", "limit_seconds": 99}).status_code == 302
    plan.refresh_from_db()
    assert (plan.limit_seconds, plan.watch_from) == (99, long_ago)
    assert boss.post(url, form | {"is_enabled": "on", "crontab": "0 6 * * *"}).status_code == 302
    plan.refresh_from_db()
    assert plan.watch_from > long_ago


def test_a_crontab_is_checked_at_its_field(boss: Client) -> None:
    plan = schedule()
    url = reverse("admin:runs_solveschedule_change", args=[plan.pk])
    form = {name: value for name, value in boss.get(url).context["adminform"].form.initial.items() if value is not None}
    answer = boss.post(url, form | {"crontab": "0 25 * * *"})
    assert "crontab" in answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    "model", [beat.PeriodicTask, beat.CrontabSchedule, beat.IntervalSchedule, beat.SolarSchedule, beat.ClockedSchedule]
)
def test_nobody_calls_tasks_at_will(model: type) -> None:
    assert not admin.site.is_registered(model)


def test_a_profile_in_use_by_a_run_may_go_and_the_run_stays(boss: Client) -> None:
    profile = ObjectiveProfile.objects.create(name="Short-lived", makespan=1)
    run = make_run(profile=profile)
    boss.post(reverse("admin:runs_objectiveprofile_delete", args=[profile.pk]), {"post": "yes"})
    assert Run.objects.get(pk=run.pk).profile is None
