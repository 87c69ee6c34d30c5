"""A plant, runs in every state, and callers: people with sessions, programs with tokens. Models are imported late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.calling import Api

if TYPE_CHECKING:
    from plant.models import Machine
    from runs.models import Run

Come = Callable[[str], Api]


@pytest.fixture(autouse=True)
def no_counting() -> Iterator[None]:
    """Tests of other things are not slowed by how many requests a minute has had."""
    with patch("scheduler_site.api.identification.throttle.pause_seconds", return_value=0):
        yield


@pytest.fixture
def plant(db: None) -> Machine:
    """One machine that is always open, and one order for it."""
    from tests.plans.making import make_cell, make_machine, make_operation, make_order, make_site

    make_site()
    machine = make_machine(make_cell())
    make_operation(make_order("4711", release=timezone.now(), due=timezone.now() + timedelta(days=2)), machine)
    return machine


@pytest.fixture
def come(db: None) -> Come:
    """Callers by name: “nobody”, “viewer”, “planner”, “admin” with a session, “planner:read,submit” with a token."""
    from django.contrib.auth.models import Group, User

    from scheduler_site.models import ApiToken

    def person(role: str) -> User:
        user, new = User.objects.get_or_create(username=f"a {role or 'guest'}", defaults={"is_staff": role == "admin"})
        if new and role:
            user.groups.add(Group.objects.get(name=role))
        return user

    def caller(name: str) -> Api:
        client = Client()
        role, _, scopes = name.partition(":")
        if scopes:
            token = ApiToken(name=name, user=person(role), scopes=scopes.split(","))
            secret = token.draw_secret()
            token.save()
            return Api(client, {"Authorization": f"Bearer {secret}"})
        if role != "nobody":
            client.force_login(person(role))
        return Api(client)

    return caller


@pytest.fixture
def planner(come: Come) -> Api:
    return come("planner:read,submit,control")


@pytest.fixture
def runs(db: None) -> Mapping[str, Run]:
    """One in each state."""
    from runs import leases
    from runs.leases import Conclusion
    from runs.models import Outcome, Run
    from tests.runs.making import claimed, make_run

    made: dict[str, Any] = {name: make_run() for name in ("finished", "cancelled", "running", "queued")}
    leases.finish(claimed(made["finished"]), Conclusion(Outcome.UNKNOWN), 1.0, uuid4())
    leases.cancel(made["cancelled"].pk, None, "")
    claimed(made["running"])
    return {name: Run.objects.get(pk=run.pk) for name, run in made.items()}
