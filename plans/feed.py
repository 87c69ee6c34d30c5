"""What the plan page's script reads: the scene once, and the frame."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from plans import scene as scenes
from plans.answers import Answer
from plans.doors import answer, digest, json_answer, requires
from plans.frames import encode
from plans.models import Plan

FRAME_TYPE = "application/octet-stream"


@require_safe
@requires("plans.view_plan")
@gzip_page
def scene(request: HttpRequest, pk: int) -> HttpResponse:
    """The scene (`plans.scene`) of the question that the plan answers."""
    plan = get_object_or_404(Plan.objects.select_related("snapshot"), pk=pk)
    labels = plan.snapshot.labels
    return json_answer(request, scenes.scene(plan.snapshot.as_problem(), labels, labels["time_zone"]))


@require_safe
@requires("plans.view_plan")
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan as a frame (`plans.frames`) with seq 0: it belongs to no event of a run."""
    shown = Answer.of(get_object_or_404(Plan.objects.select_related("snapshot"), pk=pk))
    data = encode(shown.problem, shown.schedule, 0)
    return answer(request, data, FRAME_TYPE, digest(data))
