"""While the circuit is open dispatching rules answer: which runs, and what their answers are like."""

from __future__ import annotations

import sys
import uuid
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from plans.models import Plan
from plant.models import Machine
from runs import bell, circuit, leases
from runs.execution import answer_at_once
from runs.launch import Launched
from runs.leases import Setback
from runs.models import Breaker, Outcome, RunEvent, State
from runs.queues import DISPATCH, SOLVE
from solver.process import SolverProcess
from tests.runs.circuit.switching import CRASHED, asked, open_up
from tests.runs.fake_solver import two_operations
from tests.runs.making import OWNER, claimed, faults_of_the_log, keep_incumbent, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("plant")
def test_while_it_is_closed_nothing_is_different() -> None:
    with patch("runs.bell.current_app.send_task") as send, patch("runs.bell.soon", bell.ring):
        run = asked().run
    assert (run.fallback, run.trial) == (False, False)
    assert [call.args[0] for call in send.call_args_list] == [SOLVE]
    assert not Breaker.objects.exists()


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


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver process would end in an error."""
    monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-c", "raise SystemExit(1)"))


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


def test_an_answer_of_the_rules_goes_on_from_a_better_plan_that_was_found_before() -> None:
    run = make_run(snapshot=make_snapshot(two_operations().to_json()))
    lease = claimed(run)
    keep_incumbent(lease, 10)
    open_up()
    leases.set_back(lease, Setback(CRASHED), uuid.uuid4())
    run.refresh_from_db()
    assert (run.fallback, run.best_objective) == (True, 10)


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
