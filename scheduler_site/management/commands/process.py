"""`manage.py process NAME`: become one process of the site, for systemd or another machine."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduler_site import env
from scheduler_site.datafolder import PLACEHOLDER
from scheduler_site.fleet import Fleet


class Command(BaseCommand):
    """The same commands as `manage.py up` runs, one at a time and without supervision."""

    help = "Become one process of the site (something else must watch it)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which one, and where the web process listens."""
        names = [command.name for command in Fleet(env.current(), "127.0.0.1", {}).processes()]
        parser.add_argument("name", choices=names)
        parser.add_argument("--host", default="127.0.0.1", help="address the web process listens on (default: %(default)s)")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Replace this process; does not return."""
        if settings.SECRET_KEY == PLACEHOLDER:
            raise CommandError("There is no secret key. Set TAKTLINE_SECRET_KEY, the same one for all processes.")
        fleet = Fleet(env.current(), options["host"], env.inherited())
        (command,) = [command for command in fleet.processes() if command.name == options["name"]]
        os.chdir(command.folder or ".")
        os.nice(command.niceness)
        os.execve(command.arguments[0], list(command.arguments), command.environment or {})  # noqa: S606 - our own table
