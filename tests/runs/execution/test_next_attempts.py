"""Whether there is another attempt when a solver has failed, what it goes on from, and what it may use."""

from __future__ import annotations

from uuid import uuid4

import pytest

from plans.models import Plan
from runs import leases
from runs.execution import execute
from runs.models import FailureCode, Incumbent, Outcome, Run, RunEvent, State
from solver.process import Patience
from tests.runs.execution.watching import Behave
from tests.runs.fake_solver import BEST
from tests.runs.making import OWNER, kinds, let_wait_pass

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_plan_that_breaks_a_rule_is_never_stored(run: Run, behave: Behave) -> None:
    behave("broken")
    execute(run.pk, OWNER)
    assert not Incumbent.objects.exists()
    assert "improved" not in kinds(run)


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
