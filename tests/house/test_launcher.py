"""`manage.py up` as a person or systemd meets it: real processes in a fresh data folder on a free port."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest

from scheduler_site import embedded, env
from scheduler_site.env import REPOSITORY, Environment
from scheduler_site.launcher import Launcher, Wishes
from tests.faults.checking import is_gone
from tests.live_stack import page_answers, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
MARKS = {
    "postgres": "bin/postgres",
    "valkey": "valkey-server",
    "web": "daphne",
    "worker-solve": "--queues=solve",
    "worker-high": "--queues=high",
    "worker-default": "--queues=default",
    "worker-low": "--queues=low",
    "steward": "steward",
    "beat": "beat",
}


@dataclass
class Site:
    """A running `manage.py up`."""

    process: subprocess.Popen[bytes]
    folder: Path
    url: str

    @property
    def log(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, name: str) -> psutil.Process | None:
        for process in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if MARKS[name] in " ".join(process.cmdline()):
                    return process
        return None

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log
        return f"Ready: {self.url}" in self.log and all(self.child(name) for name in MARKS) and self.log.count("ready.") >= 4


def up(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    outside = {
        name: value
        for name, value in env.inherited().items()
        if not name.startswith("TAKTLINE_") and name not in {"DATABASE_URL", "REDIS_URL"}
    }
    with (folder / "up.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), *options],
            cwd=REPOSITORY,
            env=outside | {"TAKTLINE_DATA": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


@pytest.fixture(scope="module")
def folder(open_folder: Path) -> Path:
    folder = open_folder / "up"
    folder.mkdir()
    folder.chmod(0o711)
    return folder


@pytest.fixture
def site(folder: Path) -> Iterator[Site]:
    """Up and ready; whatever a test leaves is killed."""
    port = embedded.free_port()
    site = Site(up(folder, port, "--prepare", "--empty"), folder, f"http://127.0.0.1:{port}/")
    family: list[psutil.Process] = []
    try:
        until_up(site)
        family = site.family()
        yield site
    finally:
        site.process.kill()
        site.process.wait()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        (folder / "up.log").unlink()


def until_up(site: Site) -> None:
    """A first start makes two databases and every table, which takes long while other tests keep the machine busy."""
    try:
        wait_until(site.is_up, "the site is up", seconds=150)
    except AssertionError as late:
        raise AssertionError(site.log) from late


def kill_and_await(site: Site, name: str) -> None:
    victim = site.child(name)
    assert victim
    victim.kill()
    wait_until(lambda: (found := site.child(name)) is not None and found.pid != victim.pid, f"{name} is back")


def gone(processes: list[psutil.Process]) -> bool:
    return all(map(is_gone, processes))


def test_life_of_a_site(site: Site) -> None:
    """One start for several looks at it: starting takes seconds."""
    assert page_answers(site.url + "login/")
    assert page_answers(site.url + "healthz")

    # A second owner of the folder is sent away with the address of the first.
    second = up(site.folder, embedded.free_port())
    assert second.wait(timeout=30) == 1
    assert f"is running already with the data folder {site.folder}. Open {site.url}" in site.log

    # Whatever is killed comes back: a worker, the web process, a server.
    for name in ("worker-default", "web", "valkey"):
        kill_and_await(site, name)
    wait_until(lambda: page_answers(site.url + "login/"), "the page answers again")

    # SIGTERM: everything is gone within ten seconds.
    family = site.family()
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(timeout=10) == 0
    assert gone(family), [process.cmdline() for process in family if process.is_running()]
    assert site.log.rstrip().endswith("Stopped.")


def test_kill_9_of_the_launcher_leaves_nothing_and_a_restart_works(site: Site) -> None:
    family = site.family()
    site.process.kill()
    site.process.wait()
    wait_until(lambda: gone(family), "every process is gone", seconds=15)
    port = embedded.free_port()
    again = Site(up(site.folder, port), site.folder, f"http://127.0.0.1:{port}/")
    try:
        until_up(again)
    finally:
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(timeout=10) == 0


def test_the_page_is_asked_for_by_a_name_that_is_answered() -> None:
    asked_for: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked_for.append(self.headers["Host"])
            self.send_response(200 if self.headers["Host"] == "plan.example.com" else 400)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.handle_request).start()
        launcher = Launcher(Environment(hosts=("plan.example.com",), port=server.server_port), Wishes())
        assert launcher._page_answers()
    assert asked_for == ["plan.example.com"]


def test_for_machines_every_line_is_an_object_that_names_its_process(capsys: pytest.CaptureFixture[str]) -> None:
    launcher = Launcher(Environment(log_format="json"), Wishes())
    launcher._say("web", '{"event": "api_error", "process": "ours", "run": 7}')
    launcher._say("postgres", "LOG:  “ready” to accept connections")
    launcher._say("worker-low", "7")
    ours, text, number = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert ours == {"process": "web", "event": "api_error", "run": 7}
    assert (text["process"], text["event"]) == ("postgres", "LOG:  “ready” to accept connections")
    assert text["timestamp"].endswith("Z")
    assert (number["process"], number["event"]) == ("worker-low", "7")


def test_for_people_every_line_begins_with_its_process(capsys: pytest.CaptureFixture[str]) -> None:
    Launcher(Environment(), Wishes())._say("web", "ready")
    assert capsys.readouterr().out == "web            ready\n"


def test_a_taken_port_is_named(folder: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = up(folder, port)
        assert done.wait(timeout=30) == 1
    log = folder / "up.log"
    assert f"Port {port} on 127.0.0.1 cannot be used: Address already in use. Try: --port {port + 1}" in log.read_text()
    log.unlink()


def test_a_port_that_there_is_not_is_named(folder: Path) -> None:
    assert up(folder, 99_999).wait(timeout=30) == 1
    log = folder / "up.log"
    assert "There is no port 99999: 65535 is the last one." in log.read_text()
    assert "Traceback" not in log.read_text()
    log.unlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_data_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=REPOSITORY,
        env=env.inherited() | {"TAKTLINE_DATA": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be used: Permission denied. Name another in TAKTLINE_DATA." in done.stderr
