"""Pages of bulk actions: the count, the deed, and the report, over the filter of the list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from runs import bulk
from runs.bulk import Effect, Result, Verb
from runs.forms import ReasonForm, RunFilterForm
from runs.launch_views import person_of
from runs.submissions import InProgress

SHOWN = re.compile(r"(\d{1,18}):([a-z_]+)")
VERBS = frozenset(verb.value for verb in Verb)
EFFECTS = frozenset(effect.value for effect in Effect)
TITLES: Mapping[Verb, str] = {Verb.STOP: "Stop runs", Verb.CANCEL: "Cancel runs", Verb.AGAIN: "Solve runs again"}


@require_http_methods(["GET", "POST"])
@login_required
def run_bulk(request: HttpRequest, verb: str) -> HttpResponse:
    """One verb for all runs of a filter: GET counts, POST does it to those that were counted."""
    if verb not in VERBS:
        raise Http404
    asked = Verb(verb)
    if not person_of(request).has_perm(bulk.PERMISSIONS[asked]):
        raise PermissionDenied
    chosen = RunFilterForm(request.GET)
    if not chosen.is_valid():
        raise BadRequest("The filter names something that does not exist.")
    if request.method == "GET":
        return _count(request, asked, chosen)
    return _deed(request, asked, chosen)


def _count(
    request: HttpRequest, verb: Verb, chosen: RunFilterForm, form: ReasonForm | None = None, changed: list[int] | None = None
) -> HttpResponse:
    """What would happen to how many. `changed`: runs to which something else would happen now than was shown before."""
    counted = bulk.preview(chosen.chosen(), verb)
    context = {
        "verb": verb,
        "title": TITLES[verb],
        "preview": counted,
        "shown": ",".join(f"{pk}:{effect.value}" for pk, effect in counted.targets.items()),
        "words": chosen.words(),
        "query": request.GET.urlencode(),
        "form": form or ReasonForm(),
        "changed": changed or [],
        "most": bulk.MOST,
    }
    return render(request, "runs/bulk.html", context, status=409 if changed else 400 if form else 200)


def _deed(request: HttpRequest, verb: Verb, chosen: RunFilterForm) -> HttpResponse:
    shown = _shown(request.POST.get("shown", ""))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _count(request, verb, chosen, form)
    changed = bulk.changed(verb, shown)
    if changed:
        return _count(request, verb, chosen, form, changed)
    untouched = bulk.untouched(chosen.chosen(), verb, shown)
    try:
        reports = bulk.carry_out(shown, verb, person_of(request), form.cleaned_data["reason"])
    except InProgress:
        return _busy(request, verb, chosen, form)
    counts = Counter(report.result for report in reports)
    context = {
        "title": TITLES[verb],
        "reports": reports,
        "done": counts[Result.DONE],
        "already": counts[Result.ALREADY],
        "refused": counts[Result.REFUSED],
        "untouched": untouched,
        "words": chosen.words(),
        "query": request.GET.urlencode(),
    }
    return render(request, "runs/bulk_report.html", context)


def _busy(request: HttpRequest, verb: Verb, chosen: RunFilterForm, form: ReasonForm) -> HttpResponse:
    form.add_error(None, bulk.BUSY)
    answer = _count(request, verb, chosen, form)
    answer.status_code = 409
    return answer


def _shown(text: str) -> dict[int, Effect]:
    """What the count page carries: “17:removed,18:stopped”. Raises BadRequest for anything else, and for too many."""
    shown: dict[int, Effect] = {}
    for part in text.split(",") if text else ():
        found = SHOWN.fullmatch(part)
        if found is None or found[2] not in EFFECTS:
            raise BadRequest("This page carries no list of runs.")
        shown[int(found[1])] = Effect(found[2])
    if len(shown) > bulk.MOST:
        raise BadRequest(f"At most {bulk.MOST} runs at once.")
    return shown
