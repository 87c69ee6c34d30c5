"""Stopping and cancelling, one run and many: what comes of it in each state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.http import HttpResponse

from runs import leases
from runs.api import bulk_schemas, schemas
from runs.api.answers import check_unchanged
from runs.bulk import Effect
from runs.leases import Setback
from runs.models import FailureCode, ObjectiveProfile, Run, RunEvent, State
from runs.submissions import InProgress
from tests.api.calling import Api, problem, said, validate
from tests.api.conftest import Come
from tests.runs.making import claimed, keep_incumbent, make_run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", ["stop", "cancel"])
@pytest.mark.parametrize("state", ["queued", "running", "finished", "cancelled"])
def test_what_comes_of_it(verb: str, state: str, planner: Api, runs: Mapping[str, Run]) -> None:
    becomes = {"queued": "cancelled", "running": "stopping"}.get(state, state)
    status = {"running": 202, "finished": 409}.get(state, 200)
    answer = end(planner, verb, runs[state].pk)
    assert answer.status_code == status
    assert Run.objects.get(pk=runs[state].pk).state == becomes
    if status == 409:
        assert "finished" in problem(answer, 409, "conflict")["detail"]
        return
    validate(said(answer), "ToldOut")
    assert said(answer)["run"]["state"] == becomes
    assert becomes in said(answer)["message"] or state in said(answer)["message"]


def end(api: Api, verb: str, pk: int, **headers: str) -> HttpResponse:
    if verb == "stop":
        return api.post(f"/runs/{pk}/stop", **headers)
    return api.send("DELETE", f"/runs/{pk}", **headers)


def test_a_run_that_waits_with_a_plan_ends_with_it_in_a_moment(planner: Api) -> None:
    run = make_run()
    lease = claimed(run)
    keep_incumbent(lease)
    leases.give_back(lease, 1.0, uuid4())
    answer = planner.post(f"/runs/{run.pk}/stop")
    assert (answer.status_code, said(answer)["run"]["state"]) == (202, "queued")


def test_a_failed_run_stays_as_it_is(planner: Api) -> None:
    run = make_run()
    leases.set_back(claimed(run), Setback(FailureCode.INTERNAL, "Broken."), uuid4())
    assert Run.objects.get(pk=run.pk).state == State.FAILED
    assert "failed" in problem(planner.send("DELETE", f"/runs/{run.pk}"), 409, "conflict")["detail"]


def test_a_second_time_says_that_it_is_stopping(planner: Api, runs: Mapping[str, Run]) -> None:
    pk = runs["running"].pk
    planner.post(f"/runs/{pk}/stop")
    again = planner.post(f"/runs/{pk}/stop")
    assert (again.status_code, "already" in said(again)["message"]) == (202, True)
    assert planner.send("DELETE", f"/runs/{pk}").status_code == 202  # a stop may become a cancellation
    assert Run.objects.get(pk=pk).stop_kind == "cancel"


@pytest.mark.parametrize(
    ("path", "body"), [("/runs/{run}", {"reason": "wrong plant"}), ("/runs/{run}?reason=wrong%20plant", None)]
)
def test_the_reason_is_kept_from_body_or_url(path: str, body: object, planner: Api, runs: Mapping[str, Run]) -> None:
    planner.send("DELETE", path.format(run=runs["running"].pk), body)
    event = RunEvent.objects.filter(run=runs["running"]).latest("seq")
    assert event.data == {"kind": "cancel", "by": "a planner", "reason": "wrong plant"}


def test_stopping_keeps_a_reason(planner: Api, runs: Mapping[str, Run]) -> None:
    planner.post(f"/runs/{runs['running'].pk}/stop", {"reason": "good enough"})
    assert RunEvent.objects.filter(run=runs["running"]).latest("seq").data["reason"] == "good enough"
    too_long = problem(planner.post(f"/runs/{runs['queued'].pk}/stop", {"reason": "x" * 501}), 422, "invalid")
    assert too_long["errors"][0]["pointer"] == "/reason"


@pytest.mark.parametrize(("reason", "code"), [("%00", "nul"), ("x" * 501, "string_too_long")])
def test_a_reason_in_the_url_that_cannot_be_kept_ends_nothing(
    reason: str, code: str, planner: Api, runs: Mapping[str, Run]
) -> None:
    refused = problem(planner.send("DELETE", f"/runs/{runs['running'].pk}?reason={reason}"), 422, "invalid")
    assert [(fault["parameter"], fault["code"]) for fault in refused["errors"]] == [("reason", code)]
    assert Run.objects.get(pk=runs["running"].pk).state == State.RUNNING


@pytest.mark.parametrize("verb", ["stop", "cancel"])
def test_who_has_seen_another_version_changes_nothing(verb: str, planner: Api, runs: Mapping[str, Run]) -> None:
    pk = runs["queued"].pk
    seen = planner.get(f"/runs/{pk}")["ETag"]
    problem(end(planner, verb, pk, **{"If-Match": '"another"'}), 412, "precondition-failed")
    assert Run.objects.get(pk=pk).state == State.QUEUED
    assert end(planner, verb, pk, **{"If-Match": seen}).status_code == 200


@pytest.mark.parametrize("verb", ["stop", "cancel"])
@pytest.mark.parametrize("meanwhile", ["claimed", "cancelled"])
def test_who_sees_another_version_in_the_last_moment_changes_nothing(
    meanwhile: str, verb: str, planner: Api, runs: Mapping[str, Run]
) -> None:
    run = runs["queued"]
    seen = planner.get(f"/runs/{run.pk}")["ETag"]

    def checked(*arguments: Any) -> None:
        check_unchanged(*arguments)
        if Run.objects.get(pk=run.pk).state == State.QUEUED:
            claimed(run) if meanwhile == "claimed" else leases.cancel(run.pk, None, "")

    with patch("runs.api.asking.check_unchanged", checked):
        problem(end(planner, verb, run.pk, **{"If-Match": seen}), 412, "precondition-failed")
    assert Run.objects.get(pk=run.pk).last_seq == 2


def test_no_such_run(planner: Api) -> None:
    problem(planner.post("/runs/999999/stop"), 404, "not-found")
    problem(planner.send("DELETE", "/runs/999999"), 404, "not-found")


def counted(api: Api, verb: str, chosen: Mapping[str, object]) -> Any:
    """What the API says that would happen to the runs of a filter."""
    return problem(api.post(f"/runs/{verb}", {"filter": chosen}), 409, "count-changed")


def test_many_are_counted_and_then_ended(planner: Api, runs: Mapping[str, Run]) -> None:
    extra = [make_run().pk for _ in range(2)]
    count = counted(planner, "cancel", {"state": ["queued"]})
    assert (count["affected"], count["left_over"], count["changed"]) == (3, 0, [])
    assert count["groups"] == ["3 queued are removed from the queue"]
    assert count["counted"] == [{"run": pk, "effect": "removed"} for pk in (runs["queued"].pk, *extra)]
    assert Run.objects.filter(state=State.QUEUED).count() == 3
    later = make_run()
    wanted = {"filter": {"state": ["queued"]}, "counted": count["counted"], "reason": "shift is over"}
    done = said(planner.post("/runs/cancel", wanted))
    validate(done, "BulkOut")
    assert (done["done"], done["untouched"]) == (3, 1)
    assert {item["run"] for item in done["items"]} == {*extra, runs["queued"].pk}
    assert {item["result"] for item in done["items"]} == {"done"}
    assert Run.objects.get(pk=later.pk).state == State.QUEUED
    assert Run.objects.get(pk=runs["running"].pk).state == State.RUNNING
    assert RunEvent.objects.filter(run__in=extra, data__reason="shift is over").count() == 2


def test_nothing_is_done_when_as_many_but_other_things_would_happen(planner: Api, runs: Mapping[str, Run]) -> None:
    count = counted(planner, "cancel", {})
    claimed(runs["queued"])
    wanted = {"filter": {}, "counted": count["counted"]}
    again = problem(planner.post("/runs/cancel", wanted), 409, "count-changed")
    assert (again["affected"], again["changed"]) == (count["affected"], [runs["queued"].pk])
    assert Run.objects.filter(state=State.RUNNING).count() == 2
    assert said(planner.post("/runs/cancel", wanted | {"counted": again["counted"]}))["done"] == 2


def test_who_asks_again_before_all_is_done_is_told_so(planner: Api, runs: Mapping[str, Run]) -> None:
    wanted = {"filter": {}, "counted": counted(planner, "cancel", {})["counted"]}
    with patch("runs.bulk.held", side_effect=InProgress):
        answer = planner.post("/runs/cancel", wanted)
    assert "is still being done" in problem(answer, 409, "conflict")["detail"]
    assert answer.headers["Retry-After"] == "1"
    assert Run.objects.filter(state=State.CANCELLED).count() == 1


def test_many_are_stopped_whatever_their_state(planner: Api, runs: Mapping[str, Run]) -> None:
    done = said(planner.post("/runs/stop", {"filter": {}, "counted": counted(planner, "stop", {})["counted"]}))
    assert done["done"] == 2
    assert set(Run.objects.values_list("state", flat=True)) == {"finished", "cancelled", "stopping"}


def test_more_than_there_is_room_for_are_left_over(planner: Api, runs: Mapping[str, Run]) -> None:
    make_run()
    with patch("runs.bulk.MOST", 1):
        count = counted(planner, "cancel", {"state": ["queued"]})
    assert (count["affected"], count["left_over"], len(count["counted"])) == (2, 1, 1)
    done = said(planner.post("/runs/cancel", {"filter": {"state": ["queued"]}, "counted": count["counted"]}))
    assert (done["done"], done["untouched"]) == (1, 1)


def failed(**columns: Any) -> Run:
    run = make_run(**columns)
    leases.set_back(claimed(run), Setback(FailureCode.INTERNAL, "Broken."), uuid4())
    return run


def test_many_are_asked_again_and_each_names_its_new_run(planner: Api, runs: Mapping[str, Run], bell: list[int]) -> None:
    profile = ObjectiveProfile.objects.create(name="For tests", makespan=1)
    meant, _other = failed(profile=profile), failed()
    chosen = {"failure": "internal", "profile": "For tests"}
    count = counted(planner, "retry", chosen)
    assert count["counted"] == [{"run": meant.pk, "effect": "repeated"}]
    wanted = {"filter": chosen, "counted": count["counted"], "reason": "the solver is mended"}
    done = said(planner.post("/runs/retry", wanted))
    validate(done, "BulkOut")
    new = Run.objects.get(again_of=meant)
    assert [(item["run"], item["result"], item["new_run"]) for item in done["items"]] == [(meant.pk, "done", new.pk)]
    assert new.events.get().data == {"by": "a planner", "reason": "the solver is mended"}
    again = said(planner.post("/runs/retry", wanted))
    assert [(item["result"], item["new_run"]) for item in again["items"]] == [("already", new.pk)]


def test_the_kinds_of_failure_and_what_is_counted_have_one_name_everywhere() -> None:
    assert get_args(schemas.FailureName) == tuple(FailureCode.values)
    assert set(get_args(bulk_schemas.DeedName)) == {effect.value for effect in Effect if effect.is_deed}


def test_a_filter_of_my_own_runs(planner: Api, come: Come, runs: Mapping[str, Run]) -> None:
    assert counted(planner, "stop", {"requested_by": "me"})["counted"] == []
    nothing = said(planner.post("/runs/stop", {"filter": {"requested_by": "me"}, "counted": []}))
    assert nothing == {"done": 0, "untouched": 0, "items": []}


def test_every_fault_of_a_filter_at_once(planner: Api) -> None:
    names = {"requested_by": "nobody", "profile": "none", "since": "yesterday", "until": "2026-03-02T06:00:00"}
    faults = problem(planner.post("/runs/stop", {"filter": names}), 422, "invalid")["errors"]
    assert {fault["pointer"] for fault in faults} == {f"/filter/{name}" for name in names}
    wrong = {"filter": {"states": 1, "state": ["x"], "failure": "x"}, "counted": [{"run": 1, "effect": "ended"}], "expected": 1}
    faults = problem(planner.post("/runs/stop", wrong), 422, "invalid")["errors"]
    assert {fault["pointer"] for fault in faults} == {
        *("/filter/states", "/filter/state/0", "/filter/failure", "/counted/0/effect", "/expected")
    }
    problem(planner.post("/runs/stop", {"counted": []}), 422, "invalid")
    too_many = [{"run": pk, "effect": "removed"} for pk in range(1, 502)]
    problem(planner.post("/runs/stop", {"filter": {}, "counted": too_many}), 422, "invalid")
