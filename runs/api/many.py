"""One verb for many runs at once: counted first, then done to just those that were counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime

from runs.api.answers import answer
from runs.api.bulk_schemas import BulkIn, BulkOut, FilterIn
from runs.api.callers import Needs, Scope, caller_of
from runs.api.instants import in_utc
from runs.api.names import person_id, profile_id
from runs.api.problems import Fault, Kind, Problem
from runs.api.routing import MANY, router
from runs.bulk import BUSY, MOST, Effect, ItemReport, Result, Verb, carry_out, changed, preview, untouched
from runs.filters import RunFilter
from runs.models import FailureCode, ObjectiveProfile, State
from runs.submissions import InProgress

ADD, STOP = "runs.add_run", "runs.stop_run"
HOW = f"""Without `counted` the runs of the filter are counted and nothing is done: the answer 409 has `counted`, what would
happen to each. Send it back to have that done, to these runs and no others. If by now something else would happen to one of
them, nothing is done and they are counted again. At most {MOST} runs at once, the oldest. Each is told of in `items`."""


@router.post(
    "/runs/stop", tags=[MANY], auth=Needs(STOP, Scope.CONTROL), response=BulkOut, summary="Stop many runs", description=HOW
)
def stop_many(request: HttpRequest, payload: BulkIn) -> HttpResponse:
    return _deed(Verb.STOP, payload, caller_of(request))


@router.post(
    "/runs/cancel", tags=[MANY], auth=Needs(STOP, Scope.CONTROL), response=BulkOut, summary="Cancel many runs", description=HOW
)
def cancel_many(request: HttpRequest, payload: BulkIn) -> HttpResponse:
    return _deed(Verb.CANCEL, payload, caller_of(request))


@router.post(
    "/runs/retry",
    tags=[MANY],
    auth=Needs(ADD, Scope.SUBMIT),
    response=BulkOut,
    summary="Ask the questions of many runs again",
    description=f"Of those that failed or were cancelled. {HOW}",
)
def retry_many(request: HttpRequest, payload: BulkIn) -> HttpResponse:
    return _deed(Verb.AGAIN, payload, caller_of(request))


def _deed(verb: Verb, payload: BulkIn, actor: User) -> HttpResponse:
    chosen = _filter(payload.filter, actor)
    if payload.counted is None:
        raise _counted(verb, chosen, "Send `counted` back to have it done.")
    shown = {each.run: Effect(each.effect) for each in payload.counted}
    if others := changed(verb, shown):
        raise _counted(verb, chosen, "To some runs something else would happen than was counted.", others)
    later = untouched(chosen, verb, shown)
    try:
        reports = carry_out(shown, verb, actor, payload.reason)
    except InProgress:
        raise Problem(Kind.CONFLICT, BUSY, headers={"Retry-After": "1"}) from None
    done = sum(report.result is Result.DONE for report in reports)
    return answer({"done": done, "untouched": later, "items": [_item(report) for report in reports]})


def _counted(verb: Verb, chosen: RunFilter, why: str, others: Sequence[int] = ()) -> Problem:
    """What would happen to which runs, and that nothing was done. `others`: those to which something else would by now."""
    shown = preview(chosen, verb)
    more = {
        "affected": shown.affected,
        "left_over": shown.left_over,
        "groups": [group.sentence for group in shown.groups],
        "counted": [{"run": pk, "effect": effect.value} for pk, effect in shown.targets.items()],
        "changed": list(others),
    }
    return Problem(Kind.COUNT_CHANGED, f"{why} Nothing was done.", more=more)


def _item(report: ItemReport) -> dict[str, object]:
    return {
        "run": report.run_id,
        "result": report.result.value,
        "message": report.sentence,
        "new_run": report.new_run_id,
    }


def _filter(given: FilterIn, actor: User) -> RunFilter:
    faults: list[Fault] = []
    person, profile = _person(given.requested_by, actor, faults), _profile(given.profile, faults)
    since, until = _instant("since", given.since, faults), _instant("until", given.until, faults)
    if faults:
        raise Problem(Kind.INVALID, "The filter has faults.", faults)
    return RunFilter(
        states=tuple(State(name) for name in given.state),
        profile_id=profile,
        schedule_id=given.schedule,
        failure_code=FailureCode(given.failure) if given.failure else None,
        person_id=person,
        since=since,
        until=until,
    )


def _person(name: str | None, actor: User, faults: list[Fault]) -> int | None:
    try:
        return person_id(name, actor)
    except User.DoesNotExist:
        faults.append(Fault("There is no such user.", "unknown", pointer="/filter/requested_by"))
    return None


def _profile(name: str | None, faults: list[Fault]) -> int | None:
    try:
        return profile_id(name)
    except ObjectiveProfile.DoesNotExist:
        faults.append(Fault("There is no such profile.", "unknown", pointer="/filter/profile"))
    return None


def _instant(name: str, text: str | None, faults: list[Fault]) -> datetime | None:
    if text is None:
        return None
    try:
        parsed = parse_datetime(text)
        moment = parsed and in_utc(parsed)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        faults.append(Fault("Write it like 2026-03-02T06:00:00Z.", "datetime", pointer=f"/filter/{name}"))
    return moment
