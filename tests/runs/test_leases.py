"""What holders of a lease may write, and what those who have lost it may not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from runs import leases
from runs.leases import Conclusion, Lease, NewEvent, Progress, Setback, Stale, Stopped, Vitals, Wish
from runs.models import FailureCode, Heartbeat, Outcome, Run, RunEvent, State
from runs.models.event import EventKind
from tests.runs.making import OWNER, claimed, faults_of_the_log, improved, keep_incumbent, kinds, let_wait_pass, make_run

pytestmark = pytest.mark.django_db

CRASH = Setback(FailureCode.SOLVER_CRASHED, "Signal 11.")
NO_PLAN = Conclusion(Outcome.UNKNOWN)


def crash(lease: Lease) -> State:
    return leases.set_back(lease, CRASH, uuid.uuid4())


def test_a_claim_starts_the_first_attempt() -> None:
    run = make_run()
    lease = claimed(run)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.lease_owner) == (State.RUNNING, 1, OWNER)
    assert lease == Lease(run.pk, 1, OWNER)
    assert run.lease_until is not None
    assert timedelta(seconds=10) < run.lease_until - timezone.now() < timedelta(seconds=16)
    assert run.started_at == run.claimed_at
    assert kinds(run) == ["queued", "started"]


def test_a_second_message_for_a_claimed_run_finds_nothing_to_do() -> None:
    run = make_run()
    claimed(run)
    assert leases.claim("solve@there/task-2", uuid.uuid4()) is None
    assert leases.claim_this(run.pk, "solve@there/task-2", uuid.uuid4()) is None
    assert kinds(run) == ["queued", "started"]


def test_a_claim_whose_answer_was_lost_gives_the_same_lease_again() -> None:
    run, uid = make_run(), uuid.uuid4()
    assert leases.claim(OWNER, uid) == leases.claim(OWNER, uid) == Lease(run.pk, 1, OWNER)
    assert leases.claim_this(run.pk, OWNER, uid) == Lease(run.pk, 1, OWNER)
    assert kinds(run) == ["queued", "started"]


def test_a_worker_that_shuts_down_claims_nothing() -> None:
    run = make_run()
    Heartbeat.objects.create(process="solve@here", kind="solve", draining=True)
    assert leases.claim(OWNER, uuid.uuid4()) is None
    assert leases.claim_this(run.pk, OWNER, uuid.uuid4()) is None
    assert leases.claim("solve@there/task-2", uuid.uuid4()) is not None


def test_appended_events_are_numbered_without_a_gap_and_progress_follows() -> None:
    run = make_run()
    lease = claimed(run)
    events = [NewEvent(EventKind.STAGE, {"name": "building"}), NewEvent(EventKind.BOUND, {"bound": 3})]
    assert leases.append(lease, events, Progress(stage="building", bound=3)) == 4
    assert leases.append(lease, *improved(12)) == 5
    run.refresh_from_db()
    assert (run.stage, run.best_bound, run.best_objective, run.last_seq) == ("building", 3, 12, 5)
    assert list(RunEvent.objects.filter(run=run).values_list("seq", "kind")) == [
        (1, "queued"),
        (2, "started"),
        (3, "stage"),
        (4, "bound"),
        (5, "improved"),
    ]
    assert faults_of_the_log() == []


def test_a_repeated_append_is_noticed() -> None:
    run = make_run()
    lease = claimed(run)
    events, progress = improved(12)
    assert leases.append(lease, events, progress) == leases.append(lease, events, progress) == 3
    assert kinds(run) == ["queued", "started", "improved"]


def test_a_bound_never_falls() -> None:
    run = make_run()
    lease = claimed(run)
    for bound in (5, 3):
        leases.append(lease, [NewEvent(EventKind.BOUND, {"bound": bound})], Progress(bound=bound))
    run.refresh_from_db()
    assert run.best_bound == 5


WRITES: dict[str, Callable[[Lease], object]] = {
    "renew": lambda lease: leases.renew(lease, 1.0),
    "look": leases.look,
    "append": lambda lease: leases.append(lease, *improved()),
    "keep": lambda lease: leases.keep(lease, leases.NewIncumbent(3, 1, {}, {}, b"")),
    "finish": lambda lease: leases.finish(lease, NO_PLAN, 1.0, uuid.uuid4()),
    "cancelled": lambda lease: leases.cancelled(lease, uuid.uuid4()),
    "set_back": crash,
    "give_back": lambda lease: leases.give_back(lease, 1.0, uuid.uuid4()),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_zombie_writes_nothing(write: Callable[[Lease], object]) -> None:
    run = make_run()
    zombie = claimed(run)
    leases.lost("task-1")
    leases.reap()
    let_wait_pass(run)
    claimed(run, "solve@there/task-2")
    before = Run.objects.filter(pk=run.pk).values().get()
    with pytest.raises(Stale):
        write(zombie)
    assert Run.objects.filter(pk=run.pk).values().get() == before
    assert kinds(run) == ["queued", "started", "requeued", "started"]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nobody_writes_to_a_run_that_has_ended(write: Callable[[Lease], object]) -> None:
    run = make_run()
    lease = claimed(run)
    leases.finish(lease, NO_PLAN, 1.0, uuid.uuid4())
    with pytest.raises(Stale):
        write(lease)
    assert kinds(run) == ["queued", "started", "finished"]


def test_a_zombie_does_not_confirm_a_cancellation_that_its_successor_was_asked_for() -> None:
    run = make_run()
    zombie = claimed(run)
    leases.lost(zombie.owner.partition("/")[2])
    leases.reap()
    let_wait_pass(run)
    successor = claimed(run, "solve@there/2")
    leases.cancel(run.pk, None, "")
    with pytest.raises(Stale):
        leases.cancelled(zombie, uuid.uuid4())
    leases.cancelled(successor, uuid.uuid4())
    assert kinds(run)[-2:] == ["stopping", "cancelled"]


def test_what_nobody_cancelled_is_not_cancelled() -> None:
    run = make_run()
    lease = claimed(run)
    with pytest.raises(Stale):
        leases.cancelled(lease, uuid.uuid4())
    leases.stop(run.pk, None, "")
    with pytest.raises(Stale):
        leases.cancelled(lease, uuid.uuid4())
    assert kinds(run)[-1] == "stopping"


def test_a_zombie_notes_nothing() -> None:
    run = make_run()
    zombie = claimed(run)
    leases.set_back(zombie, Setback(FailureCode.WORKER_LOST, why="Lost."), uuid.uuid4())
    let_wait_pass(run)
    claimed(run)
    leases.note(zombie, Vitals(threads=7, why="I am alive."))
    assert list(run.attempts.values_list("threads", "why")) == [(None, "Lost."), (None, "")]


def test_finishing_keeps_the_answer() -> None:
    run, uid = make_run(), uuid.uuid4()
    lease = claimed(run)
    keep_incumbent(lease, 12)
    conclusion = Conclusion(Outcome.OPTIMAL, objective=12, measures={"makespan": 12}, bound=12)
    leases.finish(lease, conclusion, 2.5, uid)
    leases.finish(lease, conclusion, 2.5, uid)  # its answer was lost
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective, run.best_bound) == (State.FINISHED, Outcome.OPTIMAL, 12, 12)
    assert (run.lease_owner, run.lease_until, run.spent_seconds) == ("", None, 2.5)
    assert kinds(run) == ["queued", "started", "improved", "finished"]


def test_an_infeasible_question_is_an_answer_with_reasons() -> None:
    run = make_run()
    leases.finish(claimed(run), Conclusion(Outcome.INFEASIBLE, reasons=["Order 1 cannot end in time."]), 1.0, uuid.uuid4())
    run.refresh_from_db()
    assert (run.state, run.outcome, run.reasons) == (State.FINISHED, Outcome.INFEASIBLE, ["Order 1 cannot end in time."])


def test_a_setback_waits_twice_as_long_each_time_and_then_fails() -> None:
    run = make_run(max_failures=3)
    waits = []
    for _attempt in range(2):
        lease = claimed(run)
        assert leases.set_back(lease, Setback(FailureCode.WORKER_LOST), uuid.uuid4()) is State.QUEUED
        run.refresh_from_db()
        waits.append((run.available_at - timezone.now()).total_seconds())
        assert leases.claim(OWNER, uuid.uuid4()) is None, "it may not be claimed while it waits"
        let_wait_pass(run)
    assert 1 < waits[0] <= 2.5 < waits[1] <= 4.5
    assert leases.set_back(claimed(run), Setback(FailureCode.WORKER_LOST, "Lost."), uuid.uuid4()) is State.FAILED
    run.refresh_from_db()
    assert (run.failure_code, run.failure_text, run.failures, run.attempt) == (FailureCode.WORKER_LOST, "Lost.", 3, 3)
    assert faults_of_the_log() == []


def wait_after(failures: int) -> float:
    """Seconds from the end of an attempt, one more that has failed, to the earliest beginning of the next."""
    run = make_run(max_failures=failures + 2, failures=failures, attempt=failures)
    leases.set_back(claimed(run), Setback(FailureCode.WORKER_LOST), uuid.uuid4())
    run.refresh_from_db()
    ended_at = run.attempts.get().ended_at
    assert ended_at is not None
    return (run.available_at - ended_at).total_seconds()


def test_runs_that_were_lost_together_do_not_come_back_together() -> None:
    waits = [wait_after(0) for _ in range(8)]
    assert all(2.0 <= wait <= 2.5 for wait in waits)
    assert len(set(waits)) == len(waits)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 4), (4, 32), (5, 60), (9, 60)])
def test_no_wait_is_longer_than_a_minute(failures: int, seconds: int) -> None:
    assert seconds <= wait_after(failures) <= seconds + 0.5


def test_a_crash_of_the_solver_is_tried_only_once_more() -> None:
    run = make_run()
    assert crash(claimed(run)) is State.QUEUED
    run.refresh_from_db()
    assert run.setback == FailureCode.SOLVER_CRASHED
    let_wait_pass(run)
    assert crash(claimed(run)) is State.FAILED


def test_a_run_that_rules_answer_in_the_place_of_its_last_failure_may_be_given_back_too() -> None:
    run = make_run(max_failures=2, failures=2, attempt=2, fallback=True)
    assert leases.give_back(claimed(run), 1.0, uuid.uuid4()) is State.QUEUED
    assert crash(claimed(run)) is State.FAILED


def test_a_run_given_back_is_not_charged_until_that_happens_too_often() -> None:
    run = make_run()
    for _attempt in range(10):
        assert leases.give_back(claimed(run), 1.0, uuid.uuid4()) is State.QUEUED
    run.refresh_from_db()
    assert (run.failures, run.attempt, run.setback) == (0, 10, "")
    for _attempt in range(2):
        assert leases.give_back(claimed(run), 1.0, uuid.uuid4()) is State.QUEUED
    assert leases.give_back(claimed(run), 1.0, uuid.uuid4()) is State.FAILED
    run.refresh_from_db()
    assert (run.failure_code, run.attempt) == (FailureCode.SHUTDOWN, 13)


def test_the_holder_sees_a_stop_at_its_next_look() -> None:
    run = make_run()
    lease = claimed(run)
    assert leases.look(lease) is Wish.GO_ON
    assert leases.stop(run.pk, None, "") is Stopped.STOPPING
    assert leases.look(lease) is leases.renew(lease, 1.0) is Wish.STOP
    assert leases.cancel(run.pk, None, "") is Stopped.STOPPING
    assert leases.look(lease) is Wish.CANCEL
    leases.cancelled(lease, uuid.uuid4())
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert kinds(run) == ["queued", "started", "stopping", "stopping", "cancelled"]


def test_the_holder_sees_that_its_worker_is_shutting_down() -> None:
    run, other = make_run(), make_run()
    lease, elsewhere = claimed(run), claimed(other, "solve@there/task-2")
    assert leases.drain("solve@here") == 1
    assert leases.renew(lease, 1.0) is Wish.DRAIN
    assert leases.renew(elsewhere, 1.0) is Wish.GO_ON


def test_a_run_claimed_in_the_moment_in_which_its_worker_begins_to_shut_down_is_given_back_too() -> None:
    lease, elsewhere = claimed(make_run()), claimed(make_run(), "solve@there/task-2")
    # its worker looked for runs to give back before the claim was committed, so none of them is marked
    Heartbeat.objects.create(process="solve@here", kind="solve", draining=True)
    assert leases.look(lease) is leases.renew(lease, 1.0) is Wish.DRAIN
    assert leases.look(elsewhere) is leases.renew(elsewhere, 1.0) is Wish.GO_ON


def test_who_stopped_a_run_is_in_its_log() -> None:
    run = make_run()
    claimed(run)
    leases.stop(run.pk, User(username="petra"), "Good enough.")
    event = RunEvent.objects.get(run=run, kind=EventKind.STOPPING)
    assert event.data == {"kind": "stop", "by": "petra", "reason": "Good enough."}


def test_stopping_or_cancelling_twice_says_so() -> None:
    run = make_run()
    claimed(run)
    assert leases.stop(run.pk, None, "") is Stopped.STOPPING
    assert leases.stop(run.pk, None, "") is Stopped.ALREADY_STOPPING
    assert leases.cancel(run.pk, None, "") is Stopped.STOPPING
    assert leases.stop(run.pk, None, "") is Stopped.ALREADY_STOPPING
    assert len({answer.sentence for answer in Stopped}) == len(Stopped)


@pytest.mark.parametrize("ask", [leases.stop, leases.cancel])
def test_a_run_that_only_waits_is_cancelled_at_once(ask: Callable[..., Stopped]) -> None:
    run = make_run()
    assert ask(run.pk, None, "") is Stopped.CANCELLED
    assert ask(run.pk, None, "") is Stopped.ALREADY_ENDED
    assert leases.claim(OWNER, uuid.uuid4()) is None
    assert kinds(run) == ["queued", "cancelled"]


def test_a_run_that_waits_with_a_plan_keeps_it_when_it_is_stopped() -> None:
    run = make_run()
    lease = claimed(run)
    keep_incumbent(lease)
    crash(lease)
    let_wait_pass(run)
    assert leases.stop(run.pk, None, "") is Stopped.STOPPING
    assert leases.look(claimed(run)) is Wish.STOP
    run.refresh_from_db()
    assert run.state == State.STOPPING


@pytest.mark.parametrize("max_failures", [1, 2], ids=["failed", "queued"])
def test_what_is_left_of_an_attempt_that_was_lost_is_the_schedule_that_was_kept(max_failures: int) -> None:
    run = make_run(max_failures=max_failures)
    lease = claimed(run)
    keep_incumbent(lease, 20)
    leases.append(lease, *improved(15))
    assert (crash(lease) is State.FAILED) == (max_failures == 1)
    run.refresh_from_db()
    assert (run.best_objective, run.measures) == (20, {"makespan": 20})


def test_asking_for_a_run_that_is_not_there() -> None:
    with pytest.raises(Run.DoesNotExist):
        leases.stop(1, None, "")
