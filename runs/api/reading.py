"""What can be read: runs, their events, their plans. Doorways: parse, ask, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query

from runs.api import plan_shape, shapes
from runs.api.answers import answer, is_known, not_modified, version
from runs.api.callers import Needs, Scope, caller_of
from runs.api.cursors import closed, opened
from runs.api.headers import VERSIONED
from runs.api.names import person_id, profile_id
from runs.api.problems import Kind, Problem, not_found
from runs.api.routing import RUNS, router
from runs.api.schemas import EventPage, EventQuery, PlanOut, RunOut, RunPage, RunQuery
from runs.api.shapes import API
from runs.filters import RunFilter
from runs.models import FailureCode, Incumbent, Outcome, Run, RunEvent, State
from runs.wire import run_event

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

VIEW = "runs.view_run"


@router.get(
    "/runs",
    tags=[RUNS],
    auth=Needs(VIEW, Scope.READ, *RunQuery.model_fields),
    response=RunPage,
    summary="List runs",
    description="Newest first. Runs that come in while you page through the list do not shift it.",
    openapi_extra=VERSIONED,
)
def list_runs(request: HttpRequest, query: Query[RunQuery]) -> HttpResponse:
    chosen = _chosen(query, caller_of(request)).order_by("-pk")
    if query.cursor:
        chosen = chosen.filter(pk__lt=opened(query.cursor))
    found = list(chosen[: query.limit + 1])
    page, more = found[: query.limit], len(found) > query.limit
    waits = any(run.state == State.QUEUED for run in page)
    tag = version([shapes.marks(run) for run in page], more, timezone.now().timestamp() // 5 if waits else None)
    if is_known(request, tag):
        return not_modified(tag)
    cursor = closed(page[-1].pk) if more else None
    return answer({"runs": shapes.told(page), "next_cursor": cursor, "next": _next(request, cursor)}, tag)


@router.get(
    "/runs/{int:run_id}",
    tags=[RUNS],
    auth=Needs(VIEW, Scope.READ),
    response=RunOut,
    summary="One run",
    openapi_extra=VERSIONED,
)
def one_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """A run with its place in the queue, what it waits for, its progress, and when it will have ended."""
    run = get_run(run_id)
    tag = run_version(run)
    return not_modified(tag) if is_known(request, tag) else answer(shapes.told([run])[0], tag)


@router.get(
    "/runs/{int:run_id}/events",
    tags=[RUNS],
    auth=Needs(VIEW, Scope.READ, *EventQuery.model_fields),
    response=EventPage,
    summary="What happened to a run",
    description="In order; without a gap until the single steps of an old run go. Follow `next`, before there is more, too.",
    openapi_extra=VERSIONED,
)
def run_events(request: HttpRequest, run_id: int, query: Query[EventQuery]) -> HttpResponse:
    last = Run.objects.filter(pk=run_id).values_list("last_seq", flat=True).first()
    if last is None:
        raise not_found("such run")
    tag = version(run_id, last, query.after, query.limit)
    if is_known(request, tag):
        return not_modified(tag)
    rows = RunEvent.objects.filter(run=run_id, seq__gt=query.after, seq__lte=last).order_by("seq")[: query.limit]
    events = [run_event(row) for row in rows]
    upto = events[-1]["seq"] if events else query.after
    following = f"{API}/runs/{run_id}/events?after={upto}&limit={query.limit}"
    return answer({"events": events, "last_seq": last, "next": following, "has_more": upto < last}, tag)


@router.get(
    "/runs/{int:run_id}/plan",
    tags=[RUNS],
    auth=Needs(VIEW, Scope.READ),
    response=PlanOut,
    summary="The best plan of a run",
    openapi_extra=VERSIONED,
)
def run_plan(request: HttpRequest, run_id: int) -> HttpResponse:
    """The best plan so far, or the one that the run ended with; 404 while there is none."""
    run = get_run(run_id)
    newest = Incumbent.objects.filter(run=run_id).order_by("-seq").values_list("seq", flat=True).first()
    if newest is None:
        raise Problem(Kind.NOT_FOUND, f"Run {run_id} has no plan{'' if run.finished_at else ' yet'}.")
    tag = version(run_id, newest, run.plan_id)
    return not_modified(tag) if is_known(request, tag) else answer(plan_shape.told(run, newest), tag)


def get_run(run_id: int) -> Run:
    """Raises Problem."""
    run = shapes.runs().filter(pk=run_id).first()
    if run is None:
        raise not_found("such run")
    return run


def run_version(run: Run) -> str:
    """A run that waits changes with whatever goes on before it, so what is known of its place counts for two seconds only."""
    own = version(shapes.marks(run))
    return f"{own}.{int(timezone.now().timestamp()) // 2}" if run.state == State.QUEUED else own


def _chosen(query: RunQuery, caller: User) -> QuerySet[Run]:
    """The runs of the filter; none where nobody has a name that it gives."""
    try:
        person, profile = person_id(query.requested_by, caller), profile_id(query.profile)
    except ObjectDoesNotExist:
        return shapes.runs().none()
    meant = RunFilter(
        states=tuple(State(name) for name in query.state),
        outcomes=tuple(Outcome(name) for name in query.outcome),
        profile_id=profile,
        schedule_id=query.schedule,
        person_id=person,
        since=query.since,
        until=query.until,
        failure_code=FailureCode(query.failure) if query.failure else None,
    )
    return meant.among(shapes.runs())


def _next(request: HttpRequest, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{API}/runs?{query.urlencode()}"
