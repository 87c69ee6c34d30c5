"""`manage.py prepare`: everything that has to be done once before the site can start, and nothing that has been done."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from scheduler_site import collected

TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@contextmanager
def _as_long_as_it_takes() -> Iterator[None]:
    """A migration of large tables takes longer than any statement of the site may."""
    with connection.cursor() as cursor:
        for name in TIMEOUTS:
            cursor.execute(f"SET {name} = 0")
    yield
    with connection.cursor() as cursor:
        for name in TIMEOUTS:
            cursor.execute(f"RESET {name}")


class Command(BaseCommand):
    """Migrations, static files, demo plant, first admin: in this order, so that an interrupted start is caught up."""

    help = "Migrate, collect static files, make the first admin; each only when needed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether a new database gets the demo plant."""
        parser.add_argument("--demo", action="store_true", help="load the demo plant into a new database")

    def handle(self, *_arguments: object, **options: Any) -> None:
        """Do what is missing."""
        self._migrate()
        if not settings.DEBUG and collected.refresh():
            self.stdout.write("Static files collected.")
        # A database without an admin is new: who started once with --empty must not find a demo plant later.
        if not User.objects.filter(is_superuser=True).exists():
            if options["demo"]:
                self.stdout.write("Loading the demo plant.")
                call_command("load_demo", stdout=self.stdout)
            self._make_admin()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if steps:
            self.stdout.write(f"Bringing the database up to date ({steps} steps).")
            with _as_long_as_it_takes():
                call_command("migrate", interactive=False, verbosity=0)

    def _make_admin(self) -> None:
        given = settings.ENVIRONMENT.admin_password
        password = given or secrets.token_urlsafe(12)
        admin = User.objects.create_superuser("admin", password=password)
        admin.groups.add(Group.objects.get(name="admin"))
        shown = "the password in TAKTLINE_ADMIN_PASSWORD" if given else f"password {password}   (shown only this once)"
        self.stdout.write(f"Log in as admin, {shown}")
