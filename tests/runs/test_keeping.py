"""The best plan of a run that failed or was cancelled is not lost."""

from __future__ import annotations

import sys
import uuid

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from plans.drafts import save_draft
from plans.models import Plan
from runs import leases
from runs.execution import execute
from runs.failures import POLICIES
from runs.history import Decision, decisions
from runs.keeping import keep_plan
from runs.leases import Conclusion, Setback
from runs.models import FailureCode, Outcome, Run, State
from runs.wire import run_state
from runs.words import what_went_wrong
from solver.process import SolverProcess
from solver.schedule import measure
from tests.runs.fake_solver import BEST, delayed, two_operations
from tests.runs.making import OWNER, claimed, let_wait_pass, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crashed(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose solver has crashed twice; the first time it had found a plan before."""
    run = make_run(snapshot=make_snapshot(two_operations().to_json()))
    for behaviour in ("from_hint", "crash"):
        monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", behaviour))
        let_wait_pass(run)
        execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.best_objective) == (State.FAILED, FailureCode.SOLVER_CRASHED, BEST + 5)
    return run


@pytest.fixture
def person() -> User:
    return User.objects.create_user("petra")


def failed(code: FailureCode) -> Run:
    run = make_run(max_failures=1)
    leases.set_back(claimed(run), Setback(code), uuid.uuid4())
    return Run.objects.get(pk=run.pk)


def test_the_plan_of_a_run_that_failed_is_kept_once(crashed: Run, person: User) -> None:
    plan = keep_plan(crashed.pk, person)
    assert plan is not None
    assert (plan.state, plan.objective, plan.created_by, plan.snapshot) == (Plan.State.DRAFT, BEST + 5, person, crashed.snapshot)
    assert {placement.operation_key for placement in plan.placements.all()} == set(delayed(5).by_operation)
    assert keep_plan(crashed.pk, person) == plan
    assert Plan.objects.count() == 1
    crashed.refresh_from_db()
    assert (crashed.state, crashed.plan) == (State.FAILED, plan)


def test_a_run_that_failed_says_why_what_is_left_and_what_to_do(crashed: Run, person: User) -> None:
    told = run_state(crashed)["failure_text"]
    assert crashed.failure_text in told
    assert "“Keep this plan” makes a draft of it" in told
    assert "tell an admin" in told
    keep_plan(crashed.pk, person)
    crashed.refresh_from_db()
    assert "was kept as a draft" in what_went_wrong(crashed)


def test_who_kept_the_plan_stands_among_the_decisions(crashed: Run, person: User) -> None:
    assert decisions(crashed) == []
    plan = keep_plan(crashed.pk, person)
    assert plan is not None
    crashed.refresh_from_db()
    assert decisions(crashed) == [Decision(plan.created_at, "Plan kept", "petra", "")]
    person.delete()
    assert [decision.who for decision in decisions(Run.objects.get(pk=crashed.pk))] == ["a user who is gone"]


def test_the_draft_that_a_run_made_itself_is_nobodys_decision(person: User) -> None:
    run = make_run(snapshot=make_snapshot(two_operations().to_json()), requested_by=person)
    plan = save_draft(run.snapshot, delayed(5), "", person, measure(two_operations(), delayed(5)))
    leases.finish(claimed(run), Conclusion(Outcome.FEASIBLE, 1, measures={}, plan_id=plan.pk), 1.0, uuid.uuid4())
    assert decisions(Run.objects.get(pk=run.pk)) == []


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_has_its_words_even_without_a_text_of_its_own(code: FailureCode) -> None:
    told = what_went_wrong(failed(code))
    assert told.startswith(f"{POLICIES[code].text} It had found no plan yet. ")
    assert told.endswith(POLICIES[code].way_out)
    assert told.count("  ") == 0


def test_a_run_that_did_not_fail_has_nothing_to_explain() -> None:
    assert what_went_wrong(make_run()) == ""


def test_there_is_nothing_to_keep_without_a_plan_or_while_the_run_may_keep_it_itself(crashed: Run, person: User) -> None:
    assert keep_plan(failed(FailureCode.WORKER_LOST).pk, person) is None
    assert keep_plan(make_run().pk, person) is None
    assert not Plan.objects.exists()


def test_the_database_refuses_a_plan_that_was_never_found(crashed: Run, person: User) -> None:
    plan = keep_plan(crashed.pk, person)
    for run in (failed(FailureCode.WORKER_LOST), make_run()):
        with pytest.raises(IntegrityError, match="run_plan_was_found"), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(plan=plan)
