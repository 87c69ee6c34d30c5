"""Objectives in tiers: a gap is meant of each tier alone, and what is known of one is not taken for more."""

from __future__ import annotations

import threading
from dataclasses import replace
from unittest.mock import patch

import pytest

from solver import tiers
from solver.aim import Aim, Standing
from solver.bench.plants import EVERYTHING, plant
from solver.faults.dates import MOST, largest_measures
from solver.formulation.build import build
from solver.formulation.extract import extract
from solver.formulation.grounds import Grounds
from solver.formulation.solving import Effort, Solve
from solver.halt import Halt
from solver.incumbent import Incumbent, conclude
from solver.limits import Limits
from solver.problem import Mode, Objective, Order, Problem
from solver.schedule import Schedule, objective_value
from solver.tiers import TierSearch, Turn
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.listening import listen

IN_TURN = Objective(makespan=1, mode_cost=1, tiers=(("makespan",), ("mode_cost",)))
FOUND_IN_TIME = 30.0


def three_ways() -> Problem:
    """A quick machine that is dear, and two that are a tick slower, one of them for nothing."""
    step = operation("a", modes=(Mode("m1", 10, cost=100), Mode("m2", 11), Mode("m3", 11, cost=50)))
    return problem(step, machines=tuple(map(machine, ("m1", "m2", "m3"))), objective=IN_TURN)


QUICK, FREE, MIDDLING = (
    schedule(assignment("a", 0, run_end, machine=where)) for where, run_end in (("m1", 10), ("m2", 11), ("m3", 11))
)


def cheap(standing: Standing, *, is_last: bool = True) -> Aim:
    """The cost is to become smaller; a makespan of 11 was reached before."""
    return Aim(Objective(mode_cost=1), Objective(makespan=1000), 11_000, standing, 0, IN_TURN, is_last=is_last)


def turned(aim: Aim, *plans: Schedule) -> Incumbent:
    question = replace(three_ways(), objective=Objective(makespan=1000, mode_cost=1))
    incumbent = Incumbent(question, lambda _event: None, aim)
    for plan in plans:
        assert incumbent.offer(plan, "one")
    return incumbent


def test_a_later_tier_ends_within_the_gap_although_those_before_are_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A makespan of 11 is good enough; what is a tick better in it, and dear, would hide how good the cost is."""
    monkeypatch.setattr("solver.search.dispatch", lambda *_, **__: iter(()))
    heard = listen(three_ways(), Limits(seconds=60, threads=1, gap=0.1), hint=MIDDLING)
    assert heard.finished.outcome == "feasible"
    assert heard.best == FREE
    assert heard.finished.elapsed < FOUND_IN_TIME


def test_nor_does_it_need_a_proof_that_takes_long() -> None:
    objective = Objective(flow_time=1, setup=1, tiers=(("flow_time",), ("setup",)))
    heard = listen(replace(plant(48, EVERYTHING), objective=objective), Limits(seconds=2 * FOUND_IN_TIME, threads=1, gap=0.3))
    assert heard.finished.elapsed < FOUND_IN_TIME


def test_without_a_gap_nothing_less_than_a_proof_is_good_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.search.dispatch", lambda *_, **__: iter(()))
    heard = listen(three_ways(), Limits(seconds=60, threads=1), hint=MIDDLING)
    assert heard.finished.outcome == "optimal"
    assert heard.best == QUICK


@pytest.mark.parametrize(
    ("standing", "is_last", "is_within"),
    [("proven", True, True), ("enough", True, True), ("open", False, True), ("open", True, False)],
)
def test_the_last_turn_does_not_end_for_its_own_sake_while_more_can_be_gained_before(
    standing: Standing,
    is_last: bool,  # noqa: FBT001 - by name
    is_within: bool,  # noqa: FBT001 - by name
) -> None:
    incumbent = turned(cheap(standing, is_last=is_last), MIDDLING)
    incumbent.raise_part_bound(40)
    assert not incumbent.is_within(0.1)
    assert incumbent.is_within(0.2) == is_within


def test_what_is_known_of_a_tier_holds_as_long_as_those_before_are_as_they_were() -> None:
    incumbent = turned(cheap("enough"), FREE)
    assert incumbent.is_kept
    assert incumbent.is_within(0.0)
    incumbent.offer(QUICK, "another")
    assert not incumbent.is_kept
    assert not incumbent.is_within(0.0)


@pytest.mark.parametrize(("standing", "bound"), [("proven", 11_040), ("enough", None), ("open", None)])
def test_only_after_proofs_a_bound_of_the_tier_is_one_of_the_sum(standing: Standing, bound: int | None) -> None:
    incumbent = turned(cheap(standing), MIDDLING)
    incumbent.raise_part_bound(40)
    assert incumbent.bound == bound


@pytest.mark.parametrize(("kept", "bound"), [(None, 10_100), (cheap("enough"), 11_000)])
def test_what_is_kept_does_not_become_better(kept: Aim | None, bound: int) -> None:
    question = replace(three_ways(), objective=Objective(makespan=1000, mode_cost=1))
    formulation = build(Grounds.of(question), incumbent=MIDDLING, upper_bound=11_050, kept=kept)
    result = Solve(formulation, Effort(20.0, 1, 1)).run()
    assert result.picks is not None
    assert (result.verdict, result.bound) == ("optimal", bound)
    assert extract(formulation, result.picks) == (FREE if kept else QUICK)
    assert formulation.exactness == ("kept" if kept else "exact")


def test_a_sum_that_does_not_guard_is_no_reason_to_lose_in_what_comes_first() -> None:
    question = replace(three_ways(), objective=Objective(makespan=1, mode_cost=1))
    aim = Aim(Objective(mode_cost=1), Objective(makespan=1), 10, "open", 0, IN_TURN, is_last=True)
    incumbent = Incumbent(question, lambda _event: None, aim)
    assert incumbent.offer(QUICK, "one")
    assert not incumbent.offer(FREE, "another")


@pytest.mark.parametrize(("most", "is_known"), [(MOST, True), (2, False)])
def test_after_proofs_a_bound_is_known_unless_the_sum_may_trade_them_away(
    most: int,
    is_known: bool,  # noqa: FBT001 - by name
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiers, "MOST", most)
    incumbent = Incumbent(three_ways(), lambda _event: None)
    incumbent.offer(QUICK, "one")
    known: list[int | None] = []

    def improve(inner: Incumbent, _halt: Halt, _limits: Limits) -> None:
        known.append(inner.bound)
        inner.raise_bound(inner.objective or 0)
        conclude(inner)

    TierSearch(incumbent, Halt(threading.Event(), 1000), Limits(seconds=1000)).run(improve)
    assert [bound is not None for bound in known] == [False, is_known]


def test_scales_are_found_without_walking_through_all_operations_again_and_again() -> None:
    """It is done while nobody searches and nobody hears a stop."""
    orders = (Order("o1", "O1", due=5, weight=1000),)
    objective = Objective(weighted_tardiness=1, makespan=1, tiers=(("weighted_tardiness",), ("makespan",)))
    vast = problem(operation("a"), orders=orders, horizon=2**30, objective=objective)
    with patch.object(tiers, "largest_measures", wraps=largest_measures) as walk:
        turn = Turn(vast, 1, (2**40, 2**30), (0, 0))
        assert not turn.is_guarded
        assert objective_value(turn.objective, largest_measures(vast)) < MOST
    assert walk.call_count == 1
