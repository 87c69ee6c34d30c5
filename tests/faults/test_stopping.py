"""How long it takes until a run that is told to end has ended."""

from __future__ import annotations

import re

import pytest

from runs.leases import LEASE_SECONDS
from scheduler_site.drill.desk import Desk
from tests.faults.checking import column, executor, frozen, wait_for_end, wait_for_plan
from tests.faults.table import Tally
from tests.live_stack import LiveStack, wait_until

WORST_SECONDS = 15.0
PHASES = (  # what the solver says when each begins, and when it is over
    ("Starting presolve at", "Presolve summary"),
    ("CP-SAT is given a formulation", "CP-SAT has its formulation"),
)
BIG = """
from runs import bell
from tests.faults.big_problem import big_problem
from tests.faults.rigged_solver import Seed
from tests.runs.making import make_run, make_snapshot
limits = {"limit_seconds": 300, "threads": 1, "memory_mb": 4096}
run = make_run(snapshot=make_snapshot(big_problem().to_json()), seed=Seed.WHOLE, **limits)
bell.ring(run.pk)
print("run", run.pk)
"""


def seconds_to_end(stack: LiveStack, run: int) -> float:
    """From the request to the end, by the database's clock."""
    wait_for_end(stack, [run])
    ((seconds,),) = stack.sql("SELECT extract(epoch FROM finished_at - stop_requested_at) FROM runs_run WHERE id = %s", run)
    return float(seconds)


@pytest.mark.fault("F12", "cancel_latency", limit=2.0)
def test_a_search_ends_soon_after_it_is_told_to(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for number in tally.count(quick=4, full=20):
        run = desk.submit(120)
        wait_for_plan(stack, run)
        tally.begin()
        ask, state = ((desk.cancel, "cancelled"), (desk.stop, "finished"))[number % 2]
        ask(run)
        tally.recovered(seconds_to_end(stack, run))
        assert column(stack, run, "state") == state
        assert column(stack, run, "incumbent_seq") is not None
    tally.assert_recovered(worst=WORST_SECONDS)


def is_told(stack: LiveStack, run: int, words: str) -> bool:
    """Whether the run's solver has said so: its worker's log has it."""
    said = re.compile(rf"{words}.*\brun={run}\b")
    return any(said.search(stack.log(worker)) for worker in stack.workers())


@pytest.mark.fault("F12", "cancel_while_cp_sat_builds_and_presolves", limit=WORST_SECONDS)
def test_building_a_big_formulation_does_not_keep_anybody_waiting(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for number in tally.count(quick=1, full=6):
        begun, over = PHASES[number % len(PHASES)]
        run = int(stack.manage("shell", "--command", BIG).split("run ")[-1])
        wait_until(lambda run=run, begun=begun: is_told(stack, run, begun), begun)  # type: ignore[misc] # the loop's own
        tally.begin()
        desk.cancel(run)
        assert not is_told(stack, run, over), "it was at it when it was told to end"
        tally.recovered(seconds_to_end(stack, run))
        assert column(stack, run, "state") == "cancelled"
    tally.assert_recovered(worst=WORST_SECONDS)


@pytest.mark.fault("F12", "cancel_with_frozen_worker", limit=LEASE_SECONDS + 5)
def test_a_cancellation_that_its_worker_does_not_hear_is_kept_all_the_same(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=5):
        run = desk.submit(120)
        wait_for_plan(stack, run)
        tally.begin()
        with frozen(executor(stack, run)[1].pid):
            desk.cancel(run)
            tally.recovered(seconds_to_end(stack, run))
        assert column(stack, run, "state") == "cancelled"
    tally.assert_recovered(worst=LEASE_SECONDS + 5)
