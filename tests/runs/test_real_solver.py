"""A public instance through a worker's hands and the real solver, to the proven end."""

from __future__ import annotations

import pytest

from plans.models import Placement
from runs.execution import execute
from runs.launch import repeat_run
from runs.models import Incumbent, Outcome, Run, RunEvent, State
from scheduler_site.env import REPOSITORY
from solver.instances import read_instance
from tests.runs.making import OWNER, faults_of_the_log, kinds, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

DATA = REPOSITORY / "tests" / "solver" / "data"
FT06, LA11 = DATA / "jsp_ft06.txt", DATA / "sdst_la11_edata.json"


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


def test_a_run_whose_iterations_are_counted_ends_in_the_same_plan_when_it_is_asked_again(bell: list[int]) -> None:
    first = make_run(snapshot=make_snapshot(read_instance(LA11).to_json()), limit_seconds=600, iterations=2_000)
    execute(first.pk, OWNER)
    again = repeat_run(Run.objects.get(pk=first.pk), None, "").run
    execute(again.pk, OWNER)
    ended = [Run.objects.get(pk=run.pk) for run in (first, again)]
    assert [(run.state, run.outcome) for run in ended] == [(State.FINISHED, Outcome.FEASIBLE)] * 2
    plans = [
        list(
            Placement.objects.filter(plan=run.plan).order_by("operation_key").values_list("operation_key", "machine_key", "start")
        )
        for run in ended
    ]
    assert plans[0] == plans[1] != []
    assert ended[0].best_objective == ended[1].best_objective
    assert faults_of_the_log() == []
