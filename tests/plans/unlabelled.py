"""Labels of a problem without a plant behind it."""

from __future__ import annotations

from plans.labels import Labels


def no_labels(horizon: int) -> Labels:
    """No names at all, time zone UTC, planned up to `horizon` ticks."""
    return Labels(site="", time_zone="UTC", begin=0, planned_until=horizon, orders={}, families={}, skills={}, numbers={})
