"""Pages of runs and the board. Doorways: parse, call one verb, answer. One URL per verb."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.models import Plan
from plans.pages import plan_context, planned_span
from plans.tables import rows
from plans.views import Choice, chosen_group, group_context
from plant.links import admin_url
from plant.models import Order
from runs import leases, liveness
from runs.forms import NewRunForm
from runs.keeping import keep_plan
from runs.launch import ProblemRefused, RunRequest, request_run
from runs.leases import Stopped
from runs.models import ObjectiveProfile, Run, State
from runs.models.run import ACTIVE
from runs.recorder import Best
from runs.wire import run_state
from runs.words import asked_by, clock, gap_words, tone, verdict

PAGE_SIZE = 30
FILTERS: tuple[tuple[str | None, str, tuple[str, ...]], ...] = (
    (None, "All", ()),
    ("active", "Going on", ACTIVE),
    ("finished", "Finished", (State.FINISHED,)),
    ("failed", "Failed", (State.FAILED,)),
    ("cancelled", "Cancelled", (State.CANCELLED,)),
)


class FaultLine(NamedTuple):
    """What is wrong with the plant's data, and where in the admin to mend it (empty for who may not)."""

    message: str
    url: str


class RunRow(NamedTuple):
    """A run in the list."""

    run: Run
    verdict: str
    tone: str
    asked_by: str
    time: str
    late: str
    gap: str


@require_safe
@login_required
@permission_required("plans.view_plan", raise_exception=True)
def board(request: HttpRequest) -> HttpResponse:
    """What the plant works to: the published plan, else the newest draft."""
    plans = Plan.objects.select_related("snapshot")
    plan = plans.filter(state=Plan.State.PUBLISHED).first() or plans.order_by("-number").first()
    context: dict[str, object] = plan_context(plan) if plan else {"plan": None, "order_count": _orders_to_plan()}
    context["active_run"] = Run.objects.filter(state__in=ACTIVE).order_by("-id").first()
    return render(request, "runs/board.html", context)


@require_safe
@login_required
@permission_required("runs.view_run", raise_exception=True)
def run_list(request: HttpRequest) -> HttpResponse:
    """Runs, newest first, filtered by ?state=."""
    if liveness.steward_is_silent():
        messages.error(request, "No steward is running: a run whose worker dies does not go on. An admin starts it.")
    wanted = request.GET.get("state")
    states = {value: states for value, _, states in FILTERS}.get(wanted, ())
    runs = Run.objects.select_related("requested_by", "profile", "schedule").order_by("-id")
    page = Paginator(runs.filter(state__in=states) if states else runs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_run_row(run) for run in page],
        "filters": [Choice(value, label, value == wanted) for value, label, _ in FILTERS],
        "filtered": bool(states),
    }
    return render(request, "runs/list.html", context)


