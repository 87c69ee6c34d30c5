"""Runs, events and plans as they are read: filters, pages that do not shift, versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import leases
from runs.leases import Setback
from runs.models import FailureCode, Heartbeat, ObjectiveProfile, Run
from tests.api.calling import Api, problem, said, validate
from tests.api.conftest import Come
from tests.runs.making import claimed, improved, make_run

pytestmark = pytest.mark.django_db


def ids(api: Api, query: str = "") -> list[int]:
    body = said(api.get(f"/runs{query}"))
    validate(body, "RunPage")
    for run in body["runs"]:
        validate(run, "RunOut")
    return [run["id"] for run in body["runs"]]


def test_newest_first_and_each_filter(planner: Api, runs: Mapping[str, Run]) -> None:
    by_state = {name: run.pk for name, run in runs.items()}
    assert ids(planner) == sorted(by_state.values(), reverse=True)
    assert ids(planner, "?state=queued&state=running") == sorted([by_state["queued"], by_state["running"]], reverse=True)
    assert ids(planner, "?outcome=unknown") == [by_state["finished"]]
    assert ids(planner, "?schedule=1") == []
    hour = timedelta(hours=1)
    Run.objects.filter(pk=by_state["queued"]).update(requested_at=timezone.now() - hour)
    since = quote((timezone.now() - hour / 2).isoformat())
    assert by_state["queued"] not in ids(planner, f"?since={since}")
    assert ids(planner, f"?until={since}") == [by_state["queued"]]


def test_whose_runs(planner: Api, come: Come, runs: Mapping[str, Run]) -> None:
    from django.contrib.auth.models import User

    come("admin")
    Run.objects.filter(pk=runs["queued"].pk).update(requested_by=User.objects.get(username="a planner"))
    Run.objects.filter(pk=runs["running"].pk).update(requested_by=User.objects.get(username="a admin"))
    assert ids(planner, "?requested_by=me") == [runs["queued"].pk]
    assert ids(planner, "?requested_by=a%20admin") == [runs["running"].pk]
    assert ids(planner, "?requested_by=gone") == []


def test_by_profile_and_by_failure(planner: Api, runs: Mapping[str, Run]) -> None:
    profile = ObjectiveProfile.objects.create(name="For tests", makespan=1)
    meant, other = make_run(profile=profile), make_run(profile=profile)
    leases.set_back(claimed(meant), Setback(FailureCode.INTERNAL, "Broken."), uuid4())
    assert ids(planner, "?profile=For%20tests") == [other.pk, meant.pk]
    assert ids(planner, "?failure=internal") == ids(planner, "?profile=For%20tests&failure=internal") == [meant.pk]
    assert ids(planner, "?failure=too_large") == ids(planner, "?profile=gone") == []
    assert problem(planner.get("/runs?failure=x"), 422, "invalid")["errors"][0]["parameter"] == "failure"


def test_pages_do_not_shift_when_runs_come_in(planner: Api) -> None:
    made = [make_run().pk for _ in range(5)]
    seen: list[int] = []
    path = "/runs?limit=2&state=queued"
    while path:
        page = said(planner.get(path))
        seen += [run["id"] for run in page["runs"]]
        make_run()
        path = (page["next"] or "").removeprefix("/api/v1")
        assert (page["next"] is None) == (page["next_cursor"] is None)
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "a" * 40, "ÄÖ", "YmVmb3JlIHg=", "YmVmb3JlIC0x", "YWZ0ZXIgMQ=="])
def test_a_cursor_that_is_none_of_ours(cursor: str, planner: Api) -> None:
    assert problem(planner.get(f"/runs?cursor={quote(cursor)}"), 422, "invalid")["errors"][0]["parameter"] == "cursor"


def test_faults_of_the_url_are_told_at_once(planner: Api) -> None:
    faults = problem(planner.get("/runs?state=asleep&limit=0&since=yesterday&colour=red&schedule=-1"), 422, "invalid")["errors"]
    assert sorted(fault["parameter"] for fault in faults) == ["colour", "limit", "schedule", "since", "state"]
    faults = problem(planner.get("/runs?state=x&state=queued&outcome=feasible&outcome=y"), 422, "invalid")["errors"]
    assert [fault["parameter"] for fault in faults] == ["state", "outcome"]
    faults = problem(planner.get("/runs?since=2026-03-02T06:00:00&until=2026-03-03&cursor=x&colour=red"), 422, "invalid")[
        "errors"
    ]
    told = {fault["parameter"]: fault["code"] for fault in faults}
    assert told == {"since": "time_zone_missing", "until": "time_zone_missing", "cursor": "cursor", "colour": "unknown"}
    assert problem(planner.get("/runs?colour=red"), 422, "invalid")["errors"][0]["parameter"] == "colour"
    assert problem(planner.get("/runs?since=2026-03-02T06:00:00"), 422, "invalid")["errors"][0]["parameter"] == "since"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_an_instant_outside_the_years_that_there_are(moment: str, planner: Api) -> None:
    for name in ("since", "until"):
        assert problem(planner.get(f"/runs?{name}={quote(moment)}"), 422, "invalid")["errors"][0]["parameter"] == name
        answer = planner.post("/runs/cancel", {"filter": {name: moment}})
        assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == f"/filter/{name}"


def test_a_time_zone_farther_off_than_the_database_knows(planner: Api, runs: Mapping[str, Run]) -> None:
    found = said(planner.get(f"/runs?since={quote('2020-01-01T00:00:00+23:59')}&until={quote('2999-01-01T00:00:00-23:59')}"))
    assert len(found["runs"]) == len(runs)


def test_a_user_name_that_nobody_can_have(planner: Api) -> None:
    assert problem(planner.get("/runs?requested_by=%00"), 422, "invalid")["errors"][0]["parameter"] == "requested_by"
    answer = planner.post("/runs/stop", {"filter": {"requested_by": "\0"}})
    assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/filter/requested_by"


def test_a_list_asks_the_same_number_of_queries_for_one_run_and_for_many(planner: Api) -> None:
    ids(planner)
    counts = []
    for count in (1, 20):
        for _ in range(count):
            make_run()
        with CaptureQueriesContext(connection) as queries:
            ids(planner)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


def test_one_run(planner: Api, runs: Mapping[str, Run]) -> None:
    for name, run in runs.items():
        told = said(planner.get(f"/runs/{run.pk}"))
        validate(told, "RunOut")
        assert (told["id"], told["state"]) == (run.pk, name)
        assert (told["queue"] is not None) == (name == "queued")
        assert told["links"]["page"] == f"/runs/{run.pk}/"
    problem(planner.get("/runs/999999"), 404, "not-found")
    problem(planner.get(f"/runs/{2**70}"), 404, "not-found")
    problem(planner.get("/runs/x"), 404, "not-found")
    problem(planner.get("/elsewhere"), 404, "not-found")


def test_who_waits_is_told_the_place_and_the_time(planner: Api) -> None:
    first, second = make_run(limit_seconds=100.0), make_run(limit_seconds=10.0)
    assert said(planner.get(f"/runs/{second.pk}"))["eta"] is None  # nobody works
    Heartbeat.objects.create(process="solve@here", kind="solve", slots=1)
    told = said(planner.get(f"/runs/{second.pk}"))
    assert told["queue"]["position"] == 2
    assert told["queue"]["waits_for"]
    eta = datetime.fromisoformat(told["eta"])
    assert 105 < (eta - timezone.now()).total_seconds() < 111
    claimed(first)
    assert said(planner.get(f"/runs/{second.pk}"))["queue"]["position"] == 1
    running = said(planner.get(f"/runs/{first.pk}"))
    assert 95 < (datetime.fromisoformat(running["eta"]) - timezone.now()).total_seconds() < 101


def test_all_who_look_share_one_reading_of_what_waits(planner: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows every run that they look at, and says nothing of one that waits no longer."""
    monkeypatch.setattr("runs.sharing.SECONDS", 60.0)
    first, second = make_run(), make_run()
    assert said(planner.get(f"/runs/{first.pk}"))["queue"]["position"] == 1
    with CaptureQueriesContext(connection) as queries:
        assert said(planner.get(f"/runs/{second.pk}"))["queue"]["position"] == 2
    assert not [query for query in queries if "runs_heartbeat" in query["sql"]]
    assert said(planner.get(f"/runs/{make_run().pk}"))["queue"]["position"] == 3
    claimed(first)
    assert said(planner.get(f"/runs/{first.pk}"))["queue"] is None


