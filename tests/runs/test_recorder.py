"""What is written of a search's words, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from unittest.mock import patch

import pytest
from django.utils import timezone

from runs import recorder as recorder_module
from runs.models import Incumbent, Run, RunEvent
from runs.recorder import Best, BrokenPlan, Recorder
from solver.events import BoundRaised, Improved, Stage
from solver.problem import Mode, Objective
from solver.schedule import measure, objective_value
from tests.runs.fake_solver import BEST, delayed, improved, overlapping, two_operations
from tests.runs.making import claimed, faults_of_the_log, make_run
from tests.solver.examples import assignment, machine, operation, problem, schedule

pytestmark = pytest.mark.django_db


class Clock:
    """Stands still unless it is told to go."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with patch.object(recorder_module, "time", clock):
        yield clock


@pytest.fixture
def run() -> Run:
    return make_run()


@pytest.fixture
def recorder(run: Run, clock: Clock) -> Recorder:
    return Recorder(claimed(run), two_operations())


def told(kind: str) -> list[int]:
    """Objectives or bounds of the events of a kind."""
    return [event.data.get("objective", event.data.get("bound")) for event in RunEvent.objects.filter(kind=kind).order_by("seq")]


def stored() -> list[int]:
    return list(Incumbent.objects.order_by("seq").values_list("objective", flat=True))


def test_the_first_plan_is_told_and_stored_at_once(recorder: Recorder) -> None:
    recorder.take([improved(9)])
    recorder.write_if_due()
    assert told("improved") == stored() == [BEST + 9]


def test_events_are_written_in_batches_and_none_is_left_out(recorder: Recorder, clock: Clock) -> None:
    recorder.take([improved(9)])
    recorder.write_if_due()
    for delay in (8, 7, 6):
        clock.now += 0.05
        recorder.take([improved(delay)])
        recorder.write_if_due()
    assert told("improved") == [BEST + 9]
    clock.now += 0.06
    recorder.write_if_due()
    assert told("improved") == [BEST + delay for delay in (9, 8, 7, 6)]
    assert faults_of_the_log() == []


def test_however_much_is_said_five_times_a_second_something_is_written(recorder: Recorder, clock: Clock) -> None:
    with patch.object(Recorder, "_write_once", autospec=True, side_effect=Recorder._write_once) as written:
        for moment in range(200):
            recorder.take([improved(900 - moment), BoundRaised(0.1, moment)])
            recorder.write_if_due()
            clock.now += 0.01
    assert 8 <= written.call_count <= 11, "in two seconds"
    recorder.close()
    assert len(told("improved")) == 200


def test_incumbents_are_thinned_out_and_the_newest_wins(recorder: Recorder, run: Run, clock: Clock) -> None:
    for delay in (9, 8, 7):
        recorder.take([improved(delay)])
        recorder.write_if_due()
        clock.now += 0.21
    assert told("improved") == [BEST + 9, BEST + 8, BEST + 7]
    assert stored() == [BEST + 9, BEST + 7], "the third came 0.42 s after the first"
    clock.now += 0.05
    recorder.take([improved(6)])
    recorder.write_if_due()
    assert stored()[-1] == BEST + 7
    clock.now += 0.21
    recorder.write_if_due()
    assert stored()[-1] == BEST + 6, "its time has come, though nothing more was said"
    run.refresh_from_db()
    assert run.incumbent_seq == run.last_seq


def test_large_schedules_are_stored_less_often(recorder: Recorder, clock: Clock) -> None:
    def slow_check(*_arguments: object) -> None:
        clock.now += 1.0

    with patch.object(recorder_module, "check", slow_check):
        for delay in (9, 8, 7):
            recorder.take([improved(delay)])
            recorder.write_if_due()
            clock.now += 2.0
            assert stored() == [BEST + 9]
        recorder.write_if_due()
    assert stored() == [BEST + 9, BEST + 7]


def test_closing_stores_the_last_plan(recorder: Recorder) -> None:
    recorder.take([improved(9)])
    recorder.write_if_due()
    recorder.take([improved(8), improved(7)])
    recorder.close()
    recorder.close()
    assert told("improved") == [BEST + 9, BEST + 8, BEST + 7]
    assert stored() == [BEST + 9, BEST + 7]


def test_of_the_bounds_in_a_batch_the_last_is_told(recorder: Recorder, run: Run) -> None:
    recorder.take([BoundRaised(0.1, 5), Stage(0.1, "improving"), BoundRaised(0.2, 12)])
    recorder.close()
    assert told("bound") == [12]
    run.refresh_from_db()
    assert (run.best_bound, run.stage, run.best_objective) == (12, "improving", None)


def test_what_is_no_better_than_an_earlier_attempts_plan_is_not_told(run: Run, clock: Clock) -> None:
    plan = delayed(5)
    best = Best(plan, BEST + 5, measure(two_operations(), plan), seq=1)
    recorder = Recorder(claimed(run), two_operations(), best, spent_seconds=40.0)
    recorder.take([improved(9), improved(5), improved(4, elapsed=1.5)])
    recorder.close()
    assert told("improved") == [BEST + 4]
    assert RunEvent.objects.get(kind="improved").data["elapsed"] == 41.5
    clock.now += 10
    assert recorder.spent_seconds() == pytest.approx(51.5)


def test_an_improvement_is_dated_by_the_quickest_message(recorder: Recorder, clock: Clock) -> None:
    recorder.take([Stage(0.0, "checking")])
    clock.now += 5.0
    arrived_at = timezone.now()
    with patch("runs.recorder.timezone.now", return_value=arrived_at):
        recorder.take([improved(9, elapsed=4.8)])  # it took 0.2 s to arrive
    recorder.close()
    found_at = datetime.fromisoformat(RunEvent.objects.get(kind="improved").data["found_at"])
    assert (arrived_at - found_at).total_seconds() == pytest.approx(0.2)


@pytest.mark.parametrize(
    "event",
    [
        overlapping(),
        Improved(0.1, delayed(3), BEST, measure(two_operations(), delayed(3)), "boaster"),
        Improved(0.1, delayed(3), BEST, measure(two_operations(), delayed(0)), "boaster"),
    ],
    ids=["breaks a rule", "claims a better objective", "claims better measures"],
)
def test_a_plan_that_is_not_what_was_said_is_neither_told_nor_stored(recorder: Recorder, event: Improved) -> None:
    recorder.take([event])
    with pytest.raises(BrokenPlan):
        recorder.write_if_due()
    assert told("improved") == stored() == []


def test_what_is_better_in_a_later_tier_alone_is_told_and_stored(run: Run, clock: Clock) -> None:
    """The headline stays; what is worse there, or has been known, is left out as ever."""
    machines = (machine("m1"), machine("m2"))
    objective = Objective(makespan=1, mode_cost=1, tiers=(("makespan",), ("mode_cost",)))
    question = problem(operation(modes=(Mode("m1", 10, cost=9), Mode("m2", 10))), machines=machines, objective=objective)
    dear, free, late = (
        schedule(assignment("a", start, start + 10, machine=at)) for start, at in ((5, "m1"), (5, "m2"), (6, "m2"))
    )
    recorder = Recorder(claimed(run), question)
    for found in (dear, free, late, dear):
        measures = measure(question, found)
        recorder.take([Improved(0.1, found, objective_value(objective, measures), measures, "fake")])
        clock.now += 1
        recorder.write_if_due()
    assert told("improved") == stored() == [15, 15]
    known = Best.stored(run.pk)
    assert known is not None
    assert (known.schedule, known.measures.mode_cost) == (free, 0)
