"""`manage.py verify_routes`: does everything agree with the table of queues?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduler_site import env, routes


class Command(BaseCommand):
    """Doorway to `scheduler_site.routes`."""

    help = "Check that every Celery task has a queue, every queue a worker, and that deploy/ names the same processes."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to bring the generated parts up to date first."""
        parser.add_argument("--write", action="store_true", help="write deploy/Procfile and the table in docs/deploy.md anew")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Raises CommandError with every fault."""
        fleet = routes.fleet()
        names = [command.name for command in fleet]
        if options["write"]:
            self._write(names)
        tasks = routes.registered_tasks()
        faults = [
            *routes.task_faults(tasks),
            *routes.setting_faults(tasks),
            *routes.worker_faults(fleet),
            *routes.deploy_faults(names),
        ]
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(f"{len(tasks)} tasks, {len(names)} processes: every task has its queue, every queue its worker.")

    def _write(self, names: list[str]) -> None:
        (env.REPOSITORY / routes.PROCFILE).write_text(routes.procfile(names))
        guide = env.REPOSITORY / routes.GUIDE
        guide.write_text(routes.write_guide_rows(guide.read_text()))
