"""Objectives in tiers: what comes first is never traded for what comes after."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver import portfolio, tiers
from solver.aim import Aim
from solver.bench.plants import EVERYTHING, plant
from solver.decode import Decoder
from solver.diagnose import diagnose
from solver.dispatch import dispatch
from solver.events import Event, Finished, Stage
from solver.faults.dates import MOST, largest_measures
from solver.halt import Halt
from solver.incumbent import Incumbent, conclude
from solver.limits import Limits
from solver.problem import TERMS, Mode, Objective, Order, Problem
from solver.schedule import Measures, measure, objective_value, rank
from solver.tiers import TierSearch, Turn
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.exhaustive import best_schedule
from tests.solver.listening import Heard, listen
from tests.solver.toys import mixtures, tiered, toys

ALONE, TOGETHER = Limits(seconds=60, threads=1), Limits(seconds=60, threads=2)
SOON = 5.0
IN_TURN = Objective(weighted_tardiness=10, setup=1, makespan=1, tiers=(("weighted_tardiness",), ("setup",), ("makespan",)))


def ranks(question: Problem, heard: Heard) -> list[tuple[int, ...]]:
    return [rank(question.objective, event.measures) for event in heard.improvements]


def check(question: Problem, limits: Limits) -> None:
    """The search agrees with the list of all schedules."""
    heard, best = listen(question, limits), best_schedule(question)
    if best is None:
        assert heard.finished.outcome == "infeasible"
        return
    told = ranks(question, heard)
    assert all(later < sooner for sooner, later in pairwise(told))
    assert (heard.finished.outcome, told[-1]) == ("optimal", best.rank)
    assert heard.finished.objective == heard.finished.bound == best.rank[0]
    assert all(bound <= best.rank[0] for bound in heard.bounds)


@given(toys(tiered(), most=5))
@settings(max_examples=80)
def test_the_best_tier_by_tier_is_found_and_proven(question: Problem) -> None:
    check(question, ALONE)


@given(toys(tiered()))
@settings(max_examples=20)
def test_so_it_is_when_several_search_together(question: Problem) -> None:
    with patch.object(portfolio, "SMALL", 0):
        check(question, TOGETHER)


@given(toys(mixtures()))
@settings(max_examples=20)
def test_one_tier_of_everything_is_the_sum(question: Problem) -> None:
    weighed = tuple(term for term, weight in question.objective.weights.items() if weight)
    inside = replace(question, objective=replace(question.objective, tiers=(weighed,) if weighed else ()))
    sums, tier = listen(question, ALONE).finished, listen(inside, ALONE).finished
    assert (sums.outcome, sums.objective) == (tier.outcome, tier.objective)


def dear_and_quick() -> Problem:
    """A quick machine that is dear, and one that is a tick slower for nothing."""
    return problem(
        operation("a", modes=(Mode("m1", 10, cost=100), Mode("m2", 11))),
        machines=(machine("m1"), machine("m2")),
        objective=Objective(makespan=1, mode_cost=1),
    )


@pytest.mark.parametrize(
    ("order", "where"), [((), "m2"), ((("makespan",), ("mode_cost",)), "m1"), ((("mode_cost",), ("makespan",)), "m2")]
)
def test_a_sum_and_tiers_want_other_things(order: tuple[tuple[str, ...], ...], where: str) -> None:
    question = dear_and_quick()
    heard = listen(replace(question, objective=replace(question.objective, tiers=order)), ALONE)
    assert heard.finished.outcome == "optimal"
    assert heard.best.by_operation["a"].machine == where


def test_a_later_tier_improves_without_the_headline() -> None:
    """As soon as nobody is late the events go on, each with all terms, about what comes next."""
    question = replace(
        dear_and_quick(), objective=Objective(late_orders=1, mode_cost=1, tiers=(("late_orders",), ("mode_cost",)))
    )
    said: list[Event] = []
    incumbent = Incumbent(question, said.append)
    dear, free = schedule(assignment("a", 0, 10)), schedule(assignment("a", 0, 11, machine="m2"))
    assert incumbent.offer(dear, "one")
    assert incumbent.offer(free, "another")
    assert not incumbent.offer(dear, "one")
    assert (incumbent.objective, incumbent.schedule) == (0, free)


@pytest.mark.parametrize("seed", [1, 7])
def test_the_same_seed_gives_the_same_schedule(seed: int) -> None:
    question = replace(plant(12, EVERYTHING), objective=IN_TURN)
    once, again = (listen(question, Limits(seconds=120, threads=1, seed=seed)) for _ in range(2))
    assert once.finished.outcome == again.finished.outcome == "optimal"
    assert once.best == again.best


def test_rules_are_compared_tier_by_tier() -> None:
    """By a sum, so heavy a setup would decide."""
    objective = Objective(weighted_tardiness=1, setup=1000, tiers=(("weighted_tardiness",), ("setup",)))
    question = replace(plant(180, EVERYTHING), objective=objective)
    told = [rank(objective, measure(question, found)) for _, found in dispatch(question)]
    assert all(later < sooner for sooner, later in pairwise(told))
    alone = replace(question, objective=Objective(weighted_tardiness=1))
    assert told[-1][0] == min(measure(alone, found).weighted_tardiness for _, found in dispatch(alone))


def test_each_rules_schedule_is_written_out_once() -> None:
    """Of a large plant that takes as long as a rule does."""
    decoder = Decoder(replace(plant(60, EVERYTHING), objective=IN_TURN))
    with (
        patch.object(decoder, "schedule", wraps=decoder.schedule) as written,
        patch.object(decoder, "run", wraps=decoder.run) as lists,
    ):
        assert list(dispatch(decoder.problem, decoder=decoder))
    assert written.call_count <= lists.call_count


def test_a_stop_is_heard_at_once_in_a_later_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tier has nothing to search for: nothing is published."""
    monkeypatch.setattr(portfolio, "SMALL", 0)
    monkeypatch.setattr(portfolio, "MIDDLE", 0)
    order = (("churn",), ("weighted_tardiness", "setup"), ("makespan",))
    objective = Objective(churn=1, weighted_tardiness=1, setup=1, makespan=1, tiers=order)
    question = replace(plant(120, EVERYTHING), objective=objective)
    stop, asked, answered = threading.Event(), list[float](), list[float]()

    def ask() -> None:
        asked.append(time.monotonic())
        stop.set()

    timer = threading.Timer(1.0, ask)

    def follow(event: Event) -> None:
        if isinstance(event, Stage) and event.name == "improving":
            timer.start()
        if isinstance(event, Finished):
            answered.append(time.monotonic())

    heard = listen(question, Limits(seconds=60, threads=2), stop=stop, on_event=follow)
    assert heard.finished.outcome == "feasible"
    assert answered[0] - asked[0] < SOON


