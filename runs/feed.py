"""What the run page's script reads by HTTP: the scene once, and, where websockets are blocked, events and frames by polling."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from plans import scene as scenes
from plans.doors import answer, json_answer, requires
from plans.feed import FRAME_TYPE
from runs.models import Run
from runs.reading import newest_frame, read
from runs.wire import Catchup


@require_safe
@requires("runs.view_run")
@gzip_page
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    """A Catchup with the events after ?after=N, the same as the socket's first message. 400 when N is no number."""
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        return JsonResponse({"error": "“after” is the number of the last event that you have."}, status=400)
    reading = read(pk, int(after), None)
    if reading is None:
        raise Http404
    response = JsonResponse(Catchup(type="catchup", run=reading.state, events=reading.events))
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@requires("runs.view_run")
@gzip_page
def scene(request: HttpRequest, pk: int) -> HttpResponse:
    """The scene (`plans.scene`) of the question that the run answers."""
    run = get_object_or_404(Run.objects.select_related("snapshot"), pk=pk)
    labels = run.snapshot.labels
    return json_answer(request, scenes.scene(run.snapshot.as_problem(), labels, labels["time_zone"]))


@require_safe
@requires("runs.view_run")
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest incumbent's frame; 404 until there is one."""
    newest = newest_frame(pk)
    if newest is None:
        raise Http404
    return answer(request, newest.data, FRAME_TYPE, f"{pk}-{newest.seq}")
