"""Runs that fail or finish so that the circuit opens, is tried and closes."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from runs import circuit, leases
from runs.launch import Launched, RunRequest, request_run
from runs.leases import Conclusion, Setback
from runs.models import Breaker, FailureCode, ObjectiveProfile, Outcome, Run
from tests.runs.making import claimed, make_run

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
