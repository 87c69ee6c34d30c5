"""The whole product as real processes: its own PostgreSQL and Valkey, web, workers, stewards and beat, on a free port.

Nothing is restarted by itself here: whoever kills a process decides when it comes back.

    NotInTime    what was waited for did not happen, or the process that should do it has ended
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import psycopg

from scheduler_site import embedded, env, processes
from scheduler_site.embedded import Server
from scheduler_site.env import REPOSITORY, Environment
from scheduler_site.fleet import Fleet
from scheduler_site.processes import Command
from solver.process.naming import SPARE

READY_SECONDS = 120.0  # on a machine that is busy with other things too
STOP_SECONDS = 8.0
LOOK_SECONDS = 0.05
SERVERS = ("postgres", "valkey")


class NotInTime(AssertionError):
    """What was waited for did not happen. In a test that is a failed assertion."""


def wait_until(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Return as soon as `condition` holds. Raises NotInTime with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {seconds:.0f} s: {what}")
        time.sleep(LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the product there is.

    `copies`: of processes beyond the usual one, `{"steward": 2}` gives steward and steward-2. `slots`: runs side by side in each
    solve worker. `variables`: of the environment, for all processes. `change`: makes other commands of the usual ones.
    """

    copies: Mapping[str, int] = field(default_factory=dict)
    slots: int = 1
    variables: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Command], Command] = lambda command: command


