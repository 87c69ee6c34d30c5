"""What pages show when the plant's data or the solver itself is in the way of a plan."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from plans.models import Plan
from plant.models import Machine, Order
from runs import leases
from runs.leases import Conclusion
from runs.models import Breaker, BreakerState, Outcome, Priority, Run
from tests.pages.conftest import LogIn
from tests.plans.making import make_operation
from tests.runs.making import claimed, make_run

BANNER = "The solver is failing; new plans come from dispatching rules only until a trial run succeeds"
WARNING = {"/": "viewer", "/runs/": "viewer", "/runs/new/": "planner", "/runs/{run}/": "viewer"}  # and who may see them


@pytest.mark.parametrize("url", WARNING)
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"state": BreakerState.OPEN, "retry_at": datetime(2126, 3, 1, 13, 5, tzinfo=UTC)},
            f"{BANNER}. The next one is due at 14:05.",
        ),
        ({"state": BreakerState.OPEN, "retry_at": datetime(2026, 1, 1, tzinfo=UTC)}, f"{BANNER}; the next run tries it."),
        ({"state": BreakerState.TRIAL}, f"{BANNER}. One is under way."),
        ({"state": BreakerState.CLOSED}, ""),
    ],
)
def test_a_banner_says_so_while_dispatching_rules_answer(
    url: str, columns: dict[str, Any], said: str, log_in: LogIn, run: Run
) -> None:
    Breaker.objects.create(**columns)
    page = log_in(WARNING[url]).get(url.format(run=run.pk)).content.decode()
    assert (BANNER in page) is bool(said)
    assert said in page


def test_what_came_from_dispatching_rules_is_marked_everywhere(log_in: LogIn, plan: Plan, run: Run) -> None:
    client = log_in("viewer")
    urls = ["/", "/plans/", reverse("plans:detail", args=[plan.pk]), reverse("runs:list"), reverse("runs:detail", args=[run.pk])]

    def marked() -> list[bool]:
        pages = [client.get(url).content.decode() for url in urls]
        return [bool(re.search(r'<span class="pill warn"(?![^>]*\shidden)[^>]*>Rules only<', page)) for page in pages]

    assert marked() == [False] * 5
    Run.objects.filter(pk=run.pk).update(fallback=True)
    lease = claimed(run)
    conclusion = Conclusion(Outcome.FEASIBLE, objective=1, measures={"late_orders": 0}, plan_id=plan.pk)
    leases.finish(lease, conclusion, 1.0, uuid.uuid4())
    assert marked() == [True] * 5
    assert "Answered by dispatching rules alone" in client.get(urls[4]).content.decode()


def test_urgency_shows_in_the_list_and_on_the_page(log_in: LogIn, plan: Plan) -> None:
    urgent = make_run(snapshot=plan.snapshot, priority=Priority.URGENT)
    normal = make_run(snapshot=plan.snapshot)
    client = log_in("viewer")
    assert client.get("/runs/").content.decode().count(">Urgent<") == 1
    assert ">Urgent<" in client.get(reverse("runs:detail", args=[urgent.pk])).content.decode()
    assert ">Urgent<" not in client.get(reverse("runs:detail", args=[normal.pk])).content.decode()
    places = [client.get(reverse("runs:feed", args=[run.pk])).json()["run"]["queue_position"] for run in (normal, urgent)]
    assert places == [2, 1]


def test_one_machine_out_of_use_is_one_line_with_the_operations_folded(log_in: LogIn, order: Order, bell: list[int]) -> None:
    machine = Machine.objects.get()
    for number in (20, 30):
        make_operation(order, machine, number=number)
    Machine.objects.update(is_active=False)
    for role, may_mend in (("planner", False), ("admin", True)):
        answer = log_in(role).post(reverse("runs:solve"))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "1 thing to mend first" in page
        assert f"Machine {machine} is not active, and 3 operations have no other machine." in page
        folded = page[page.index("<details>") : page.index("</details>")]
        assert folded.count("has no machine that can do it") == 3
        assert (reverse("admin:plant_machine_change", args=[machine.pk]) in page) is may_mend
