"""Solvers that crash, swell, fall silent, talk nonsense or take their parent along."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from scheduler_site.drill.desk import Desk
from tests.faults.checking import column, wait_for_end
from tests.faults.rigged_solver import Seed
from tests.faults.table import Tally
from tests.live_stack import LiveStack


@pytest.fixture
def impatient(stack: LiveStack) -> Iterator[None]:
    """Silence counts as hanging after three seconds instead of two minutes."""
    token = stack.folder / "impatient"
    token.touch()
    yield
    token.unlink()


def pool(stack: LiveStack) -> set[int]:
    return {child.pid for worker in stack.workers() for child in stack.children(worker)}


def started(stack: LiveStack, run: int) -> int:
    ((times,),) = stack.sql("SELECT count(*) FROM runs_runevent WHERE run_id = %s AND kind = 'started'", run)
    return int(times)


def solve_something(stack: LiveStack, desk: Desk) -> None:
    """A good run in between: the workers are alive, and failures in a row are counted anew."""
    run = desk.submit(5, seed=Seed.QUICK)
    wait_for_end(stack, [run])
    assert (column(stack, run, "state"), column(stack, run, "attempt")) == ("finished", 1)


def fail(stack: LiveStack, desk: Desk, tally: Tally, seed: Seed, **wishes: int) -> tuple[str, int]:
    """The failure code of a run whose solver behaves so, and how often it was tried."""
    run = desk.submit(30, seed=seed, **wishes)
    tally.begin()
    began = time.monotonic()
    wait_for_end(stack, [run])
    tally.recovered(time.monotonic() - began)
    assert column(stack, run, "state") == "failed"
    return column(stack, run, "failure_code"), started(stack, run)


@pytest.mark.fault("F04", "poison_child")
def test_a_question_that_crashes_the_solver_is_tried_twice(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    for _ in tally.count(quick=1, full=5):
        assert fail(stack, desk, tally, Seed.CRASH) == ("solver_crashed", 2)
        solve_something(stack, desk)
    tally.assert_recovered()


@pytest.mark.fault("F04", "poison_parent")
def test_a_question_that_kills_its_worker_is_tried_as_often_as_a_run_may_be_lost(
    stack: LiveStack, desk: Desk, tally: Tally
) -> None:
    for _ in tally.count(quick=1, full=5):
        assert fail(stack, desk, tally, Seed.KILL_PARENT) == ("worker_lost", 3)
        solve_something(stack, desk)
    tally.assert_recovered()


@pytest.mark.fault("F13", "broken_children")
@pytest.mark.usefixtures("impatient")
def test_a_broken_child_gets_its_code_and_leaves_the_worker_alive(stack: LiveStack, desk: Desk, tally: Tally) -> None:
    solve_something(stack, desk)
    there = pool(stack)
    for _ in tally.count(quick=1, full=5):
        assert fail(stack, desk, tally, Seed.HOG, memory_mb=256) == ("out_of_memory", 2)
        solve_something(stack, desk)
        assert fail(stack, desk, tally, Seed.HANG) == ("solver_hung", 2)
        solve_something(stack, desk)
        for nonsense in (Seed.GARBAGE, Seed.LONG_LINE, Seed.ENDLESS_LINE):
            assert fail(stack, desk, tally, nonsense) == ("bad_output", 1)
    assert pool(stack) == there
    tally.assert_recovered()
