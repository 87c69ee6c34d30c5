"""What is told of a failure, and to whom: the run to everybody, the attempt to admins, the log to us."""

from __future__ import annotations

import pytest

from runs import leases
from runs.execution import execute
from runs.models import FailureCode, Run, RunEvent, State
from runs.work import LOG_CHARACTERS, Work
from tests.runs.execution.watching import PATIENCE_SECONDS, Behave, execute_aside, wait_for
from tests.runs.making import OWNER

pytestmark = pytest.mark.django_db(transaction=True)


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
