"""Public instances through the whole product: loaded as a plant, asked for, solved by a worker, proven best."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler_site.env import REPOSITORY
from tests.live_stack import LiveStack, wait_until
from tests.runs.test_stack import assert_log_is_whole, column, has_ended

INSTANCES = REPOSITORY / "tests" / "solver" / "data"


@pytest.fixture
def stack(live_stack: LiveStack) -> Iterator[LiveStack]:
    """The product, with its demo plant back at the end: other tests solve that."""
    yield live_stack
    live_stack.manage("load_demo", "--reset")


@pytest.mark.parametrize(("file", "makespan", "operations"), [("fjsp_mk01.txt", 40, 55), ("jsp_ft06.txt", 55, 36)])
def test_a_public_instance_is_solved_to_the_proven_end(stack: LiveStack, file: str, makespan: int, operations: int) -> None:
    said = stack.manage("load_instance", str(INSTANCES / file), "--reset", "--seconds", "120")
    run = int(said.strip().removesuffix("/").rpartition("/")[2])
    wait_until(lambda: has_ended(stack, run), "the proof", seconds=150)
    ((state, outcome, objective, bound),) = stack.sql(
        "SELECT state, outcome, best_objective, best_bound FROM runs_run WHERE id = %s", run
    )
    assert (state, outcome, objective, bound) == ("finished", "optimal", makespan, makespan)
    placed = stack.sql("SELECT count(*) FROM plans_placement WHERE plan_id = %s", column(stack, run, "plan_id"))
    assert placed == [(operations,)]
    assert_log_is_whole(stack, run)
