"""A plant small enough to know by heart: three machines, two people, three orders, seven operations.

Times are minutes since 06:00.

Lathe     0 ▨30 ████ 150 · 160 ▨▨ 180 ██████ 520 (late) · 900 ███ pause 960–1440 ███ 1500
Mill      150 ▨160 ████ 280 ▨290 · downtime 300–360
Furnace   280 ███ 400 · 500 ████ 650 over 520 ██████ 700     (capacity 2)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.browser.gantt.scenes import FROZEN, MAY_PAUSE, PINNED, STARTED, Plan

ZONE = ZoneInfo("Europe/Berlin")
LATHE, MILL, FURNACE = range(3)
ADA, BEN = range(2)
# Setup start, start, run end, end, machine, flags.
ROWS = (
    (0, 30, 150, 150, LATHE, STARTED),
    (150, 160, 280, 290, MILL, PINNED),
    (280, 280, 400, 400, FURNACE, 0),
    (160, 180, 520, 520, LATHE, FROZEN),
    (520, 520, 700, 700, FURNACE, 0),
    (500, 500, 650, 650, FURNACE, 0),
    (900, 900, 1500, 1500, LATHE, MAY_PAUSE),
)
ENGAGED = ((0, 0, 150, ADA), (1, 150, 160, BEN))


def scene(first_day: datetime = datetime(2026, 11, 23, tzinfo=ZONE), days: int = 3) -> dict[str, Any]:
    """The scene; its first day may be one on which the clocks change."""
    epoch = first_day.replace(hour=6)
    midnights = [(first_day + timedelta(days=day)).replace(hour=0) for day in range(days + 1)]
    ticks = [round((midnight.timestamp() - epoch.timestamp()) / 60) for midnight in midnights]
    return {
        "version": 1,
        "name": "Workshop",
        "time_zone": "Europe/Berlin",
        "epoch": epoch.isoformat(),
        "tick_seconds": 60,
        "horizon": ticks[-1],
        "days": [
            {"tick": tick, "label": day.strftime("%a %-d %b"), "weekend": day.weekday() >= 5}
            for tick, day in zip(ticks[:-1], midnights[:-1], strict=True)
        ],
        "cells": [{"id": "cell:1", "name": "Cutting"}, {"id": "cell:2", "name": "Heat"}],
        "machines": [
            {"id": "machine:1", "name": "Lathe", "cell": 0, "capacity": 1, "closed": [[-360, 0], [960, 1440]], "downtime": []},
            {
                "id": "machine:2",
                "name": "Mill",
                "cell": 0,
                "capacity": 1,
                "closed": [[-360, 0]],
                "downtime": [[300, 360, "maintenance", "New spindle"]],
            },
            {"id": "machine:3", "name": "Furnace", "cell": 1, "capacity": 2, "closed": [], "downtime": []},
        ],
        "operators": [
            {"id": "operator:1", "name": "Ada", "closed": [[480, 1440]]},
            {"id": "operator:2", "name": "Ben", "closed": []},
        ],
        "families": ["Steel", "Bronze"],
        "orders": [
            _order(4711, "Shaft", "Nordwerk", 600),
            _order(4712, "Ring", "Kolbe", 500),
            _order(4713, "Flange", "Vesta", None),
        ],
        "operations": {
            "id": [f"operation:{number}" for number in range(7)],
            "name": ["Turning", "Milling", "Hardening", "Turning", "Hardening", "Hardening", "Turning"],
            "number": [1, 2, 3, 1, 2, 1, 2],
            "order": [0, 0, 0, 1, 1, 2, 2],
            "cell": [0, 0, 1, 0, 1, 1, 0],
            "family": [0, 1, -1, 0, -1, -1, 1],
            "may_pause": [0, 0, 0, 0, 0, 0, 1],
        },
        "links": [[0, 1], [1, 2], [3, 4], [5, 6]],
    }


def resting(scene: dict[str, Any], until: int) -> dict[str, Any]:
    """The scene with all machines but the furnace closed from tick 0 on."""
    machines = [machine if machine["capacity"] > 1 else {**machine, "closed": [[-360, until]]} for machine in scene["machines"]]
    return {**scene, "machines": machines}


def _order(name: int, product: str, customer: str, due: int | None) -> dict[str, Any]:
    return {
        "id": f"order:{name}",
        "name": str(name),
        "product": product,
        "customer": customer,
        "release": 0,
        "due": due,
        "deadline": None,
        "weight": 1,
    }


def plan(seed: int) -> Plan:
    """Plan 1 is the one drawn above. In plan 2 order 4713 starts on the mill at 400, and order 4712 is on time."""
    rows = [list(row) for row in ROWS]
    if seed == 2:
        rows[5][:5] = [400, 400, 550, 550, MILL]
        rows[3][:4] = [160, 160, 260, 260]
        rows[4][:4] = [400, 400, 450, 450]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return Plan(columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], list(ENGAGED))
