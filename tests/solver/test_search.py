"""What a search promises: its events, its outcomes, its limits, its hint."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings

from solver import ending, list_search, portfolio, search
from solver.bench.plants import EVERYTHING, plant
from solver.events import Event, Finished, Stage
from solver.incumbent import BrokenSchedule
from solver.limits import Limits
from solver.polish import Polish
from solver.problem import Actual, Crew, Objective, Order, Pin, Problem
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule
from tests.solver.listening import Heard, listen
from tests.solver.strategies import posed

QUICK = Limits(seconds=20, threads=1)
PATIENTLY = Limits(seconds=120, threads=1)
SOON = 5.0
"""A stop takes 0.3 s; tests share their processor."""


def tardy(count: int = 4) -> Problem:
    """One machine, orders in the wrong order: the smallest weighted tardiness is not what is there first."""
    operations = [operation(f"a{n}", order=f"o{n}", run=10 + 7 * n % 5) for n in range(count)]
    orders = tuple(Order(f"o{n}", f"O{n}", due=10 * (count - n), weight=1 + n % 3) for n in range(count))
    return problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))


def _blocked() -> Problem:
    """Two operations on one machine at one time."""
    return problem(operation("a"), operation("b"), pins=(Pin("a", start=0), Pin("b", start=5)))


def _check_manners(plain: Problem, heard: Heard) -> None:
    """What holds for every search."""
    assert [event for event in heard.events if isinstance(event, Finished)] == [heard.finished]
    assert all(later.objective < sooner.objective for sooner, later in pairwise(heard.improvements))
    assert all(later > sooner for sooner, later in pairwise(heard.bounds))
    assert all(later.elapsed >= sooner.elapsed for sooner, later in pairwise(heard.events))
    for event in heard.improvements:
        assert verify(plain, event.schedule) == ()
        assert event.measures == measure(plain, event.schedule)
        assert event.objective == objective_value(plain.objective, event.measures)
    assert heard.finished.objective == (heard.improvements[-1].objective if heard.improvements else None)
    assert (heard.finished.outcome in {"optimal", "feasible"}) == bool(heard.improvements)
    if heard.finished.outcome == "optimal":
        assert heard.finished.bound == heard.finished.objective
    assert bool(heard.finished.reasons) == (heard.finished.outcome == "infeasible")


def test_the_stages_come_in_order() -> None:
    heard = listen(tardy(), QUICK)
    assert heard.stages == ["checking", "first_plan", "building", "proving"]
    assert heard.finished.outcome == "optimal"
    _check_manners(tardy(), heard)


def test_faults_end_it_before_it_begins() -> None:
    heard = listen(problem(operation("a", modes=())), QUICK)
    assert heard.stages == ["checking"]
    assert heard.finished.outcome == "infeasible"
    assert heard.finished.reasons


@pytest.mark.parametrize("crew", [(Crew("weld", count=2**39),), (Crew("weld"),) * 100_000])
def test_a_crew_of_more_people_than_memory_has_room_for_is_no_plan(crew: tuple[Crew, ...]) -> None:
    heard = listen(problem(operation("a", crew=crew), operators=(operator("ada", "weld"),)), QUICK)
    assert heard.stages == ["checking"]
    assert heard.finished.outcome == "infeasible"
    assert "needs more people than there are" in heard.finished.reasons[0]


def test_what_no_rule_can_plan_is_told_why_before_anybody_searches() -> None:
    late = tuple(Order(f"o{number}", f"O{number}", deadline=5) for number in range(2))
    question = problem(*(operation(f"a{number}", 10, order=f"o{number}") for number in range(2)), orders=late)
    heard = listen(question, QUICK)
    assert heard.stages == ["checking", "first_plan"]
    assert heard.finished.outcome == "infeasible"
    assert all("after its deadline" in reason for reason in heard.finished.reasons)
    assert listen(question, replace(QUICK, seconds=0.001)).finished.reasons == heard.finished.reasons  # there is time for that


def test_a_bound_that_the_first_plan_attains_ends_it_without_cp_sat() -> None:
    heard = listen(problem(operation("a")), QUICK)
    assert heard.stages == ["checking", "first_plan"]
    assert heard.finished.outcome == "optimal"


def test_when_all_is_done_there_is_nothing_to_search() -> None:
    heard = listen(problem(operation("a", actual=Actual("m1", -20, -20, end=-10))), QUICK)
    assert heard.finished.outcome == "optimal"
    _check_manners(problem(operation("a", actual=Actual("m1", -20, -20, end=-10))), heard)


def _check_end(plain: Problem, known: Schedule | None, heard: Heard) -> None:
    """Where a legal schedule is known, the best is no worse, and nobody says that there is none."""
    _check_manners(plain, heard)
    if known is None:
        assert heard.finished.outcome in {"optimal", "infeasible"}
        return
    assert heard.finished.outcome == "optimal"
    assert heard.finished.objective is not None
    assert heard.finished.objective <= objective_value(plain.objective, measure(plain, known))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(posed())
def test_every_problem_ends_in_a_legal_schedule_unless_none_is_known(pair: tuple[Problem, Schedule | None]) -> None:
    _check_end(*pair, listen(pair[0], PATIENTLY))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(posed())
def test_so_it_does_when_local_search_and_cp_sat_in_rounds_go_side_by_side(pair: tuple[Problem, Schedule | None]) -> None:
    with patch.object(portfolio, "SMALL", 0):
        _check_end(*pair, listen(pair[0], replace(PATIENTLY, threads=2)))


def test_infeasibility_comes_with_what_would_make_it_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "dispatch", _nothing)
    monkeypatch.setattr(search, "diagnose", lambda _problem: ())
    heard = listen(_blocked(), QUICK)
    assert heard.finished.outcome == "infeasible"
    assert heard.finished.reasons == ("There is a schedule when the pinned starts are left out.",)


def test_several_demands_can_be_to_blame_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "dispatch", _nothing)
    monkeypatch.setattr(search, "diagnose", lambda _problem: ())
    twice = problem(operation("a", run=600), operation("b", run=600), horizon=1000, pins=(Pin("a", start=0), Pin("b", start=0)))
    heard = listen(twice, QUICK)
    assert heard.finished.outcome == "infeasible"
    assert "No single kind of rule" in heard.finished.reasons[0]


def test_what_the_rules_do_not_find_cp_sat_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "dispatch", _nothing)
    heard = listen(tardy(), QUICK)
    assert heard.finished.outcome == "optimal"
    assert heard.improvements[0].source == "CP-SAT"


def test_no_time_and_no_plan_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "dispatch", _nothing)
    heard = listen(tardy(), replace(QUICK, seconds=0.0))
    assert heard.finished == Finished(heard.finished.elapsed, "unknown", None, heard.finished.bound)


def _nothing(*_question: object, **_effort: object) -> Iterator[tuple[str, Schedule]]:
    return iter(())


def test_a_legal_hint_is_the_first_plan() -> None:
    plain = problem(operation("a"), operation("b"), machines=(machine("m1"),))
    heard = listen(plain, QUICK, hint=schedule(assignment("a", 100, 110), assignment("b", 50, 60)))
    assert heard.improvements[0].source == "hint"
    assert heard.improvements[0].objective == 110
    assert heard.finished.objective == 20


def test_rules_take_only_a_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FIRST_PLAN_SHARE", 0.0)
    heard = listen(plant(36, EVERYTHING), replace(QUICK, seconds=2))
    assert [event.source for event in heard.improvements if event.elapsed < _stage(heard, "building")] == ["weighted slack"]


def _stage(heard: Heard, name: str) -> float:
    return next(event.elapsed for event in heard.events if isinstance(event, Stage) and event.name == name)


def test_a_hint_that_breaks_a_rule_is_not_shown() -> None:
    plain = problem(operation("a"), operation("b"))
    heard = listen(plain, QUICK, hint=schedule(assignment("a", 0, 10), assignment("b", 5, 15)))
    assert heard.improvements[0].source != "hint"
    assert listen(plain, QUICK, hint=schedule(assignment("a", 0, 10))).finished.outcome == "optimal"


def test_the_best_plan_outlives_a_cp_sat_that_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presolve has been seen to eat all the time and lose a complete hint."""
    question = plant(180, EVERYTHING)
    monkeypatch.setattr(portfolio, "SMALL", 10**9)
    heard = listen(question, Limits(seconds=3, threads=1))
    _check_manners(question, heard)
    assert heard.finished.outcome == "feasible"