def test_the_last_word_does_not_wait_for_who_is_still_at_work() -> None:
    """Nor does a search that was stopped go on with the next tier."""
    said: list[Event] = []
    stop, turns = threading.Event(), list[Incumbent]()
    incumbent = Incumbent(replace(dear_and_quick(), objective=IN_TURN), said.append)
    incumbent.offer(schedule(assignment("a", 0, 10)), "one")

    def improve(inner: Incumbent, _halt: Halt, _limits: Limits) -> None:
        turns.append(inner)
        stop.set()
        conclude(inner)
        assert isinstance(said[-1], Finished)

    TierSearch(incumbent, Halt(stop, 1000), Limits(seconds=1000)).run(improve)
    assert len(turns) == 1


def test_only_the_first_tiers_bound_is_the_runs() -> None:
    objective = Objective(makespan=1, mode_cost=1, tiers=(("makespan",), ("mode_cost",)))
    incumbent = Incumbent(replace(dear_and_quick(), objective=objective), lambda _event: None)
    incumbent.offer(schedule(assignment("a", 5, 15)), "one")
    bounds = iter([11, 10_000])

    def improve(inner: Incumbent, _halt: Halt, _limits: Limits) -> None:
        inner.raise_bound(next(bounds))
        inner.finish("feasible")

    TierSearch(incumbent, Halt(threading.Event(), 1000), Limits(seconds=1000)).run(improve)
    assert incumbent.bound == 11


def test_good_enough_is_meant_of_each_tier_alone() -> None:
    """What the tiers before cost does not make a bad value of this one look good."""
    question = replace(dear_and_quick(), objective=Objective(makespan=100, mode_cost=1))
    objective = replace(question.objective, tiers=(("makespan",), ("mode_cost",)))
    aim = Aim(Objective(mode_cost=1), Objective(makespan=100), 1000, "open", 0, objective, is_last=True)
    incumbent = Incumbent(question, lambda _event: None, aim=aim)
    incumbent.offer(schedule(assignment("a", 0, 10)), "one")
    incumbent.raise_bound(1050)
    assert incumbent.aimed == 100
    assert not incumbent.is_within(0.4)
    assert incumbent.is_within(0.5)


