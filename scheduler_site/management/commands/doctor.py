"""`manage.py doctor`: is everything there that the site needs?"""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand

from scheduler_site import doctor


class Command(BaseCommand):
    """Prints one line for each finding; exit code 1 when one needs attention."""

    help = "Versions, servers, queues, workers, time zone, disk and migrations; exit code 1 when something needs attention."
    requires_system_checks = ()

    def handle(self, *_arguments: object, **_options: object) -> None:
        """Examine and print."""
        attention = 0
        for finding in doctor.examine():
            attention += not finding.fine
            style = self.style.SUCCESS("ok       ") if finding.fine else self.style.WARNING("attention")
            self.stdout.write(f"{style}  {finding.subject:<18} {finding.seen}")
        if attention:
            sys.exit(1)
