"""A search ends in time whatever it is at just then: nobody waits for a step that cannot be asked to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pkgutil import resolve_name
from typing import Any

import pytest

from solver import ending
from solver.events import Event, Finished, Outcome
from solver.halt import Halt
from solver.incumbent import Incumbent
from solver.limits import Limits
from solver.portfolio import Portfolio
from solver.problem import Mode, Objective, Order, Problem
from solver.schedule import Schedule
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.listening import Heard, listen

PATIENTLY = 20.0
LONG = Limits(seconds=120, threads=1)
STEPS: dict[str, Outcome] = {
    "solver.search.makes_sense": "unknown",
    "solver.incumbent.Decoder": "unknown",
    "solver.search.dispatch": "unknown",
    "solver.incumbent.Verifier": "unknown",
    "solver.search.lower_bound": "feasible",
    "solver.portfolio.literals": "feasible",
}
"""Those that cannot be asked to stop, and what is known when they begin."""


class Slow:
    """A step that begins and is at work until the search has said its last word; then it does what it does."""

    def __init__(self, step: Callable[..., Any], begin: Callable[[], None] = lambda: None) -> None:
        self._step, self._begin = step, begin
        self._has_ended = threading.Event()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self._begin()
        assert self._has_ended.wait(PATIENTLY), "The last word waits for this step."
        return self._step(*arguments, **named)

    def hear(self, event: Event) -> None:
        if isinstance(event, Finished):
            self._has_ended.set()


def tardy() -> Problem:
    """Orders that compete for one machine: neither a rule nor a bound tells what is best."""
    operations = [operation(f"a{n}", order=f"o{n}", run=10 + 7 * n % 5) for n in range(4)]
    orders = tuple(Order(f"o{n}", f"O{n}", due=10 * (4 - n), weight=1 + n % 3) for n in range(4))
    return problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))


@pytest.mark.parametrize("step", STEPS)
def test_a_stop_waits_for_no_step(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    slow = Slow(resolve_name(step), stop.set)
    monkeypatch.setattr(step, slow)

    heard = listen(tardy(), LONG, stop=stop, on_event=slow.hear)

    assert stop.is_set()
    _check_end(heard, STEPS[step])


def test_nor_for_the_reasons_why_there_is_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked for when the first rule finds none."""
    stop = threading.Event()
    slow = Slow(resolve_name("solver.search.diagnose"), stop.set)
    monkeypatch.setattr("solver.search.diagnose", slow)
    late = replace(tardy(), orders=tuple(replace(order, deadline=5) for order in tardy().orders))

    heard = listen(late, LONG, stop=stop, on_event=slow.hear)

    assert stop.is_set()
    assert heard.stages == ["checking", "first_plan"]
    _check_end(heard, "unknown")


@pytest.mark.parametrize(("step", "seconds"), [("solver.search.makes_sense", 0.1), ("solver.portfolio.literals", 3.0)])
def test_nor_does_the_end_of_the_time(step: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(resolve_name(step))
    monkeypatch.setattr(step, slow)

    heard = listen(tardy(), Limits(seconds=seconds, threads=1), on_event=slow.hear)

    assert heard.finished.elapsed >= seconds
    _check_end(heard, STEPS[step])


def _check_end(heard: Heard, outcome: Outcome) -> None:
    """The last word has been said once, and nothing after it."""
    assert [event for event in heard.events if isinstance(event, Finished)] == [heard.finished]
    assert heard.finished.outcome == outcome
    assert heard.finished.objective == (heard.improvements[-1].objective if heard.improvements else None)


def test_nothing_is_begun_any_more_after_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    slow = Slow(resolve_name("solver.search.makes_sense"), stop.set)
    monkeypatch.setattr("solver.search.makes_sense", slow)
    monkeypatch.setattr("solver.search.dispatch", lambda *_, **__: pytest.fail("There is nobody to hear of a plan."))
    monkeypatch.setattr("solver.search.lower_bound", lambda *_: pytest.fail("There is nobody to hear of a bound."))

    assert listen(tardy(), LONG, stop=stop, on_event=slow.hear).stages == ["checking"]


def test_what_goes_wrong_after_the_last_word_is_raised_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    slow = Slow(lambda _problem: 1 // 0, stop.set)
    monkeypatch.setattr("solver.search.makes_sense", slow)

    with pytest.raises(ZeroDivisionError):
        listen(tardy(), LONG, stop=stop, on_event=slow.hear)


class Reading:
    """A plan that CP-SAT has found before the stop, and that is still being looked at when the last word is due."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, work: Callable[[Incumbent], object]) -> None:
        self.stop, self._is_due = threading.Event(), threading.Event()
        self._work, self._conclude = work, ending._conclude
        monkeypatch.setattr(Portfolio, "_prove", lambda team, _threads: team._inbox.put(lambda: self._read(team._incumbent)))
        monkeypatch.setattr(ending, "_conclude", self._say_last)

    def _say_last(self, incumbent: Incumbent, halt: Halt) -> None:
        self._is_due.set()
        self._conclude(incumbent, halt)

    def _read(self, incumbent: Incumbent) -> None:
        self.stop.set()
        assert self._is_due.wait(PATIENTLY)
        self._work(incumbent)


def apart() -> tuple[Problem, Schedule]:
    """Two operations, and a plan that leaves time between them."""
    return problem(operation("a"), operation("b")), schedule(assignment("a", 100, 110), assignment("b", 50, 60))


def test_the_last_word_does_not_overtake_what_was_found_before(monkeypatch: pytest.MonkeyPatch) -> None:
    better = schedule(assignment("a", 10, 20), assignment("b", 0, 10))
    question, hint = apart()
    monkeypatch.setattr("solver.search.dispatch", lambda *_, **__: iter(()))
    reading = Reading(monkeypatch, lambda incumbent: incumbent.offer(better, "CP-SAT"))

    heard = listen(question, LONG, hint, stop=reading.stop)

    assert [event.source for event in heard.improvements] == ["hint", "CP-SAT"]
    assert heard.finished.objective == 20


def test_a_plan_that_breaks_a_rule_is_followed_by_no_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    question, hint = apart()
    monkeypatch.setattr("solver.search.dispatch", lambda *_, **__: iter(()))
    reading = Reading(monkeypatch, lambda _incumbent: 1 // 0)
    heard: list[Event] = []

    with pytest.raises(ZeroDivisionError):
        listen(question, LONG, hint, stop=reading.stop, on_event=heard.append)

    assert not any(isinstance(event, Finished) for event in heard)


def test_the_optimum_of_one_tier_is_not_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop comes as the second tier begins."""
    step = operation("a", modes=(Mode("m1", 10, cost=100), Mode("m2", 10)))
    in_turn = Objective(makespan=1, mode_cost=1, tiers=(("makespan",), ("mode_cost",)))
    question = problem(step, machines=(machine("m1"), machine("m2")), objective=in_turn)
    stop, bound = threading.Event(), resolve_name("solver.search.lower_bound")
    slow = Slow(bound, stop.set)
    monkeypatch.setattr("solver.search.lower_bound", lambda plain: slow(plain) if plain.objective.mode_cost else bound(plain))

    heard = listen(question, LONG, stop=stop, on_event=slow.hear)

    assert (heard.finished.objective, heard.finished.bound) == (10, 10)
    assert heard.finished.outcome == "feasible"