@require_safe
@login_required
@permission_required("runs.view_run", raise_exception=True)
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run, live."""
    run = get_object_or_404(Run.objects.select_related("snapshot", "requested_by", "profile", "schedule"), pk=pk)
    urls = {name: reverse(f"runs:{name}", args=[pk]) for name in ("scene", "frame", "feed", "table")}
    context = {
        "run": run,
        "verdict": verdict(run),
        "asked_by": asked_by(run),
        "limit_text": clock(run.limit_seconds),
        "horizon": planned_span(run.snapshot.as_problem(), run.snapshot.labels),
        "urls": {"scene": urls["scene"], "table": urls["table"]},
        "page_data": {"run": run_state(run), "urls": {**urls, "socket": f"/ws/runs/{pk}/"}},
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


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("runs.add_run", raise_exception=True)
def run_new(request: HttpRequest) -> HttpResponse:
    """The form for a run with options."""
    profile = ObjectiveProfile.default()
    form = NewRunForm(request.POST or None, initial={"profile": profile and profile.pk})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        wanted = RunRequest(
            horizon_days=asked["horizon_days"],
            profile=asked["profile"],
            limit_seconds=asked["limit_seconds"],
            gap=asked["gap_percent"] / 100,
        )
        return _launch(request, wanted, fresh=asked["fresh"])
    numbers = [form[name] for name in ("horizon_days", "limit_seconds", "gap_percent")]
    return render(request, "runs/new.html", {"form": form, "number_fields": numbers})


@require_POST
@login_required
@permission_required("runs.add_run", raise_exception=True)
def run_solve(request: HttpRequest) -> HttpResponse:
    """The Solve button: the default profile and limits."""
    profile = ObjectiveProfile.default()
    if profile is None:
        messages.error(request, "There is no objective profile. An admin adds one under Objective profiles.")
        return redirect("board")
    return _launch(request, RunRequest(profile=profile), fresh=False)


@require_POST
@login_required
@permission_required("runs.add_run", raise_exception=True)
def run_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same question with the same limits, over today's data, as a new run."""
    run = get_object_or_404(Run.objects.select_related("profile"), pk=pk)
    profile = run.profile or ObjectiveProfile.default()
    if profile is None:
        raise Http404
    wanted = RunRequest(
        profile=profile,
        horizon_days=run.horizon_days,
        limit_seconds=run.limit_seconds,
        threads=run.threads,
        seed=run.seed,
        memory_mb=run.memory_mb,
        gap=run.gap,
        again_of=run,
    )
    return _launch(request, wanted, fresh=True)


@require_POST
@login_required
@permission_required("runs.stop_run", raise_exception=True)
def run_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the search and keeps the best plan so far."""
    run = get_object_or_404(Run, pk=pk)
    _tell(request, leases.stop(run.pk, _person(request), ""))
    return redirect("runs:detail", pk=pk)


@require_POST
@login_required
@permission_required("runs.stop_run", raise_exception=True)
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the run up."""
    run = get_object_or_404(Run, pk=pk)
    _tell(request, leases.cancel(run.pk, _person(request), ""))
    return redirect("runs:detail", pk=pk)


@require_POST
@login_required
@permission_required("plans.add_plan", raise_exception=True)
def run_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a draft of the best plan of a run that failed or was cancelled."""
    plan = keep_plan(get_object_or_404(Run, pk=pk).pk, _person(request))
    if plan is None:
        messages.info(request, "There is no plan to keep: the run is going on, or it found none.")
        return redirect("runs:detail", pk=pk)
    return redirect("plans:detail", pk=plan.pk)


def _tell(request: HttpRequest, came: Stopped) -> None:
    """What the run's page does not show by itself; that a run is stopping it shows, and when it has stopped."""
    if came is not Stopped.STOPPING:
        messages.info(request, came.sentence)


def _launch(request: HttpRequest, wanted: RunRequest, *, fresh: bool) -> HttpResponse:
    try:
        launched = request_run(wanted, _person(request), fresh=fresh)
    except ProblemRefused as refused:
        may_mend = _person(request).is_staff
        faults = [FaultLine(fault.message, (admin_url(fault.subject_id) or "") if may_mend else "") for fault in refused.faults]
        asked = [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
        return render(request, "runs/refused.html", {"faults": faults, "asked": asked}, status=422)
    if not launched.created:
        messages.info(request, "This question has been asked before; here is its run. “Solve again” starts a fresh one.")
    return redirect("runs:detail", pk=launched.run.pk)


def _person(request: HttpRequest) -> User:
    """The logged-in user; every view here requires one."""
    assert isinstance(request.user, User)  # noqa: S101 - narrows the type after login_required
    return request.user


def _orders_to_plan() -> int:
    return Order.objects.filter(status__in=Order.TO_PLAN).count()


def _run_row(run: Run) -> RunRow:
    late = "–" if run.measures is None else str(run.measures["late_orders"])
    time = f"{clock(run.spent_seconds)} of {clock(run.limit_seconds)}"
    return RunRow(run, verdict(run), tone(run), asked_by(run), time, late, gap_words(run))