def test_each_tier_has_half_of_what_is_left_and_the_last_all_of_it() -> None:
    incumbent = Incumbent(replace(dear_and_quick(), objective=IN_TURN), lambda _event: None)
    incumbent.offer(schedule(assignment("a", 0, 10)), "one")
    had: list[float] = []

    def improve(inner: Incumbent, halt: Halt, limits: Limits) -> None:
        assert halt.left == pytest.approx(limits.seconds, abs=1)
        had.append(limits.seconds)
        conclude(inner)

    TierSearch(incumbent, Halt(threading.Event(), 1000), Limits(seconds=1000)).run(improve)
    assert had == pytest.approx([500, 500, 1000], abs=2)  # time that one does not need goes to those after it


VALUES = st.tuples(*(st.integers(0, 4) for _ in range(3)))


def worth(values: tuple[int, int, int]) -> Measures:
    return replace(Measures(0, 0, 0, 0, 0, 0, 0), weighted_tardiness=values[0], setup=values[1], makespan=values[2])


@given(VALUES, VALUES, st.integers(0, 2), st.tuples(*(st.sampled_from([1, 4]) for _ in range(3))))
@settings(max_examples=300)
def test_what_is_better_by_the_sum_is_better_tier_by_tier(
    best: tuple[int, int, int], other: tuple[int, int, int], number: int, weights: tuple[int, int, int]
) -> None:
    objective = replace(IN_TURN, weighted_tardiness=weights[0], setup=weights[1], makespan=weights[2])
    question = replace(dear_and_quick(), objective=objective)
    known = rank(objective, worth(best))
    least = [min(each) for each in zip(known, rank(objective, worth(other)), strict=True)]
    turn = Turn(question, number, known, least)
    assert turn.is_guarded
    found = rank(objective, worth(other))[: number + 1]
    is_smaller = objective_value(turn.objective, worth(other)) < objective_value(turn.objective, worth(best))
    assert not is_smaller or found < known[: number + 1]
    assert is_smaller or found[:number] != known[:number] or found >= known[: number + 1]


def test_scales_that_would_be_too_large_are_as_large_as_can_be_counted() -> None:
    orders = (Order("o1", "O1", due=5, weight=1000),)
    vast = problem(operation("a"), operation("b"), orders=orders, horizon=2**30, objective=IN_TURN)
    turn = Turn(vast, 2, (10 * 2**30, 2**20, 2**30), (0, 0, 0))
    assert not turn.is_guarded
    assert MOST / 100 < objective_value(turn.objective, largest_measures(vast)) < MOST
    assert turn.objective.weighted_tardiness > turn.objective.setup > turn.objective.makespan


def test_nothing_is_called_proven_behind_scales_that_do_not_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "MOST", 2)
    steps = [operation(key, modes=(Mode("m1", 10, cost=9), Mode("m2", 12))) for key in "abc"]
    objective = Objective(makespan=1, mode_cost=1, tiers=(("makespan",), ("mode_cost",)))
    question = problem(*steps, machines=(machine("m1"), machine("m2")), objective=objective)
    assert listen(question, ALONE).finished.outcome == "feasible"


ALL = dict.fromkeys(TERMS, 1)


@pytest.mark.parametrize(
    ("objective", "says"),
    [
        (Objective(setup=1, tiers=(("setup",), ())), ["Tier 2 of the objective names no term"]),
        (Objective(setup=1, tiers=(("setup", "speed"),)), ["name “speed”, which is no term. The terms are weighted tardiness"]),
        (Objective(setup=1, tiers=(("setup",), ("late_orders",))), ["name “late orders”, which has no weight"]),
        (Objective(setup=1, tiers=(("setup",), ("setup",))), ["name “setup” 2 times"]),
        (Objective(setup=1, mode_cost=2, tiers=(("setup",),)), ["“mode cost” has a weight, but is in none"]),
        (
            Objective(setup=1, churn=1, tiers=((), ("x", "setup", "setup"))),
            ["names no term", "“setup” 2 times", "“x”, which is no", "“churn” has"],
        ),
    ],
)
def test_tiers_that_nobody_can_have_meant_are_told_at_once(objective: Objective, says: list[str]) -> None:
    found = diagnose(replace(dear_and_quick(), objective=objective))
    assert [fault.code for fault in found] == ["bad_tiers"] * len(says)
    assert all(part in fault.message for part, fault in zip(says, found, strict=True))


@pytest.mark.parametrize("order", [(), (tuple(ALL),), (("setup", "churn"), tuple(ALL.keys() - {"setup", "churn"}))])
def test_tiers_that_have_every_term_once_are_no_fault(order: tuple[tuple[str, ...], ...]) -> None:
    assert diagnose(replace(dear_and_quick(), objective=Objective(**ALL, tiers=order))) == ()
