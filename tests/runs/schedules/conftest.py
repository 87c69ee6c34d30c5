"""The plant that schedules are for. Models are imported late, as in tests/runs/conftest.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plant.models import Machine


@pytest.fixture
def plant(plant: Machine) -> Machine:
    """The plant with its order in that week."""
    from plant.models import Order
    from tests.runs.schedules.clocks import DAY, MONDAY

    Order.objects.update(release=MONDAY, due=MONDAY + 14 * DAY)
    return plant
