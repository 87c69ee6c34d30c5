"""What the pages of plans, runs and orders tell a reader."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from plans.models import Plan, Snapshot
from plant.models import Order
from runs import leases, liveness
from runs.leases import Conclusion, NewEvent, Progress
from runs.models import Heartbeat, ObjectiveProfile, Outcome, Run, SolveSchedule
from runs.models.event import EventKind
from runs.models.heartbeat import ProcessKind
from runs.words import gap_words
from tests.pages.conftest import LogIn
from tests.runs.making import claimed, make_run


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


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("a trial", "Taktline, as a trial"),
        ("Taktline", "Taktline"),
        ("a schedule", "schedule “Nightly”"),
        ("somebody who is gone", "a user who is gone"),
        ("somebody", "Petra Krämer"),
        ("no run", "–"),
    ],
)
def test_the_list_of_plans_says_who_or_what_asked_for_each(by: str, said: str, log_in: LogIn, plan: Plan, run: Run) -> None:
    profile = ObjectiveProfile.default()
    assert profile is not None
    nightly = SolveSchedule.objects.create(name="Nightly", crontab="0 5 * * *", profile=profile)
    columns: dict[str, dict[str, object]] = {
        "a trial": {"trial": True, "by_itself": True},
        "Taktline": {"by_itself": True},
        "a schedule": {"by_itself": True, "schedule": nightly, "scheduled_for": timezone.now()},
    }
    Run.objects.filter(pk=run.pk).update(**columns.get(by, {}))
    if by == "somebody":
        Plan.objects.update(created_by=User.objects.create_user("petra", first_name="Petra", last_name="Krämer"))
    if by != "no run":
        found = Conclusion(Outcome.FEASIBLE, objective=1, measures={"late_orders": 0}, plan_id=plan.pk)
        leases.finish(claimed(run), found, 1.0, uuid.uuid4())
    assert re.findall(r'data-label="By">([^<]*)<', log_in("viewer").get("/plans/").content.decode()) == [said]


@pytest.mark.parametrize("query", ["status=nonsense", "state=done", "status=done&customer=x", "q=%00"])
def test_orders_say_when_the_filter_names_what_does_not_exist(query: str, log_in: LogIn, order: Order) -> None:
    page = log_in("viewer").get(f"/orders/?{query}").content.decode()
    assert "The filter names something that does not exist." in page
    assert order.number not in page


def test_without_runs_only_who_may_start_one_is_told_to(log_in: LogIn) -> None:
    said = {role: "Start the first one" in log_in(role).get("/runs/").content.decode() for role in ("viewer", "planner")}
    assert said == {"viewer": False, "planner": True}


@pytest.mark.parametrize(("state", "found"), [("", True), ("active", True), ("finished", False), ("nonsense", False)])
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


def in_turn(plan: Plan) -> Run:
    """A run over the plan's question in which one thing comes after the other."""
    tiers = [["weighted_tardiness"], ["setup", "makespan"]]
    objective = {"weighted_tardiness": 1, "setup": 2, "makespan": 1, "tiers": tiers}
    problem = plan.snapshot.problem | {"objective": objective}
    return make_run(snapshot=Snapshot.objects.create(hash=uuid.uuid4().hex, problem=problem, labels=plan.snapshot.labels))


def test_a_run_shows_what_counts_in_its_order(log_in: LogIn, plan: Plan, run: Run) -> None:
    """Those that add everything up have no order to show."""
    client = log_in("viewer")
    page = client.get(reverse("runs:detail", args=[in_turn(plan).pk]))
    shown = " ".join(strip_tags(page.content.decode()).split())
    assert "First weighted tardiness – Then setup –, end of all work –" in shown
    assert 'title="First weighted tardiness, then setup and end of all work"' in page.content.decode()
    assert [[(term["key"], term["weight"]) for term in tier] for tier in page.context["page_data"]["tiers"]] == [
        [("weighted_tardiness", 1)],
        [("setup", 2), ("makespan", 1)],
    ]
    plain = client.get(reverse("runs:detail", args=[run.pk]))
    assert "Then" not in strip_tags(plain.content.decode())
    assert plain.context["page_data"]["tiers"] == []


@pytest.mark.parametrize(
    ("in_turn", "bound", "outcome", "words"),
    [
        (True, 100, "", "Nothing better is possible in what counts first"),
        (True, 100, Outcome.OPTIMAL, "Nothing better is possible"),
        (True, 96, "", "At most 4 % better is possible in what counts first"),
        (False, 100, Outcome.FEASIBLE, "Nothing better is possible"),  # ended by force, when the proof was there
        (False, 96, Outcome.FEASIBLE, "At most 4 % better is possible"),
    ],
)
def test_what_is_proven_is_of_what_counts_first_where_something_comes_after_it(
    in_turn: bool,  # noqa: FBT001 - by name
    bound: int,
    outcome: str,
    words: str,
) -> None:
    assert gap_words(Run(best_objective=100, best_bound=bound, outcome=outcome, in_turn=in_turn)) == words


def test_the_list_of_runs_says_so_too_and_tells_the_browser(log_in: LogIn) -> None:
    run = make_run(in_turn=True)
    lease = claimed(run)
    progress = Progress(objective=100, bound=96, measures={"late_orders": 0})
    leases.append(lease, [NewEvent(EventKind.IMPROVED, {"objective": 100})], progress)
    client, words = log_in("viewer"), "At most 4 % better is possible in what counts first"
    assert words in client.get(reverse("runs:list")).content.decode()
    assert client.get(reverse("runs:feed", args=[run.pk])).json()["run"]["in_turn"] is True
    assert words in log_in("admin").get(reverse("operations:page")).content.decode()


def test_who_asks_for_a_run_reads_what_a_profile_puts_first(log_in: LogIn, order: Order) -> None:
    ObjectiveProfile.objects.create(name="In turn", description="Dates, then setups.", late_orders=1, setup=1, setup_tier=2)
    page = log_in("planner").get(reverse("runs:new")).content.decode()
    assert "Dates, then setups. First late orders, then setup." in page
