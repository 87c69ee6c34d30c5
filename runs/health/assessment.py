"""Put the questions, all at the same time, and wait no longer than `HEALTH_SECONDS` for the answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.conf import settings

from runs.health.asking import Silent, asked
from runs.health.rows import migration_checks, row_checks
from runs.health.servers import broker_checks, database_checks, disk_checks
from runs.health.terms import Check, Health, ill
from runs.retrying import AWAY

Look = Callable[[], list[Check]]

FROM_ROWS = (migration_checks, row_checks)
WITHOUT_DATABASE = "Cannot be told without the database."


def assess() -> Health:
    """How the site is, now; never takes much longer than `HEALTH_SECONDS`, whatever is frozen. Raises Broken."""
    return _look(
        {
            "database": database_checks,
            "migrations": migration_checks,
            "broker": broker_checks,
            "disk": disk_checks,
            "runs": row_checks,
        }
    )


def assess_lately() -> Health:
    """How the site was a few seconds ago at most: for those who ask as often as they like."""
    with _latest.lock:
        if _latest.health is None or time.monotonic() > _latest.until:
            _latest.health = assess()
            _latest.until = time.monotonic() + settings.HEALTH_KEPT_SECONDS
        return _latest.health


def readiness() -> Health:
    """Whether pages can be served: the database answers, takes writes, and has the tables that this code needs."""
    return _look({"database": database_checks, "migrations": migration_checks})


class _Latest:
    """The last assessment of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.health: Health | None = None
        self.until = 0.0


_latest = _Latest()


def _look(looks: dict[str, Look]) -> Health:
    questions = {name: asked(name, _told(name, look)) for name, look in looks.items()}
    until = time.monotonic() + settings.HEALTH_SECONDS
    checks: list[Check] = []
    for name, question in questions.items():
        try:
            checks += question.answer(until)
        except Silent:
            checks.append(ill(name, f"No answer within {settings.HEALTH_SECONDS:g} s: the server is frozen, or out of reach."))
    return Health(tuple(checks))


def _told(name: str, look: Look) -> Look:
    """Without the database, what asks it has one sentence to say; where nobody has said where it is, without trying."""

    def ask() -> list[Check]:
        if look in FROM_ROWS and not settings.SERVERS.has_database:
            return [ill(name, WITHOUT_DATABASE)]
        try:
            return look()
        except AWAY:
            return [ill(name, WITHOUT_DATABASE)]

    return ask
