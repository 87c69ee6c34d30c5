"""When nobody asks for a run after the cool-down, the steward asks a question that was asked before."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User

from runs import circuit, leases
from runs.launch import repeat_run, request_trial
from runs.leases import Setback
from runs.models import Outcome, Run, State
from runs.words import asked_by
from tests.runs.circuit.switching import CRASHED, finish, let_cool_down, open_up
from tests.runs.making import claimed, make_run

pytestmark = pytest.mark.django_db(transaction=True)


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