def test_the_end_of_a_run_that_goes_on_is_told_without_a_look_at_what_waits(planner: Api) -> None:
    run = make_run()
    claimed(run)
    with CaptureQueriesContext(connection) as queries:
        assert said(planner.get(f"/runs/{run.pk}"))["eta"]
    assert not [query for query in queries if "runs_heartbeat" in query["sql"]]


def test_who_is_answered_by_rules_waits_for_no_search_and_no_search_for_it(planner: Api) -> None:
    Heartbeat.objects.create(process="solve@here", kind="solve", slots=1)
    at_once, searched = make_run(limit_seconds=100.0, fallback=True), make_run(limit_seconds=10.0)
    assert said(planner.get(f"/runs/{at_once.pk}"))["eta"] is None
    eta = datetime.fromisoformat(said(planner.get(f"/runs/{searched.pk}"))["eta"])
    assert 5 < (eta - timezone.now()).total_seconds() < 11


def test_a_run_that_rules_alone_answer_is_marked(planner: Api) -> None:
    run = make_run()
    searched = planner.get(f"/runs/{run.pk}")
    Run.objects.filter(pk=run.pk).update(fallback=True)
    handed_over = planner.get(f"/runs/{run.pk}", **{"If-None-Match": searched["ETag"]})
    assert [said(answer)["fallback"] for answer in (searched, handed_over)] == [False, True]


