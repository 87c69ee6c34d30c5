"""What a run is left with when its search has come to an end by itself."""

from __future__ import annotations

import pytest

from plans.models import Plan
from runs.execution import execute
from runs.models import FailureCode, Incumbent, Outcome, Run, RunEvent, State
from runs.recorder import Best, BrokenPlan
from runs.work import conclude
from solver.events import Finished
from solver.schedule import Schedule, measure
from tests.runs.execution.watching import Behave
from tests.runs.fake_solver import BEST, delayed, two_operations
from tests.runs.making import OWNER, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_an_attempt_that_comes_to_an_answer_says_so(run: Run, behave: Behave) -> None:
    behave("finish")
    execute(run.pk, OWNER)
    attempt = run.attempts.get()
    assert (attempt.outcome, attempt.failure_code, attempt.why, attempt.log_tail) == ("finished", "", "", "")
    assert attempt.ended_at is not None


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
