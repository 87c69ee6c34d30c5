"""Who may do what: three groups, kept in step with the permissions that exist.

viewer    sees runs, plans and the plant
planner   sees, and solves, stops, edits plans and orders
admin     everything; members also need the staff flag to enter the admin pages
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

OUR_APPS = ("plant", "plans", "runs")
ADMINS_APPS = ("auth", "scheduler_site")  # accounts, and the tokens of programs
SEES = ("django_celery_results.view_taskresult",)
CLOCK = ("periodictask", "intervalschedule", "crontabschedule")  # of Celery's; which tasks it may fire is not for the admin
PLANNER_ADDS = (
    "runs.add_run",
    "runs.stop_run",
    "plans.add_plan",
    "plans.change_plan",
    "plant.add_order",
    "plant.change_order",
    "plant.add_operation",
    "plant.change_operation",
)


def _named(names: tuple[str, ...]) -> Q:
    wanted = Q(pk__in=[])
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return wanted


def permissions_of(role: str) -> Q:
    """The permissions of a role as a filter: what does not exist (yet) is simply not found by it."""
    viewing = Q(content_type__app_label__in=OUR_APPS, codename__startswith="view_")
    clock = Q(content_type__app_label="django_celery_beat", content_type__model__in=CLOCK)
    rules = {
        "viewer": viewing,
        "planner": viewing | _named(PLANNER_ADDS),
        "admin": Q(content_type__app_label__in=(*OUR_APPS, *ADMINS_APPS)) | clock | _named(SEES),
    }
    return rules[role]


def make_roles(**_signal: Any) -> None:
    """Bring the three groups in step. Runs after each app's migration; the database may not have all apps' tables yet."""
    for role in ("viewer", "planner", "admin"):
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set(Permission.objects.filter(permissions_of(role)))
