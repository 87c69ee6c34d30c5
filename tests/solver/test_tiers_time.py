"""Objectives in tiers: who has how much of the time, and what is heard meanwhile."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from solver import portfolio, tiers
from solver.bench.plants import EVERYTHING, plant
from solver.events import Event, Finished
from solver.halt import Halt
from solver.incumbent import Incumbent, conclude
from solver.limits import Limits
from solver.problem import Mode, Objective, Problem
from solver.tiers import TierSearch
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.listening import listen

SOON = 2.0
STRAGGLING_SECONDS = 5.0
IN_TURN = Objective(makespan=1, mode_cost=1, tiers=(("makespan",), ("mode_cost",)))


def dear_and_quick() -> Problem:
    """A quick machine that is dear, and one that is a tick slower for nothing."""
    step = operation("a", modes=(Mode("m1", 10, cost=100), Mode("m2", 11)))
    return problem(step, machines=(machine("m1"), machine("m2")), objective=IN_TURN)


def test_without_a_plan_the_first_tier_has_all_of_the_time() -> None:
    """And that is the end: there is nothing to go on from."""
    said, had = list[Event](), list[float]()

    def improve(inner: Incumbent, part: Halt, _limits: Limits) -> None:
        had.append(part.left)
        while not part.over:
            time.sleep(0.01)
        conclude(inner)

    TierSearch(Incumbent(dear_and_quick(), said.append), Halt(threading.Event(), 1.0), Limits(seconds=1.0)).run(improve)
    assert had == pytest.approx([1.0], abs=0.3)
    assert isinstance(said[-1], Finished)
    assert said[-1].outcome == "unknown"
    assert said[-1].elapsed > 0.9


def test_where_steps_are_counted_each_tier_has_all_of_them_and_no_clock_of_its_own() -> None:
    steps, seconds = list[int | None](), list[float]()

    def improve(inner: Incumbent, part: Halt, limits: Limits) -> None:
        if inner.best() is None:
            inner.offer(schedule(assignment("a", 0, 10)), "late")
        steps.append(limits.iterations)
        seconds.append(part.left)
        part.ask()  # this one is good enough
        conclude(inner)

    limits = Limits(seconds=1000, iterations=7)
    TierSearch(Incumbent(dear_and_quick(), lambda _: None), Halt(threading.Event(), 1000), limits).run(improve)
    assert steps == [7, 7]
    assert seconds == pytest.approx([1000, 1000], abs=100)


def test_from_its_first_plan_on_it_has_half_of_what_is_left() -> None:
    halt, had = Halt(threading.Event(), 1000), list[float]()

    def improve(inner: Incumbent, part: Halt, _limits: Limits) -> None:
        had.append(part.left)
        if inner.best() is None:
            halt.shorten(600)  # so long it has looked for one
            inner.offer(schedule(assignment("a", 0, 11, machine="m2")), "late")
            had.append(part.left)
            inner.offer(schedule(assignment("a", 0, 10)), "later")
            had.append(part.left)
        conclude(inner)

    TierSearch(Incumbent(dear_and_quick(), lambda _event: None), halt, Limits(seconds=1000)).run(improve)
    assert had == pytest.approx([1000, 300, 300, 600], abs=2)


def test_a_plan_that_only_a_long_search_finds_is_found_with_tiers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule finds one, and CP-SAT only in the second half."""
    monkeypatch.setattr("solver.search.dispatch", lambda *_, **__: iter(()))
    decide = portfolio.Portfolio._decide

    def late(team: portfolio.Portfolio) -> None:
        until = time.monotonic() + 3.5
        while time.monotonic() < until and not team._halt.over:
            time.sleep(0.01)
        if not team._halt.over:
            decide(team)

    monkeypatch.setattr(portfolio.Portfolio, "_decide", late)
    heard = listen(dear_and_quick(), Limits(seconds=5, threads=1))
    assert heard.finished.outcome == "optimal"
    assert heard.best.by_operation["a"].machine == "m1"


@pytest.mark.parametrize(("seconds", "stop_after"), [(60.0, 1.0), (1.5, None)], ids=["stop", "time limit"])
def test_the_end_is_heard_while_somebody_of_the_first_turn_is_still_at_work(
    seconds: float, stop_after: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn itself was over before that."""
    monkeypatch.setattr(tiers, "SHARE", 0.5 / seconds)
    began = list[float]()

    def straggle() -> None:
        began.append(time.monotonic())
        time.sleep(STRAGGLING_SECONDS)

    monkeypatch.setattr(portfolio.Portfolio, "_team", lambda _self: [straggle])
    objective = Objective(flow_time=1, setup=1, tiers=(("flow_time",), ("setup",)))
    question = replace(plant(40, EVERYTHING), objective=objective)
    stop, heard_at = threading.Event(), list[float]()
    timer = threading.Timer(stop_after or seconds, stop.set if stop_after else lambda: None)

    def follow(event: Event) -> None:
        if isinstance(event, Finished):
            heard_at.append(event.elapsed)

    timer.start()
    heard = listen(question, Limits(seconds=seconds, threads=1), stop=stop, on_event=follow)
    assert heard.finished.outcome == "feasible"
    assert len(began) == 1
    assert heard_at[0] < (stop_after or seconds) + SOON
