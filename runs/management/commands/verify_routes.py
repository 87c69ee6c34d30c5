"""`manage.py verify_routes`: compare the table of queues with the tasks that there are."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError

from runs.queues import QUEUES, ROUTES


def route_faults(task_names: set[str]) -> list[str]:
    """What does not fit between the routes and the registered tasks, in sentences."""
    own = {name for name in task_names if not name.startswith("celery.")}
    return [
        *(f"Task {name} has no route." for name in sorted(own - ROUTES.keys())),
        *(f"Route {name} leads a task that does not exist." for name in sorted(ROUTES.keys() - own)),
        *(f"Route {name} leads to an unknown queue." for name, route in ROUTES.items() if route["queue"] not in QUEUES),
    ]


class Command(BaseCommand):
    help = "Checks that every Celery task has a queue, and every queue of the table a task."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        current_app.loader.import_default_modules()
        faults = route_faults(set(current_app.tasks))
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write("Every task has its queue.")
