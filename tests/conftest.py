"""One embedded PostgreSQL and one Valkey for the whole test run.

They start before Django's settings are loaded (that is why pyproject.toml does not name the settings: pytest-django would
load them too early). Under xdist only the controller starts them; each worker gets its own Redis databases here and its
own PostgreSQL database from pytest-django.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.db.models.signals import post_migrate

from scheduler_site import addresses, datafolder, embedded, env
from tests.live_stack import LiveStack, start_stack, stop_stack

POSTGRES_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
ROOM_FOR_WORKERS = 16  # groups of Redis databases: one for each xdist worker

_servers = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers (controller) or take our share of them (worker), then let pytest-django find the settings."""
    if _only_solver(config.args):
        return
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        number = int(worker.removeprefix("gw")) % ROOM_FOR_WORKERS
        os.environ["REDIS_URL"] = addresses.redis(os.environ["REDIS_URL"], addresses.DATABASES_PER_SITE * (number + 1))
    elif not config.option.collectonly:
        _start_servers()
    env.use_settings()
    django.setup()  # pytest-django does so by itself only when it finds the settings loaded
    # Workers inherit the environment: with this variable pytest-django would load their settings before they have their share.
    del os.environ["DJANGO_SETTINGS_MODULE"]
    post_migrate.connect(_bring_back_profiles, sender=apps.get_app_config("runs"), weak=False)


def _bring_back_profiles(**_signal: object) -> None:
    """A test with real transactions empties every table after itself, the rows that a migration made included."""
    import_module("runs.migrations.0003_profiles").add(apps, None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Under xdist, everything that uses the live stack shares one worker, so that it starts only once."""
    for item in items:
        if "live_stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder for a PostgreSQL that runs as another user. Pytest's own are closed to others, whenever a session starts."""
    with tempfile.TemporaryDirectory(prefix="taktline-open-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="session")
def live_stack(open_folder: Path) -> Iterator[LiveStack]:
    """The whole product as real processes, once for the session; whoever kills something brings it back."""
    folder = open_folder / "live-stack"
    folder.mkdir()
    stack = start_stack(folder, POSTGRES_FOR_TESTS)
    yield stack
    stop_stack(stack)


def pytest_unconfigure() -> None:
    """Stop what we started."""
    _servers.close()


def _only_solver(arguments: list[str]) -> bool:
    """The solver knows neither Django nor a database: its tests alone start at once."""
    folder = Path(__file__).parent / "solver"
    return all(Path(argument.split("::")[0]).resolve().is_relative_to(folder) for argument in arguments)


def _start_servers() -> None:
    folder = Path(tempfile.mkdtemp(prefix="taktline-tests-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user, who must get through
    _servers.callback(shutil.rmtree, folder, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith("TAKTLINE_")]:
        del os.environ[name]  # a developer's settings must not change what is tested
    datafolder.ensure(folder, "secret_key")
    (folder / "static").mkdir()
    # Development: static files keep their plain names, so nothing has to be collected before a page can be rendered.
    os.environ |= {"TAKTLINE_DATA": str(folder), "TAKTLINE_MODE": "development", "TAKTLINE_LOG_LEVEL": "WARNING"}
    for variable, server in [
        ("DATABASE_URL", embedded.postgres(folder, POSTGRES_FOR_TESTS)),
        ("REDIS_URL", embedded.valkey(folder)),
    ]:
        os.environ[variable] = server.url
        _servers.enter_context(embedded.running(server))
