"""Bulk actions over the filter of the run list: the count, the deed, and the report."""

from __future__ import annotations

import re
import uuid
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from plans.models import Plan
from runs import leases
from runs.bulk import Verb
from runs.leases import Conclusion
from runs.models import ObjectiveProfile, Outcome, Run, State
from runs.submissions import InProgress
from tests.pages.conftest import LogIn
from tests.runs.making import claimed, make_run


@pytest.fixture
def runs(plan: Plan) -> list[Run]:
    """Three that wait, one that is solved, one that has ended."""
    made = [make_run(snapshot=plan.snapshot, profile=ObjectiveProfile.default()) for _ in range(5)]
    claimed(made[3])
    leases.finish(claimed(made[4]), Conclusion(Outcome.UNKNOWN), 1.0, uuid.uuid4())
    return made


def url(verb: str, query: str = "") -> str:
    return f"{reverse('runs:bulk', args=[verb])}?{query}"


def counted(client: Client, verb: str, query: str = "") -> dict[str, str]:
    """What the form of the count page would send."""
    page = client.get(url(verb, query)).content.decode()
    return dict(re.findall(r'name="(shown)" value="([^"]*)"', page))


def states(runs: list[Run]) -> list[str]:
    found = dict(Run.objects.values_list("pk", "state"))
    return [found[run.pk] for run in runs]


def text(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page.decode()).split())


def test_the_count_says_what_happens_to_each_group_and_changes_nothing(log_in: LogIn, runs: list[Run]) -> None:
    answer = log_in("planner").get(url("cancel"))
    for told in (
        "3 queued are removed",
        "1 running is stopped without a plan",
        "1 has ended and stays as it is",
        "Cancel runs (4)",
    ):
        assert told in text(answer.content)
    assert states(runs) == ["queued", "queued", "queued", "running", "finished"]


