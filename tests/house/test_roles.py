"""Three groups, in step with the permissions there are."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from scheduler_site import roles

pytestmark = pytest.mark.django_db


def names(role: str) -> set[str]:
    found = Group.objects.get(name=role).permissions.select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in found}


def test_viewers_only_view() -> None:
    assert {"plans.view_plan", "plant.view_machine"} <= names("viewer")
    assert {name for name in names("viewer") if ".view_" not in name} == set()


def test_planners_solve_and_plan_but_do_not_administer() -> None:
    assert {"plans.change_plan", "plant.add_order", "plant.change_operation"} <= names("planner")
    assert not {"plant.delete_order", "plant.change_machine", "auth.change_user"} & names("planner")


def test_admins_may_everything_of_ours() -> None:
    assert {"plant.delete_order", "plant.change_machine", "auth.change_user", "runs.change_solveschedule"} <= names("admin")


def test_admins_say_when_celerys_clock_fires_and_no_more_of_it() -> None:
    of_celery = {name for name in names("admin") if name.startswith("django_celery")}
    rules = ("periodictask", "intervalschedule", "crontabschedule")
    assert of_celery == {"django_celery_results.view_taskresult"} | {
        f"django_celery_beat.{verb}_{rule}" for verb in ("view", "add", "change", "delete") for rule in rules
    }


def test_a_permission_that_appears_later_is_granted_by_the_next_migration() -> None:
    kind = ContentType.objects.get(app_label="plant", model="machine")
    Permission.objects.create(content_type=kind, codename="view_machine_history", name="may see the history of machines")
    roles.make_roles()
    assert "plant.view_machine_history" in names("viewer")
