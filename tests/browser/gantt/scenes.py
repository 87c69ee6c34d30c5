"""Believable scenes and plans for the Gantt, without a solver: order by order, on the machine that is free first.

A scene is the JSON that the pages fetch, a plan the columns of a frame; times are minutes since Monday 23 November 2026,
10:30 in Berlin.
"""

from __future__ import annotations

import random
import struct
import zlib
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(2026, 11, 23, 10, 30, tzinfo=BERLIN)
DONE, STARTED, PINNED, FROZEN, MAY_PAUSE = 1, 2, 4, 8, 16
CELLS = (
    ("Turning", "TU"),
    ("Milling", "MI"),
    ("Heat treatment", "HT"),
    ("Grinding", "GR"),
    ("Assembly", "AS"),
    ("Inspection", "IN"),
)
# Name and route: the numbers of cells, of those above.
PRODUCTS = (
    ("Ground shaft", (0, 1, 2, 3, 5)), ("Spindle", (0, 1, 2, 3, 4, 5)), ("Gear wheel", (0, 1, 2, 3, 5)),
    ("Bearing ring", (0, 2, 3, 5)), ("Valve block", (1, 1, 4, 5)), ("Pump housing", (1, 3, 4, 5)),
    ("Coupling", (0, 1, 2, 3, 4, 5)), ("Worm shaft", (0, 2, 3, 3, 5)), ("Clamp set", (1, 4, 5)),
    ("Rotor", (0, 1, 2, 3, 4, 5)), ("Flange", (0, 1, 5)), ("Gearbox", (0, 1, 2, 3, 4, 4, 5)),
)  # fmt: skip
STEPS = ("Turning", "Milling", "Hardening", "Grinding", "Assembly", "Inspection")
CUSTOMERS = ("Nordwerk", "Hallmann", "Aerotec", "Brandt & Söhne", "Kolbe", "Vesta Pumps", "Rheingetriebe")
PEOPLE = (
    "J. Okafor", "M. Albrecht", "S. Lindqvist", "T. Yilmaz", "A. Kowalska", "P. Moreau", "D. Horvat",
    "L. Brandt", "N. Petrov", "E. Rossi", "K. Tanaka", "F. Weber", "C. Silva", "B. Novak", "G. Fischer",
    "H. Jensen", "I. Marin", "O. Nkemelu", "R. Schulz", "V. Dubois",
)  # fmt: skip
FAMILIES = ("Steel 16 mm", "Steel 40 mm", "Aluminium", "Cast iron", "Bronze", "Titanium")


@dataclass(frozen=True)
class Size:
    """How large a scene is."""

    machines: int = 24
    orders: int = 66
    cells: int = 6
    days: int = 14
    operators: int = 20
    seed: int = 7


@dataclass
class Plan:
    """The columns of a frame, by operation; `engagements` are (operation, begin, end, operator)."""

    setup_start: list[int]
    start: list[int]
    run_end: list[int]
    end: list[int]
    machine: list[int]
    flags: list[int]
    engagements: list[tuple[int, int, int, int]] = field(default_factory=list)

    def encode(self, seq: int) -> bytes:
        """The bytes that the server sends."""
        count, engaged = len(self.start), len(self.engagements)
        columns = list(zip(*self.engagements, strict=True)) if self.engagements else [(), (), (), ()]
        ints = [*self.setup_start, *self.start, *self.run_end, *self.end, *columns[0], *columns[1], *columns[2]]
        shorts = [*self.machine, *self.flags, *columns[3]]
        body = struct.pack(f"<{len(ints)}i{len(shorts)}H", *ints, *shorts)
        return struct.pack("<HBBIII", 0x4B54, 1, 1, seq, count, engaged) + zlib.compress(body)


def _tick(moment: datetime) -> int:
    return round((moment - EPOCH).total_seconds() / 60)


def _midnights(first: datetime, days: int) -> list[datetime]:
    return [(first + timedelta(days=day)).replace(hour=0, minute=0) for day in range(days)]


def scene(size: Size) -> dict[str, Any]:
    """The JSON of a scene: machines of two and three shifts, orders with due dates, operations in chains."""
    draw = random.Random(size.seed)
    midnights = _midnights(EPOCH - timedelta(days=2), size.days + 3)
    horizon = _tick(midnights[-1])
    made: dict[str, Any] = {
        "version": 1,
        "name": "Week 48",
        "time_zone": "Europe/Berlin",
        "epoch": EPOCH.isoformat(),
        "tick_seconds": 60,
        "horizon": horizon,
        "days": [{"tick": _tick(day), "label": day.strftime("%a %-d %b"), "weekend": day.weekday() >= 5} for day in midnights],
        "cells": [{"id": f"cell:{cell}", "name": _cell_name(cell)} for cell in range(size.cells)],
        "families": list(FAMILIES),
    }
    made["machines"] = [_machine(number, size, midnights, horizon, draw) for number in range(size.machines)]
    made["operators"] = [_operator(number, midnights, horizon) for number in range(size.operators)]
    _add_orders(made, size, draw)
    return made


