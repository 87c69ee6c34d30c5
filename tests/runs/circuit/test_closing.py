"""How the circuit closes again: by a trial, which after the cool-down exactly one run is, or by a person."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from runs import circuit, leases
from runs.execution import answer_at_once
from runs.leases import Setback
from runs.models import Breaker, Outcome, Run, State
from tests.runs.circuit.switching import CRASHED, begin_trial, fail, finish, let_cool_down, open_up
from tests.runs.fake_solver import two_operations
from tests.runs.making import OWNER, claimed, faults_of_the_log, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_trial_that_is_cancelled_says_nothing_and_the_next_run_is_another() -> None:
    open_up()
    leases.cancel(begin_trial().pk, None, "")
    circuit.judge()
    assert circuit.state().searches
    another = make_run()
    circuit.seat(another)
    assert another.trial


def test_a_person_can_close_it() -> None:
    open_up()
    admin = User(username="ada")
    assert circuit.reset(admin, "New memory.")
    now = circuit.state()
    assert (now.state, now.reason) == ("closed", "Closed by ada. New memory.")
    circuit.judge()
    assert circuit.state().is_closed
    assert not circuit.reset(admin)
