"""Stopping, cancelling and solving again from a run's page and from the list: what is asked, done, refused, and remembered."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from runs import leases
from runs.leases import Conclusion
from runs.models import Outcome, Run, State
from runs.words import MORE_TIME
from scheduler_site.env import REPOSITORY
from tests.pages.conftest import LogIn
from tests.runs.making import claimed, keep_incumbent, let_lease_run_out, let_wait_pass, make_run

REASON = "The line is down until Monday"


def finish(run: Run) -> None:
    leases.finish(claimed(run), Conclusion(Outcome.UNKNOWN), 1.0, uuid.uuid4())


def fail(run: Run, most: int = 1) -> None:
    """As if its process had died; `most` failures are the budget."""
    Run.objects.filter(pk=run.pk).update(max_failures=most)
    claimed(run)
    let_lease_run_out(run)
    leases.reap(timedelta(0))


def shown(page: str) -> set[str]:
    """The questions of the buttons that are not hidden."""
    links = re.findall(r"<a [^>]*data-ask[^>]*>", page)
    return {
        match[1] for link in links if not re.search(r"\shidden", link) and (match := re.search(r'data-question="([^"]+)"', link))
    }


@pytest.mark.parametrize("verb", ["stop", "cancel"])
def test_a_queued_run_is_taken_out_of_the_queue_with_the_reason_in_its_history(verb: str, log_in: LogIn, run: Run) -> None:
    client = log_in("planner")
    page = client.post(reverse(f"runs:{verb}", args=[run.pk]), {"reason": REASON}, follow=True).content.decode()
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    for told in ("The run is cancelled.", "Removed from the queue</b> by a planner", f"<q>{REASON}</q>"):
        assert told in page


def test_a_running_run_is_stopped_and_says_by_whom_and_why(log_in: LogIn, run: Run) -> None:
    claimed(run)
    page = log_in("planner").post(reverse("runs:stop", args=[run.pk]), {"reason": REASON}, follow=True).content.decode()
    run.refresh_from_db()
    assert run.state == State.STOPPING
    for told in ("The run is stopping.", "Stopped</b> by a planner", f"<q>{REASON}</q>"):
        assert told in page


@pytest.mark.parametrize("verb", ["stop", "cancel"])
def test_a_finished_run_answers_with_a_sentence_and_409(verb: str, log_in: LogIn, run: Run) -> None:
    finish(run)
    for method in ("get", "post"):
        answer = getattr(log_in("planner" if method == "get" else "admin"), method)(reverse(f"runs:{verb}", args=[run.pk]))
        assert answer.status_code == 409
        assert (
            f"Run {run.pk} had ended before: nothing found in time. There is nothing to {verb} any more."
            in answer.content.decode()
        )


def test_a_cancelled_run_says_that_it_is_and_who_did_it(log_in: LogIn, run: Run) -> None:
    client = log_in("planner")
    client.post(reverse("runs:cancel", args=[run.pk]), {"reason": REASON})
    answer = client.post(reverse("runs:cancel", args=[run.pk]))
    assert answer.status_code == 409
    for told in (f"Run {run.pk} was cancelled already.", "by a planner", REASON):
        assert told in answer.content.decode()


def test_a_run_that_stops_is_not_stopped_twice(log_in: LogIn, run: Run) -> None:
    claimed(run)
    client = log_in("planner")
    client.post(reverse("runs:stop", args=[run.pk]), {"reason": REASON})
    answer = client.post(reverse("runs:stop", args=[run.pk]))
    assert (answer.status_code, Run.objects.get().last_seq) == (409, 3)
    assert "has been asked to end already" in answer.content.decode()
    assert client.post(reverse("runs:cancel", args=[run.pk])).status_code == 302  # but its plan can still be given up


def test_a_run_that_goes_on_is_not_solved_again(log_in: LogIn, run: Run) -> None:
    answer = log_in("planner").post(reverse("runs:again", args=[run.pk]))
    assert answer.status_code == 409
    assert "is still going on: it is queued" in answer.content.decode()
    assert Run.objects.count() == 1


def test_solving_again_stands_in_the_history_of_both(log_in: LogIn, run: Run, bell: list[int]) -> None:
    fail(run)
    client = log_in("planner")
    page = client.post(reverse("runs:again", args=[run.pk]), {"reason": REASON}, follow=True).content.decode()
    second = Run.objects.get(again_of=run)
    assert second.snapshot == run.snapshot
    assert f"<q>{REASON}</q>" in page
    old = client.get(reverse("runs:detail", args=[run.pk])).content.decode()
    assert "Solved again</b> by a planner" in old
    assert f'<a href="{reverse("runs:detail", args=[second.pk])}">run {second.pk}</a>' in old


def test_a_reason_that_is_too_long_is_asked_for_again_and_nothing_happens(log_in: LogIn, run: Run) -> None:
    answer = log_in("planner").post(reverse("runs:cancel", args=[run.pk]), {"reason": "x" * 501})
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert Run.objects.get().state == State.QUEUED


def test_without_a_script_the_link_leads_to_a_page_that_asks(log_in: LogIn, run: Run) -> None:
    page = log_in("planner").get(reverse("runs:cancel", args=[run.pk])).content.decode()
    assert f"Remove run {run.pk} from the queue?" in page
    assert 'name="reason"' in page


def test_where_one_came_from_is_where_one_goes_back_unless_it_is_elsewhere(log_in: LogIn, plan: object) -> None:
    client = log_in("planner")
    for back, goes in (
        ("/runs/?state=queued", "/runs/?state=queued"),
        ("https://elsewhere.example/", None),
        ("//elsewhere.example", None),
    ):
        run = make_run()
        answer = client.post(reverse("runs:cancel", args=[run.pk]), {"back": back})
        assert answer.headers["Location"] == (goes or reverse("runs:detail", args=[run.pk]))


def test_the_buttons_are_those_of_the_state(log_in: LogIn, run: Run) -> None:
    client = log_in("planner")
    number = f"run {run.pk}"

    def buttons() -> tuple[set[str], set[str]]:
        return (
            shown(client.get(reverse("runs:detail", args=[run.pk])).content.decode()),
            shown(client.get(reverse("runs:list")).content.decode()),
        )

    assert buttons() == ({f"Remove {number} from the queue?"},) * 2
    lease = claimed(run)
    assert buttons() == ({f"Stop {number} and keep its best plan?", f"Cancel {number}?"},) * 2
    keep_incumbent(lease)
    leases.give_back(lease, 1.0, uuid.uuid4())
    Run.objects.update(measures={"late_orders": 0})
    assert buttons() == ({f"Stop {number} and keep its best plan?", f"Remove {number} from the queue?"},) * 2
    leases.cancel(run.pk, None, "")
    assert buttons() == ({f"Solve {number} again?"},) * 2
    viewer = log_in("viewer")
    assert shown(viewer.get(reverse("runs:detail", args=[run.pk])).content.decode()) == set()


def test_a_failed_run_says_what_happened_the_way_out_and_each_attempt(log_in: LogIn, run: Run) -> None:
    fail(run, most=2)
    let_wait_pass(run)
    fail(run, most=2)
    lost = "The process that solved it was lost."
    viewer = log_in("viewer")
    events = viewer.get(reverse("runs:feed", args=[run.pk])).json()["events"]
    texts = [(each["kind"], each["data"]["text"]) for each in events if "text" in each["data"]]
    assert texts == [("requeued", lost), ("failed", lost)], "no more than is so each time"
    assert "Attempts (" not in viewer.get(reverse("runs:detail", args=[run.pk])).content.decode()
    page = log_in("planner").get(reverse("runs:detail", args=[run.pk])).content.decode()
    for told in (
        f"{lost} It was tried 2 times.",
        "It had found no plan yet.",
        "Solve again; if",
        "Attempts (2)",
        "2. The solve process was lost",
    ):
        assert told in page, told


def test_a_run_that_found_nothing_in_time_says_the_way_on(log_in: LogIn, run: Run) -> None:
    client, url = log_in("planner"), reverse("runs:detail", args=[run.pk])
    assert MORE_TIME not in client.get(url).content.decode()
    finish(run)
    assert MORE_TIME in client.get(url).content.decode()
    assert MORE_TIME in (REPOSITORY / "static/js/words.js").read_text(), "the browser says it alike"


def test_a_run_that_waits_for_its_next_attempt_says_so(log_in: LogIn, run: Run) -> None:
    fail(run, most=2)
    state = log_in("viewer").get(reverse("runs:feed", args=[run.pk])).json()["run"]
    assert state["retry_text"] == "The solve process was lost. Tried again {when}, attempt 2 of 2."
    assert state["retry_at"] is not None
