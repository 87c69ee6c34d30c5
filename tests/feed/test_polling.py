"""Where websockets are blocked, polling by HTTP gives the same: events, state, frames, scene."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from plans.frames import decode
from plans.models import Snapshot
from runs.leases import Lease
from runs.models import Run
from runs.models.event import EventKind
from runs.wire import TOLD
from solver.problem import problem_hash
from tests.feed.browser import Browsers, in_thread, make_viewer
from tests.feed.writing import QUESTION, conclude, improve, running, tell
from tests.plans.unlabelled import no_labels
from tests.runs.making import claimed, make_run

TIMELESS = {"server_time", "elapsed_seconds"}


def make_question() -> Snapshot:
    labels = no_labels(QUESTION.horizon)
    return Snapshot.objects.create(hash=problem_hash(QUESTION), problem=QUESTION.to_json(), labels=labels)


@pytest.fixture
def viewer(client: Client, db: None) -> Client:
    client.force_login(make_viewer())
    return client


@pytest.fixture
def watched(db: None) -> tuple[Run, Lease]:
    run = make_run(snapshot=make_question())
    return run, claimed(run)


def test_viewers_are_not_told_the_hosts_of_workers(viewer: Client, watched: tuple[Run, Lease]) -> None:
    run, _ = watched
    assert run.events.get(kind=EventKind.STARTED).data == {"worker": "solve@here"}
    events = poll(viewer, run, 0)["events"]
    assert [(event["kind"], event["data"]) for event in events] == [("queued", {}), ("started", {})]


def test_of_every_kind_of_event_is_said_what_is_told() -> None:
    assert set(TOLD) == set(EventKind)


def poll(client: Client, run: Run, after: int) -> dict[str, Any]:
    response = client.get(reverse("runs:feed", args=[run.pk]), {"after": after})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    body: dict[str, Any] = json.loads(response.content)
    return body


async def test_the_feed_is_the_first_message_of_the_socket(browsers: Browsers) -> None:
    run, lease = await in_thread(running)()
    await in_thread(tell)(lease, 5)
    await in_thread(improve)(lease, 100)
    browser = await browsers.viewer()
    await browser.watch(run.pk)
    await browser.next()

    def polled() -> dict[str, Any]:
        client = Client()
        client.force_login(User.objects.get())
        return poll(client, run, 0)

    def without_clock(message: dict[str, Any]) -> dict[str, Any]:
        return {**message, "run": {name: value for name, value in message["run"].items() if name not in TIMELESS}}

    assert without_clock(await in_thread(polled)()) == without_clock(browser.messages[0])


def test_polling_from_the_last_number_on_gives_every_event_once(viewer: Client, watched: tuple[Run, Lease]) -> None:
    run, lease = watched
    seqs: list[int] = []
    for count in (1, 3, 0, 2):
        if count:
            tell(lease, count)
        seqs += [event["seq"] for event in poll(viewer, run, seqs[-1] if seqs else 0)["events"]]
    conclude_at = improve(lease, 100) + 1
    conclude(lease, 100)
    last = poll(viewer, run, seqs[-1])
    seqs += [event["seq"] for event in last["events"]]
    assert seqs == list(range(1, conclude_at + 1))
    assert (last["run"]["state"], last["run"]["last_seq"]) == ("finished", conclude_at)


def test_a_poll_costs_few_queries_however_long_the_run(viewer: Client, watched: tuple[Run, Lease]) -> None:
    run, lease = watched
    tell(lease, 300)
    with CaptureQueriesContext(connection) as queries:
        poll(viewer, run, 0)
    about_runs = [query for query in queries if "runs_" in query["sql"]]
    assert len(about_runs) == 2


@pytest.mark.parametrize("after", ["x", "-1", "", "9" * 40])
def test_a_place_that_is_no_number_is_refused(viewer: Client, watched: tuple[Run, Lease], after: str) -> None:
    assert viewer.get(reverse("runs:feed", args=[watched[0].pk]), {"after": after}).status_code == 400


def test_the_newest_frame_is_served_once_and_then_only_when_it_is_newer(viewer: Client, watched: tuple[Run, Lease]) -> None:
    run, lease = watched
    url = reverse("runs:frame", args=[run.pk])
    assert viewer.get(url).status_code == 404
    improve(lease, 200)
    newest = improve(lease, 100)
    first = viewer.get(url)
    assert decode(first.content).seq == newest
    assert viewer.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    later = improve(lease, 90)
    again = viewer.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, decode(again.content).seq) == (200, later)


def test_the_scene_is_the_questions_and_kept_by_the_browser(viewer: Client, watched: tuple[Run, Lease]) -> None:
    url = reverse("runs:scene", args=[watched[0].pk])
    first = viewer.get(url)
    assert json.loads(first.content)["operations"]["id"] == ["a"]
    assert viewer.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert viewer.get(url, headers={"If-None-Match": f"W/{first['ETag']}"}).status_code == 304
    assert "private" in first["Cache-Control"]
    assert "no-cache" in first["Cache-Control"]


@pytest.mark.parametrize("name", ["runs:feed", "runs:scene", "runs:frame"])
def test_each_address_has_its_guard(client: Client, watched: tuple[Run, Lease], name: str) -> None:
    improve(watched[1], 100)
    url = reverse(name, args=[watched[0].pk])
    assert client.get(url).status_code == 401
    client.force_login(User.objects.create_user("nobody"))
    assert client.get(url).status_code == 403
    client.force_login(make_viewer())
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("name", ["runs:feed", "runs:scene", "runs:frame"])
def test_what_is_not_there_is_not_found(viewer: Client, name: str) -> None:
    assert viewer.get(reverse(name, args=[12345])).status_code == 404
