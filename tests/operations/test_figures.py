"""What is counted of the runs: totals, rates, and how long they waited and took."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs.figures import EndedFigures, Spread, run_figures
from runs.models import FailureCode, Outcome, SolveSchedule, State
from tests.operations.ended import make_ended
from tests.runs.making import claimed, make_run

pytestmark = pytest.mark.django_db


def test_without_runs_nothing_is_claimed() -> None:
    figures = run_figures()
    assert (figures.running_now, figures.success_rate, figures.failure_rate) == (0, None, None)
    assert figures.by_state == dict.fromkeys(State.values, 0)
    assert figures.ended == EndedFigures(0, 0, Spread(), Spread())
    assert figures.by_queue["solve"].wait_seconds.p95 is None


def test_totals_are_of_all_runs_and_rates_of_the_window() -> None:
    make_run()
    claimed(make_run())
    for _ in range(3):
        make_ended(outcome=Outcome.INFEASIBLE)
    make_ended(State.FAILED, failure_code=FailureCode.OUT_OF_MEMORY)
    make_ended(State.CANCELLED)
    make_ended(State.FAILED, ago_seconds=7200)
    figures = run_figures(timedelta(hours=1))
    assert figures.by_state == {"queued": 1, "running": 1, "stopping": 0, "finished": 3, "failed": 2, "cancelled": 1}
    assert figures.by_outcome["infeasible"] == 3
    assert (figures.by_failure_code["out_of_memory"], figures.by_failure_code["internal"]) == (1, 1)
    assert figures.running_now == 1
    assert (figures.success_rate, figures.failure_rate) == (0.75, 0.25)
    assert run_figures(timedelta(hours=3)).failure_rate == 0.4


def test_percentiles_are_those_of_the_durations() -> None:
    for seconds in range(1, 101):
        make_ended(solve_seconds=seconds, wait_seconds=seconds / 10)
    make_ended(State.CANCELLED, solve_seconds=9999)
    solve, wait = run_figures().by_queue["solve"].solve_seconds, run_figures().ended.wait_seconds
    assert solve.count == 100
    assert [solve.average, solve.p50, solve.p95, solve.p99] == pytest.approx([50.5, 50.5, 95.05, 99.01])
    assert wait.count == 101
    assert wait.p50 == pytest.approx(5.0, abs=0.1)


def test_what_people_ask_for_and_what_schedules_ask_for_is_told_apart() -> None:
    from runs.models import ObjectiveProfile

    profile = ObjectiveProfile.default()
    assert profile is not None
    schedule = SolveSchedule.objects.create(name="nightly", crontab="0 5 * * *", profile=profile)
    make_ended(solve_seconds=10)
    make_ended(solve_seconds=30)
    make_ended(solve_seconds=100, schedule=schedule, scheduled_for=timezone.now())
    make_ended(solve_seconds=20, schedule=schedule)  # by hand
    averages = run_figures().average_seconds_by_kind
    assert [averages["interactive"], averages["scheduled"]] == pytest.approx([20, 100])


def test_what_nobody_asked_for_fails_nobody() -> None:
    make_ended()
    make_ended(State.FAILED, by_itself=True, trial=True)
    figures = run_figures()
    assert (figures.failure_rate, figures.by_kind["interactive"].judged) == (0.0, 1)
    assert figures.by_state["failed"] == 1


def test_many_runs_cost_as_many_queries_as_one() -> None:
    for _ in range(5):
        make_ended()
    with CaptureQueriesContext(connection) as asked:
        run_figures()
    assert len(asked) == 2