def _cell_name(cell: int) -> str:
    name = CELLS[cell % len(CELLS)][0]
    return name if cell < len(CELLS) else f"{name} {cell // len(CELLS) + 1}"


def _machine(number: int, size: Size, midnights: list[datetime], horizon: int, draw: random.Random) -> dict[str, Any]:
    cell = number * size.cells // size.machines
    first = -(-cell * size.machines // size.cells)
    furnace = CELLS[cell % len(CELLS)][0] == "Heat treatment"
    open_from, open_until = (0, 24) if furnace else (6, 22)
    closed = _closed(midnights, open_from, open_until, horizon)
    downtime = []
    if number % 7 == 3:
        begin = _tick(midnights[3 + number % 3]) + 60 * draw.randint(8, 15)
        downtime.append([begin, begin + 60 * draw.randint(2, 5), "maintenance", "Spindle service"])
    prefix = CELLS[cell % len(CELLS)][1] + (str(cell // len(CELLS) + 1) if cell >= len(CELLS) else "")
    return {
        "id": f"machine:{number}",
        "name": f"{prefix}-{number - first + 1:02d}",
        "cell": cell,
        "capacity": 3 if furnace and number == first else 1,
        "closed": closed,
        "downtime": downtime,
    }


def _closed(midnights: list[datetime], open_from: int, open_until: int, horizon: int) -> list[list[int]]:
    """Closed between the shifts and from Saturday 14:00 to Monday."""
    closed: list[list[int]] = []
    cursor = _tick(midnights[0])
    for day in midnights:
        if day.weekday() == 6:
            continue
        until = 14 if day.weekday() == 5 else open_until
        begin, end = _tick(day) + 60 * open_from, _tick(day) + 60 * until
        if begin > cursor:
            closed.append([cursor, begin])
        cursor = end
    if cursor < horizon:
        closed.append([cursor, horizon])
    return closed


def _operator(number: int, midnights: list[datetime], horizon: int) -> dict[str, Any]:
    shifts = ((6, 14), (14, 22), (22, 30))
    begin, end = shifts[0 if number % 5 < 2 else 1 if number % 5 < 4 else 2]
    name = PEOPLE[number % len(PEOPLE)] + ("" if number < len(PEOPLE) else f" {number // len(PEOPLE) + 1}")
    return {"id": f"operator:{number}", "name": name, "closed": _closed(midnights, begin, end, horizon)}


def _add_orders(made: dict[str, Any], size: Size, draw: random.Random) -> None:
    orders, links = [], []
    columns: dict[str, list[Any]] = {key: [] for key in ("id", "name", "number", "order", "cell", "family", "may_pause")}
    for order in range(size.orders):
        product, route = PRODUCTS[draw.randrange(len(PRODUCTS))]
        release = draw.randint(-900, 60 * 24 * (size.days - 9))
        due = release + 60 * 24 * draw.randint(5, 9) + 60 * draw.randint(0, 8)
        orders.append(
            {
                "id": f"order:{order}",
                "name": str(4650 + order),
                "product": product,
                "customer": draw.choice(CUSTOMERS),
                "release": release,
                "due": due if order % 17 else None,
                "deadline": due + 60 * 24 * 2 if order % 11 == 0 else None,
                "weight": draw.randint(1, 5),
            }
        )
        shop = draw.randrange(max(1, size.cells // len(CELLS)))
        for number, step in enumerate(route, start=1):
            operation = len(columns["id"])
            if number > 1:
                links.append([operation - 1, operation])
            cell = (shop * len(CELLS) + step) % size.cells
            values = (
                f"operation:{operation}",
                STEPS[step],
                number,
                order,
                cell,
                draw.randrange(-1, len(FAMILIES)),
                int(draw.random() < 0.4),
            )
            for key, value in zip(columns, values, strict=True):
                columns[key].append(value)
    made["orders"], made["operations"], made["links"] = orders, columns, links


def plan(made: dict[str, Any], seed: int = 1, hours: float = 4.2) -> Plan:
    """A plan of a scene; another seed loads the orders in another sequence. `hours`: of an average operation."""
    draw = random.Random(seed)
    operations = made["operations"]
    count = len(operations["id"])
    result = Plan([0] * count, [0] * count, [0] * count, [0] * count, [0] * count, [0] * count)
    loading = _Loading(made, random.Random(3), hours)
    by_order: dict[int, list[int]] = {}
    for operation in range(count):
        by_order.setdefault(operations["order"][operation], []).append(operation)
    orders = made["orders"]
    for order in sorted(by_order, key=lambda index: orders[index]["release"] + draw.randint(0, 60 * 24 * (1 + seed))):
        ready = max(-60 * 30, orders[order]["release"] - 60 * 24)
        for operation in by_order[order]:
            ready = loading.place(result, operation, ready)
    return result


@dataclass
class _Loading:
    """Fills machines from left to right."""

    made: dict[str, Any]
    draw: random.Random
    hours: float

    def __post_init__(self) -> None:
        self.free = [[-60 * 30] * machine["capacity"] for machine in self.made["machines"]]
        self.family = [-1] * len(self.free)
        self.busy_until = [-60 * 30] * len(self.made["operators"])
        self.idle = [
            sorted([*machine["closed"], *([begin, end] for begin, end, _, _ in machine["downtime"])])
            for machine in self.made["machines"]
        ]
        self.away = [tuple(zip(*operator["closed"], strict=True)) for operator in self.made["operators"]]
        self.by_cell: dict[int, list[int]] = {}
        for number, machine in enumerate(self.made["machines"]):
            self.by_cell.setdefault(machine["cell"], []).append(number)
        self.lengths = [
            (max(25, round(60 * self.hours * self.draw.lognormvariate(0, 0.5))), self.draw.choice((0, 20, 30, 45)))
            for _ in self.made["operations"]["id"]
        ]

    def place(self, result: Plan, operation: int, ready: int) -> int:
        operations = self.made["operations"]
        number = min(self.by_cell[operations["cell"][operation]], key=lambda candidate: min(self.free[candidate]))
        slot = min(range(len(self.free[number])), key=self.free[number].__getitem__)
        run, setup = self.lengths[operation]
        family = operations["family"][operation]
        if family == self.family[number] or self.made["machines"][number]["capacity"] > 1:
            setup = 0
        self.family[number] = family
        pausing = bool(operations["may_pause"][operation])
        begin = max(self.free[number][slot], ready - setup)
        setup_start, start = self._work(number, begin, setup, whole=setup + (0 if pausing else run))
        run_end = self._work(number, start, run, whole=0)[1]
        teardown = 10 if operation % 9 == 0 else 0
        end = self._work(number, run_end, teardown, whole=0)[1]
        for column, value in zip(
            (result.setup_start, result.start, result.run_end, result.end), (setup_start, start, run_end, end), strict=True
        ):
            column[operation] = value
        result.machine[operation] = number
        result.flags[operation] = _flags(result, operation) | (MAY_PAUSE if pausing else 0)
        self.free[number][slot] = end
        self._engage(result, operation)
        return run_end

    def _work(self, number: int, begin: int, minutes: int, *, whole: int) -> tuple[int, int]:
        """Begin and end of so much work, the first moment at which `whole` minutes fit in one piece."""
        cursor = begin
        for closed, opens in self.idle[number]:
            if opens <= cursor:
                continue
            if cursor >= closed or cursor + whole > closed:
                cursor = opens
            else:
                break
        start, left = cursor, minutes
        for closed, opens in self.idle[number]:
            if opens <= cursor:
                continue
            if cursor + left <= closed:
                break
            left -= max(0, closed - cursor)
            cursor = opens
        return start, cursor + left

    def _engage(self, result: Plan, operation: int) -> None:
        begin, end = result.setup_start[operation], result.end[operation]
        for person, (closes, opens) in enumerate(self.away):
            next_break = bisect_right(opens, begin)
            away = next_break < len(closes) and closes[next_break] < end
            if not away and self.busy_until[person] <= begin:
                self.busy_until[person] = end
                result.engagements.append((operation, begin, end, person))
                return


def _flags(result: Plan, operation: int) -> int:
    if result.end[operation] <= 0:
        return DONE
    if result.setup_start[operation] < 0:
        return STARTED
    frozen = FROZEN if result.setup_start[operation] < 60 * 4 else 0
    return frozen | (PINNED if operation % 19 == 4 else 0)


FACTORY = Size()
SMALL = Size(machines=50, orders=195, cells=12, days=21, operators=60)
LARGE = Size(machines=500, orders=3950, cells=84, days=42, operators=300)
