"""The embedded servers: they start, are found, survive a kill -9 of everything and a pid file that lies."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from scheduler_site import datafolder, embedded, env, processes
from scheduler_site.embedded import Server
from scheduler_site.env import Environment

pytestmark = pytest.mark.stack
QUICK = ("fsync=off", "shared_buffers=16MB")


@pytest.fixture
def folder(open_folder: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o711)
    yield folder
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in " ".join(process.info["cmdline"] or []):
            process.kill()


def remembered_by(server: Server) -> str:
    with psycopg.connect(server.url) as link:
        (value,) = link.execute("SELECT value FROM kept").fetchone() or ("",)
    return str(value)


def keep(server: Server, value: str) -> None:
    with psycopg.connect(server.url) as link:
        link.execute("CREATE TABLE kept (value text)")
        link.execute("INSERT INTO kept VALUES (%s)", [value])


def test_postgres_keeps_its_data_over_a_restart(folder: Path) -> None:
    first = embedded.postgres(folder, QUICK)
    with embedded.running(first) as process:
        keep(first, "kept")
        if os.geteuid() == 0:
            assert psutil.Process(process.pid).username() == embedded.UNPRIVILEGED
    assert process.poll() is not None
    second = embedded.postgres(folder, QUICK)
    with embedded.running(second):
        assert remembered_by(second) == "kept"


def test_postgres_comes_back_after_kill_9(folder: Path) -> None:
    first = embedded.postgres(folder)
    process = processes.start(first.command)
    embedded.wait_for(first, process)
    keep(first, "committed before the kill")
    process.kill()
    process.wait()
    assert (folder / "postgres" / "postmaster.pid").exists()
    second = embedded.postgres(folder)
    with embedded.running(second):
        assert remembered_by(second) == "committed before the kill"


def test_a_server_left_over_on_the_folder_is_ended_first(folder: Path) -> None:
    first = embedded.postgres(folder, QUICK)
    left_over = processes.start(first.command)
    embedded.wait_for(first, left_over)
    second = embedded.postgres(folder, QUICK)
    left_over.wait(timeout=10)
    with embedded.running(second):
        assert second.answers()


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(folder: Path) -> None:
    with embedded.running(embedded.postgres(folder, QUICK)):
        pass
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}/postgres\n1\n5432\n\n127.0.0.1\n\nready\n")
    server = embedded.postgres(folder, QUICK)
    with embedded.running(server):
        assert server.answers()


def test_valkey_asks_for_the_password_and_keeps_data_over_kill_9(folder: Path) -> None:
    first = embedded.valkey(folder)
    process = processes.start(first.command)
    embedded.wait_for(first, process)
    with redis.Redis.from_url(first.url) as client:
        client.set("bell", "rung")
        client.execute_command("WAITAOF", 0, 0, 0)
        client.config_set("appendfsync", "always")
        client.set("bell", "rung twice")
    with redis.Redis.from_url("redis://" + first.url.rsplit("@", 1)[1]) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.get("bell")
    process.send_signal(signal.SIGKILL)
    process.wait()
    second = embedded.valkey(folder)
    with embedded.running(second), redis.Redis.from_url(second.url) as client:
        assert client.get("bell") == b"rung twice"


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    server = embedded.postgres(folder, ("no_such_setting=1",))
    with pytest.raises(embedded.ServerFailed, match="no_such_setting"), embedded.running(server):
        pass


def test_only_one_owner_at_a_time(folder: Path) -> None:
    with (
        embedded.owned(folder, "http://127.0.0.1:8000/"),
        pytest.raises(embedded.ServersBusy, match=r"Open http://127\.0\.0\.1:8000/"),
    ):
        embedded.owned(folder).__enter__()
    with embedded.owned(folder):
        assert datafolder.read(folder, "secret_key")


def test_secrets_are_private(folder: Path) -> None:
    secret = datafolder.ensure(folder, "secret_key")
    assert len(secret) >= 60
    assert datafolder.ensure(folder, "secret_key") == secret
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_commands_find_the_servers_or_bring_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(data_dir=folder)
    monkeypatch.setattr(env, "current", lambda: environment)
    with embedded.around(["migrate"]):
        found = datafolder.embedded_urls(folder)
        assert found
        assert embedded.postgres_answers(found.database)
        assert embedded.valkey_answers(found.redis)
        with embedded.around(["shell"]):  # a second command beside it uses the same ones
            assert datafolder.embedded_urls(folder) == found
        assert embedded.valkey_answers(found.redis)
    assert datafolder.embedded_urls(folder) is None
    assert not embedded.valkey_answers(found.redis)
    with embedded.around(["check"]):
        assert datafolder.embedded_urls(folder) is None
