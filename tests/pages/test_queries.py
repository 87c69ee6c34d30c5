"""How often a page asks the database does not depend on how much there is to show."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from plans.drafts import save_draft, schedule_of
from plans.models import Plan
from plant.models import Machine
from runs.models import Run
from solver.schedule import measure
from tests.pages.conftest import LogIn
from tests.plans.making import make_operation, make_order
from tests.runs.making import make_run


def queries(client: Client, url: str) -> int:
    client.get(url)  # the first look of a client loads its session
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def add_more(plan: Plan, run: Run) -> None:
    problem = plan.snapshot.as_problem()
    schedule = schedule_of(plan, problem)
    for number in range(5):
        save_draft(plan.snapshot, schedule, "", None, measure(problem, schedule))
        make_run(snapshot=plan.snapshot, profile=run.profile)
        order = make_order(f"90{number}", release=timezone.now(), due=timezone.now())
        make_operation(order, Machine.objects.get())


@pytest.mark.parametrize(
    "url",
    ["/", "/runs/", "/runs/new/", "/plans/", "/orders/", "/admin/plant/order/", "/admin/plant/operation/", "/admin/plans/plan/",
     "/admin/plans/placement/", "/admin/runs/run/", "/admin/runs/runevent/"],
)  # fmt: skip
def test_a_list_asks_as_often_for_many_rows_as_for_one(url: str, log_in: LogIn, plan: Plan, run: Run) -> None:
    client = log_in("admin")
    before = queries(client, url)
    add_more(plan, run)
    assert queries(client, url) == before
    assert before <= 20
    assert [vars(each)["placement_count"] for each in Plan.counted()] == [1] * 6
