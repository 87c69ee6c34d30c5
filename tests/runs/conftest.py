"""What several tests of runs stand on. Models are imported late: pytest may load this file before Django is set up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

if TYPE_CHECKING:
    from plant.models import Machine


@pytest.fixture
def plant() -> Machine:
    """One machine that is always open, and one order for it."""
    from tests.plans.making import make_cell, make_machine, make_operation, make_order, make_site

    make_site()
    machine = make_machine(make_cell())
    make_operation(make_order("4711", release=timezone.now(), due=timezone.now() + timedelta(days=2)), machine)
    return machine
