"""One embedded PostgreSQL and one Valkey for the whole test run.

They start before Django's settings are loaded (that is why pyproject.toml does not name the settings: pytest-django would
load them too early). Under xdist only the controller starts them; each worker gets its own Redis databases here and its
own PostgreSQL database from pytest-django.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import django
import pytest
from django.apps import apps
from django.db.models.signals import post_migrate

from scheduler_site import addresses, datafolder, embedded, env
from tests.faults import table
from tests.faults.checking import tally
from tests.live_stack import Extent, LiveStack, shared_stack, shared_stacks, stop_stack

__all__ = ["tally"]

POSTGRES_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
PATIENCE = "?connect_timeout=60"  # two workers and the stacks of the fault tests can keep a small machine's disk busy for seconds
# So little room on the channel layer that hints are lost in every burst: they are no more than hints.
LITTLE_ROOM = {"TAKTLINE_CHANNEL_CAPACITY": "20"}
ROOM_FOR_WORKERS = 16  # groups of Redis databases: one for each xdist worker

_servers = ExitStack()
_tests_left: Counter[str] = Counter()  # by the stack's fixture


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the fault tests."""
    table.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers (controller) or take our share of them (worker), then let pytest-django find the settings."""
    config.pluginmanager.register(table.Collected(), "fault-table")
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


@pytest.hookimpl(tryfirst=True)  # before xdist's own, which looks at the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under xdist, everything that uses the same stack shares one worker, so that it starts only once."""
    table.select(config, items)
    for item in items:
        for name in _stacks_of(item):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.xdist_group(name))
            _tests_left[name] += 1


def pytest_collection_finish(session: pytest.Session) -> None:
    """A stack in every worker would slow all tests down, and nobody would notice why."""
    lost = [item.nodeid for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
    if getattr(session.config.option, "loadgroup", False) and lost:  # what a worker of --dist loadgroup is told
        raise pytest.UsageError(f"xdist has not seen the group of {', '.join(lost)}: do pytest and pytest-xdist fit?")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A stack that no test needs any more costs the others processor time."""
    for name in _stacks_of(item):
        _tests_left[name] -= 1
        if not _tests_left[name] and name in shared_stacks:
            stop_stack(shared_stacks[name])


def _stacks_of(item: pytest.Item) -> list[str]:
    return [name for name in ("fault_stack", "live_stack") if name in getattr(item, "fixturenames", ())]


@pytest.fixture(autouse=True)
def _no_sharing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks sees what the test has just done."""
    monkeypatch.setattr("runs.sharing.SECONDS", 0.0)


@pytest.fixture
def bell(db: None) -> Iterator[list[int]]:
    """Which runs were rung for, as soon as they were; no message leaves."""
    from runs.bell import ring

    rung: list[int] = []
    with (
        patch("runs.bell.current_app.send_task", side_effect=lambda _task, args, **_options: rung.append(args[0])),
        patch("runs.bell.soon", ring),
    ):
        yield rung


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
    with shared_stack("live_stack", open_folder, POSTGRES_FOR_TESTS, Extent(variables=LITTLE_ROOM)) as stack:
        yield stack


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
        os.environ[variable] = server.url + (PATIENCE if variable == "DATABASE_URL" else "")
        _servers.enter_context(embedded.running(server))