def test_the_deed_is_done_to_what_was_counted_and_reported_for_each(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    answer = client.post(url("cancel"), {**counted(client, "cancel"), "reason": "Shutdown week"})
    assert states(runs) == ["cancelled", "cancelled", "cancelled", "stopping", "finished"]
    assert "Cancel runs: 4 done" in text(answer.content)
    assert text(answer.content).count("The run is cancelled.") == 3
    assert text(answer.content).count("The run is stopping.") == 1
    assert {run.events.order_by("-seq")[0].data["reason"] for run in runs[:4]} == {"Shutdown week"}


def test_who_asks_again_before_all_is_done_is_told_so(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    with patch("runs.bulk.held", side_effect=InProgress):
        answer = client.post(url("cancel"), counted(client, "cancel"))
    assert (answer.status_code, states(runs)[0]) == (409, "queued")
    assert "is still being done" in text(answer.content)


def test_the_filter_of_the_list_is_the_filter_of_the_deed(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    client.post(url("cancel", "state=queued"), counted(client, "cancel", "state=queued"))
    assert states(runs) == ["cancelled", "cancelled", "cancelled", "running", "finished"]
    page = client.get(reverse("runs:list"), {"state": "running", "since": "2020-01-01"}).content.decode()
    assert f'href="{reverse("runs:bulk", args=["cancel"])}?state=running&amp;since=2020-01-01"' in page


def test_what_came_later_is_left_alone_and_said(log_in: LogIn, runs: list[Run], plan: Plan) -> None:
    client = log_in("planner")
    form = counted(client, "cancel", "state=queued")
    later = make_run(snapshot=plan.snapshot)
    answer = client.post(url("cancel", "state=queued"), form)
    assert states([later]) == ["queued"]
    assert "The filter means 1 more run that was not counted before. Nothing was done to it." in text(answer.content)


def test_a_run_to_which_something_else_would_happen_now_stops_the_deed(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    form = counted(client, "cancel")
    claimed(runs[0])
    answer = client.post(url("cancel"), form | {"reason": "Wrong routing"})
    assert answer.status_code == 409
    assert 'value="Wrong routing"' in answer.content.decode(), "what was typed is kept for the second try"
    assert f"Since you looked, run {runs[0].pk} has come into another state" in text(answer.content)
    assert "2 queued are removed" in text(answer.content)
    assert states(runs) == ["running", "queued", "queued", "running", "finished"]


def test_a_run_that_ended_in_between_is_reported_and_holds_nothing_up(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    form = counted(client, "cancel")
    leases.cancel(runs[0].pk, None, "")
    answer = client.post(url("cancel"), form)
    assert "Cancel runs: 3 done, 1 had no need" in text(answer.content)
    assert "The run had ended before." in text(answer.content)


def test_failed_runs_are_solved_again_once_however_often_the_form_arrives(
    log_in: LogIn, runs: list[Run], bell: list[int]
) -> None:
    client = log_in("planner")
    leases.cancel(runs[0].pk, None, "")
    assert "Solve failed and cancelled ones again" in client.get(reverse("runs:list")).content.decode()
    form = counted(client, "again")
    for expected in ("Solve runs again: 1 done", "Solve runs again: 0 done, 1 had no need"):
        assert expected in text(client.post(url("again"), form).content)
    assert Run.objects.filter(again_of=runs[0]).count() == 1


def test_more_than_one_deed_has_room_for_is_said(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    with patch("runs.bulk.MOST", 2):
        answer = client.get(url("cancel"))
    assert "At most 2 at once: the 2 oldest are taken now, 2 are left for another time." in text(answer.content)
    client.post(url("cancel"), dict(re.findall(r'name="(shown)" value="([^"]*)"', answer.content.decode())))
    assert states(runs) == ["cancelled", "cancelled", "queued", "running", "finished"]


@pytest.mark.parametrize(
    "shown", ["everything", "1:removed;2:removed", "1:deleted", "1:ended,x", ",".join(f"{n}:removed" for n in range(501))]
)
def test_a_form_that_is_not_ours_is_refused(shown: str, log_in: LogIn, runs: list[Run]) -> None:
    assert log_in("planner").post(url("cancel"), {"shown": shown}).status_code == 400
    assert states(runs) == ["queued", "queued", "queued", "running", "finished"]


def test_a_filter_that_means_nothing_does_nothing(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    for query in ("state=nonsense", "status=queued", "profile=x", "since=yesterday", "person=999999"):
        answer = client.get(url("cancel", query))
        assert answer.status_code == 400
        assert "The filter names something that does not exist. Nothing was done. To the board" in text(answer.content)
        page = text(client.get(f"{reverse('runs:list')}?{query}").content)
        assert "The filter names something that does not exist." in page
        assert "Start the first one" not in page
    assert client.get(url("delete")).status_code == 404


@pytest.mark.parametrize("verb", Verb)
def test_each_verb_asks_for_its_permission(verb: Verb, log_in: LogIn, runs: list[Run]) -> None:
    viewer = log_in("viewer")
    assert (viewer.get(url(verb)).status_code, viewer.post(url(verb), {"shown": ""}).status_code) == (403, 403)
    assert url(verb) not in viewer.get(reverse("runs:list")).content.decode()
    assert log_in("planner").get(url(verb)).status_code == 200


def test_days_are_the_plants_and_the_last_one_is_included(log_in: LogIn, runs: list[Run]) -> None:
    from datetime import UTC, datetime

    Run.objects.filter(pk=runs[0].pk).update(
        requested_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    )  # 00:30 on the second in Berlin
    client = log_in("viewer")
    found = {
        day: f"Run {runs[0].pk}<" in client.get(reverse("runs:list"), {"since": day, "until": day}).content.decode()
        for day in ("2026-03-01", "2026-03-02", "2026-03-03")
    }
    assert found == {"2026-03-01": False, "2026-03-02": True, "2026-03-03": False}


def test_the_list_names_who_asked_the_schedule_and_the_failure(log_in: LogIn, runs: list[Run]) -> None:
    client = log_in("planner")
    Run.objects.filter(pk=runs[0].pk).update(requested_by=int(client.session["_auth_user_id"]))
    page = client.get(reverse("runs:list"), {"person": client.session["_auth_user_id"]}).content.decode()
    assert {f"Run {run.pk}<" in page for run in runs[1:]} == {False}
    assert f"Run {runs[0].pk}<" in page
    assert "Clear" in page
    assert State.QUEUED.label in page
