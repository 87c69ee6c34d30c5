"""`manage.py soak`: break a product of its own at random and see that nothing is lost."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from scheduler_site.drill.soak import soak


class Command(BaseCommand):
    help = (
        "Starts a whole product in a temporary folder, breaks it at random under load, and counts; exit code 1 on any violation."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """How long, and which choices."""
        parser.add_argument("--seconds", type=float, default=300.0, help="how long to break things (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="decides what is broken in which order (default: %(default)s)")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Soak, print, judge."""
        self.stdout.write(f"soak of {options['seconds']:.0f} s, seed {options['seed']}")
        report = soak(options["seconds"], options["seed"], self._say)
        for line in report.lines():
            self.stdout.write(line)
        if not report.is_good:
            sys.exit(1)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
