"""A public instance through a worker's hands and the real solver, to the proven end."""

from __future__ import annotations

import pytest

from runs.execution import execute
from runs.models import Incumbent, Outcome, RunEvent, State
from scheduler_site.env import REPOSITORY
from solver.instances import read_instance
from tests.runs.making import OWNER, faults_of_the_log, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

FT06 = REPOSITORY / "tests" / "solver" / "data" / "jsp_ft06.txt"


def test_ft06_is_solved_and_proven() -> None:
    run = make_run(snapshot=make_snapshot(read_instance(FT06).to_json()), threads=1, limit_seconds=60)
    execute(run.pk, OWNER)
    run.refresh_from_db()
    assert (run.state, run.outcome, run.best_objective, run.best_bound) == (State.FINISHED, Outcome.OPTIMAL, 55, 55)
    assert run.plan is not None
    assert run.plan.placements.count() == 36
    objectives = [event.data["objective"] for event in RunEvent.objects.filter(run=run, kind="improved")]
    assert objectives == sorted(set(objectives), reverse=True)
    assert objectives[-1] == Incumbent.objects.filter(run=run).latest("seq").objective == 55
    assert "stage" in kinds(run)
    assert faults_of_the_log() == []
