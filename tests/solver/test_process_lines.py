"""The lines between the search in a child process and its parent, and what each side makes of them."""

from __future__ import annotations

import os

import pytest

from solver.decode import decode
from solver.events import BoundRaised, Event, Finished, Improved
from solver.process import SolverGarbage
from solver.process.hearing import Hearing
from solver.process.messages import ALIVE, LINE_LIMIT_BYTES, READY
from solver.process.outbox import Outbox
from solver.schedule import measure
from tests.solver.examples import operation, problem


def test_a_child_that_has_nothing_to_say_gives_signs_of_life() -> None:
    readable, writable = os.pipe()
    outbox = Outbox(writable)

    assert os.read(readable, len(ALIVE)) == ALIVE
    assert os.read(readable, len(ALIVE)) == ALIVE

    outbox.close()
    os.close(readable)
    os.close(writable)


def test_a_sign_of_life_is_heard_and_is_no_event() -> None:
    hearing = Hearing()
    made_at = hearing.heard_at
    hearing.hear(ALIVE)

    assert hearing.take() == []
    assert hearing.heard_at > made_at


def test_to_be_ready_is_no_answer() -> None:
    """A spare may say so just after it has been given its question, and freeze before it reads that."""
    hearing = Hearing()
    hearing.hear(READY)
    assert not hearing.has_answered

    hearing.hear(ALIVE)
    assert hearing.has_answered
    assert hearing.take() == []


def test_a_line_without_end_is_garbage() -> None:
    hearing = Hearing()
    hearing.hear(b"x" * (LINE_LIMIT_BYTES // 2))

    with pytest.raises(SolverGarbage, match="line of more than"):
        hearing.hear(b"x" * (LINE_LIMIT_BYTES // 2 + 1))


def test_a_slow_reader_gets_the_newest_incumbent_only() -> None:
    """The pipe is full with the first; of the others only the last is worth sending."""
    question = problem(*(operation(f"a{number}", 1) for number in range(900)))
    plan = decode(question, [])
    assert plan is not None
    measures = measure(question, plan)
    readable, writable = os.pipe()
    outbox = Outbox(writable)
    hearing = Hearing()

    for number in range(50):
        outbox.put(Improved(float(number), plan, 1000 - number, measures, "test"))
    outbox.put(BoundRaised(50.0, 1))
    outbox.put(Finished(51.0, "feasible", 951, 1))
    heard: list[Event] = []
    while not hearing.finished:
        hearing.hear(os.read(readable, 1 << 16))
        heard += hearing.take()
    outbox.close()
    os.close(readable)
    os.close(writable)

    objectives = [event.objective for event in heard if isinstance(event, Improved)]
    assert objectives[-1] == 951
    assert len(objectives) < 10
    assert heard[-1] == Finished(51.0, "feasible", 951, 1)
