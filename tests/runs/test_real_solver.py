"""A public instance through a worker's hands and the real solver, to the proven end."""

from __future__ import annotations

import pytest

from runs.execution import execute
from runs.models import Incumbent, Outcome, RunEvent, State
from solver.instances import read_instance
from tests.runs.making import OWNER, faults_of_the_log, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

# Fisher and Thompson, 1963: six orders of six operations, (machine, ticks) each; the shortest makespan is 55
FT06 = """
6 6
2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1
"""


def test_ft06_is_solved_and_proven() -> None:
    run = make_run(snapshot=make_snapshot(read_instance(FT06, "ft06").to_json()), threads=1, limit_seconds=60)
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
