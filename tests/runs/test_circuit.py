"""What happens when the search fails again and again: dispatching rules answer, until a trial shows that it works again."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from plans.models import Plan
from plant.models import Machine
from runs import bell, circuit, leases
from runs.execution import answer_at_once, execute
from runs.launch import Launched, RunRequest, repeat_run, request_run, request_trial
from runs.leases import Conclusion, Setback
from runs.models import Breaker, FailureCode, ObjectiveProfile, Outcome, Run, RunEvent, State
from runs.queues import DISPATCH, SOLVE
from runs.words import asked_by
from solver.process import SolverProcess
from tests.runs.fake_solver import two_operations
from tests.runs.making import OWNER, claimed, faults_of_the_log, keep_incumbent, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

CRASHED = FailureCode.SOLVER_CRASHED


def fail(code: FailureCode = CRASHED, **columns: object) -> Run:
    """A run that has failed for good."""
    run = make_run(max_failures=1, **columns)
    leases.set_back(claimed(run), Setback(code), uuid.uuid4())
    return run


def finish(run: Run | None = None, outcome: Outcome = Outcome.INFEASIBLE) -> Run:
    run = run or make_run()
    leases.finish(claimed(run), Conclusion(outcome), 1.0, uuid.uuid4())
    return run


def open_up() -> None:
    for _ in range(circuit.FAILURES_IN_A_ROW):
        fail()
    circuit.judge()
    assert circuit.state().state == "open"


def let_cool_down(seconds: float = 0.0) -> None:
    Breaker.objects.update(retry_at=timezone.now() - timedelta(seconds=seconds))


def asked(person: User | None = None, *, fresh: bool = True) -> Launched:
    return request_run(RunRequest(profile=ObjectiveProfile.objects.get(is_default=True)), person, fresh=fresh)


def begin_trial(**columns: object) -> Run:
    """A run of a person that was inserted after the cool-down."""
    let_cool_down()
    run = make_run(requested_by=User.objects.create(username=uuid.uuid4().hex), **columns)
    circuit.seat(run)
    assert run.trial
    return run


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver process would end in an error."""
    monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-c", "raise SystemExit(1)"))


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        ([CRASHED, CRASHED], "closed"),
        ([FailureCode.WORKER_LOST, FailureCode.OUT_OF_MEMORY, FailureCode.SOLVER_HUNG], "open"),
        ([CRASHED, FailureCode.INTERNAL, CRASHED, CRASHED], "open"),
        ([FailureCode.INTERNAL, FailureCode.BROKEN_PLAN, FailureCode.BAD_OUTPUT, FailureCode.INVALID_INPUT], "closed"),
    ],
)
def test_it_takes_three_failures_of_the_machinery_in_a_row(codes: Sequence[FailureCode], state: str) -> None:
    for code in codes:
        fail(code)
    circuit.judge()
    assert circuit.state().state == state


def test_errors_of_ours_in_the_solver_are_no_failures_of_the_machinery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", "raise_an_error"))
    for _ in range(circuit.FAILURES_IN_A_ROW):
        run = make_run(snapshot=make_snapshot(two_operations().to_json()))
        execute(run.pk, OWNER)
        run.refresh_from_db()
        assert run.state == State.FAILED
    circuit.judge()
    assert circuit.state().is_closed


def test_one_question_that_is_too_large_says_nothing_about_those_of_others() -> None:
    poison = make_snapshot()
    for _ in range(circuit.FAILURES_IN_A_ROW):
        fail(FailureCode.OUT_OF_MEMORY, snapshot=poison)
    fail()
    circuit.judge()
    assert circuit.state().is_closed
    fail(FailureCode.OUT_OF_MEMORY, snapshot=poison)
    fail()
    circuit.judge()
    assert circuit.state().state == "open"


@pytest.mark.parametrize("code", [FailureCode.WORKER_LOST, CRASHED])
def test_a_question_that_is_asked_again_and_again_while_nothing_works_opens_it(code: FailureCode) -> None:
    asked = make_snapshot()
    for _ in range(circuit.FAILURES_IN_A_ROW):
        fail(code, snapshot=asked)
    circuit.judge()
    assert circuit.state().state == "open"


