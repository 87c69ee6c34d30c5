"""The published plan is the baseline of the next question; what has begun since is a fact and no longer planned."""

from __future__ import annotations

import pytest

from plans.publishing import publish
from plant.models import Operation
from solver.problem import BaselineStart
from tests.plans.making import HOUR, NOW, make_draft, make_plant, problem_now

pytestmark = pytest.mark.django_db


def test_a_draft_is_no_baseline() -> None:
    make_plant()
    make_draft()
    assert problem_now().baseline == ()


def test_the_published_plan_is() -> None:
    machine = make_plant()
    publish(make_draft().pk)
    first, second = Operation.objects.order_by("number")
    key = f"machine:{machine.pk}"
    problem = problem_now(NOW + HOUR)
    assert problem.baseline == (
        BaselineStart(f"operation:{first.pk}", key, -60, -60),
        BaselineStart(f"operation:{second.pk}", key, 0, 0),
    )
    assert problem.frozen_until is None


def test_what_has_begun_is_no_longer_planned() -> None:
    machine = make_plant()
    publish(make_draft().pk)
    first, second = Operation.objects.order_by("number")
    Operation.objects.filter(pk=first.pk).update(actual_machine=machine, actual_start=NOW)
    assert [planned.operation for planned in problem_now(NOW + HOUR).baseline] == [f"operation:{second.pk}"]


def test_a_frozen_zone_is_asked_for_in_minutes() -> None:
    make_plant()
    publish(make_draft().pk)
    assert problem_now(frozen_minutes=90).frozen_until == 90
