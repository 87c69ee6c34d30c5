"""The words of a health report."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from django.conf import settings

from runs.thresholds import Limit, Status


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `limit` is the one that was passed, or the next one; both are in `unit`.

    `text` is a sentence for whoever runs the site, with the way out unless all is well. `value` is None where there was nothing
    to measure. `oldest_seconds`: for how long the oldest of what waits in a queue has waited.
    """

    name: str
    status: Status
    value: float | None
    limit: float | None
    text: str
    unit: str = ""
    oldest_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """All checks, and the worst of them."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        return max((check.status for check in self.checks), key=lambda status: status.severity)

    def check(self, name: str) -> Check:
        """By its name. Raises KeyError."""
        return {check.name: check for check in self.checks}[name]


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with what to say about it: `seen`, and unless all is well, `way_out`."""

    name: str
    value: float
    unit: str
    seen: str
    way_out: str
    oldest_seconds: float | None = None

    def judged(self) -> Check:
        """By the table in settings."""
        limit: Limit = settings.HEALTH_LIMITS[self.name]
        status = limit.judge(self.value)
        shown = limit.unhealthy if status is Status.UNHEALTHY else limit.degraded
        text = self.seen if status is Status.HEALTHY else f"{self.seen} {self.way_out}"
        return Check(self.name, status, self.value, shown if isfinite(shown) else None, text, self.unit, self.oldest_seconds)


def fine(name: str, text: str) -> Check:
    """Nothing to measure, nothing to complain of."""
    return Check(name, Status.HEALTHY, None, None, text)


def ill(name: str, text: str, status: Status = Status.UNHEALTHY) -> Check:
    """Nothing could be measured, and that is the fault."""
    return Check(name, status, None, None, text)


def span(seconds: float) -> str:
    """“40 s”, “12 min”, “3 h 20 min”."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
