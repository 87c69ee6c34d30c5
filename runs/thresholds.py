"""What a measured value means for the health of the site. Settings have the one table of them, `HEALTH_LIMITS`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Status(StrEnum):
    """How well something is: it works; it works, and somebody should look; it does not work."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"

    @property
    def severity(self) -> int:
        """0, 1, 2: the worst is the largest."""
        return list(Status).index(self)


@dataclass(frozen=True, slots=True)
class Above:
    """More is worse: degraded above the one value, unhealthy above the other."""

    degraded: float
    unhealthy: float = inf

    def judge(self, value: float) -> Status:
        if value > self.unhealthy:
            return Status.UNHEALTHY
        return Status.DEGRADED if value > self.degraded else Status.HEALTHY


@dataclass(frozen=True, slots=True)
class Below:
    """Less is worse: degraded below the one value, unhealthy below the other."""

    degraded: float
    unhealthy: float = -inf

    def judge(self, value: float) -> Status:
        if value < self.unhealthy:
            return Status.UNHEALTHY
        return Status.DEGRADED if value < self.degraded else Status.HEALTHY


Limit = Above | Below
