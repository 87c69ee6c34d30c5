"""Pages of runs and the board. Doorways: parse, call one verb, answer. One URL per verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from plans.models import Plan
from plans.pages import plan_context, planned_span
from plans.tables import rows
from plans.views import Choice, chosen_group, group_context
from plant.models import Order
from runs import liveness
from runs.actions import Button, buttons, permitted
from runs.bulk import Verb
from runs.circuit_words import circuit_banner
from runs.forms import AgainForm, ReasonForm, RunFilterForm
from runs.history import attempts, decisions
from runs.models import Run
from runs.models.run import ACTIVE, GIVEN_UP
from runs.objectives import order_in_words, tiers
from runs.recorder import Best
from runs.wire import run_state
from runs.words import FALLBACK, asked_by, clock, gap_words, tone, verdict, way_on, what_went_wrong

PAGE_SIZE = 30
# the states that people look for most; the others stand in ?state= all the same
TABS = (
    (None, "All"),
    ("active", "Going on"),
    ("queued", "Queued"),
    ("finished", "Finished"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
)
BULK: Mapping[Verb, str] = {Verb.STOP: "Stop", Verb.CANCEL: "Cancel", Verb.AGAIN: "Solve failed and cancelled ones again"}


class RunRow(NamedTuple):
    """A run in the list."""

    run: Run
    verdict: str
    tone: str
    asked_by: str
    time: str
    late: str
    gap: str
    buttons: Sequence[Button]


@require_safe
@login_required
@permission_required("plans.view_plan", raise_exception=True)
def board(request: HttpRequest) -> HttpResponse:
    """What the plant works to: the published plan, else the newest draft."""
    plans = Plan.objects.select_related("snapshot")
    plan = plans.filter(state=Plan.State.PUBLISHED).first() or plans.order_by("-number").first()
    context: dict[str, object] = plan_context(plan) if plan else {"plan": None, "order_count": _orders_to_plan()}
    context |= {"circuit": circuit_banner(), "fallback_help": FALLBACK}
    context["active_run"] = Run.objects.filter(state__in=ACTIVE).order_by("-id").first()
    return render(request, "runs/board.html", context)


@require_safe
@login_required
@permission_required("runs.view_run", raise_exception=True)
def run_list(request: HttpRequest) -> HttpResponse:
    """Runs, newest first, filtered by what stands in the URL."""
    if liveness.steward_is_silent():
        messages.error(request, "No steward is running: a run whose worker dies does not go on. An admin starts it.")
    filters, allowed = RunFilterForm(request.GET), permitted(request.user)
    runs = filters.chosen().runs() if filters.is_valid() else Run.objects.none()
    found = runs.select_related("requested_by", "profile", "schedule").order_by("-id")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    state, query = request.GET.get("state"), request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "rows": [_run_row(run, allowed) for run in page],
        "tabs": [Choice(value, label, value == (state or None)) for value, label in TABS],
        "filters": filters,
        "filtered": bool(state or filters.narrows or filters.errors),
        "query": query.urlencode(),
        "bulk": [(verb.value, label) for verb, label in BULK.items() if allowed[verb]],
        "circuit": circuit_banner(),
        **_asking(),
    }
    return render(request, "runs/list.html", context)


@require_safe
@login_required
@permission_required("runs.view_run", raise_exception=True)
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run, live."""
    run = get_object_or_404(
        Run.objects.select_related("snapshot", "requested_by", "profile", "schedule", "plan__created_by"), pk=pk
    )
    urls = {name: reverse(f"runs:{name}", args=[pk]) for name in ("scene", "frame", "feed", "table")}
    problem = run.snapshot.as_problem()
    in_order = tiers(problem)
    context = {
        "run": run,
        "verdict": verdict(run),
        "asked_by": asked_by(run),
        "buttons": buttons(run, permitted(request.user)),
        "decisions": decisions(run),
        "attempts": attempts(run) if request.user.has_perm("runs.add_run") else [],
        "circuit": circuit_banner(),
        "failure_text": what_went_wrong(run) or way_on(run),
        "can_keep": run.state in GIVEN_UP and run.incumbent_seq is not None and run.plan_id is None,
        **_asking(),
        "limit_text": clock(run.limit_seconds),
        "horizon": planned_span(problem, run.snapshot.labels, run.horizon_days),
        "urls": {"scene": urls["scene"], "table": urls["table"]},
        "tiers": in_order,
        "order": order_in_words(problem.objective),
        "page_data": {
            "run": run_state(run),
            "urls": {**urls, "socket": f"/ws/runs/{pk}/"},
            "tiers": [[asdict(term) for term in tier] for tier in in_order],
        },
    }
    return render(request, "runs/detail.html", context)


@require_safe
@login_required
@permission_required("runs.view_run", raise_exception=True)
def run_table(request: HttpRequest, pk: int) -> HttpResponse:
    """The best plan of a run so far, as tables."""
    run = get_object_or_404(Run.objects.select_related("snapshot"), pk=pk)
    best, by, labels = Best.stored(pk), chosen_group(request), run.snapshot.labels
    tables = rows(run.snapshot.as_problem(), labels, best.schedule, by) if best else []
    context = {"title": f"Run {pk}", "gantt_url": reverse("runs:detail", args=[pk]), "tables": tables}
    return render(request, "plans/table.html", context | group_context(by, labels["time_zone"]))


def _orders_to_plan() -> int:
    return Order.objects.filter(status__in=Order.TO_PLAN).count()


def _asking() -> dict[str, object]:
    """What the dialog of a page asks, why and over which data, and what the mark of a fallback means."""
    return {"reason_form": ReasonForm(), "again_form": AgainForm(), "fallback_help": FALLBACK}


def _run_row(run: Run, allowed: Mapping[Verb, bool]) -> RunRow:
    late = "–" if run.measures is None else str(run.measures["late_orders"])
    time = f"{clock(run.spent_seconds)} of {clock(run.limit_seconds)}"
    return RunRow(run, verdict(run), tone(run), asked_by(run), time, late, gap_words(run), buttons(run, allowed))
