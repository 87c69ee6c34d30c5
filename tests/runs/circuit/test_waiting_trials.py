"""A trial that has not begun yet: how long it may wait, and behind whom."""

from __future__ import annotations

import uuid
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from runs import circuit, leases
from runs.leases import Conclusion
from runs.models import Breaker, Outcome, Run, State
from tests.runs.circuit.switching import begin_trial, open_up
from tests.runs.making import claimed, keep_incumbent, make_run

pytestmark = pytest.mark.django_db(transaction=True)


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
