"""The same plant asked about twice is the same question, byte for byte, and costs the same number of queries at any size."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import Snapshot
from plans.pages import planned_span
from plans.snapshot import Frozen, freeze, store
from plant.demo.load import load_demo
from plant.models import Order
from solver.problem import Objective, Problem, problem_hash
from tests.plans.making import NOW, OBJECTIVE, frozen, make_plant, problem_now

pytestmark = pytest.mark.django_db
QUERIES = 25


def test_rows_to_problem_to_json_and_back_keeps_the_hash() -> None:
    load_demo(NOW)
    question = frozen()
    assert question.faults == ()
    snapshot = store(question)
    assert question.problem == snapshot.as_problem()
    assert problem_hash(Problem.from_json(snapshot.problem)) == snapshot.hash


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1), timedelta(minutes=14, seconds=59)])
def test_asked_again_within_the_quarter_hour_it_is_the_same_row(later: timedelta) -> None:
    make_plant(orders=2)
    asked_at = NOW + timedelta(seconds=1)
    first = store(frozen(asked_at))
    again = store(frozen(max(asked_at, NOW + later)))
    assert (again.pk, Snapshot.objects.count()) == (first.pk, 1)


def test_a_quarter_hour_later_it_is_another_question() -> None:
    make_plant()
    assert store(frozen(NOW)).pk != store(frozen(NOW + timedelta(seconds=1))).pk


def test_tick_zero_is_the_next_quarter_hour_and_never_in_the_past() -> None:
    make_plant()
    assert problem_now(NOW).epoch == "2026-03-02T10:00:00+01:00"
    assert problem_now(NOW + timedelta(microseconds=1)).epoch == "2026-03-02T10:15:00+01:00"


def test_another_objective_is_another_question() -> None:
    make_plant()
    problem = problem_now()
    assert problem.objective == Objective(weighted_tardiness=1)
    assert problem_hash(problem) != problem_hash(Problem.from_json({**problem.to_json(), "objective": {"makespan": 1}}))


def test_the_number_of_queries_does_not_grow_with_the_plant() -> None:
    make_plant(orders=2)
    with CaptureQueriesContext(
        connection,
    ) as small:
        frozen()
    Order.objects.all().delete()
    load_demo(NOW)
    with CaptureQueriesContext(connection) as large:
        question = frozen()
    assert question.problem is not None
    assert len(question.problem.operations) > 300
    assert len(large) <= len(small) + 3, "three queries more for what the small plant has none of"
    assert len(large) <= QUERIES


def test_names_are_brought_up_to_date_under_the_same_hash() -> None:
    make_plant()
    first = store(frozen())
    Order.objects.update(customer="Ott & Söhne")
    again = store(frozen())
    assert again.pk == first.pk
    assert [label["customer"] for label in again.labels["orders"].values()] == ["Ott & Söhne"]


def test_the_days_of_a_question_stay_whoever_asks_it_for_fewer() -> None:
    load_demo(NOW)
    first = store(freeze(14, OBJECTIVE, NOW))
    again = store(freeze(10, OBJECTIVE, NOW))
    assert again.pk == first.pk, "the same orders, and time enough for all of them"
    assert again.labels["planned_until"] == first.labels["planned_until"]
    spans = [planned_span(again.as_problem(), again.labels, days) for days in (None, 14, 10)]
    assert spans[0] == spans[1] != spans[2]


def test_what_is_no_question_is_not_stored() -> None:
    make_plant(orders=0)
    question = frozen()
    assert isinstance(question, Frozen)
    with pytest.raises(ValueError, match="no problem"):
        store(question)
