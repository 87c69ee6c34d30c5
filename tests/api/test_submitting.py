"""Asking for a run: what is accepted, what is done once however often it is sent, what is refused with all that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from plant.models import Machine, OperationMode
from runs import leases, submissions
from runs.housekeeping import clean_submissions
from runs.launch import Launched, launch
from runs.models import ObjectiveProfile, Priority, Run, RunEvent, Submission
from tests.api.calling import Api, problem, said, validate
from tests.api.conftest import Come
from tests.plans.making import make_operation, make_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plant")]


def test_a_run_is_accepted_and_rung_for(
    planner: Api, bell: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = planner.submit(
            {"limit_seconds": 5, "gap": 0.02, "horizon_days": 7, "priority": "urgent", "reason": "Nordhag calls"}
        )
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"], answer["Retry-After"]) == (202, f"/api/v1/runs/{run.pk}", "1")
    validate(said(answer), "AcceptedOut")
    assert said(answer)["created"] is True
    assert (run.limit_seconds, run.gap, run.horizon_days, run.priority) == (5.0, 0.02, 7, Priority.URGENT)
    assert run.requested_by is not None
    assert run.requested_by.get_username() == "a planner"
    assert RunEvent.objects.get().data["reason"] == "Nordhag calls"
    assert bell == [run.pk]
    assert planner.get(answer["Location"].removeprefix("/api/v1")).status_code == 200


@pytest.mark.usefixtures("bell")
def test_iterations_are_asked_for_and_told(planner: Api) -> None:
    counted, plain = planner.submit({"iterations": 5_000}), planner.submit()
    assert said(counted)["id"] != said(plain)["id"]
    told = [said(planner.get(f"/runs/{said(answer)['id']}")) for answer in (counted, plain)]
    assert [run["iterations"] for run in told] == [5_000, None]
    validate(said(planner.get(f"/runs/{said(counted)['id']}")), "RunOut")


@pytest.mark.usefixtures("bell")
@pytest.mark.parametrize("iterations", [0, -5, 2.5, "many", 10**10, True])
def test_what_is_no_number_of_iterations_is_named(planner: Api, iterations: object) -> None:
    wrong = problem(planner.submit({"iterations": iterations}), 422, "invalid")
    assert [fault["pointer"] for fault in wrong["errors"]] == ["/iterations"]
    assert not Run.objects.exists()


@pytest.mark.usefixtures("bell")
def test_the_same_question_has_one_run_unless_a_fresh_one_is_wanted(planner: Api) -> None:
    first, second, fresh = planner.submit(), planner.submit(), planner.submit({"fresh": True})
    assert said(first)["id"] == said(second)["id"] != said(fresh)["id"]
    assert (said(second)["created"], said(fresh)["created"]) == (False, True)


@pytest.mark.usefixtures("bell")
def test_a_question_that_has_its_answer_is_answered_with_200(planner: Api) -> None:
    from uuid import uuid4

    from runs.leases import Conclusion
    from runs.models import Outcome
    from tests.runs.making import claimed

    run = Run.objects.get(pk=said(planner.submit())["id"])
    leases.finish(claimed(run), Conclusion(Outcome.UNKNOWN), 1.0, uuid4())
    answer = planner.submit()
    assert (answer.status_code, said(answer)["id"], said(answer)["state"]) == (200, run.pk, "finished")
    assert "Retry-After" not in answer


@pytest.mark.usefixtures("bell")
def test_a_profile_is_named(planner: Api) -> None:
    ObjectiveProfile.objects.create(name="Quiet shop", setup=1)
    run = Run.objects.get(pk=said(planner.submit({"profile": "Quiet shop"}))["id"])
    assert run.profile == ObjectiveProfile.objects.get(name="Quiet shop")
    wrong = problem(planner.submit({"profile": "Loud shop"}), 422, "invalid")
    assert wrong["errors"][0]["pointer"] == "/profile"
    assert "“Quiet shop”" in wrong["errors"][0]["message"]


def test_without_a_key_nothing_is_done(planner: Api) -> None:
    assert problem(planner.post("/runs", {}), 400, "key-missing")["errors"][0]["header"] == "Idempotency-Key"
    for key in ("a b", "ä", "x" * 201, "\t"):
        assert planner.post("/runs", {}, **{"Idempotency-Key": key}).status_code == 400
    assert not Run.objects.exists()


@pytest.mark.usefixtures("bell")
def test_the_same_request_gets_the_same_answer_and_is_done_once(planner: Api, plant: Machine) -> None:
    first = planner.submit({"fresh": True}, key="k-1")
    make_operation(make_order("4712", release=timezone.now(), due=timezone.now() + timedelta(days=1)), plant)
    leases.cancel(said(first)["id"], None, "")
    again = planner.submit({"fresh": True}, key="k-1")
    assert (again.status_code, again.content, again["Location"]) == (first.status_code, first.content, first["Location"])
    assert ("Idempotent-Replay" in first, again["Idempotent-Replay"]) == (False, "true")
    assert Run.objects.count() == 1


@pytest.mark.usefixtures("bell")
def test_a_key_means_one_request_of_one_owner(planner: Api, come: Come) -> None:
    first = planner.submit({"fresh": True}, key="k-1")
    problem(planner.submit({"fresh": True, "limit_seconds": 9}, key="k-1"), 422, "key-reused")
    other = come("admin").submit({"fresh": True}, key="k-1")
    assert said(other)["id"] != said(first)["id"]
    assert Run.objects.count() == Submission.objects.count() == 2


@pytest.mark.usefixtures("bell")
def test_what_is_left_out_means_the_default_also_under_a_key(planner: Api) -> None:
    first = planner.submit({}, key="k-1")
    assert planner.submit({"limit_seconds": 60, "priority": "normal"}, key="k-1").content == first.content


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("bell")
def test_while_the_first_is_worked_on_the_second_is_told_so(come: Come) -> None:
    begun, go_on = Event(), Event()

    def slowly(*arguments: Any, **options: Any) -> Launched:
        begun.set()
        assert go_on.wait(10)
        return launch(*arguments, **options)

    api, twin = come("planner:submit"), come("planner:submit")

    def send() -> Any:
        try:
            return api.submit(key="k-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, patch("runs.api.asking.launch", side_effect=slowly):
        first = pool.submit(send)
        assert begun.wait(10)
        answer = twin.submit(key="k-1")
        go_on.set()
        accepted = first.result()
    assert problem(answer, 409, "in-progress")
    assert answer["Retry-After"] == "1"
    assert accepted.status_code == 202
    assert twin.submit(key="k-1").content == accepted.content
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("bell")
def test_a_request_that_broke_down_left_nothing_and_may_be_sent_again(planner: Api) -> None:
    with patch("runs.submissions.Submission.objects.create", side_effect=RuntimeError("the plug was pulled")):
        problem(planner.submit(key="k-1"), 500, "internal")
    assert (Run.objects.count(), Submission.objects.count()) == (0, 0)
    assert planner.submit(key="k-1").status_code == 202


def test_a_plant_that_cannot_be_planned_is_refused_with_every_fault_and_the_key_stays_free(
    planner: Api, plant: Machine, bell: list[int]
) -> None:
    first, second = (
        make_operation(make_order(number, release=timezone.now(), due=timezone.now() + timedelta(days=1)), plant)
        for number in ("5001", "5002")
    )
    kept = list(OperationMode.objects.filter(operation__in=[first, second]).values())
    OperationMode.objects.filter(operation__in=[first, second]).delete()
    refused = problem(planner.submit(key="k-1"), 422, "plant-refused")
    assert {fault["subject"] for fault in refused["errors"]} == {f"operation:{first.pk}", f"operation:{second.pk}"}
    assert all(number in str(refused["errors"]) for number in ("5001", "5002"))
    assert (Run.objects.count(), Submission.objects.count(), bell) == (0, 0, [])
    OperationMode.objects.bulk_create(OperationMode(**row) for row in kept)
    assert planner.submit(key="k-1").status_code == 202


def test_without_a_profile_there_is_nothing_to_ask_for(planner: Api) -> None:
    ObjectiveProfile.objects.all().delete()
    problem(planner.submit(), 503, "unavailable")


@pytest.mark.usefixtures("bell")
def test_keys_are_kept_for_a_day_at_least_and_forgotten_after_some(planner: Api) -> None:
    planner.submit({"fresh": True}, key="old")
    assert timedelta(days=1) <= submissions.KEPT
    assert clean_submissions() == 0
    Submission.objects.update(at=timezone.now() - submissions.KEPT - timedelta(seconds=1))
    planner.submit({"fresh": True}, key="new")
    assert clean_submissions() == 1
    assert Submission.objects.get().key == "new"
    assert planner.submit({"fresh": True}, key="old").status_code == 202
    assert Run.objects.count() == 3


@pytest.mark.usefixtures("bell")
def test_the_same_inputs_are_asked_again(planner: Api, runs: Mapping[str, Run]) -> None:
    answer = planner.post(f"/runs/{runs['finished'].pk}/retry", {"reason": "once more"})
    run = Run.objects.latest("pk")
    assert (answer.status_code, said(answer)["id"]) == (202, run.pk)
    assert (run.again_of, run.snapshot) == (runs["finished"], runs["finished"].snapshot)
    assert RunEvent.objects.get(run=run).data["reason"] == "once more"
    for state in ("queued", "running"):
        assert "ended" in problem(planner.post(f"/runs/{runs[state].pk}/retry"), 409, "conflict")["detail"]
    problem(planner.post("/runs/999999/retry"), 404, "not-found")


@pytest.mark.usefixtures("bell")
def test_asking_again_under_a_key_is_done_once(planner: Api, runs: Mapping[str, Run]) -> None:
    path = f"/runs/{runs['cancelled'].pk}/retry"
    first = planner.post(path, **{"Idempotency-Key": "k"})
    assert planner.post(path, **{"Idempotency-Key": "k"}).content == first.content
    problem(planner.post(path, {"reason": "x"}, **{"Idempotency-Key": "k"}), 422, "key-reused")
