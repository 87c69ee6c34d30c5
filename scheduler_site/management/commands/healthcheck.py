"""`manage.py healthcheck`: how is the whole site? For people, for cron, and for the health checks of containers."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs.health import Broken, Health, Status, assess
from scheduler_site.health import payload

COULD_NOT_CHECK = 3


class Command(BaseCommand):
    """Prints a line for each check; the exit code is the worst of them."""

    help = "How the site is. Exit code 0: healthy, 1: degraded, 2: unhealthy, 3: could not be checked."
    requires_system_checks = ()
    _has_assessed = False

    def run_from_argv(self, argv: list[str]) -> None:
        """A wrong argument is no verdict on the site; argparse would exit with 2."""
        try:
            super().run_from_argv(argv)
        except SystemExit as end:
            raise SystemExit(end.code if self._has_assessed or not end.code else COULD_NOT_CHECK) from None

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="the same as /health gives to who has the token")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Assess and print."""
        try:
            health = assess()
        except Broken as fault:
            raise CommandError(f"The site could not be checked: {fault}", returncode=COULD_NOT_CHECK) from fault
        self._has_assessed = True
        if options["json"]:
            self.stdout.write(json.dumps(payload(health, with_details=True), indent=2))
        else:
            self._table(health)
        raise SystemExit(health.status.severity)

    def _table(self, health: Health) -> None:
        styles = {Status.HEALTHY: self.style.SUCCESS, Status.DEGRADED: self.style.WARNING, Status.UNHEALTHY: self.style.ERROR}
        for check in health.checks:
            self.stdout.write(f"{styles[check.status](f'{check.status:<10}')} {check.name:<16} {check.text}")
        self.stdout.write(f"\nThe site is {styles[health.status](health.status)}.")
