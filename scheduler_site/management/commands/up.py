"""`manage.py up`: run and watch the whole site on this machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduler_site import env
from scheduler_site.launcher import CannotStart, Launcher, Wishes


class Command(BaseCommand):
    """Doorway to `scheduler_site.launcher`."""

    help = "Run and watch the web server, the workers, the steward and beat (and embedded servers) until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and whether to prepare the database first."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, help="port to listen on (default: TAKTLINE_PORT, else 8000)")
        parser.add_argument(
            "--prepare", action="store_true", help="migrate, collect static files and make the first admin before"
        )
        parser.add_argument("--empty", action="store_true", help="with --prepare: do not load the demo plant into a new database")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Run until a signal comes."""
        wishes = Wishes(host=options["host"], port=options["port"], prepare=options["prepare"], demo=not options["empty"])
        try:
            Launcher(env.current(), wishes).run()
        except CannotStart as reason:
            raise CommandError(str(reason)) from reason
