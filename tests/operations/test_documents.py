"""What is written for the person who runs the site is what the code does."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from runs import metrics
from runs.thresholds import Above
from scheduler_site.env import REPOSITORY

PAGE = (REPOSITORY / "docs/operations.md").read_text()
ROWS = {
    name: (degraded, unhealthy)
    for name, degraded, unhealthy in re.findall(r"^\| `([\w.]+)` \| (.*?) \| (.*?) \|", PAGE, re.MULTILINE)
}
UNITS = {"ms": 1, "s": 1, "min": 60, "h": 3600, "%": 0.01, "GiB": 1, "": 1}


def number(text: str, name: str) -> float | None:
    """“> 9.5 min” in the unit of the check."""
    if text == "none":
        return 1
    found = re.match(r"[<>] ([\d.]+) ?(\S*?)(?:,.*)?$", text)
    if found is None:
        return None
    value = float(found[1]) * UNITS[found[2]]
    if name == "memory":
        return value * 1024
    return value * 1000 if found[2] == "s" and name in {"database", "broker"} else value


@pytest.mark.parametrize("name", settings.HEALTH_LIMITS)
def test_the_table_has_the_limits_of_the_settings(name: str) -> None:
    limit = settings.HEALTH_LIMITS[name]
    nothing = float("inf") if isinstance(limit, Above) else float("-inf")
    degraded, unhealthy = (number(text, name) for text in ROWS[name])
    said = (degraded if degraded is not None else unhealthy, nothing if unhealthy is None else unhealthy)
    assert said == pytest.approx((limit.degraded, limit.unhealthy), rel=0.001)


def test_each_check_is_explained() -> None:
    assert set(ROWS) == {*settings.HEALTH_LIMITS, "migrations", "circuit"}
    advice = PAGE[PAGE.index("## What to do when a check is red") : PAGE.index("## Logs")]
    explained = set(re.findall(r"`([\w.…]+)`", "".join(re.findall(r"^\*\*(.*?)\*\*", advice, re.MULTILINE))))
    assert {name for name in ROWS if name not in explained and not name.startswith("workers.")} == set()
    assert "workers.…" in explained


def test_metrics_that_alerts_and_documents_name_are_there() -> None:
    written = (REPOSITORY / "runs/metrics.py").read_text()
    alerts = (REPOSITORY / "deploy/prometheus/taktline.rules.yml").read_text()
    named = {name.removesuffix("_total") for name in re.findall(r"\btaktline_\w+", PAGE + alerts)}
    assert named == set(re.findall(r'"(taktline_\w+)"', written))
    assert {480, 570, 600} <= set(metrics.SOLVE_BUCKETS)
