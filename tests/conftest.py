"""One embedded PostgreSQL and one Valkey for the whole test run.

They start before Django's settings are loaded (that is why pyproject.toml does not name the settings: pytest-django would
load them too early). Under xdist only the controller starts them; each worker gets its own Redis databases here and its
own PostgreSQL database from pytest-django.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from scheduler_site import addresses, datafolder, embedded, env

POSTGRES_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
ROOM_FOR_WORKERS = 16  # groups of Redis databases: one for each xdist worker

_servers = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers (controller) or take our share of them (worker), then let pytest-django find the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        number = int(worker.removeprefix("gw")) % ROOM_FOR_WORKERS
        os.environ["REDIS_URL"] = addresses.redis(os.environ["REDIS_URL"], addresses.DATABASES_PER_SITE * (number + 1))
    elif not config.option.collectonly:
        _start_servers()
    env.use_settings()


def pytest_unconfigure() -> None:
    """Stop what we started."""
    _servers.close()


def _start_servers() -> None:
    folder = Path(tempfile.mkdtemp(prefix="taktline-tests-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user, who must get through
    _servers.callback(shutil.rmtree, folder, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith("TAKTLINE_")]:
        del os.environ[name]  # a developer's settings must not change what is tested
    datafolder.ensure(folder, "secret_key")
    os.environ |= {"TAKTLINE_DATA": str(folder), "TAKTLINE_LOG_LEVEL": "WARNING"}
    for variable, server in [
        ("DATABASE_URL", embedded.postgres(folder, POSTGRES_FOR_TESTS)),
        ("REDIS_URL", embedded.valkey(folder)),
    ]:
        os.environ[variable] = server.url
        _servers.enter_context(embedded.running(server))
