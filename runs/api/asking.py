"""What can be asked for: new runs, and the end of runs. Doorways: parse, call one verb, answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from ninja import Query

from plans.snapshot import PlanningFault
from runs import leases
from runs.api import shapes
from runs.api.answers import answer, answer_text, as_text, check_unchanged
from runs.api.callers import Needs, Scope, caller_of
from runs.api.headers import IF_SEEN, KEY, NEEDS_KEY, TAKES_KEY, faults_of_given_key, faults_of_key
from runs.api.problems import Fault, Kind, Problem, not_found
from runs.api.reading import get_run, run_version
from runs.api.routing import RUNS, router
from runs.api.schemas import AcceptedOut, Reason, ReasonIn, RunIn, ToldOut
from runs.launch import Launched, ProblemRefused, RunRequest, launch, pose_question, repeat_run
from runs.leases import Expected, Stopped
from runs.models import ObjectiveProfile, Run, State
from runs.models.run import ACTIVE, ENDED
from runs.submissions import Accepted, InProgress, Named, OtherPayload, once

ADD, STOP = "runs.add_run", "runs.stop_run"
SOON = {"Retry-After": "1"}

T = TypeVar("T")


@router.post(
    "/runs",
    tags=[RUNS],
    auth=Needs(ADD, Scope.SUBMIT, headers=faults_of_key),
    response={202: AcceptedOut, 200: AcceptedOut},
    summary="Ask for a run",
    description="202: it will be solved; look at it under Location. 200: the question has an answer already, in that run.",
    openapi_extra=NEEDS_KEY,
)
def submit(request: HttpRequest, payload: RunIn) -> HttpResponse:
    person = caller_of(request)

    def act(question: _Question) -> Accepted:
        return _accepted(launch(question.posed, question.wanted, person, fresh=payload.fresh))

    named = Named(person.pk, request.headers[KEY], {"verb": "run", **payload.model_dump()})
    return _once(named, partial(_pose, payload), act)


@router.post(
    "/runs/{int:run_id}/retry",
    tags=[RUNS],
    auth=Needs(ADD, Scope.SUBMIT, headers=faults_of_given_key),
    response={202: AcceptedOut, 200: AcceptedOut},
    summary="Ask the same question again",
    description="A new run over the same inputs, whatever the plant's data says by now. 409 while the run goes on.",
    openapi_extra=TAKES_KEY,
)
def retry(request: HttpRequest, run_id: int, payload: ReasonIn | None = None) -> HttpResponse:
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise not_found("such run")
    if run.state in ACTIVE:
        raise Problem(Kind.CONFLICT, f"Run {run_id} is {run.state}; ask again when it has ended, or stop it first.")
    person, reason = caller_of(request), payload.reason if payload else ""
    key = request.headers.get(KEY)
    if not key:
        return _answered(_accepted(repeat_run(run, person, reason)))
    named = Named(person.pk, key, {"verb": "retry", "run": run_id, "reason": reason})
    return _once(named, lambda: run, lambda original: _accepted(repeat_run(original, person, reason)))


@router.post(
    "/runs/{int:run_id}/stop",
    tags=[RUNS],
    auth=Needs(STOP, Scope.CONTROL),
    response={202: ToldOut, 200: ToldOut},
    summary="Stop, and keep the best plan",
    description="202: it is stopping. 200: it is cancelled, because it had not begun. 409: it has ended.",
    openapi_extra=IF_SEEN,
)
def stop(request: HttpRequest, run_id: int, payload: ReasonIn | None = None) -> HttpResponse:
    return _end(request, run_id, leases.stop, payload.reason if payload else "")


@router.delete(
    "/runs/{int:run_id}",
    tags=[RUNS],
    auth=Needs(STOP, Scope.CONTROL, "reason"),
    response={202: ToldOut, 200: ToldOut},
    summary="Cancel",
    description="200: it was queued and is cancelled now, or it was cancelled before. 202: it is being ended. 409: it has ended.",
    openapi_extra=IF_SEEN,
)
def cancel(
    request: HttpRequest,
    run_id: int,
    payload: ReasonIn | None = None,
    reason: Reason = Query("", description="The same as in the body."),  # type: ignore[type-arg] # noqa: B008 - ninja's own idiom
) -> HttpResponse:
    return _end(request, run_id, leases.cancel, payload.reason if payload else reason)


def _end(request: HttpRequest, run_id: int, verb: Callable[[int, User, str, Expected], Stopped], reason: str) -> HttpResponse:
    run = get_run(run_id)
    check_unchanged(request, run_version(run))
    seen = request.headers.get("If-Match", "*").strip()
    came = verb(run_id, caller_of(request), reason, Expected(seq=None if seen in {"", "*"} else run.last_seq))
    run = get_run(run_id)
    if came not in {Stopped.STOPPING, Stopped.CANCELLED}:
        check_unchanged(request, run_version(run))  # it may have changed in between
    if came is Stopped.ALREADY_ENDED and run.state != State.CANCELLED:
        raise Problem(Kind.CONFLICT, f"Run {run_id} had ended before: it is {run.state}.", more={"state": run.state})
    message = "The run was cancelled before." if came is Stopped.ALREADY_ENDED else came.sentence
    return answer({"message": message, "run": shapes.told([run])[0]}, status=200 if run.state in ENDED else 202)


class _Question:
    """A request for a run, and the stored question that it is about."""

    def __init__(self, wanted: RunRequest) -> None:
        self.wanted = wanted
        self.posed = pose_question(wanted)


def _pose(payload: RunIn) -> _Question:
    wanted = RunRequest(
        profile=_profile(payload.profile),
        horizon_days=payload.horizon_days,
        limit_seconds=payload.limit_seconds,
        gap=payload.gap,
        iterations=payload.iterations,
        priority=shapes.URGENCIES[payload.priority],
        reason=payload.reason,
    )
    try:
        return _Question(wanted)
    except ProblemRefused as refused:
        raise Problem(Kind.PLANT_REFUSED, _count(refused.faults), [_fault(fault) for fault in refused.faults]) from None


def _profile(name: str | None) -> ObjectiveProfile:
    profile = ObjectiveProfile.default() if name is None else ObjectiveProfile.objects.filter(name=name).first()
    if profile is not None:
        return profile
    if name is None:
        raise Problem(Kind.UNAVAILABLE, "There is no objective profile. An admin adds one under Objective profiles.")
    known = ", ".join(f"“{each}”" for each in ObjectiveProfile.objects.values_list("name", flat=True))
    raise Problem(Kind.INVALID, "There is no such profile.", [Fault(f"Known are {known}.", "unknown", pointer="/profile")])


def _count(faults: tuple[PlanningFault, ...]) -> str:
    return f"{len(faults)} thing{'' if len(faults) == 1 else 's'} in the plant's data must be mended first; nothing was saved."


def _fault(fault: PlanningFault) -> Fault:
    return Fault(fault.message, fault.code, subject=fault.subject_id or fault.subject_kind)


def _once(named: Named, prepare: Callable[[], T], act: Callable[[T], Accepted]) -> HttpResponse:
    try:
        accepted, again = once(named, prepare, act)
    except InProgress:
        raise Problem(Kind.IN_PROGRESS, "Ask again in a moment for its answer.", headers=SOON) from None
    except OtherPayload:
        fault = Fault("Draw another key for another request.", "reused", header=KEY)
        raise Problem(Kind.KEY_REUSED, "Nothing was done.", [fault]) from None
    response = _answered(accepted)
    if again:
        response["Idempotent-Replay"] = "true"
    return response


def _accepted(launched: Launched) -> Accepted:
    run = launched.run
    body = {"id": run.pk, "state": str(run.state), "created": launched.created, "links": shapes.links(run.pk)}
    return Accepted(run.pk, 200 if run.state in ENDED else 202, as_text(body))


def _answered(accepted: Accepted) -> HttpResponse:
    headers = {"Location": f"{shapes.API}/runs/{accepted.run_id}"} | (SOON if accepted.status == 202 else {})
    return answer_text(accepted.body, status=accepted.status, headers=headers)
