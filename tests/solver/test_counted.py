"""Search by count: the same steps give the same schedules, whatever the clock says and however many threads there are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given, settings

from solver import counted, dispatch, halt, incumbent, local_search, portfolio, project_search, search, tabu_search
from solver.bench.plants import EVERYTHING, plant
from solver.events import Event, Finished, Improved
from solver.formulation.solving import Effort
from solver.instances import read_instance
from solver.limits import Limits
from solver.problem import Objective, Order, Pin, Precedence, Problem
from solver.verify import verify
from tests.solver.examples import operation, problem
from tests.solver.listening import Heard, listen
from tests.solver.shops import shops
from tests.solver.strategies import problems
from tests.solver.test_project_search import projects
from tests.solver.toys import tiered, toys

DATA = Path(__file__).parent / "data"
LIMITS = Limits(seconds=600, iterations=150)
ENDLESS = Limits(seconds=600, iterations=10**9)
AGES = 1e12
SOON = 5.0
"""A stop takes 0.2 s; tests share their processor."""
IN_TURN = Objective(weighted_tardiness=10, setup=1, makespan=1, tiers=(("weighted_tardiness",), ("setup",), ("makespan",)))


def story(heard: Heard) -> list[Event]:
    """All that was said, but not when."""
    return [replace(event, elapsed=0.0) for event in heard.events]


@contextmanager
def leaping_clock() -> Iterator[None]:
    """One by which everything takes half a minute."""
    ticks = count(step=30)

    def monotonic() -> float:
        return float(next(ticks))

    with ExitStack() as patches:
        for module in (dispatch, local_search, project_search, tabu_search):
            patches.enter_context(patch.object(module, "monotonic", monotonic))
        for module in (halt, incumbent):
            patches.enter_context(patch.object(module, "time", SimpleNamespace(monotonic=monotonic)))
        yield


def check(question: Problem) -> None:
    """The same story again, for more threads and by another clock."""
    heard = listen(question, LIMITS)
    assert all(verify(question, event.schedule) == () for event in heard.improvements)
    with leaping_clock():
        again = listen(question, replace(LIMITS, threads=1, seconds=AGES))
    assert story(again) == story(heard)


@given(problems())
@settings(max_examples=40)
def test_any_problem_is_searched_the_same_way_again(question: Problem) -> None:
    check(question)


@given(toys(tiered()))
@settings(max_examples=20)
def test_so_it_is_tier_by_tier(question: Problem) -> None:
    check(question)


@pytest.mark.parametrize("objective", [Objective(weighted_tardiness=10, setup=1), IN_TURN], ids=["sum", "tiers"])
def test_so_is_a_plant_in_which_there_is_much_to_find(objective: Objective) -> None:
    question = replace(plant(60, EVERYTHING), objective=objective)
    heard = listen(question, LIMITS)
    assert {event.source for event in heard.improvements} >= {"local search"}
    with leaping_clock():
        assert story(listen(question, replace(LIMITS, seconds=AGES))) == story(heard)


def test_rules_have_no_share_of_the_time_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    question = plant(60, EVERYTHING)  # of which the first rule is not the best
    heard = listen(question, LIMITS)
    monkeypatch.setattr(search, "FIRST_PLAN_SHARE", 0.0)
    assert story(listen(question, LIMITS)) == story(heard)


def check_slices(question: Problem, iterations: int) -> Heard:
    """What the steps are cut into changes nothing."""
    limits = replace(LIMITS, iterations=iterations)
    with patch.object(counted, "SLICE_WORK", 1):
        single = listen(question, limits)
    together = listen(question, limits)
    assert story(together) == story(single)
    assert all(verify(question, event.schedule) == () for event in together.improvements)
    return together


@given(shops())
@settings(max_examples=30)
def test_turns_of_tabu_search_may_be_cut_into_any_slices(question: Problem) -> None:
    with patch.object(tabu_search, "PATIENCE", 20):
        check_slices(question, 150)


@given(projects(most=9))
@settings(max_examples=30)
def test_so_may_lists_that_are_bred(question: Problem) -> None:
    check_slices(question, 150)


@pytest.mark.parametrize(
    ("name", "source", "steps"),
    [("sdst_la11_edata.json", "tabu search", 3_000), ("j120_11_1.rcp", "project search", 500)],
)
def test_each_kind_of_problem_has_its_own_search(name: str, source: str, steps: int) -> None:
    with patch.object(tabu_search, "PATIENCE", 200):
        heard = check_slices(read_instance(DATA / name), steps)
    assert heard.improvements[-1].source == source
    assert heard.stages == ["checking", "first_plan", "improving"]
    assert heard.finished.outcome == "feasible"


def test_another_seed_and_other_iterations_find_something_else() -> None:
    question = read_instance(DATA / "sdst_la11_edata.json")
    limits = replace(LIMITS, iterations=200)
    first = listen(question, limits)
    assert listen(question, replace(limits, seed=2)).best != first.best
    assert listen(question, replace(limits, iterations=5_000)).best != first.best


def test_what_is_good_enough_ends_it() -> None:
    """The bound is known before anything is searched, and attained."""
    heard = listen(read_instance(DATA / "jsp_ft06.txt"), replace(ENDLESS, gap=0.2))
    assert heard.finished.objective is not None
    assert heard.finished.bound is not None
    assert heard.finished.objective - heard.finished.bound <= 0.2 * heard.finished.objective


def _maze() -> Problem:
    """Each waits for the one before at the most a little, so that no list of a rule comes through."""
    operations = [operation(f"a{number}", 10, order=f"o{number % 2}") for number in range(6)]
    orders = tuple(Order(f"o{number}", f"O{number}") for number in range(2))
    links = (Precedence("a0", "a2", 10, 10), Precedence("a2", "a4", 10, 10), Precedence("a1", "a3", 10, 10))
    return replace(problem(*operations, orders=orders, objective=Objective(makespan=1)), precedences=links)


def _nothing(*_question: object, **_effort: object) -> Iterator[tuple[str, object]]:
    return iter(())


def test_where_no_rule_finds_a_plan_cp_sat_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "dispatch", _nothing)
    with patch.object(portfolio, "Effort", wraps=Effort) as effort:
        heard = listen(_maze(), LIMITS)
    assert [threads for (_seconds, threads, _seed), _ in effort.call_args_list] == [1]
    assert heard.stages == ["checking", "first_plan", "building", "proving", "improving"]
    assert heard.improvements[0].source == "CP-SAT"
    assert verify(_maze(), heard.best) == ()
    assert story(listen(_maze(), replace(LIMITS, threads=1))) == story(heard)


@pytest.mark.parametrize("objective", [Objective(makespan=1), IN_TURN], ids=["sum", "tiers"])
def test_that_there_is_none_is_said_once(monkeypatch: pytest.MonkeyPatch, objective: Objective) -> None:
    monkeypatch.setattr(search, "diagnose", lambda _problem: ())
    blocked = problem(operation("a"), operation("b"), pins=(Pin("a", start=0), Pin("b", start=5)))
    heard = listen(replace(blocked, objective=objective), LIMITS)
    assert [event.outcome for event in heard.events if isinstance(event, Finished)] == ["infeasible"]
    assert heard.finished.reasons == ("There is a schedule when the pinned starts are left out.",)


def test_a_rescue_counts_the_lists_that_it_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a clock, and no more than are worth it."""
    monkeypatch.setattr(search, "diagnose", lambda _problem: ())
    blocked = problem(operation("a"), operation("b"), pins=(Pin("a", start=0), Pin("b", start=5)))
    with leaping_clock(), patch.object(dispatch, "_turned", return_value=None) as turned:
        assert list(dispatch.dispatch(blocked, is_counted=True)) == []
        assert turned.call_count == dispatch.RESCUE_LISTS
        monkeypatch.setattr(dispatch, "RESCUE_PLACED", 20)
        assert list(dispatch.dispatch(blocked, is_counted=True)) == []
    assert turned.call_count - dispatch.RESCUE_LISTS == 11


