"""`manage.py up`: the whole site on one machine.

    lock the data folder → PostgreSQL, Valkey → `manage.py prepare` → web → (its first page answers) → worker-solve → all others

and back in the opposite order on Ctrl-C or SIGTERM, within ten seconds.

    CannotStart    the reason, in words for the person at the terminal
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import FrameType

from runs import queues
from scheduler_site import datafolder, embedded, env
from scheduler_site.embedded import Server, ServerFailed, ServersBusy
from scheduler_site.env import Environment
from scheduler_site.fleet import Fleet, solve_workers
from scheduler_site.supervisor import Child, Supervisor

SITE_STOP_SECONDS = 7.0  # idle workers need three on a quiet machine; with the servers' share below the ten that people wait
SERVER_STOP_SECONDS = 2.5
WAIT_FOR_WEB_SECONDS = 6.0  # then the others start anyway
HEAD_START_SECONDS = 3.0  # of the solve worker before the others, who would take the processors while it loads its code
COLOURS = {"postgres": 90, "valkey": 90, "web": 36, "worker-solve": 32, "steward": 33, "beat": 35, "up": 1} | {
    queue.worker: 34 for queue in queues.TABLE if queue.name != queues.SOLVE_QUEUE
}


class CannotStart(RuntimeError):
    """The reason, in words for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for."""

    host: str = "127.0.0.1"
    port: int | None = None
    prepare: bool = False
    demo: bool = True


class Launcher:
    """One run of the site."""

    def __init__(self, environment: Environment, wishes: Wishes) -> None:
        self._environment = replace(environment, port=wishes.port or environment.port)
        self._wishes = wishes
        self._signals = 0
        self._coloured = sys.stdout.isatty()
        self._supervisor = Supervisor(self._say)

    @property
    def url(self) -> str:
        """Where the site is found on this machine."""
        host = "127.0.0.1" if self._wishes.host in {"0.0.0.0", "::"} else self._wishes.host  # noqa: S104 - compared, not listened on
        return f"http://{host}:{self._environment.port}/"

    def run(self) -> None:
        """Start everything, watch it until a signal comes, stop everything. Raises CannotStart."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        with ExitStack() as stack:
            self._own_data_folder(stack)
            self._refuse_taken_port()
            try:
                self._run_owned()
            except ServerFailed as reason:
                raise CannotStart(str(reason)) from reason

    def _run_owned(self) -> None:
        servers: list[Child] = []
        site: list[Child] = []
        try:
            fleet = self._start_servers(servers)
            self._prepare(fleet)
            self._start_site(fleet, site)
            while not self._stopping():
                self._supervisor.tick()
        finally:
            self._stop(site, servers)

    def _start_servers(self, children: list[Child]) -> Fleet:
        prepared = embedded.needed(self._environment)
        children.extend(self._supervisor.add(server.command) for server in prepared)
        for server in prepared:
            self._wait_for(server)
        urls = embedded.remember(self._environment, prepared)
        variables = env.inherited() | {
            "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
            "DATABASE_URL": urls.database,
            "REDIS_URL": urls.redis,
            "TAKTLINE_DATA": str(self._environment.data_dir),
            "TAKTLINE_PORT": str(self._environment.port),
            "TAKTLINE_HOSTS": ",".join(self._hosts()),
            "PYTHONUNBUFFERED": "1",
        }
        return Fleet(self._environment, self._wishes.host, variables)

    def _wait_for(self, server: Server) -> None:
        deadline = time.monotonic() + embedded.START_SECONDS
        while not server.answers():
            self._supervisor.tick()
            if self._stopping():
                return
            if time.monotonic() > deadline:
                raise CannotStart(embedded.last_words(server))

    def _prepare(self, fleet: Fleet) -> None:
        if not self._wishes.prepare or self._stopping():
            return
        options = ["--demo"] if self._wishes.demo else []
        if self._supervisor.run_once(fleet.prepare(*options), self._stopping) and not self._stopping():
            raise CannotStart("The database could not be prepared; the reason stands above.")

    def _start_site(self, fleet: Fleet, children: list[Child]) -> None:
        """The web process alone first, so that the first page does not wait for the workers' imports; then what the first plan
        waits for."""
        web, first, *others = fleet.processes()
        if self._stopping():
            return
        children.append(self._supervisor.add(web))
        answered = self._wait_for_page(WAIT_FOR_WEB_SECONDS)
        if answered:
            self._announce(fleet)
        if not self._stopping():
            children.append(self._supervisor.add(first))
            self._watch(HEAD_START_SECONDS)
        children.extend(self._supervisor.add(command) for command in others if not self._stopping())
        if not answered and self._wait_for_page(float("inf")):
            self._announce(fleet)

    def _watch(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._stopping() and time.monotonic() < deadline:
            self._supervisor.tick()

    def _wait_for_page(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._stopping() and time.monotonic() < deadline:
            self._supervisor.tick()
            if self._page_answers():
                return True
        return False

    def _page_answers(self) -> bool:
        host, port = self.url.removeprefix("http://").rstrip("/").rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=2)
        try:
            connection.request("GET", "/login/", headers={"Host": self._hosts()[0]})  # another name would be refused
            return connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _announce(self, fleet: Fleet) -> None:
        """URL, login and mode, for the person at the terminal."""
        given = self._environment
        servers = [
            "your PostgreSQL" if given.database_url else "embedded PostgreSQL",
            "your Redis" if given.redis_url else "embedded Valkey",
        ]
        side_by_side = solve_workers(fleet.environment)
        if os.geteuid() == 0:
            self._say("up", "Running as root: good enough for a trial; give production an ordinary user.")
        self._say("up", f"Ready: {self.url}")
        self._say(
            "up",
            "Log in as admin; its password was set or printed at the first start (manage.py changepassword admin sets another).",
        )
        self._say(
            "up", f"Mode {given.mode}: {' and '.join(servers)}, data in {given.data_dir}, runs solved at a time: {side_by_side}."
        )

    def _hosts(self) -> list[str]:
        """Host names that are answered: also the one listened on, where none were configured."""
        hosts = list(self._environment.hosts)
        if self._environment.hosts == Environment().hosts and self._wishes.host not in hosts:
            everywhere = self._wishes.host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not listened on
            hosts.append(socket.gethostname() if everywhere else self._wishes.host)
        return hosts

    def _own_data_folder(self, stack: ExitStack) -> None:
        data_dir = self._environment.data_dir
        try:
            stack.enter_context(embedded.owned(data_dir, self.url))
        except ServersBusy as reason:
            raise CannotStart(str(reason)) from reason
        except OSError as reason:
            raise CannotStart(
                f"The data folder {data_dir} cannot be used: {reason.strerror}. Name another in TAKTLINE_DATA."
            ) from reason

    def _refuse_taken_port(self) -> None:
        port = self._environment.port
        family = socket.AF_INET6 if ":" in self._wishes.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # sockets of the last run that linger are no reason
            try:
                probe.bind((self._wishes.host, port))
            except OSError as reason:
                raise CannotStart(
                    f"Port {port} on {self._wishes.host} cannot be used: {reason.strerror}. Try: --port {port + 1}"
                ) from reason
            except OverflowError as reason:
                raise CannotStart(f"There is no port {port}: {env.LAST_PORT} is the last one.") from reason

    def _stop(self, site: Sequence[Child], servers: Sequence[Child]) -> None:
        if site or servers:
            self._say("up", "Stopping; Ctrl-C again kills.")
        self._supervisor.stop(site, SITE_STOP_SECONDS, self._hurried)
        self._supervisor.stop(servers, SERVER_STOP_SECONDS, self._hurried)
        datafolder.forget_servers(self._environment.data_dir)
        self._say("up", "Stopped.")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _stopping(self) -> bool:
        return self._signals > 0

    def _hurried(self) -> bool:
        return self._signals > 1

    def _say(self, name: str, line: str) -> None:
        if self._environment.log_format == "json":
            text = as_json(name, line)
        elif self._coloured:
            text = f"\033[{COLOURS.get(name, 0)}m{name:<14}\033[0m {line}"
        else:
            text = f"{name:<14} {line}"
        with suppress(BrokenPipeError):  # whoever read our output has gone; the site goes on
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()


def as_json(process: str, line: str) -> str:
    """One object, whoever has written the line: servers write text, processes of ours objects already."""
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        said = {"event": line, "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    return json.dumps({**said, "process": process}, ensure_ascii=False)
