"""What `manage.py doctor` looks at: what is installed here, and then everything that belongs to the health of the site."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from zoneinfo import available_timezones

from django.conf import settings

from runs.health import Status, assess
from scheduler_site.fleet import solve_workers

PACKAGES = ("django", "celery", "redis", "channels", "channels-redis", "daphne", "psycopg", "ortools")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was seen, and whether somebody should act."""

    subject: str
    seen: str
    fine: bool = True


def examine() -> Iterator[Finding]:
    """All findings, in the order in which one would look for a fault."""
    yield Finding("Python", f"{platform.python_version()} at {sys.executable}")
    yield Finding("packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES))
    yield Finding("mode", settings.MODE)
    yield Finding("processors", f"{os.cpu_count()}, runs solved at a time: {solve_workers(settings.ENVIRONMENT)}")
    zones = len(available_timezones())
    yield Finding("time zones", f"stored in {settings.TIME_ZONE}, {zones} known", fine=zones > 300)
    for check in assess().checks:
        yield Finding(check.name, check.text, fine=check.status is Status.HEALTHY)
