"""The tables of the demo plant, as written in data/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of the order book; days are working days from the day of loading."""

    number: int
    product: str
    quantity: int
    customer: str
    release_day: int
    due_day: int
    weight: int
    finished_steps: int
    next_has_started: bool
    hall: int = 1
    deadline_day: int | None = None
    status: str = ""
    held: str = ""
    notes: str = ""


def plant_table() -> Table:
    return _read("plant.toml")


def product_table() -> Table:
    return _read("products.toml")


def order_lines() -> list[OrderLine]:
    """The order book, with what is special about some of its lines."""
    table = _read("orders.toml")
    return [_line(row, table["special"].get(row[0], {})) for row in table["orders"]]


def _line(row: list[Any], special: Table) -> OrderLine:
    number, product, quantity, customer, release_day, due_day, weight, progress = row
    return OrderLine(
        number=int(number),
        product=product,
        quantity=quantity,
        customer=customer,
        release_day=release_day,
        due_day=due_day,
        weight=weight,
        finished_steps=int(progress.removesuffix("+")),
        next_has_started=progress.endswith("+"),
        **special,
    )


def _read(name: str) -> Table:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))
