"""What has to agree with the table of queues (`runs.queues`): registered tasks, Celery's settings, workers, the files in deploy/.

Every function gives faults in sentences, none when all is well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from celery import current_app

from runs.queues import QUEUES, ROUTES, TABLE, queue_of
from scheduler_site import env
from scheduler_site.env import Environment
from scheduler_site.fleet import Fleet
from scheduler_site.processes import Command

PROCFILE = Path("deploy/Procfile")
UNIT = Path("deploy/taktline@.service")
GUIDE = Path("docs/deploy.md")
UNIT_COMMAND = "ExecStart=/opt/taktline/.venv/bin/python manage.py process %i"


def registered_tasks() -> set[str]:
    """Names of all tasks that a worker knows, Celery's own among them."""
    current_app.loader.import_default_modules()
    return set(current_app.tasks)


def fleet() -> list[Command]:
    """The processes as a machine without any settings would run them."""
    return Fleet(Environment(), "127.0.0.1", {}).processes()


def task_faults(tasks: Collection[str]) -> Iterator[str]:
    """Tasks without a route, routes without a task, routes into the void."""
    for task in sorted(tasks):
        if queue_of(task) is None:
            yield f"Task {task} has no route."
    for pattern, route in ROUTES.items():
        if not any(fnmatchcase(task, pattern) for task in tasks):
            yield f"Route {pattern} leads a task that does not exist."
        if route["queue"] not in QUEUES:
            yield f"Route {pattern} leads to the queue {route['queue']}, which the table does not have."


def setting_faults(tasks: Collection[str]) -> Iterator[str]:
    """What Celery makes of the settings, where that is not what the table says."""
    declared = set(current_app.amqp.queues)
    if declared != set(QUEUES):
        yield f"The settings have the queues {_listed(declared)}, the table has {_listed(QUEUES)}."
        return
    for task in sorted(tasks):
        queue = queue_of(task)
        if queue in declared and (led := current_app.amqp.router.route({}, task)["queue"].name) != queue:
            yield f"The settings lead task {task} to {led}, the table to {queue}."


def worker_faults(commands: Collection[Command]) -> Iterator[str]:
    """Queues that no worker serves, and workers that serve what is no queue."""
    served = {
        part.removeprefix("--queues=") for command in commands for part in command.arguments if part.startswith("--queues=")
    }
    yield from (f"No worker serves the queue {name}." for name in QUEUES if name not in served)
    yield from (f"A worker serves {name}, which is no queue of the table." for name in sorted(served - QUEUES.keys()))


def deploy_faults(names: Collection[str], root: Path = env.REPOSITORY) -> Iterator[str]:
    """Files of deploy/ and docs/ that do not name the processes as they are."""
    for path, lines in deploy_lines(names).items():
        there = (root / path).read_text().splitlines() if (root / path).exists() else []
        yield from (f"{path} lacks this line: {line}" for line in lines if line not in there)
    if (root / PROCFILE).exists() and (root / PROCFILE).read_text() != procfile(names):
        yield f"{PROCFILE} is not what manage.py verify_routes --write makes."


def deploy_lines(names: Collection[str]) -> Mapping[Path, list[str]]:
    """Lines that have to stand in each file."""
    listed = ",".join(names)
    return {
        PROCFILE: procfile(names).splitlines(),
        UNIT: [f"# One process of the site; the part after the @ is its name: {', '.join(names)}.", UNIT_COMMAND],
        GUIDE: [f"systemctl enable --now taktline.target taktline@{{{listed}}}", *queue_rows()],
    }


def procfile(names: Collection[str]) -> str:
    """For foreman, honcho, overmind and their like, started in the folder of the code."""
    head = "# Made by manage.py verify_routes --write from the table of processes. honcho --procfile deploy/Procfile start\n"
    return head + "".join(f"{name}: .venv/bin/python manage.py process {name}\n" for name in names)


def queue_rows() -> list[str]:
    """The table of queues for people."""
    return [
        f"| `{queue.name}` | {queue.purpose} | {queue.priority} | {queue.expected_seconds:g} s | "
        f"{f'processors ÷ {queue.threads}' if not queue.concurrency else queue.concurrency} | {queue.prefetch} | "
        f"{queue.max_tasks_per_child} | {queue.max_memory_kb // 1000} MB | {_span(queue.time_limit)} | {queue.niceness} |"
        for queue in TABLE
    ]


def write_guide_rows(text: str) -> str:
    """The guide with its table of queues as it is now."""
    rows = "\n".join(queue_rows())
    return re.sub(r"(?m)(^\| queue \|.*\n\|---.*\n)(?:\| .*\n)*", lambda head: f"{head[1]}{rows}\n", text)


def _span(seconds: int) -> str:
    return f"{seconds // 86_400} days" if seconds >= 86_400 else f"{seconds // 60} min"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