def test_a_run_has_a_version_that_changes_with_what_happens(planner: Api) -> None:
    run = make_run()
    lease = claimed(run)
    path = f"/runs/{run.pk}"
    first = planner.get(path)
    again = planner.get(path, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert planner.get(path, **{"If-None-Match": '"another"'}).status_code == 200
    leases.append(lease, *improved())
    changed = planner.get(path, **{"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)
    assert "private" in changed["Cache-Control"]


@pytest.mark.parametrize("path", ["/runs", "/runs/{run}/events", "/runs?limit=1"])
def test_lists_and_events_have_versions_too(path: str, planner: Api) -> None:
    run = make_run()
    lease = claimed(run)
    path = path.format(run=run.pk)
    tag = planner.get(path)["ETag"]
    assert planner.get(path, **{"If-None-Match": f'"x", {tag}'}).status_code == 304
    leases.append(lease, *improved())
    assert planner.get(path, **{"If-None-Match": tag}).status_code == 200


def test_a_version_costs_less_than_the_answer(planner: Api) -> None:
    run = make_run()
    lease = claimed(run)
    leases.append(lease, *improved())
    path = f"/runs/{run.pk}/events"
    tag = planner.get(path)["ETag"]
    with CaptureQueriesContext(connection) as whole:
        planner.get(path)
    with CaptureQueriesContext(connection) as known:
        assert planner.get(path, **{"If-None-Match": tag}).status_code == 304
    assert len(known) < len(whole)


def test_events_are_read_on_from_where_one_was(planner: Api) -> None:
    run = make_run()
    lease = claimed(run)
    for objective in (30, 20, 10):
        leases.append(lease, *improved(objective))
    seqs: list[int] = []
    page: dict[str, Any] = {}
    path = f"/runs/{run.pk}/events?limit=2"
    for _ in range(3):
        page = said(planner.get(path))
        validate(page, "EventPage")
        seqs += [event["seq"] for event in page["events"]]
        path = page["next"].removeprefix("/api/v1")
    assert seqs == [1, 2, 3, 4, 5]
    assert (page["has_more"], page["last_seq"]) == (False, 5)
    beyond = said(planner.get(path))
    assert (beyond["events"], beyond["next"].endswith("after=5&limit=2")) == ([], True)
    leases.append(lease, *improved(5))
    assert [event["seq"] for event in said(planner.get(path))["events"]] == [6]
    problem(planner.get("/runs/999999/events"), 404, "not-found")
    for wrong in ("after=-1", "after=x", "limit=0", "limit=9999", f"after={2**80}", "from=1"):
        assert (
            problem(planner.get(f"/runs/{run.pk}/events?{wrong}"), 422, "invalid")["errors"][0]["parameter"]
            == wrong.split("=")[0]
        )


@pytest.mark.usefixtures("plant", "bell")
def test_the_plan_with_the_names_that_people_know(planner: Api) -> None:
    from runs.leases import NewIncumbent
    from tests.plans.making import one_after_the_other

    run = Run.objects.get(pk=said(planner.submit())["id"])
    problem(planner.get(f"/runs/{run.pk}/plan"), 404, "not-found")
    problem_of_run = run.snapshot.as_problem()
    schedule = one_after_the_other(problem_of_run)
    lease = claimed(run)
    seq = leases.append(lease, *improved(7))
    leases.keep(lease, NewIncumbent(seq, 7, {"makespan": 7}, schedule.to_json(), b""))
    answer = planner.get(f"/runs/{run.pk}/plan")
    told = said(answer)
    validate(told, "PlanOut")
    (placement,) = told["placements"]
    validate(placement, "PlacementOut")
    assert (told["seq"], told["objective"], told["draft"]) == (seq, 7, None)
    assert (placement["order"], placement["machine"]) == ("4711", "M1 Machine M1")
    assert placement["start"].endswith("Z")
    assert planner.get(f"/runs/{run.pk}/plan", **{"If-None-Match": answer["ETag"]}).status_code == 304
    problem(planner.get("/runs/999999/plan"), 404, "not-found")


def test_figures(planner: Api, runs: Mapping[str, Run]) -> None:
    figures = said(planner.get("/runs/metrics"))
    validate(figures, "MetricsOut")
    validate(figures["ended"], "EndedOut")
    assert (figures["by_state"]["finished"], figures["running_now"], figures["success_rate"]) == (1, 1, 1.0)
    assert said(planner.get("/runs/metrics?hours=24"))["window_seconds"] == 86400
    for wrong in ("hours=0", "hours=nan", "hours=1e9", "days=1"):
        problem(planner.get(f"/runs/metrics?{wrong}"), 422, "invalid")


def test_health(planner: Api) -> None:
    answer = planner.get("/runs/health")
    validate(said(answer), "HealthOut")
    assert (answer.status_code == 503) == (said(answer)["status"] == "unhealthy")
