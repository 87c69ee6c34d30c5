"""The whole product as real processes: its own PostgreSQL and Valkey, web, workers, steward and beat, on a free port.

Nothing is restarted by itself here: a test that kills a process decides when it comes back.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

from scheduler_site import embedded, env, processes
from scheduler_site.embedded import Server
from scheduler_site.env import REPOSITORY, Environment
from scheduler_site.fleet import Fleet
from scheduler_site.processes import Command

READY_SECONDS = 60.0
STOP_SECONDS = 8.0
PASSWORD = "a password for tests"
MAKE_USERS = """
from django.contrib.auth.models import Group, User
for name in ("viewer", "planner"):
    user = User.objects.create_user(name, password={password!r})
    user.groups.add(Group.objects.get(name=name))
"""


def wait_until(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Return as soon as `condition` holds; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


@dataclass
class LiveStack:
    """Handles on the running product. Accounts: admin, planner and viewer, all with `password`."""

    folder: Path
    url: str
    database_url: str
    redis: str
    variables: dict[str, str]
    password: str = PASSWORD
    commands: dict[str, Command] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process of the table again, after a kill; its log begins anew."""
        assert not self.is_running(name), f"{name} runs already"
        self.running[name] = processes.start(self.commands[name])

    def is_running(self, name: str) -> bool:
        """True while the process is there."""
        return name in self.running and self.running[name].poll() is None

    def pid(self, name: str) -> int:
        """Process id of web, worker-solve, worker-default, steward, beat, postgres or valkey."""
        return self.running[name].pid

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal, for example SIGSTOP and SIGCONT."""
        self.running[name].send_signal(number)

    def kill(self, name: str) -> None:
        """kill -9, and wait for the end."""
        self.running[name].kill()
        self.running[name].wait()

    def stop(self, name: str) -> None:
        """Ask it to stop as an operator would, wait, and kill what is left."""
        processes.ask_to_stop(self.commands[name], self.running[name])
        processes.make_sure(self.running[name], STOP_SECONDS)

    def restart(self, name: str) -> None:
        """kill -9 and start again; returns when it is ready."""
        self.kill(name)
        self.start(name)
        self.wait_ready(name)

    def lose_redis_data(self) -> None:
        """What a Redis without persistence leaves after a crash: nothing. Call it while valkey is down."""
        assert not self.is_running("valkey")
        for file in sorted((self.folder / "valkey").rglob("*.aof*"), reverse=True):
            if file.is_file():
                file.unlink()

    def log(self, name: str) -> str:
        """What the process has said since its last start."""
        log = self.commands[name].log
        assert log is not None
        return log.read_text(errors="replace") if log.exists() else ""

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the product's own database (the test's Django is connected to another one)."""
        with psycopg.connect(self.database_url, autocommit=True) as link:
            cursor = link.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def manage(self, *arguments: str) -> str:
        """Run a management command against the product; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {arguments[0]}: {done.stdout}{done.stderr}"
        return done.stdout

    def wait_ready(self, name: str) -> None:
        """Return when the process does its work. The page for web, its own word for a worker, an answer for a server."""
        checks: dict[str, Callable[[], bool]] = {
            "web": lambda: page_answers(self.url + "login/"),
            "worker-solve": lambda: "ready." in self.log(name),
            "worker-default": lambda: "ready." in self.log(name),
            "postgres": lambda: embedded.postgres_answers(self.database_url),
            "valkey": lambda: embedded.valkey_answers(self.redis),
        }
        ready = checks.get(name, lambda: self.is_running(name))
        wait_until(lambda: self._alive(name) and ready(), f"{name} is ready (it says why not in {self.commands[name].log})")

    def _alive(self, name: str) -> bool:
        assert self.is_running(name), f"{name} has ended: {self.log(name)[-4000:]}"
        return True


def page_answers(url: str) -> bool:
    """True if the address answers without an error."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def start_stack(folder: Path, postgres_options: tuple[str, ...]) -> LiveStack:
    """Bring up everything in `folder`, with the demo plant and three accounts."""
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user, who must get through
    servers = [embedded.postgres(folder, postgres_options), embedded.valkey(folder)]
    port = embedded.free_port()
    variables = _variables(folder, servers, port)
    stack = LiveStack(folder, f"http://127.0.0.1:{port}/", servers[0].url, servers[1].url, variables)
    fleet = Fleet(Environment.read(variables), "127.0.0.1", variables)
    for command in [*(server.command for server in servers), *fleet.processes()]:
        stack.commands[command.name] = replace(command, log=folder / f"{command.name}.log")
    try:
        for name in ("postgres", "valkey"):
            stack.start(name)
            stack.wait_ready(name)
        stack.manage("prepare", "--demo")
        stack.manage("shell", "--command", MAKE_USERS.format(password=PASSWORD))
        for command in fleet.processes():
            stack.start(command.name)
        for command in fleet.processes():
            stack.wait_ready(command.name)
    except BaseException:
        stop_stack(stack)
        raise
    return stack


def stop_stack(stack: LiveStack) -> None:
    """Stop everything, servers last."""
    site = [name for name in stack.running if name not in {"postgres", "valkey"}]
    for names in (site, ["valkey", "postgres"]):
        started = [name for name in names if name in stack.running]
        for name in started:
            stack.running[name].send_signal(signal.SIGCONT)  # a test may have left it frozen
            processes.ask_to_stop(stack.commands[name], stack.running[name])
        for name in started:
            processes.make_sure(stack.running[name], STOP_SECONDS)


def _variables(folder: Path, servers: list[Server], port: int) -> dict[str, str]:
    outside = {name: value for name, value in env.inherited().items() if not name.startswith("TAKTLINE_")}
    return outside | {
        "DATABASE_URL": servers[0].url,
        "REDIS_URL": servers[1].url,
        "TAKTLINE_DATA": str(folder),
        "TAKTLINE_PORT": str(port),
        "TAKTLINE_ADMIN_PASSWORD": PASSWORD,
        "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
        "PYTHONUNBUFFERED": "1",
    }
