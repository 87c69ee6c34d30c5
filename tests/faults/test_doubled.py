"""What comes twice counts once: messages of runs, and the clock of the schedules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler_site.drill.desk import Desk
from tests.faults.checking import wait_for_end
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until

SCHEDULES = """
from datetime import timedelta
from django.utils import timezone
from runs.models import ObjectiveProfile, SolveSchedule
for number in range({count}):
    SolveSchedule.objects.create(
        name=f"Doubled {{number}} of {{timezone.now()}}", interval_minutes=60,
        watch_from=timezone.now() - timedelta(minutes=60) + timedelta(seconds=2 + number),
        profile=ObjectiveProfile.default(), limit_seconds=1, threads=1,
    )
"""


@pytest.mark.fault("F09", "duplicate_delivery")
def test_a_hundred_messages_for_a_run_execute_it_once(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    """Four processes work on them."""
    rings = 100 if tally.is_full else 20
    runs = []
    for _ in tally.count(quick=4, full=20):
        tally.begin()
        runs.append(desk.submit(1))
    for _ in range(rings):
        for run in runs:
            desk.ring(run)
    wait_for_end(stack, runs, seconds=180)
    wait_until(lambda: stack.sql("SELECT count(*) FROM runs_run WHERE state = 'running'") == [(0,)], "the end of all work")
    executed = stack.sql(
        "SELECT run_id, count(*) FROM runs_runevent WHERE kind = 'started' AND run_id = ANY(%s) GROUP BY run_id", runs
    )
    assert dict(executed) == dict.fromkeys(runs, 1)
    for _ in runs:
        tally.recovered(0.0)
    tally.assert_recovered()


@pytest.mark.fault("F18", "two_beats_one_killed", limit=60.0)
def test_two_beats_of_which_one_is_killed_make_one_run_of_each_occurrence(stack: LiveStack, tally: Tally) -> None:
    count = 10 if tally.is_full else 4
    name = "beat-again"
    stack.commands[name] = replace(stack.commands["beat"], name=name, log=stack.folder / f"{name}.log")
    try:
        stack.start(name)
        for round_ in tally.count(quick=1, full=3):
            stack.manage("shell", "--command", SCHEDULES.format(count=count))
            for _ in range(count):
                tally.begin()
            stack.kill(name if round_ % 2 else "beat")
            wait_until(lambda: len(made(stack)) >= tally.tries, "a run of each occurrence")
            stack.start(name if round_ % 2 else "beat")
            looked_at = seen(stack)
            wait_until(lambda looked_at=looked_at: seen(stack) != looked_at, "another look at the schedules")  # type: ignore[misc] # binds the loop's value
            assert sorted(set(made(stack))) == sorted(made(stack)), "no occurrence has two runs"
            assert len(made(stack)) == tally.tries
    finally:
        stack.kill(name)
        del stack.commands[name], stack.running[name]
        stack.sql("UPDATE runs_solveschedule SET is_enabled = false")
    delays = stack.sql("SELECT extract(epoch FROM requested_at - scheduled_for) FROM runs_run WHERE schedule_id IS NOT NULL")
    for (delay,) in delays:
        tally.recovered(float(delay))
    wait_for_end(stack, [run for (run,) in stack.sql("SELECT id FROM runs_run WHERE schedule_id IS NOT NULL")])
    tally.assert_recovered()


def made(stack: LiveStack) -> list[tuple[int, str]]:
    """The occurrences that have a run."""
    return [(schedule, str(at)) for schedule, at in stack.sql(MADE)]


def seen(stack: LiveStack) -> object:
    return stack.sql("SELECT max(seen_at) FROM runs_heartbeat WHERE kind = 'beat'")


MADE = "SELECT schedule_id, scheduled_for FROM runs_run WHERE schedule_id IS NOT NULL"
