"""The one table of the site's processes. `manage.py up` runs them all; deploy/ names them for systemd and in a Procfile.

The workers come from `runs.queues`, one process for each queue.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from runs.queues import QUEUES, SOLVE_QUEUE, TABLE, Queue
from scheduler_site.env import REPOSITORY, Environment
from scheduler_site.processes import Command

WEB = "web"


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the processes are told: the address to listen on and every variable of their environment."""

    environment: Environment
    host: str
    variables: Mapping[str, str]

    def processes(self) -> list[Command]:
        """All of them in the order in which they are started: the page, then whoever answers the first click on it."""
        solve, *others = (self._worker(queue) for queue in TABLE)
        return [
            self._python(WEB, "-m", "daphne", *self._web_options(), "scheduler_site.web:application"),
            solve,
            self._python("steward", "manage.py", "steward"),
            *others,
            self._celery("beat", "beat", "--pidfile="),
        ]

    def prepare(self, *options: str) -> Command:
        """What has to be done once before they start: `manage.py prepare`."""
        return self._python("prepare", "manage.py", "prepare", *options)

    def _python(self, name: str, *arguments: str) -> Command:
        return Command(name, [sys.executable, *arguments], environment=dict(self.variables), folder=REPOSITORY)

    def _celery(self, name: str, *arguments: str) -> Command:
        level = f"--loglevel={self.environment.log_level}"
        return self._python(name, "-m", "celery", "--quiet", "--app", "scheduler_site.celery", *arguments, level)

    def _worker(self, queue: Queue) -> Command:
        side_by_side = solve_workers(self.environment) if queue.name == SOLVE_QUEUE else queue.side_by_side(_processors())
        # Gossip and mingle are chatter between workers that nobody here listens to.
        options = [*queue.options(side_by_side), "--optimization=fair", "--without-gossip", "--without-mingle"]
        return replace(self._celery(queue.worker, "worker", *options), niceness=queue.niceness)

    def _web_options(self) -> list[str]:
        options = [
            "--bind",
            self.host,
            "--port",
            str(self.environment.port),
            "--http-timeout",
            "30",
            "--no-server-name",
            "--verbosity",
            "0",
        ]
        options += ["--ping-interval", "20", "--ping-timeout", "30", "--websocket_timeout", "86400"]
        options += ["--websocket_connect_timeout", "5", "--application-close-timeout", "5"]
        # Browsers only send "ping" and "since", in one short frame. The limit of messages counts for ours too: a plan of a large
        # plant, or a page of the history of a long run.
        options += ["--websocket-max-message-size", str(4 * 2**20), "--websocket-max-frame-size", "65536"]
        if self.environment.behind_proxy:
            options.append("--proxy-headers")
        return options


def solve_workers(environment: Environment) -> int:
    """Runs solved side by side: as many as the table of queues has for this machine, unless told otherwise."""
    return environment.solve_workers or QUEUES[SOLVE_QUEUE].side_by_side(_processors())


def _processors() -> int:
    return os.cpu_count() or 1
