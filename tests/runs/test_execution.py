"""What becomes of a run in the hands of a worker, for every way in which a solver process can behave."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from plans.models import Plan
from runs import leases
from runs.execution import execute
from runs.models import FailureCode, Heartbeat, Incumbent, Outcome, Run, RunEvent, State
from runs.recorder import Best, BrokenPlan
from runs.work import LOG_CHARACTERS, Work, conclude
from solver.events import Finished
from solver.process import Patience, SolverProcess
from solver.schedule import Schedule, measure
from tests.read_only import takes_no_writes
from tests.runs.fake_solver import BEST, delayed, two_operations
from tests.runs.making import OWNER, faults_of_the_log, kinds, let_wait_pass, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 20.0


class Behave(Protocol):
    """Chooses how solver processes behave from now on."""

    def __call__(self, behaviour: str) -> None: ...


@pytest.fixture
def behave(monkeypatch: pytest.MonkeyPatch) -> Behave:
    def choose(behaviour: str) -> None:
        monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", behaviour))

    return choose


@pytest.fixture
def run() -> Iterator[Run]:
    yield make_run(snapshot=make_snapshot(two_operations().to_json()))
    assert faults_of_the_log() == []


def wait_for(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.02)


def execute_aside(run: Run) -> threading.Thread:
    """Execute in a thread of its own, which closes its connection."""

    def work() -> None:
        execute(run.pk, OWNER)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def has_incumbent(run: Run) -> Callable[[], bool]:
    return lambda: Incumbent.objects.filter(run=run).exists()


def test_a_run_that_finishes_leaves_its_events_its_incumbent_and_a_draft(run: Run, behave: Behave) -> None:
    behave("finish")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective, run.best_bound) == (State.FINISHED, Outcome.OPTIMAL, BEST, BEST)
    assert run.measures is not None
    assert run.measures["makespan"] == BEST
    assert kinds(run)[:3] == ["queued", "started", "stage"]
    assert kinds(run)[-1] == "finished"
    assert [event.data["objective"] for event in RunEvent.objects.filter(run=run, kind="improved")] == [BEST + 7, BEST]
    assert run.plan is not None
    assert (run.plan.state, run.plan.objective, run.plan.placements.count()) == (Plan.State.DRAFT, BEST, 2)
    newest = Incumbent.objects.filter(run=run).latest("seq")
    assert (newest.seq, newest.objective) == (run.incumbent_seq, BEST)
    assert Schedule.from_json(newest.schedule) == delayed(0)
    assert int.from_bytes(bytes(newest.frame[4:8]), "little") == newest.seq


def test_an_improvement_says_when_it_was_found(run: Run, behave: Behave) -> None:
    behave("finish")
    execute(run.pk, OWNER)
    event = RunEvent.objects.filter(run=run, kind="improved").latest("seq")
    assert set(event.data) == {"objective", "measures", "elapsed", "source", "found_at"}
    assert event.data["elapsed"] == 0.2


def test_a_second_message_does_nothing(run: Run, behave: Behave) -> None:
    behave("finish")
    assert [execute(run.pk, OWNER), execute(run.pk, OWNER)] == ["done", "not claimed"]
    assert Plan.objects.count() == 1


def test_a_flood_of_improvements_is_told_whole_and_stored_in_part(run: Run, behave: Behave) -> None:
    behave("flood")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert RunEvent.objects.filter(run=run, kind="improved").count() == 40
    stored = list(Incumbent.objects.filter(run=run).values_list("objective", flat=True))
    assert stored[-1] == run.best_objective == BEST + 1
    assert len(stored) < 10


def test_an_infeasible_question_ends_with_its_reasons_and_no_plan(run: Run, behave: Behave) -> None:
    behave("infeasible")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.outcome, run.plan) == (State.FINISHED, Outcome.INFEASIBLE, None)
    assert run.reasons == ["Order O1 cannot end in time."]


def test_stop_keeps_the_plan_and_is_heard_within_a_moment(run: Run, behave: Behave) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    asked_at = time.monotonic()
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    assert time.monotonic() - asked_at < 15  # as promised; a third of a second on a quiet machine
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective) == (State.FINISHED, Outcome.FEASIBLE, BEST + 7)
    assert run.plan is not None
    assert kinds(run)[-2:] == ["stopping", "finished"]


def test_stop_before_the_first_plan_ends_without_one(run: Run, behave: Behave) -> None:
    behave("wait_without_a_plan")
    thread = execute_aside(run)
    wait_for(lambda: "stage" in kinds(run))
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.outcome, run.plan) == (State.FINISHED, Outcome.UNKNOWN, None)


@pytest.mark.parametrize("behaviour", ["deaf", "crash_when_stopped"])
def test_stop_of_a_solver_that_does_not_listen_or_dies_of_it_keeps_the_plan(run: Run, behave: Behave, behaviour: str) -> None:
    behave(behaviour)
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.FINISHED, Outcome.FEASIBLE)


def test_cancel_leaves_no_plan_but_the_history(run: Run, behave: Behave) -> None:
    behave("deaf")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.cancel(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.plan, run.incumbents.count()) == (State.CANCELLED, None, 1)
    assert not Plan.objects.exists()


def test_cancel_right_after_the_claim_is_a_cancel(run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = leases.claim

    def claim_and_be_cancelled(owner: str, uid: UUID, *, fallback: bool) -> leases.Lease | None:
        lease = claim(owner, uid, fallback=fallback)
        leases.cancel(run.pk, None, "")
        return lease

    monkeypatch.setattr(leases, "claim", claim_and_be_cancelled)
    behave("finish")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.plan) == (State.CANCELLED, None)


def test_a_worker_that_shuts_down_gives_the_run_back_and_the_next_goes_on_from_its_plan(run: Run, behave: Behave) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.drain("solve@here")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.failures, run.attempt, run.rung_at) == (State.QUEUED, 0, 1, None)
    assert RunEvent.objects.filter(run=run).latest("seq").data["reason"] == "shutdown"
    behave("from_hint")
    execute(run.pk, "solve@there/task-2")
    run.refresh_from_db()
    assert (run.state, run.attempt, run.best_objective) == (State.FINISHED, 2, BEST + 6)


def test_a_message_that_reaches_a_worker_in_its_last_moments_is_rung_for_again(run: Run, behave: Behave) -> None:
    behave("finish")
    leases.rung(run.pk)
    Heartbeat.objects.create(process="solve@here", kind="solve", draining=True)
    assert execute(run.pk, OWNER) == "not claimed"
    run.refresh_from_db()
    assert (run.state, run.rung_at) == (State.QUEUED, None)


def test_after_a_crash_the_next_attempt_starts_from_the_last_incumbent(run: Run, behave: Behave) -> None:
    behave("from_hint")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.failures, run.setback) == (State.QUEUED, 1, FailureCode.SOLVER_CRASHED)
    let_wait_pass(run)
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective) == (State.FINISHED, Outcome.FEASIBLE, BEST + 4)
    told = [event.data["objective"] for event in RunEvent.objects.filter(run=run, kind="improved")]
    assert told == [BEST + 5, BEST + 4], "what the second attempt passed on its way is not told again"


def test_where_iterations_are_counted_the_next_attempt_begins_like_the_first(run: Run, behave: Behave) -> None:
    """With a hint the second one would have finished, elsewhere."""
    Run.objects.update(iterations=7)
    behave("from_hint")
    execute(run.pk, OWNER)
    let_wait_pass(run)
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.best_objective) == (State.FAILED, 2, BEST + 5)


def test_a_run_stopped_while_it_waits_for_its_next_attempt_keeps_its_plan(run: Run, behave: Behave) -> None:
    behave("from_hint")
    execute(run.pk, OWNER)
    leases.stop(run.pk, None, "")
    let_wait_pass(run)
    behave("crash")  # nothing is to be solved any more
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective) == (State.FINISHED, Outcome.FEASIBLE, BEST + 5)
    assert run.plan is not None


@pytest.mark.parametrize(
    ("behaviour", "code", "attempts"),
    [
        ("crash", FailureCode.SOLVER_CRASHED, 2),
        ("out_of_memory", FailureCode.OUT_OF_MEMORY, 2),
        ("raise_an_error", FailureCode.INTERNAL, 1),
        ("garbage", FailureCode.BAD_OUTPUT, 1),
        ("broken", FailureCode.BROKEN_PLAN, 1),
    ],
)
def test_a_solver_that_fails_is_tried_as_often_as_it_may_help(
    run: Run, behave: Behave, behaviour: str, code: FailureCode, attempts: int
) -> None:
    behave(behaviour)
    for attempt in range(1, attempts + 1):
        let_wait_pass(run)
        execute(run.pk, OWNER)
        run.refresh_from_db()
        assert (run.state == State.FAILED) == (attempt == attempts)
    assert (run.failure_code, run.attempt) == (code, attempts)
    assert run.failure_text
    assert not Plan.objects.exists()


def test_a_solver_that_falls_silent_is_ended_and_tried_once_more(
    run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solver.process.parent.Patience", lambda: Patience(hung_seconds=1.0))
    behave("deaf")  # says nothing more after its first plan, not even that it is alive
    for attempt in (1, 2):
        let_wait_pass(run)
        execute(run.pk, OWNER)
        run.refresh_from_db()
        assert (run.state == State.FAILED) == (attempt == 2)
    assert (run.failure_code, run.attempt) == (FailureCode.SOLVER_HUNG, 2)
    assert run.incumbent_seq is not None, "what it had found may still be kept"


def test_a_plan_that_breaks_a_rule_is_never_stored(run: Run, behave: Behave) -> None:
    behave("broken")
    execute(run.pk, OWNER)
    assert not Incumbent.objects.exists()
    assert "improved" not in kinds(run)


LOST, CRASHED, SWOLLEN = FailureCode.WORKER_LOST, FailureCode.SOLVER_CRASHED, FailureCode.OUT_OF_MEMORY
DEPLOYED = FailureCode.SHUTDOWN


@pytest.mark.parametrize(
    ("history", "threads"),
    [
        ([], 4),
        ([LOST], 4),
        ([CRASHED], 1),
        ([SWOLLEN], 2),
        ([CRASHED, DEPLOYED], 1),
        ([CRASHED, LOST], 1),
        ([SWOLLEN, DEPLOYED], 2),
        ([SWOLLEN, LOST, DEPLOYED], 2),
    ],
)
def test_what_an_attempt_may_use_depends_on_all_that_went_wrong(
    run: Run, behave: Behave, history: list[FailureCode], threads: int
) -> None:
    Run.objects.filter(pk=run.pk).update(threads=4, seed=5, max_failures=9)
    for code in history:
        let_wait_pass(run)
        lease = leases.claim(OWNER, uuid4())
        assert lease is not None
        if code is DEPLOYED:
            leases.give_back(lease, 0.0, uuid4())
        else:
            leases.set_back(lease, leases.Setback(code), uuid4())
    behave("tell_limits")
    let_wait_pass(run)
    execute(run.pk, OWNER)
    run.refresh_from_db()
    failures = len([code for code in history if code is not DEPLOYED])
    assert run.best_bound == 100 * (5 + failures) + threads


def test_an_error_of_ours_is_recorded_and_raised(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_work: Work) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("runs.execution.search", stumble)
    with pytest.raises(ZeroDivisionError):
        execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (State.FAILED, FailureCode.INTERNAL)
    assert "secret detail" not in run.failure_text
    attempt = run.attempts.get()
    assert (attempt.outcome, attempt.failure_code) == ("failed", FailureCode.INTERNAL)
    assert "ZeroDivisionError: secret detail" in attempt.why
    assert "in stumble" in attempt.log_tail
    error_id = RunEvent.objects.filter(run=run).latest("seq").event_uid
    assert str(error_id) in run.failure_text, "it leads to the log"


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("raise_an_error", FailureCode.INTERNAL),
        ("garbage", FailureCode.BAD_OUTPUT),
        ("broken", FailureCode.BROKEN_PLAN),
    ],
)
def test_a_fault_of_ours_is_an_error_in_the_log_and_the_run_says_where(
    run: Run, behave: Behave, caplog: pytest.LogCaptureFixture, behaviour: str, code: FailureCode
) -> None:
    behave(behaviour)
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert run.failure_code == code
    error_id = str(RunEvent.objects.filter(run=run).latest("seq").event_uid)
    assert error_id in run.failure_text
    (error,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert error_id in str(error.msg)
    assert error.exc_info


def test_an_error_of_ours_in_the_solver_keeps_its_traceback_for_admins(run: Run, behave: Behave) -> None:
    behave("raise_an_error")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert "ZeroDivisionError: secret detail" in run.attempts.get().log_tail
    assert "secret detail" not in run.failure_text


@pytest.mark.parametrize("behaviour", ["crash", "out_of_memory"])
def test_a_failure_of_the_solver_alone_alerts_nobody(
    run: Run, behave: Behave, caplog: pytest.LogCaptureFixture, behaviour: str
) -> None:
    behave(behaviour)
    execute(run.pk, OWNER)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_question_that_cannot_be_read_is_not_tried_again() -> None:
    run = make_run(snapshot=make_snapshot({"schema": "something else"}))
    assert execute(run.pk, OWNER) == "unreadable"
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.attempt) == (State.FAILED, FailureCode.INVALID_INPUT, 1)
    assert "something else" not in run.failure_text


def test_a_question_that_has_become_too_large_is_not_searched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runs.work.MOST_OPERATIONS", 1)
    assert execute(run.pk, OWNER) == "too large"
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.attempt) == (State.FAILED, FailureCode.TOO_LARGE, 1)


def test_an_attempt_keeps_what_it_worked_with_and_the_last_words_of_its_solver(run: Run, behave: Behave) -> None:
    Run.objects.filter(pk=run.pk).update(threads=4, seed=5)
    behave("lament")
    execute(run.pk, OWNER)
    attempt = run.attempts.get()
    assert (attempt.number, attempt.owner, attempt.threads, attempt.seed) == (1, OWNER, 4, 5)
    assert (attempt.outcome, attempt.failure_code) == ("failed", FailureCode.SOLVER_CRASHED)
    assert attempt.log_tail.endswith("I cannot go on.")
    assert len(attempt.log_tail) <= LOG_CHARACTERS
    assert "SIGSEGV" in attempt.why
    assert attempt.peak_memory_mb is not None
    assert 1 < attempt.peak_memory_mb < 1000
    run.refresh_from_db()
    assert "SIGSEGV" not in run.failure_text


def test_what_an_attempt_has_seen_is_there_although_its_process_was_killed(run: Run, behave: Behave) -> None:
    behave("lament_and_wait")
    thread = execute_aside(run)
    wait_for(lambda: run.attempts.filter(log_tail__contains="I cannot go on.").exists())
    leases.lost("task-1")
    leases.reap()
    thread.join(PATIENCE_SECONDS)
    attempt = run.attempts.get()
    assert (attempt.outcome, attempt.failure_code, attempt.threads) == ("lost", FailureCode.WORKER_LOST, 2)
    assert attempt.why


def test_an_attempt_that_comes_to_an_answer_says_so(run: Run, behave: Behave) -> None:
    behave("finish")
    execute(run.pk, OWNER)
    attempt = run.attempts.get()
    assert (attempt.outcome, attempt.failure_code, attempt.why, attempt.log_tail) == ("finished", "", "", "")
    assert attempt.ended_at is not None


def test_failures_of_other_kinds_do_not_use_up_the_retry_of_a_crash(run: Run, behave: Behave) -> None:
    behave("wait")
    lease = leases.claim(OWNER, uuid4())
    assert lease is not None
    leases.set_back(lease, leases.Setback(FailureCode.WORKER_LOST), uuid4())
    behave("crash")
    let_wait_pass(run)
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.failures) == (State.QUEUED, 2)


BEST_PLAN = Best(delayed(0), BEST, measure(two_operations(), delayed(0)), seq=3)


@pytest.mark.parametrize(
    ("finished", "best"),
    [
        (Finished(1.0, "feasible", BEST, None), None),
        (Finished(1.0, "optimal", BEST, BEST), None),
        (Finished(1.0, "infeasible", None, None), BEST_PLAN),
    ],
)
def test_a_last_word_that_contradicts_what_was_found_is_refused(finished: Finished, best: Best | None) -> None:
    with pytest.raises(BrokenPlan):
        conclude(finished, best, None)


@pytest.mark.parametrize(
    ("finished", "outcome"),
    [
        (Finished(1.0, "optimal", BEST, BEST), Outcome.OPTIMAL),
        (Finished(1.0, "optimal", BEST + 1, BEST + 1), Outcome.FEASIBLE),
        (Finished(1.0, "unknown", None, 20), Outcome.FEASIBLE),
        (None, Outcome.FEASIBLE),
    ],
)
def test_a_proof_counts_only_for_the_plan_that_is_kept(finished: Finished | None, outcome: Outcome) -> None:
    concluded = conclude(finished, BEST_PLAN, 7)
    assert (concluded.outcome, concluded.objective, concluded.plan_id) == (outcome, BEST, 7)


def test_one_whose_run_was_taken_over_writes_nothing_more(run: Run, behave: Behave) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    leases.lost("task-1")
    leases.reap()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    run.refresh_from_db()
    assert run.state == State.QUEUED
    assert kinds(run)[-1] == "requeued"


def test_writes_whose_answer_was_lost_are_there_once(run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(write: Callable[[], object], _meanwhile: object = None) -> object:
        write()
        return write()

    monkeypatch.setattr("runs.execution.persist", twice)
    monkeypatch.setattr("runs.work.persist", twice)
    monkeypatch.setattr("runs.recorder.persist", twice)
    behave("finish")
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.attempt, Plan.objects.count()) == (State.FINISHED, 1, 1)
    assert kinds(run).count("improved") == 2


def test_the_solver_is_kept_alive_as_long_as_the_lease_is_and_while_the_database_is_away(
    run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewals: list[float] = []
    outage: list[OperationalError] = [OperationalError("away") for _ in range(3)]
    extended: list[bool] = []
    renew, extend = leases.renew, SolverProcess.extend_lease

    def renew_after_outage(lease: leases.Lease, spent_seconds: float) -> leases.Wish:
        if outage:
            raise outage.pop()
        renewals.append(spent_seconds)
        return renew(lease, spent_seconds)

    def extend_noted(process: SolverProcess, seconds: float) -> None:
        extended.append(bool(outage))
        extend(process, seconds)

    monkeypatch.setattr(leases, "renew", renew_after_outage)
    monkeypatch.setattr(SolverProcess, "extend_lease", extend_noted)
    behave("wait")
    thread = execute_aside(run)
    wait_for(lambda: len(renewals) > 1)
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    assert True in extended, "it lives on while the database is away"
    assert extended.count(False) >= len(renewals)
    assert renewals == sorted(renewals)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.FINISHED, 1)


def test_an_attempt_outlives_a_time_in_which_the_database_takes_no_writes(
    run: Run, behave: Behave, caplog: pytest.LogCaptureFixture
) -> None:
    behave("wait")
    thread = execute_aside(run)
    wait_for(has_incumbent(run))
    with takes_no_writes():
        wait_for(lambda: "read-only transaction" in caplog.text)
    leases.stop(run.pk, None, "")
    thread.join(PATIENCE_SECONDS)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.best_objective) == (State.FINISHED, 1, BEST + 7)


def test_a_database_that_stays_away_ends_the_attempt_without_a_word(
    run: Run, behave: Behave, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_lease: leases.Lease, _spent_seconds: float) -> leases.Wish:
        raise OperationalError("away")

    monkeypatch.setattr("runs.retrying.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(leases, "renew", away)
    behave("wait")
    with pytest.raises(OperationalError):
        execute(run.pk, OWNER)
    run.refresh_from_db()
    assert run.state == State.RUNNING, "the steward takes it back when the lease is over"