def test_a_run_that_was_searched_to_an_end_breaks_the_row() -> None:
    fail()
    fail()
    finish()
    fail()
    circuit.judge()
    assert circuit.state().is_closed


def test_runs_that_were_cancelled_or_stopped_without_a_plan_say_nothing() -> None:
    fail()
    leases.cancel(make_run().pk, None, "")
    fail()
    stopped = make_run()
    lease = claimed(stopped)
    leases.stop(stopped.pk, None, "")
    leases.finish(lease, Conclusion(Outcome.UNKNOWN), 1.0, uuid.uuid4())
    fail()
    circuit.judge()
    now = circuit.state()
    assert (now.state, now.searches) == ("open", False)
    assert "The solver crashed" in now.reason


def test_while_it_is_open_runs_are_answered_by_dispatching_rules(plant: Machine) -> None:
    open_up()
    with patch("runs.bell.current_app.send_task") as send, patch("runs.bell.soon", bell.ring):
        run = asked().run
    assert (run.fallback, run.trial) == (True, False)
    assert [call.args[0] for call in send.call_args_list] == [DISPATCH]
    assert leases.claim(OWNER, uuid.uuid4()) is None
    assert answer_at_once(run.pk, OWNER) == "done"
    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.FINISHED, Outcome.FEASIBLE)
    assert run.plan is not None
    assert run.plan.state == Plan.State.DRAFT
    assert plant.pk is not None


@pytest.mark.usefixtures("no_search")
def test_an_answer_of_the_rules_is_told_like_any_other_and_names_its_rule() -> None:
    run = make_run(fallback=True, snapshot=make_snapshot(two_operations().to_json()))
    assert answer_at_once(run.pk, OWNER) == "done"
    assert kinds(run) == ["queued", "started", "stage", "improved", "finished"]
    event = RunEvent.objects.get(run=run, kind="improved")
    assert event.data["source"] == "weighted slack"
    run.refresh_from_db()
    assert (run.best_objective, run.best_bound, run.incumbents.count()) == (event.data["objective"], None, 1)
    assert run.attempts.get().outcome == "finished"
    assert faults_of_the_log() == []


def test_a_run_that_is_stopped_while_it_waits_for_the_rules_is_cancelled() -> None:
    run = make_run(fallback=True, snapshot=make_snapshot(two_operations().to_json()))
    leases.cancel(run.pk, None, "")
    assert answer_at_once(run.pk, OWNER) == "not claimed"


def test_what_was_queued_when_it_opened_is_handed_over() -> None:
    waiting = make_run()
    leases.rung(waiting.pk)
    open_up()
    waiting.refresh_from_db()
    assert (waiting.fallback, waiting.rung_at) == (True, None)
    assert leases.due_rings(broker_lost=False, queue_empty=False, fallback=True) == [waiting.pk]


def test_one_that_slipped_in_is_not_searched_and_handed_over_next_time() -> None:
    open_up()
    slipped = make_run()
    assert leases.claim(OWNER, uuid.uuid4()) is None
    circuit.judge()
    assert (lease := leases.claim(OWNER, uuid.uuid4(), fallback=True)) is not None
    assert lease.run_id == slipped.pk


def test_one_that_was_running_when_it_opened_is_handed_over_when_it_fails_too() -> None:
    running = make_run()
    lease = claimed(running)
    open_up()
    assert leases.set_back(lease, Setback(CRASHED), uuid.uuid4()) is State.QUEUED
    running.refresh_from_db()
    assert running.fallback
    assert running.available_at <= timezone.now()


def test_after_the_cool_down_exactly_one_run_is_the_trial() -> None:
    open_up()
    too_early = make_run()
    circuit.seat(too_early)
    assert (too_early.trial, too_early.fallback) == (False, True)
    let_cool_down()
    runs = [make_run() for _ in range(16)]

    def sit_down(run: Run) -> None:
        try:
            circuit.seat(run)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sit_down, runs))
    assert Run.objects.filter(trial=True).count() == 1
    assert Run.objects.filter(trial=False, fallback=False, state=State.QUEUED).count() == 0
    trial = Run.objects.get(trial=True)
    assert (circuit.state().state, circuit.state().trial) == ("trial", trial.pk)
    lease = leases.claim(OWNER, uuid.uuid4())
    assert lease is not None
    assert lease.run_id == trial.pk


