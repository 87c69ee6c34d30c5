"""What the pages of plans, runs and orders tell a reader."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from plans.models import Plan
from plant.models import Order
from runs import liveness
from runs.models import Heartbeat, Run
from runs.models.heartbeat import ProcessKind
from tests.pages.conftest import LogIn


def test_without_a_plan_the_board_counts_the_orders_that_wait(log_in: LogIn, order: Order) -> None:
    page = log_in("planner").get("/").content.decode()
    assert "No plan yet" in page
    assert "1 order wait" in page


def test_the_board_shows_the_newest_plan_with_its_figures(log_in: LogIn, plan: Plan) -> None:
    page = log_in("viewer").get("/").content.decode()
    assert plan.name in page
    assert "Late orders" in page
    assert reverse("plans:scene", args=[plan.pk]) in page


def test_viewers_see_no_solve_button(log_in: LogIn, plan: Plan) -> None:
    assert reverse("runs:solve") not in log_in("viewer").get("/").content.decode()
    assert reverse("runs:solve") in log_in("planner").get("/").content.decode()


@pytest.mark.parametrize("by", ["machines", "operators", "orders"])
def test_the_table_tells_the_same_plan_in_the_plants_time(by: str, log_in: LogIn, plan: Plan) -> None:
    answer = log_in("viewer").get(reverse("plans:table", args=[plan.pk]), {"by": by})
    assert answer.status_code == 200
    assert "Europe/Berlin" in answer.content.decode()
    if by != "operators":  # the operation needs no crew
        local = timezone.localtime(plan.placements.get().start, ZoneInfo("Europe/Berlin"))
        assert f"{local:%H:%M}" in answer.content.decode()


def test_a_table_by_something_else_does_not_exist(log_in: LogIn, plan: Plan) -> None:
    assert log_in("viewer").get(reverse("plans:table", args=[plan.pk]), {"by": "weather"}).status_code == 404


def test_orders_show_their_projected_finish_and_lateness(log_in: LogIn, order: Order, plan: Plan) -> None:
    client = log_in("viewer")
    assert "early" in client.get("/orders/").content.decode()
    Order.objects.filter(pk=order.pk).update(release=timezone.now() - timedelta(days=9), due=timezone.now() - timedelta(days=8))
    assert "late" in client.get("/orders/").content.decode()


@pytest.mark.parametrize(("query", "found"), [("q=4711", True), ("q=nordhag", True), ("q=zzz", False), ("status=done", False)])
def test_orders_are_found_by_number_customer_and_status(query: str, found: bool, log_in: LogIn, order: Order) -> None:  # noqa: FBT001 - a table of cases
    assert ('<th scope="row">4711' in log_in("viewer").get(f"/orders/?{query}").content.decode()) is found


@pytest.mark.parametrize(("state", "found"), [("", True), ("active", True), ("finished", False), ("nonsense", True)])
def test_runs_are_filtered_by_state(state: str, found: bool, log_in: LogIn, run: Run) -> None:  # noqa: FBT001 - a table of cases
    page = log_in("viewer").get("/runs/", {"state": state} if state else {}).content.decode()
    assert (f"Run {run.pk}" in page) is found


def test_the_runs_say_so_when_nobody_looks_after_them(log_in: LogIn, run: Run) -> None:
    client = log_in("viewer")
    assert "No steward is running" in client.get("/runs/").content.decode()
    liveness.seen("steward@here/1", ProcessKind.STEWARD)
    assert "No steward is running" not in client.get("/runs/").content.decode()
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=40))
    assert "No steward is running" in client.get("/runs/").content.decode()


def test_what_people_typed_is_never_html(log_in: LogIn, order: Order, plan: Plan) -> None:
    Order.objects.filter(pk=order.pk).update(customer="<script>alert(1)</script>")
    page = log_in("viewer").get("/orders/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
