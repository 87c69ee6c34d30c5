"""A plant with one order, one run with a plan, and people in their roles. Models are imported late: Django is set up by then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

if TYPE_CHECKING:
    from plans.models import Plan
    from plant.models import Order
    from runs.models import Run

LogIn = Callable[[str], Client]


@pytest.fixture
def log_in(db: None) -> LogIn:
    """A client of a member of the group; "admin" is staff too, "" has no group, "nobody" is not logged in."""
    from django.contrib.auth.models import Group, User

    def client_of(role: str) -> Client:
        client = Client()
        if role == "nobody":
            return client
        user = User.objects.create_user(f"a {role or 'guest'}", is_staff=role == "admin")
        if role:
            user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def order(db: None) -> Order:
    """An order with one operation on the one machine of the plant."""
    from tests.plans.making import make_cell, make_machine, make_operation, make_order, make_site

    make_site()
    order = make_order("4711", release=timezone.now(), due=timezone.now() + timedelta(days=2), customer="Nordhag")
    make_operation(order, make_machine(make_cell()))
    return order


@pytest.fixture
def plan(order: Order) -> Plan:
    """A draft of a feasible plan for the order."""
    from plans.drafts import save_draft
    from plans.snapshot import freeze, store
    from solver.dispatch import dispatch
    from solver.problem import Objective
    from solver.schedule import measure

    frozen = freeze(14, Objective(weighted_tardiness=1), timezone.now())
    assert frozen.problem is not None
    _, schedule = next(iter(dispatch(frozen.problem)))
    return save_draft(store(frozen), schedule, "", None, measure(frozen.problem, schedule))


@pytest.fixture
def run(plan: Plan) -> Run:
    """A queued run over the same question."""
    from runs.models import ObjectiveProfile
    from tests.runs.making import make_run

    return make_run(snapshot=plan.snapshot, profile=ObjectiveProfile.default())
