"""Processes die where a message is about to be sent, or has just been taken."""

from __future__ import annotations

import time

import pytest

from scheduler_site.drill.desk import Desk
from tests.faults.checking import column, wait_for_end
from tests.faults.rigged_solver import Seed
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until

START_SECONDS = 20.0

# Forks one process for each run, which dies when it has committed and is about to ring.
DIE_BEFORE_PUBLISH = """
import os, signal
from django.db import connection
from runs import bell
from runs.launch import RunRequest, request_run
from runs.models import ObjectiveProfile
profile = ObjectiveProfile.objects.get(is_default=True)
connection.close()
for _ in range({times}):
    child = os.fork()
    if not child:
        bell.soon = bell.ring = bell.send = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        request_run(RunRequest(profile=profile, limit_seconds=30.0, threads=1, seed={seed}), None, fresh=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
"""


def newest(stack: LiveStack) -> int:
    ((found,),) = stack.sql("SELECT coalesce(max(id), 0) FROM runs_run")
    return int(found)


def seconds_to_start(stack: LiveStack, run: int) -> float:
    ((seconds,),) = stack.sql("SELECT extract(epoch FROM started_at - requested_at) FROM runs_run WHERE id = %s", run)
    return float(seconds)


@pytest.mark.fault("F10", "die_between_commit_and_publish", limit=START_SECONDS)
def test_a_run_whose_message_was_never_sent_is_found(stack: LiveStack, tally: Tally) -> None:
    times, before = len(tally.count(quick=5, full=50)), newest(stack)
    stack.manage("shell", "--command", DIE_BEFORE_PUBLISH.format(times=times, seed=Seed.QUICK))
    runs = range(before + 1, newest(stack) + 1)
    assert len(runs) == times
    wait_for_end(stack, runs, seconds=120)
    for run in runs:
        tally.begin()
        assert column(stack, run, "state") == "finished"
        tally.recovered(seconds_to_start(stack, run))
    tally.assert_recovered(worst=START_SECONDS)


@pytest.mark.fault("F10", "die_between_pop_and_claim", limit=START_SECONDS)
def test_a_run_whose_message_died_with_its_reader_is_found(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for number in tally.count(quick=2, full=50):
        token = stack.folder / f"die-before-claim-{number}"
        token.touch()
        tally.begin()
        began = time.monotonic()
        run = desk.submit(30, seed=Seed.QUICK)
        wait_until(lambda token=token: not token.exists(), "the death of the reader")  # type: ignore[misc] # the loop's own
        wait_for_end(stack, [run])
        tally.recovered(time.monotonic() - began)
        assert (column(stack, run, "state"), column(stack, run, "attempt")) == ("finished", 1)
    tally.assert_recovered(worst=START_SECONDS)
