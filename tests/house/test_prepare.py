"""`manage.py prepare` does what is missing, once."""

import re
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from plant.models import Machine
from scheduler_site import collected
from scheduler_site.env import Environment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_static_files(settings: Settings, tmp_path: Path) -> None:
    """Tests that run side by side would collect into one folder, and clear it for each other."""
    settings.STATIC_ROOT = tmp_path / "collected"


def prepare(*options: str) -> str:
    output = StringIO()
    call_command("prepare", *options, stdout=output)
    return output.getvalue()


def test_the_admins_password_is_printed_once_and_works() -> None:
    said = prepare()
    password = re.search(r"Log in as admin, password (\S{16}) ", said)
    assert password
    admin = User.objects.get(username="admin")
    assert admin.check_password(password[1])
    assert admin.is_superuser
    assert [group.name for group in admin.groups.all()] == ["admin"]
    assert "password" not in prepare()


def test_a_given_password_is_taken_and_not_printed(settings: Settings) -> None:
    settings.ENVIRONMENT = Environment(admin_password="given from outside")
    assert "given from outside" not in prepare()
    assert User.objects.get(username="admin").check_password("given from outside")


def shown(name: str) -> str:
    """A setting of the database session."""
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def test_a_migration_may_take_as_long_as_it_takes_and_nothing_else_may() -> None:
    seen: list[str] = []

    def migrate(*_arguments: object, **_options: object) -> None:
        seen.extend(map(shown, ("statement_timeout", "lock_timeout")))

    commands = "scheduler_site.management.commands.prepare"
    with patch(f"{commands}.MigrationExecutor.migration_plan", return_value=[1]), patch(f"{commands}.call_command", migrate):
        prepare()
    assert seen == ["0", "0"]
    assert [shown("statement_timeout"), shown("lock_timeout")] == ["15s", "5s"]


def test_the_demo_comes_into_a_new_database_only() -> None:
    prepare()
    assert not Machine.objects.exists()
    prepare("--demo")
    assert not Machine.objects.exists()


def test_the_demo_is_loaded_when_asked_for() -> None:
    assert "Loading the demo plant." in prepare("--demo")
    assert Machine.objects.count() >= 20


def test_static_files_are_collected_only_when_they_changed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    assert collected.refresh()
    assert (tmp_path / "static" / "a.css").exists()
    assert not collected.refresh()
    (source / "a.css").write_text("a { color: red }")
    assert collected.refresh()