@pytest.mark.parametrize("objective", [Objective(weighted_tardiness=1), IN_TURN], ids=["sum", "tiers"])
def test_a_stop_is_heard_between_slices(objective: Objective) -> None:
    stop, asked = threading.Event(), list[float]()

    def on_event(event: Event) -> None:
        if isinstance(event, Improved) and event.source == "local search":
            stop.set()
            asked.append(time.monotonic())

    heard = listen(replace(plant(350, EVERYTHING), objective=objective), ENDLESS, stop=stop, on_event=on_event)
    assert heard.finished.outcome == "feasible"
    assert time.monotonic() - asked[0] < SOON


def test_the_time_is_the_most_that_it_takes() -> None:
    heard = listen(plant(350, EVERYTHING), replace(ENDLESS, seconds=1.0))
    assert heard.finished.outcome == "feasible"
    assert heard.seconds < 1.0 + SOON


class Stepping:
    """So many steps that there are to make."""

    def __init__(self, there_are: int) -> None:
        self.made = 0
        self.told: list[int] = []
        self._there_are = there_are

    def advance(self, most: int) -> int:
        made = min(most, self._there_are - self.made)
        self.made += made
        return made

    def tell(self) -> None:
        self.told.append(self.made)


def test_no_step_is_made_too_many_and_the_last_is_told() -> None:
    steps = Stepping(there_are=10_000)
    counted.run(steps, 1_000, 7, lambda: False)
    assert steps.made == steps.told[-1] == 1_000


def test_when_nothing_is_left_to_do_it_ends() -> None:
    steps = Stepping(there_are=100)
    counted.run(steps, 1_000, 7, lambda: False)
    assert steps.told[-1] == 100


def test_the_more_steps_there_were_the_less_often_it_is_told() -> None:
    one, other = Stepping(10_000), Stepping(10_000)
    counted.run(one, 10_000, 7, lambda: False)
    counted.run(other, 10_000, 500, lambda: False)
    assert one.told == other.told
    assert len(one.told) < 50
