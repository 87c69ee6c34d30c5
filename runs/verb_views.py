"""Pages behind the buttons that change a run: each asks first, with room for a reason, then does it and says what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from runs import leases
from runs.actions import action_for, address, question, why_not
from runs.bulk import Verb
from runs.forms import AgainForm, ReasonForm
from runs.history import decisions
from runs.keeping import keep_plan
from runs.launch import RunRequest, again_priority, repeat_run
from runs.launch_views import launch, person_of
from runs.leases import Stopped
from runs.models import ObjectiveProfile, Run
from runs.posting import only_posted


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("runs.stop_run", raise_exception=True)
def run_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the search and keeps the best plan so far."""
    return _end(request, _run(pk), Verb.STOP)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("runs.stop_run", raise_exception=True)
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the run up."""
    return _end(request, _run(pk), Verb.CANCEL)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("runs.add_run", raise_exception=True)
def run_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same question as a new run: over the data of then, or of now, with the same limits or another time limit."""
    run = _run(pk)
    form = AgainForm(request.POST if request.method == "POST" else None)
    if action_for(run, Verb.AGAIN) is None:
        return _too_late(request, run, Verb.AGAIN)
    if not form.is_valid():
        return _question(request, run, Verb.AGAIN, form)
    reason, limit_seconds = form.cleaned_data["reason"], form.cleaned_data["limit_seconds"]
    if form.cleaned_data["inputs"] == "then":
        return redirect("runs:detail", pk=repeat_run(run, person_of(request), reason, limit_seconds=limit_seconds).run.pk)
    return launch(request, _over_todays_data(run, limit_seconds or run.limit_seconds, reason), fresh=True)


@only_posted("runs:detail")
@login_required
@permission_required("plans.add_plan", raise_exception=True)
def run_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a draft of the best plan of a run that failed or was cancelled."""
    plan = keep_plan(get_object_or_404(Run, pk=pk).pk, person_of(request))
    if plan is None:
        messages.info(request, "There is no plan to keep: the run is going on, or it found none.")
        return redirect("runs:detail", pk=pk)
    return redirect("plans:detail", pk=plan.pk)


def _run(pk: int) -> Run:
    return get_object_or_404(Run.objects.select_related("profile", "requested_by", "schedule"), pk=pk)


def _end(request: HttpRequest, run: Run, verb: Verb) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if action_for(run, verb) is None:
        return _too_late(request, run, verb)
    if not form.is_valid():
        return _question(request, run, verb, form)
    came = (leases.stop if verb is Verb.STOP else leases.cancel)(run.pk, person_of(request), form.cleaned_data["reason"])
    if came in {Stopped.ALREADY_ENDED, Stopped.ALREADY_STOPPING}:
        return _too_late(request, _run(run.pk), verb)
    messages.info(request, f"Run {run.pk}: {came.sentence}")
    return redirect(_back(request, run))


def _question(request: HttpRequest, run: Run, verb: Verb, form: ReasonForm) -> HttpResponse:
    """The page that asks: what the dialog asks where there is no script, or a reason was too long."""
    action = action_for(run, verb)
    if action is None:
        return _too_late(request, run, verb)
    context = {
        "run": run,
        "form": form,
        "action": action,
        "question": question(action, run),
        "url": address(run, verb),
        "back": _back(request, run),
    }
    return render(request, "runs/ask.html", context, status=400 if form.is_bound else 200)


def _too_late(request: HttpRequest, run: Run, verb: Verb) -> HttpResponse:
    """The run's state does not allow it (409): why, and what was decided before."""
    context = {"run": run, "sentence": why_not(run, verb), "decisions": decisions(run)}
    return render(request, "runs/too_late.html", context, status=409)


def _back(request: HttpRequest, run: Run) -> str:
    """Where the person came from, if that is a page of ours; else the run's page."""
    came_from = request.POST.get("back") or request.GET.get("back") or ""
    if came_from.startswith("/") and url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        return came_from
    return reverse("runs:detail", args=[run.pk])


def _over_todays_data(run: Run, limit_seconds: float, reason: str) -> RunRequest:
    profile = run.profile or ObjectiveProfile.default()
    if profile is None:
        raise Http404
    return RunRequest(
        profile=profile,
        horizon_days=run.horizon_days,
        limit_seconds=limit_seconds,
        threads=run.threads,
        seed=run.seed,
        memory_mb=run.memory_mb,
        gap=run.gap,
        iterations=run.iterations,
        priority=again_priority(run),
        again_of=run,
        reason=reason,
    )