@dataclass
class Stack:
    """Handles on the running product."""

    folder: Path
    url: str
    database_url: str
    redis: str
    variables: dict[str, str]
    commands: dict[str, Command] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process of the table again, after a kill; its log begins anew, the old one is kept under a number."""
        if self.is_running(name):
            raise NotInTime(f"{name} runs already")
        log = self.commands[name].log
        if log is not None and log.exists():
            log.rename(log.with_suffix(f".{len(list(log.parent.glob(f'{log.stem}.*.log'))) + 1}.log"))
        self.running[name] = processes.start(self.commands[name])

    def is_running(self, name: str) -> bool:
        """True while the process is there."""
        return name in self.running and self.running[name].poll() is None

    def pid(self, name: str) -> int:
        """Process id of web, worker-solve, worker-default, steward, beat, postgres or valkey, or of a copy of them."""
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

    def crash_postgres(self) -> None:
        """End PostgreSQL at once without letting anybody finish (`pg_ctl stop -m immediate`)."""
        self.signal("postgres", signal.SIGQUIT)
        self.running["postgres"].wait()

    def lose_redis_data(self) -> None:
        """What a Redis without persistence leaves after a crash: nothing. Call it while valkey is down."""
        if self.is_running("valkey"):
            raise NotInTime("valkey still runs")
        for file in sorted((self.folder / "valkey").rglob("*.aof*"), reverse=True):
            if file.is_file():
                file.unlink()

    def log(self, name: str) -> str:
        """What the process has said since its last start."""
        log = self.commands[name].log
        return log.read_text(errors="replace") if log is not None and log.exists() else ""

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the product's own database (the Django of this process may be connected to another one)."""
        with psycopg.connect(self.database_url, autocommit=True) as link:
            cursor = link.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def manage(self, *arguments: str) -> str:
        """Run a management command against the product; its output. Raises NotInTime when it fails."""
        done = subprocess.run(  # noqa: S603 - our own argument list
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotInTime(f"manage.py {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def wait_ready(self, name: str) -> None:
        """Return when the process does its work. The page for web, its own word for a worker, an answer for a server."""
        checks: dict[str, Callable[[], bool]] = {
            "web": lambda: page_answers(self.url + "login/"),
            "postgres": lambda: embedded.postgres_answers(self.database_url),
            "valkey": lambda: embedded.valkey_answers(self.redis),
        }
        ready = checks.get(name, lambda: not name.startswith("worker-") or "ready." in self.log(name))
        wait_until(lambda: self._alive(name) and ready(), f"{name} is ready (it says why not in {self.commands[name].log})")

    def workers(self) -> list[str]:
        """The names of the solve workers that are there."""
        return [name for name in self.commands if name.startswith("worker-solve") and self.is_running(name)]

    def children(self, worker: str) -> list[psutil.Process]:
        """The processes of a worker's pool."""
        try:
            return psutil.Process(self.pid(worker)).children()
        except psutil.NoSuchProcess:
            return []

    def solvers(self) -> list[psutil.Process]:
        """All solver processes of this product, orphans too, but for spares that somebody has who may still ask them."""
        return [process for process, is_kept in self._solvers() if not is_kept]

    def spares(self) -> list[psutil.Process]:
        """Those that wait for a question of a living worker."""
        return [process for process, is_kept in self._solvers() if is_kept]

    def _solvers(self) -> Iterator[tuple[psutil.Process, bool]]:
        """What runs in the folder of its workers and is no worker; whether a worker keeps it as a spare."""
        workers = {self.pid(name) for name in self.commands if name.startswith("worker-") and self.is_running(name)}
        for process in psutil.process_iter():
            try:
                is_worker = process.pid in workers or process.ppid() in workers
                if not is_worker and process.cwd() == str(self.folder) and process.status() != psutil.STATUS_ZOMBIE:
                    yield process, _is_spare_of(process, workers)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue  # it has just ended, or is not ours

    def _alive(self, name: str) -> bool:
        if not self.is_running(name):
            raise NotInTime(f"{name} has ended: {self.log(name)[-4000:]}")
        return True


def _is_spare_of(process: psutil.Process, workers: set[int]) -> bool:
    """Whether it waits for a question, and its parent, who could put it, is a child of one of these living workers."""
    parent = process.parent()
    return process.name() == SPARE and parent is not None and parent.ppid() in workers


def page_answers(url: str) -> bool:
    """True if the address answers without an error."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def start_stack(folder: Path, postgres_options: tuple[str, ...] = (), extent: Extent | None = None) -> Stack:
    """Bring up everything in `folder`, with the demo plant."""
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user, who must get through
    extent = extent or Extent()
    stack, names = _planned(folder, postgres_options, extent)
    with ExitStack() as undo:
        undo.callback(stop_stack, stack)
        for name in SERVERS:
            stack.start(name)
            stack.wait_ready(name)
        stack.manage("prepare", "--demo")
        for name in names:
            stack.start(name)
        for name in names:
            stack.wait_ready(name)
        undo.pop_all()  # it has come up: whoever asked for it stops it
    return stack


def stop_stack(stack: Stack) -> None:
    """Stop everything, servers last."""
    site = [name for name in stack.running if name not in SERVERS]
    for names in (site, ["valkey", "postgres"]):
        started = [name for name in names if name in stack.running]
        for name in started:
            stack.running[name].send_signal(signal.SIGCONT)  # somebody may have left it frozen
            processes.ask_to_stop(stack.commands[name], stack.running[name])
        for name in started:
            processes.make_sure(stack.running[name], STOP_SECONDS)


def _planned(folder: Path, postgres_options: tuple[str, ...], extent: Extent) -> tuple[Stack, list[str]]:
    """The stack before anything of it runs, and the names of its processes apart from the servers."""
    servers = [embedded.postgres(folder, postgres_options), embedded.valkey(folder)]
    port = embedded.free_port()
    variables = _variables(folder, servers, port) | {"TAKTLINE_SOLVE_WORKERS": str(extent.slots)} | dict(extent.variables)
    stack = Stack(folder, f"http://127.0.0.1:{port}/", servers[0].url, servers[1].url, variables)
    site = []
    for command in Fleet(Environment.read(variables), "127.0.0.1", variables).processes():
        site += [_copy(command, number) for number in range(1, extent.copies.get(command.name, 1) + 1)]
    for command in site:
        changed = extent.change(_in_folder(command, folder))
        stack.commands[command.name] = replace(changed, log=folder / f"{command.name}.log")
    for server in servers:
        stack.commands[server.command.name] = server.command
    return stack, [command.name for command in site]


def _copy(command: Command, number: int) -> Command:
    """The same again under another name, also for Celery, where there are several."""
    if number == 1:
        return command
    arguments = [
        argument.replace("@", f"-{number}@", 1) if argument.startswith("--hostname=") else argument
        for argument in command.arguments
    ]
    return replace(command, name=f"{command.name}-{number}", arguments=arguments)


def _in_folder(command: Command, folder: Path) -> Command:
    """Workers run in the folder of their stack: what they leave behind can be told from everybody else's."""
    return replace(command, folder=folder) if command.name.startswith("worker-") else command


def _variables(folder: Path, servers: list[Server], port: int) -> dict[str, str]:
    outside = {name: value for name, value in env.inherited().items() if not name.startswith("TAKTLINE_")}
    return outside | {
        "DATABASE_URL": servers[0].url,
        "REDIS_URL": servers[1].url,
        "TAKTLINE_DATA": str(folder),
        "TAKTLINE_PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(REPOSITORY),
    }