def test_a_schedule_that_breaks_a_rule_ends_the_search_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = schedule(assignment("a", 0, 10), assignment("b", 5, 15))
    monkeypatch.setattr(search, "dispatch", lambda *_, **__: iter([("broken", broken)]))
    with pytest.raises(BrokenSchedule, match="broken"):
        listen(problem(operation("a"), operation("b")), QUICK)


def test_so_does_one_from_a_thread_of_the_portfolio(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = schedule(*(assignment(f"a{n}", 0, 10) for n in range(4)))
    monkeypatch.setattr(portfolio, "extract", lambda _formulation, _picks: broken)
    with pytest.raises(BrokenSchedule, match="CP-SAT"):
        listen(tardy(), QUICK)


def test_so_does_one_that_cp_sat_hands_over_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With whoever else is at work: nobody goes on, nothing is concluded."""
    question = plant(72, EVERYTHING)
    monkeypatch.setattr(portfolio, "SMALL", 0)
    monkeypatch.setattr(portfolio, "MIDDLE", 10**9)
    monkeypatch.setattr(portfolio.Portfolio, "_prove_in_rounds", _hand_over_and_stay)
    heard: list[Event] = []
    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        search.search(question, Limits(seconds=300, threads=2), heard.append, threading.Event())
    assert time.monotonic() - began < 100
    assert not any(isinstance(event, Finished) for event in heard)


def _hand_over_and_stay(team: Any, _threads: int) -> None:
    team._inbox.put(lambda: 1 // 0)
    while not team._halt.over:
        threading.Event().wait(0.01)
    threading.Event().wait(4 * portfolio.GRACE_SECONDS)


def test_good_enough_is_enough() -> None:
    question = plant(72, EVERYTHING)
    heard = listen(question, Limits(seconds=120, threads=1, gap=0.999))
    assert heard.finished.outcome == "feasible"
    assert heard.finished.elapsed < 60


@pytest.mark.parametrize("threads", [1, 2])
def test_the_large_team_improves_and_ends_in_time(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio, "SMALL", 0)
    monkeypatch.setattr(portfolio, "MIDDLE", 0)
    monkeypatch.setattr(portfolio, "TURN_SECONDS", 1.0)
    question = plant(72, EVERYTHING)
    heard = listen(question, Limits(seconds=6, threads=threads))
    _check_manners(question, heard)
    assert heard.stages[-1] == "improving"
    assert heard.finished.elapsed < 6 + SOON
    assert len({event.source for event in heard.improvements}) > 1


def test_neighbourhoods_of_a_large_plant_come_once_lists_have_cooled_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before that lists gain more; after that they begin hot again, which rarely gains anything in the time that is left."""
    monkeypatch.setattr(portfolio, "SMALL", 0)
    monkeypatch.setattr(portfolio, "MIDDLE", 0)
    monkeypatch.setattr(list_search, "LONGEST_CYCLE_SECONDS", 1.0)
    stop, began = threading.Event(), time.monotonic()
    steps: list[float] = []

    def step(_polish: Polish, _seconds: float) -> None:
        steps.append(time.monotonic())
        stop.set()

    monkeypatch.setattr(Polish, "step", step)
    heard = listen(plant(72, EVERYTHING), Limits(seconds=300, threads=2), stop=stop)
    assert heard.finished.elapsed < 100, "not at the end of the time"
    assert steps[0] - began > 1.0


def test_the_middle_team_proves_while_it_improves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio, "SMALL", 0)
    heard = listen(tardy(6), Limits(seconds=120, threads=2))
    assert heard.finished.outcome == "optimal"
    assert heard.finished.elapsed < 60


