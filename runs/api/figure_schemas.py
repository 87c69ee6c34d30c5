"""The shapes of figures and health, described on the way out."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class SpreadOut(BaseModel):
    """Seconds; null where there is nothing to count."""

    count: int
    average: float | None
    p50: float | None
    p95: float | None
    p99: float | None


class EndedOut(BaseModel):
    """Of runs that ended within the window."""

    finished: int
    failed: int
    success_rate: float | None
    failure_rate: float | None
    solve_seconds: SpreadOut
    wait_seconds: SpreadOut


class MetricsOut(BaseModel):
    """Totals of all runs that are kept; rates and times of those that ended within the last `window_seconds`."""

    window_seconds: float
    running_now: int
    by_state: dict[str, int]
    by_outcome: dict[str, int]
    by_failure_code: dict[str, int]
    success_rate: float | None
    failure_rate: float | None
    average_seconds_by_kind: dict[str, float | None]
    ended: EndedOut
    by_queue: dict[str, EndedOut]
    by_kind: dict[str, EndedOut]


class CheckOut(BaseModel):
    """One thing that was looked at. Only its name and its status are told to everybody."""

    name: str
    status: Literal["healthy", "degraded", "unhealthy"]
    value: float | None
    limit: float | None
    unit: str
    text: str
    oldest_seconds: float | None = Field(description="For how long the oldest of what waits in a queue has waited.")


class HealthOut(BaseModel):
    """The worst of all checks, and all checks."""

    status: Literal["healthy", "degraded", "unhealthy"]
    checks: list[CheckOut]
