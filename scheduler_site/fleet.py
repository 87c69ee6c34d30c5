"""The one table of the site's processes. `manage.py up` runs them all; deploy/ has the same commands for systemd."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

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
        """All of them, the web process first."""
        return [
            self._python(WEB, "-m", "daphne", *self._web_options(), "scheduler_site.asgi:application"),
            self._worker("worker-solve", "solve", solve_workers(self.environment)),
            self._worker("worker-default", "default", 2),
            self._python("steward", "manage.py", "steward"),
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

    def _worker(self, name: str, queue: str, processes: int) -> Command:
        # Gossip and mingle are chatter between workers that nobody here listens to.
        options = [f"--queues={queue}", f"--concurrency={processes}", f"--hostname={queue}@%h", "--optimization=fair"]
        return self._celery(name, "worker", *options, "--without-gossip", "--without-mingle")

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
        # Browsers only send "ping" and "since": nothing longer is listened to.
        options += ["--websocket-max-message-size", "65536", "--websocket-max-frame-size", "65536"]
        if self.environment.behind_proxy:
            options.append("--proxy-headers")
        return options


def solve_workers(environment: Environment) -> int:
    """Runs solved side by side: each search uses two threads, so half of the processors unless told otherwise."""
    return environment.solve_workers or max(1, (os.cpu_count() or 1) // 2)
