"""What searches have in common: safe to use from several threads, and silent after its last word."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from solver import incumbent as module
from solver.decode import Decoder
from solver.events import Event, Finished
from solver.incumbent import BrokenSchedule, Incumbent
from solver.problem import Problem
from solver.verify import Verifier
from tests.solver.examples import assignment, operation, problem, schedule

PATIENTLY = 20.0


def test_nothing_is_said_after_the_last_word() -> None:
    said: list[Event] = []
    incumbent = Incumbent(problem(operation("a")), said.append)
    incumbent.finish("unknown")
    incumbent.stage("improving")
    incumbent.raise_bound(1)
    assert not incumbent.offer(schedule(assignment("a", 0, 10)), "late")
    incumbent.finish("feasible")
    assert [type(event) for event in said] == [Finished]


def test_all_threads_have_one_decoder_and_nobody_else_waits_while_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, made = threading.Event(), threading.Event(), list[Decoder]()

    def slowly(question: Problem) -> Decoder:
        begun.set()
        assert go_on.wait(PATIENTLY)
        made.append(Decoder(question))
        return made[-1]

    monkeypatch.setattr(module, "Decoder", slowly)
    incumbent = Incumbent(problem(operation("a")), lambda _event: None)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(lambda: incumbent.decoder) for _ in range(2)]
        assert begun.wait(PATIENTLY)
        try:
            assert pool.submit(incumbent.best).result(PATIENTLY) is None
        finally:
            go_on.set()
        assert [future.result(PATIENTLY) for future in asked] == made * 2


def test_all_schedules_are_verified_by_one_verifier_that_is_made_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Verifier] = []

    def noted(question: Problem) -> Verifier:
        made.append(Verifier(question))
        return made[-1]

    monkeypatch.setattr(module, "Verifier", noted)
    incumbent = Incumbent(problem(operation("a")), lambda _event: None)
    assert not made
    with ThreadPoolExecutor(3) as pool:
        offers = [pool.submit(incumbent.offer, schedule(assignment("a", 0, 10)), "early") for _ in range(3)]
        assert sum(offer.result(PATIENTLY) for offer in offers) == 1
    with pytest.raises(BrokenSchedule):
        incumbent.offer(schedule(assignment("a", -1, 9)), "too early")
    assert made == [incumbent.verifier]
