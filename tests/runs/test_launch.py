"""Asking for a run: what is refused, what is a question asked before, and what happens after the commit."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from plans.models import Snapshot
from plant.models import Machine, OperationLink, OperationMode
from runs import bell, leases
from runs.launch import ProblemRefused, RunRequest, idempotency_key, repeat_run, request_run
from runs.leases import Conclusion
from runs.models import ObjectiveProfile, Outcome, Run, RunEvent, State
from runs.models.limits import MOST_ITERATIONS
from tests.plans.making import make_operation, make_order, make_site
from tests.runs.making import claimed, kinds

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def wanted() -> RunRequest:
    profile, _ = ObjectiveProfile.objects.get_or_create(name="For tests", defaults={"makespan": 1})
    return RunRequest(profile=profile)


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    """A test does not cross a quarter of an hour, at which the question would become another one."""
    now = timezone.now()
    with patch("runs.launch.timezone.now", return_value=now):
        yield


def planner(name: str = "petra") -> User:
    return User.objects.create_user(name)


@pytest.mark.usefixtures("plant")
def test_a_question_becomes_a_row_first_and_a_message_after_the_commit(
    wanted: RunRequest, bell: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        launched = request_run(wanted, planner())
        assert bell == []
    run = Run.objects.get()
    assert (launched.run, launched.created) == (run, True)
    assert (run.state, run.attempt, run.requested_by, run.limit_seconds) == (State.QUEUED, 0, User.objects.get(), 60.0)
    assert run.snapshot.as_problem().objective.makespan == 1
    assert kinds(run) == ["queued"]
    assert bell == [run.pk]
    assert run.rung_at is not None


@pytest.mark.usefixtures("plant")
def test_a_broker_that_is_down_is_no_error_and_the_steward_rings(
    wanted: RunRequest, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with (
        patch("runs.bell.current_app.send_task", side_effect=OperationalError("refused")),
        patch("runs.bell.soon", bell.ring),
        django_capture_on_commit_callbacks(execute=True),
    ):
        run = request_run(wanted, None).run
    assert leases.due_rings(broker_lost=False, queue_empty=False) == [run.pk]


@pytest.mark.usefixtures("plant")
def test_the_same_question_is_the_same_run_while_it_is_open_and_when_it_is_answered(wanted: RunRequest) -> None:
    first = request_run(wanted, planner("petra"))
    again = request_run(wanted, planner("paul"))
    assert (again.run, again.created) == (first.run, False)
    lease = claimed(first.run)
    assert request_run(wanted, None).run == first.run
    leases.finish(lease, Conclusion(Outcome.UNKNOWN), 1.0, uuid.uuid4())
    assert request_run(wanted, None).run == first.run
    assert Snapshot.objects.count() == 1
    assert RunEvent.objects.filter(kind="queued").count() == 1


@pytest.mark.usefixtures("plant")
def test_a_question_that_was_given_up_is_asked_anew(wanted: RunRequest) -> None:
    first = request_run(wanted, None).run
    leases.cancel(first.pk, None, "")
    second = request_run(wanted, None)
    assert (second.created, second.run == first) == (True, False)


@pytest.mark.usefixtures("plant")
def test_a_fresh_run_is_a_new_one_and_answers_the_question_from_then_on(wanted: RunRequest) -> None:
    first = request_run(wanted, None).run
    fresh = request_run(replace(wanted, again_of=first), None, fresh=True)
    assert fresh.created
    assert fresh.run.again_of == first
    assert request_run(wanted, None).run == fresh.run
    first.refresh_from_db()
    assert (first.state, first.answers_key) == (State.QUEUED, False)


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize(
    "change", [{"limit_seconds": 5.0}, {"threads": 1}, {"seed": 2}, {"memory_mb": 512}, {"gap": 0.02}, {"iterations": 100}]
)
def test_other_limits_are_another_question(wanted: RunRequest, change: dict[str, Any]) -> None:
    first = request_run(wanted, None)
    other = request_run(replace(wanted, **change), None)
    assert other.created
    assert other.run.snapshot == first.run.snapshot


@pytest.mark.usefixtures("plant")
def test_as_many_iterations_are_the_same_question_and_others_are_not(wanted: RunRequest) -> None:
    first = request_run(replace(wanted, iterations=100), None)
    assert request_run(replace(wanted, iterations=100), None).run == first.run
    assert request_run(replace(wanted, iterations=200), None).created
    assert repeat_run(first.run, None, "").run.iterations == 100


@pytest.mark.usefixtures("plant")
def test_without_iterations_the_key_is_what_it_was_before_there_were_any(wanted: RunRequest) -> None:
    """During an update processes of both versions answer the same question."""
    before = hashlib.sha256(b'["digest", [60.0, 2.0, 1.0, 2048.0, 0.0]]').hexdigest()
    assert idempotency_key("digest", wanted) == before


@pytest.mark.usefixtures("plant")
def test_a_run_knows_whether_one_thing_comes_after_the_other(wanted: RunRequest) -> None:
    in_turn = ObjectiveProfile.objects.create(name="In turn", setup=1, makespan=1, makespan_tier=2)
    first = request_run(replace(wanted, profile=in_turn), None).run
    again = repeat_run(first, None, "").run
    plain = request_run(wanted, None).run
    assert [Run.objects.get(pk=run.pk).in_turn for run in (first, again, plain)] == [True, True, False]


@pytest.mark.usefixtures("plant")
def test_another_objective_or_another_plant_is_another_question(wanted: RunRequest) -> None:
    request_run(wanted, None)
    other_goal = ObjectiveProfile.objects.create(name="Other goal", setup=1, makespan=1)
    assert request_run(replace(wanted, profile=other_goal), None).created
    make_operation(make_order("4712", release=timezone.now(), due=timezone.now() + DAY), Machine.objects.get())
    assert request_run(wanted, None).created


def test_a_broken_plant_is_refused_with_every_fault_and_leaves_nothing(
    plant: Machine, wanted: RunRequest, bell: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    nowhere = make_operation(make_order("5001", release=timezone.now(), due=timezone.now() + DAY), plant)
    OperationMode.objects.filter(operation=nowhere).delete()
    circle = make_order("5002", release=timezone.now(), due=timezone.now() + DAY)
    first, second = (make_operation(circle, plant, number) for number in (10, 20))
    OperationLink.objects.create(before=second, after=first)
    with (
        django_capture_on_commit_callbacks(execute=True) as callbacks,
        pytest.raises(ProblemRefused) as refused,
    ):
        request_run(wanted, None)
    messages = [fault.message for fault in refused.value.faults]
    assert any("5001" in message for message in messages)
    assert any("5002" in message for message in messages)
    assert str(refused.value) == "\n".join(messages)
    assert (Run.objects.count(), Snapshot.objects.count(), RunEvent.objects.count()) == (0, 0, 0)
    assert (bell, callbacks) == ([], [])


def test_an_empty_plant_is_refused_in_words(wanted: RunRequest) -> None:
    make_site()
    with pytest.raises(ProblemRefused, match="nothing to plan"):
        request_run(wanted, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("plant", "bell")
@pytest.mark.parametrize("fresh", [False, True])
def test_eight_clicks_at_once_make_one_answering_run(wanted: RunRequest, *, fresh: bool) -> None:
    def click(_number: int) -> tuple[int, bool]:
        try:
            launched = request_run(wanted, None, fresh=fresh)
        finally:
            connection.close()
        return launched.run.pk, launched.created

    with ThreadPoolExecutor(8) as pool:
        clicks = list(pool.map(click, range(8)))
    created = {pk for pk, is_new in clicks if is_new}
    assert {pk for pk, _is_new in clicks} == created == set(Run.objects.values_list("pk", flat=True))
    assert Run.objects.filter(answers_key=True).count() == 1
    assert len(created) == 1 or fresh


@pytest.mark.usefixtures("plant")
def test_what_makes_no_sense_is_refused_by_the_database(wanted: RunRequest) -> None:
    with pytest.raises(IntegrityError, match="run_limits_positive"), transaction.atomic():
        request_run(replace(wanted, limit_seconds=0.0), None)
    for iterations in (0, MOST_ITERATIONS + 1):
        with pytest.raises(IntegrityError, match="run_iterations_sane"), transaction.atomic():
            request_run(replace(wanted, iterations=iterations), None)