def test_a_trial_that_comes_to_an_answer_closes_it() -> None:
    open_up()
    finish(begin_trial())
    circuit.judge()
    now = circuit.state()
    assert (now.state, now.searches, now.trial) == ("closed", True, None)
    run = make_run()
    circuit.seat(run)
    assert not run.fallback
    fail()
    fail()
    circuit.judge()
    assert circuit.state().is_closed, "what had failed before it closed counts no longer"


def test_a_trial_that_lives_for_a_minute_closes_it() -> None:
    open_up()
    run = begin_trial()
    claimed(run)
    circuit.judge()
    assert circuit.state().state == "trial"
    Run.objects.filter(pk=run.pk).update(claimed_at=timezone.now() - timedelta(seconds=circuit.LIVES_SECONDS + 1))
    circuit.judge()
    assert circuit.state().is_closed


def test_a_trial_that_fails_is_answered_by_the_rules_and_the_next_waits_longer() -> None:
    open_up()
    run = begin_trial(max_failures=1, snapshot=make_snapshot(two_operations().to_json()))
    assert leases.set_back(claimed(run), Setback(CRASHED), uuid.uuid4()) is State.QUEUED
    circuit.judge()
    now = circuit.state()
    assert now.state == "open"
    assert now.retry_at is not None
    assert now.since is not None
    assert now.retry_at - now.since == timedelta(seconds=2 * circuit.COOL_DOWN_SECONDS)
    assert answer_at_once(run.pk, OWNER) == "done"
    run.refresh_from_db()
    assert (run.state, run.outcome, run.attempt) == (State.FINISHED, Outcome.FEASIBLE, 2)
    assert faults_of_the_log() == []


def test_a_trial_whose_process_is_lost_is_answered_by_the_rules_too() -> None:
    open_up()
    run = begin_trial()
    claimed(run)
    leases.lost("task-1")
    leases.reap()
    run.refresh_from_db()
    assert (run.state, run.fallback) == (State.QUEUED, True)


def test_the_cool_down_has_an_end() -> None:
    open_up()
    for _ in range(8):
        run = begin_trial()
        leases.set_back(claimed(run), Setback(CRASHED), uuid.uuid4())
        circuit.judge()
    assert Breaker.objects.get().cool_down_seconds == circuit.LONGEST_COOL_DOWN_SECONDS


def test_a_trial_that_no_worker_takes_is_answered_by_the_rules() -> None:
    open_up()
    run = begin_trial()
    circuit.judge()
    assert circuit.state().state == "trial"
    Breaker.objects.update(since=timezone.now() - timedelta(seconds=circuit.WAITS_SECONDS + 1))
    circuit.judge()
    run.refresh_from_db()
    assert (circuit.state().state, run.fallback) == ("open", True)


def test_a_trial_of_somebody_who_is_gone_is_answered_by_the_rules_too() -> None:
    open_up()
    waits = begin_trial()
    User.objects.all().delete()
    Breaker.objects.update(since=timezone.now() - timedelta(seconds=circuit.WAITS_SECONDS + 1))
    circuit.judge()
    waits.refresh_from_db()
    assert (waits.state, waits.fallback) == (State.QUEUED, True)


def test_a_trial_that_waits_behind_a_search_that_gets_on_has_not_failed() -> None:
    other = make_run()
    lease = claimed(other)
    open_up()
    trial = begin_trial()
    Breaker.objects.update(since=timezone.now() - timedelta(seconds=circuit.WAITS_SECONDS + 1))
    keep_incumbent(lease)
    circuit.judge()
    assert circuit.state().trial == trial.pk
    row = Run.objects.get(pk=other.pk)
    leases.finish(lease, Conclusion(Outcome.FEASIBLE, row.best_objective, row.measures), 1.0, uuid.uuid4())
    circuit.judge()
    assert circuit.state().trial == trial.pk, "a worker is about to take it"
    with patch("runs.circuit.WAITS_SECONDS", 0.0):
        circuit.judge()
    assert circuit.state().state == "open"


def test_a_trial_that_waits_behind_a_search_of_which_nothing_is_heard_has_failed() -> None:
    claimed(make_run())
    open_up()
    begin_trial()
    Breaker.objects.update(since=timezone.now() - timedelta(seconds=circuit.WAITS_SECONDS + 1))
    circuit.judge()
    assert circuit.state().state == "open"


