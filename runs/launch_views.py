"""Pages that make runs: the Solve button, the form with options, and a plant that is not ready."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from runs.circuit_words import circuit_banner
from runs.fault_lines import fault_lines
from runs.forms import NewRunForm
from runs.launch import ProblemRefused, RunRequest, request_run
from runs.models import ObjectiveProfile
from runs.posting import only_posted
from runs.words import asked_before


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
            iterations=asked["iterations"],
            priority=asked["priority"],
        )
        return launch(request, wanted, fresh=asked["fresh"])
    numbers = [form[name] for name in ("horizon_days", "limit_seconds", "gap_percent", "iterations")]
    context = {"form": form, "number_fields": numbers, "circuit": circuit_banner()}
    return render(request, "runs/new.html", context)


@only_posted("board")
@login_required
@permission_required("runs.add_run", raise_exception=True)
def run_solve(request: HttpRequest) -> HttpResponse:
    """The Solve button: the default profile and limits."""
    profile = ObjectiveProfile.default()
    if profile is None:
        messages.error(request, "There is no objective profile. An admin adds one under Objective profiles.")
        return redirect("board")
    return launch(request, RunRequest(profile=profile), fresh=False)


def launch(request: HttpRequest, wanted: RunRequest, *, fresh: bool) -> HttpResponse:
    """To the page of the run that answers this, or everything that is in the way (422)."""
    person = person_of(request)
    try:
        launched = request_run(wanted, person, fresh=fresh)
    except ProblemRefused as refused:
        lines = fault_lines(refused.faults, may_mend=person.is_staff)
        asked = [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
        return render(request, "runs/refused.html", {"faults": lines, "count": len(refused.faults), "asked": asked}, status=422)
    if not launched.created:
        messages.info(request, asked_before(launched.run, promoted=launched.promoted))
    return redirect("runs:detail", pk=launched.run.pk)


def person_of(request: HttpRequest) -> User:
    """The logged-in user; every view here requires one."""
    assert isinstance(request.user, User)  # noqa: S101 - narrows the type after login_required
    return request.user
