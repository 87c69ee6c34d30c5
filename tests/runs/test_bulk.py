"""One verb for many runs: what is counted, what is done, and what is said about each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from runs import bulk, leases
from runs.bulk import Effect, Result, Verb
from runs.filters import RunFilter
from runs.launch import Launched, repeat_run
from runs.leases import Conclusion, Lease, Setback, Stopped
from runs.models import FailureCode, ObjectiveProfile, Outcome, Priority, Run, State
from runs.models.run import ACTIVE
from runs.submissions import InProgress
from tests.runs.making import OWNER, claimed, keep_incumbent, make_run

pytestmark = pytest.mark.django_db

EVERY = RunFilter()


@pytest.fixture
def petra() -> User:
    return User.objects.create_user("petra")


def queued() -> Run:
    return make_run()


def running() -> Run:
    run = make_run()
    claimed(run)
    return run


def finished() -> Run:
    run = make_run()
    leases.finish(claimed(run), Conclusion(Outcome.UNKNOWN), 1.0, uuid.uuid4())
    return run


def failed(**columns: Any) -> Run:
    run = make_run(**columns)
    leases.set_back(claimed(run), Setback(FailureCode.INTERNAL, "Broken."), uuid.uuid4())
    return run


def waiting_with_a_plan() -> Run:
    run = make_run()
    lease = claimed(run)
    keep_incumbent(lease)
    leases.give_back(lease, 1.0, uuid.uuid4())
    return run


def stopping(person: User) -> Run:
    run = running()
    leases.stop(run.pk, person, "")
    return run


def carry_out(ids: Collection[int], verb: Verb, person: User, reason: str) -> list[bulk.ItemReport]:
    """What is done to these runs when it is shown as it is."""
    runs = Run.objects.in_bulk(ids)
    shown = {pk: bulk.effect_of_run(verb, runs[pk]) if pk in runs else Effect.REMOVED for pk in ids}
    return bulk.carry_out(shown, verb, person, reason)


def sentences(verb: Verb, chosen: RunFilter = EVERY) -> list[str]:
    return [group.sentence for group in bulk.preview(chosen, verb).groups]


def test_cancelling_is_counted_by_what_happens(petra: User) -> None:
    for make in (queued, queued, running, finished, failed, waiting_with_a_plan):
        make()
    stopping(petra)
    assert sentences(Verb.CANCEL) == [
        "3 queued are removed from the queue",
        "1 running is stopped without a plan",
        "1 stopping is stopped without a plan",
        "2 have ended and stay as they are",
    ]


def test_stopping_is_counted_by_what_happens(petra: User) -> None:
    for make in (queued, running, finished, waiting_with_a_plan):
        make()
    stopping(petra)
    assert sentences(Verb.STOP) == [
        "1 queued is removed from the queue",
        "1 queued ends with the best plan that it has",
        "1 running is stopped and keeps its best plan",
        "1 is stopping already",
        "1 has ended and stays as it is",
    ]


def test_solving_again_is_for_those_without_an_answer() -> None:
    for make in (queued, finished, failed, failed):
        make()
    assert sentences(Verb.AGAIN) == [
        "2 failed are solved again with the same inputs",
        "1 is still going on and stays as it is",
        "1 has an answer and stays as it is",
    ]


@pytest.mark.parametrize("verb", Verb)
def test_what_is_counted_is_what_is_done(verb: Verb, petra: User, bell: list[int]) -> None:
    for make in (queued, running, finished, failed, waiting_with_a_plan, queued):
        make()
    stopping(petra)
    counted = bulk.preview(EVERY, verb)
    assert counted.affected == len(counted.targets)
    assert bulk.changed(verb, counted.targets) == []
    reports = carry_out(counted.targets, verb, petra, "Clearing up")
    assert [report.run_id for report in reports] == sorted(counted.targets)
    assert {report.result for report in reports} == {Result.DONE}
    others = carry_out(
        set(Run.objects.filter(again_of=None).values_list("pk", flat=True)) - set(counted.targets), verb, petra, ""
    )
    assert Result.DONE not in {report.result for report in others}


def test_the_reason_and_the_person_stand_in_each_history(petra: User) -> None:
    runs = [queued(), running()]
    carry_out([run.pk for run in runs], Verb.CANCEL, petra, "The line is down")
    for run in runs:
        last = run.events.order_by("-seq").first()
        assert last is not None
        assert (last.data["by"], last.data["reason"], last.data["kind"]) == ("petra", "The line is down", "cancel")


def test_each_item_is_told_apart(petra: User) -> None:
    gone = queued()
    pk = gone.pk
    reports = carry_out([running().pk, finished().pk, pk + 1000], Verb.STOP, petra, "")
    assert [(report.result, report.sentence) for report in reports] == [
        (Result.DONE, "The run is stopping."),
        (Result.ALREADY, "The run had ended before."),
        (Result.REFUSED, "There is no such run."),
    ]


def test_a_run_that_began_in_between_is_a_change_and_one_that_ended_is_none(petra: User) -> None:
    begins, ends = queued(), queued()
    shown = bulk.preview(EVERY, Verb.CANCEL).targets
    claimed(begins)
    leases.cancel(ends.pk, petra, "")
    assert shown[begins.pk] is Effect.REMOVED
    assert bulk.changed(Verb.CANCEL, shown) == [begins.pk]


@pytest.mark.parametrize(
    ("verb", "make", "then"),
    [
        (Verb.CANCEL, queued, claimed),
        (Verb.STOP, queued, claimed),
        (Verb.STOP, waiting_with_a_plan, claimed),
        (Verb.CANCEL, running, lambda run: leases.give_back(Lease(run.pk, 1, OWNER), 1.0, uuid.uuid4())),
    ],
)
def test_what_becomes_another_run_than_was_shown_is_left_alone(
    verb: Verb, make: Callable[[], Run], then: Callable[[Run], object], petra: User
) -> None:
    """Between the last look and the deed."""
    run = make()
    shown = bulk.preview(EVERY, verb).targets
    then(run)
    (report,) = bulk.carry_out(shown, verb, petra, "")
    assert (report.result, report.sentence) == (Result.REFUSED, Stopped.CHANGED.sentence)
    run.refresh_from_db()
    assert run.stop_kind == ""


def test_one_deed_has_room_for_so_many_and_says_how_many_are_left(petra: User) -> None:
    runs = [queued() for _ in range(3)]
    with patch("runs.bulk.MOST", 2):
        counted = bulk.preview(EVERY, Verb.CANCEL)
        assert list(counted.targets) == [runs[0].pk, runs[1].pk]
        assert (counted.affected, counted.left_over) == (3, 1)
        with pytest.raises(bulk.TooMany):
            carry_out([run.pk for run in runs], Verb.CANCEL, petra, "")
    assert Run.objects.filter(state=State.QUEUED).count() == 3


def test_what_there_was_no_time_for_is_said(petra: User) -> None:
    run = queued()
    with patch("runs.bulk.PATIENCE_SECONDS", -1.0):
        (report,) = carry_out([run.pk], Verb.CANCEL, petra, "")
    assert report.result is Result.REFUSED
    run.refresh_from_db()
    assert run.state == State.QUEUED


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("canceling statement due to lock timeout"), "The database did not answer"),
        (InterfaceError("the connection is closed"), "The database did not answer"),
        (Run.DoesNotExist(), "There is no such run."),
    ],
)
@pytest.mark.parametrize("verb", Verb)
def test_one_that_cannot_be_done_does_not_lose_the_report_of_the_others(
    verb: Verb, error: Exception, sentence: str, petra: User, bell: list[int]
) -> None:
    make = failed if verb is Verb.AGAIN else queued
    first, broken, last = (make() for _ in range(3))
    do = bulk._do

    def done(run: Run, *arguments: Any) -> bulk.ItemReport:
        if run == broken:
            raise error
        return do(run, *arguments)

    with patch("runs.bulk._do", done):
        reports = carry_out([first.pk, broken.pk, last.pk], verb, petra, "")
    assert [report.result for report in reports] == [Result.DONE, Result.REFUSED, Result.DONE]
    assert reports[1].sentence.startswith(sentence)


@pytest.mark.django_db(transaction=True)
def test_one_person_does_one_deed_at_a_time(petra: User) -> None:
    runs = [queued() for _ in range(3)]

    def cancel(place: int, person: User) -> list[bulk.ItemReport]:
        try:
            return carry_out([runs[place].pk], Verb.CANCEL, person, "")
        finally:
            connection.close()

    def meanwhile(run: Run, *_arguments: Any) -> bulk.ItemReport:
        with patch("runs.bulk._do", do), ThreadPoolExecutor(1) as pool:
            with pytest.raises(InProgress):
                pool.submit(cancel, 1, petra).result()
            (report,) = pool.submit(cancel, 2, User.objects.create_user("paul")).result()
        assert report.result is Result.DONE
        return do(run, *_arguments)

    do = bulk._do
    with patch("runs.bulk._do", meanwhile):
        (report,) = carry_out([runs[0].pk], Verb.CANCEL, petra, "")
    assert report.result is Result.DONE
    assert carry_out([runs[1].pk], Verb.CANCEL, petra, "")[0].result is Result.DONE


@pytest.mark.django_db(transaction=True)
def test_a_run_that_goes_while_it_is_solved_again_is_refused(petra: User, bell: list[int]) -> None:
    run = failed()

    def gone(original: Run, *arguments: Any, **options: Any) -> Launched:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL taktline.retention = 'on'")
            cursor.execute("DELETE FROM runs_runevent WHERE run_id = %s", [original.pk])
            cursor.execute("DELETE FROM runs_attempt WHERE run_id = %s", [original.pk])
            cursor.execute("DELETE FROM runs_run WHERE id = %s", [original.pk])
        return repeat_run(original, *arguments, **options)

    with patch("runs.bulk.repeat_run", gone):
        (report,) = carry_out([run.pk], Verb.AGAIN, petra, "")
    assert (report.result, report.sentence) == (Result.REFUSED, "There is no such run.")
    assert not Run.objects.exists()


def test_what_is_solved_again_by_a_person_is_no_scheduled_run(petra: User, bell: list[int]) -> None:
    (report,) = carry_out([failed(priority=Priority.LOW).pk], Verb.AGAIN, petra, "")
    assert Run.objects.get(state=State.QUEUED).priority == Priority.NORMAL
    assert report.result is Result.DONE


def test_a_run_that_answers_a_question_asked_again_becomes_as_urgent(petra: User, bell: list[int]) -> None:
    first = failed(priority=Priority.LOW)
    scheduled = make_run(idempotency_key=first.idempotency_key, priority=Priority.LOW)
    (report,) = carry_out([first.pk], Verb.AGAIN, petra, "Needed now")
    assert (report.result, report.new_run_id) == (Result.ALREADY, scheduled.pk)
    scheduled.refresh_from_db()
    assert scheduled.priority == Priority.NORMAL


def test_the_same_question_is_solved_again_once(petra: User, bell: list[int]) -> None:
    first = failed()
    second = failed(idempotency_key=first.idempotency_key)
    one, other = carry_out([first.pk, second.pk], Verb.AGAIN, petra, "")
    assert (one.result, other.result) == (Result.DONE, Result.ALREADY)
    assert one.new_run_id == other.new_run_id
    assert Run.objects.filter(state__in=ACTIVE).count() == 1


def test_a_filter_means_what_all_its_parts_mean(petra: User) -> None:
    profile = ObjectiveProfile.objects.create(name="For tests", makespan=1)
    run = make_run(profile=profile, requested_by=petra)
    other = failed()
    now = timezone.now()
    cases = [
        (RunFilter(states=(State.QUEUED,)), {run.pk}),
        (RunFilter(states=ACTIVE), {run.pk}),
        (RunFilter(profile_id=profile.pk, person_id=petra.pk), {run.pk}),
        (RunFilter(failure_code=FailureCode.INTERNAL), {other.pk}),
        (RunFilter(since=now + timedelta(hours=1)), set()),
        (RunFilter(since=now - timedelta(hours=1), until=now + timedelta(hours=1)), {run.pk, other.pk}),
        (RunFilter(person_id=petra.pk, failure_code=FailureCode.INTERNAL), set()),
        (EVERY, {run.pk, other.pk}),
    ]
    for chosen, meant in cases:
        assert set(chosen.runs().values_list("pk", flat=True)) == meant, chosen
