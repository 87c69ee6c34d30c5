"""The whole demo plant in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from plant.calendars import holidays_by_day
from plant.demo.axis import Axis
from plant.demo.history import report_progress
from plant.demo.orders import build_orders, scaled
from plant.demo.products import build_products
from plant.demo.resources import Builder
from plant.demo.tables import order_lines, plant_table, product_table
from plant.models import Site

DAYS_AROUND = timedelta(days=60)


def origin(scale: int) -> str:
    """How the site remembers that it holds the demo of this size."""
    return "demo" if scale == 1 else f"demo ×{scale}"


@transaction.atomic
def load_demo(now: datetime, scale: int = 1) -> None:
    """Insert the demo plant as of `now` into an empty plant, `scale` halls of what its tables list."""
    table = plant_table()
    site = Site.load()
    for name, value in table["site"].items():
        setattr(site, name, value)
    site.origin = origin(scale)
    site.full_clean()
    site.save()
    days_off = holidays_by_day(site, now - DAYS_AROUND, now + DAYS_AROUND)
    axis = Axis(now, ZoneInfo(site.time_zone), days_off)
    Builder(table, axis, scale).build()
    build_products(product_table(), scale)
    lines = list(scaled(order_lines(), scale))
    build_orders(lines, axis)
    report_progress(lines, now)