def test_a_stop_before_the_beginning_still_leaves_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """If it takes no longer than the last word may wait."""
    monkeypatch.setattr(ending, "STOP_GRACE_SECONDS", SOON)
    stop = threading.Event()
    stop.set()
    heard = listen(tardy(), QUICK, stop=stop)
    assert heard.finished.outcome == "feasible"


@pytest.mark.parametrize("small", [0, 10**9])
def test_a_stop_is_heard_at_once_and_keeps_the_best(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of local search and neighbourhoods, and of CP-SAT on the whole."""
    monkeypatch.setattr(portfolio, "SMALL", small)
    monkeypatch.setattr(portfolio, "MIDDLE", 0)
    stop, asked = threading.Event(), []

    def stop_when_it_improves(event: Event) -> None:
        if isinstance(event, Stage) and event.name in {"improving", "proving"}:
            timer.start()

    def ask() -> None:
        asked.append(time.monotonic())
        stop.set()

    timer = threading.Timer(1.0, ask)
    answered: list[float] = []

    def listen_for_the_end(event: Event) -> None:
        stop_when_it_improves(event)
        if isinstance(event, Finished):
            answered.append(time.monotonic())

    question = plant(120, EVERYTHING)
    heard = listen(question, Limits(seconds=60, threads=2), stop=stop, on_event=listen_for_the_end)
    assert heard.finished.outcome == "feasible"
    assert answered[0] - asked[0] < SOON


def test_or_tools_is_loaded_only_after_the_first_plan() -> None:
    script = """
import sys
from solver.limits import Limits
from solver.problem import Objective
from tests.solver.examples import operation, problem
from tests.solver.listening import listen

def look(event):
    print(type(event).__name__, "ortools" in sys.modules)

both = problem(operation("a"), operation("b", order="o2"), objective=Objective(flow_time=1))
listen(both, Limits(seconds=20, threads=1), on_event=look)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    lines = said.stdout.splitlines()
    assert "Improved False" in lines
    assert lines[-1] == "Finished True"