def test_a_trial_that_is_cancelled_says_nothing_and_the_next_run_is_another() -> None:
    open_up()
    leases.cancel(begin_trial().pk, None, "")
    circuit.judge()
    assert circuit.state().searches
    another = make_run()
    circuit.seat(another)
    assert another.trial


def test_when_nobody_asks_the_steward_does() -> None:
    open_up()
    question = make_run(limit_seconds=600)
    circuit.seat(question)
    let_cool_down()
    assert not circuit.wants_trial(), "people come first"
    let_cool_down(circuit.ASKED_FOR_SECONDS + 1)
    assert circuit.wants_trial()
    trial = request_trial()
    assert trial is not None
    assert (trial.snapshot_id, trial.limit_seconds, trial.again_of_id) == (question.snapshot_id, 20.0, question.pk)
    assert asked_by(trial) == "Taktline, as a trial"
    assert not circuit.wants_trial()
    assert request_trial() is None
    assert Run.objects.filter(trial=True).count() == 1
    assert leases.set_back(claimed(trial), Setback(CRASHED), uuid.uuid4()) is State.FAILED, "nobody waits for its answer"
    circuit.judge()
    assert circuit.state().state == "open"


def test_the_steward_tries_a_question_that_was_answered_before() -> None:
    answered = finish()
    finish(outcome=Outcome.UNKNOWN)
    open_up()
    let_cool_down()
    trial = request_trial()
    assert trial is not None
    assert trial.again_of == answered


def test_a_trial_that_is_asked_again_does_not_answer_the_longer_question() -> None:
    open_up()
    question = make_run(limit_seconds=600)
    circuit.seat(question)
    let_cool_down()
    trial = request_trial()
    assert trial is not None
    again = repeat_run(trial, User.objects.create_user("petra"), "").run
    question.refresh_from_db()
    assert (again.limit_seconds, again.idempotency_key) == (20.0, trial.idempotency_key)
    assert trial.idempotency_key != question.idempotency_key
    assert question.answers_key


def test_a_person_can_close_it() -> None:
    open_up()
    admin = User(username="ada")
    assert circuit.reset(admin, "New memory.")
    now = circuit.state()
    assert (now.state, now.reason) == ("closed", "Closed by ada. New memory.")
    circuit.judge()
    assert circuit.state().is_closed
    assert not circuit.reset(admin)


def test_many_stewards_open_it_once() -> None:
    for _ in range(circuit.FAILURES_IN_A_ROW):
        fail()

    def look(_number: int) -> None:
        try:
            circuit.judge()
        finally:
            connection.close()

    with patch("runs.circuit.log.error") as told, ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(8)))
    assert told.call_count == 1
    assert Breaker.objects.get().cool_down_seconds == circuit.COOL_DOWN_SECONDS


@pytest.mark.usefixtures("plant", "bell")
def test_a_question_that_only_the_rules_have_answered_is_asked_again_when_the_search_works() -> None:
    open_up()
    first = asked(fresh=False).run
    answer_at_once(first.pk, OWNER)
    assert asked(fresh=False) == Launched(first, created=False), "there is nothing better to be had"
    circuit.reset(User(username="ada"))
    again = asked(fresh=False)
    assert again.created
    assert not again.run.fallback


@pytest.mark.usefixtures("plant")
def test_while_it_is_closed_nothing_is_different() -> None:
    with patch("runs.bell.current_app.send_task") as send, patch("runs.bell.soon", bell.ring):
        run = asked().run
    assert (run.fallback, run.trial) == (False, False)
    assert [call.args[0] for call in send.call_args_list] == [SOLVE]
    assert not Breaker.objects.exists()


def test_an_answer_of_the_rules_goes_on_from_a_better_plan_that_was_found_before() -> None:
    run = make_run(snapshot=make_snapshot(two_operations().to_json()))
    lease = claimed(run)
    keep_incumbent(lease, 10)
    open_up()
    leases.set_back(lease, Setback(CRASHED), uuid.uuid4())
    run.refresh_from_db()
    assert (run.fallback, run.best_objective) == (True, 10)
