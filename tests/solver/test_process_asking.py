"""A spare is given the time that it takes to ask it."""

from __future__ import annotations

import os
import signal
import time

import pytest

from solver.bench.plants import plant
from solver.events import Improved
from solver.process import SolverProcess
from solver.process.child import Child
from solver.process.messages import Question, encode_question
from solver.process.spare import ANSWER_SECONDS, Spare
from tests.solver.children import easy, is_gone, read_until
from tests.solver.test_process_spare import EASY_SECONDS, SHORT, answer, loaded


def test_a_question_that_takes_long_to_write_down_is_answered_by_it(spare: Spare, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the spare that has to be waited for."""

    def slowly(question: Question) -> bytes:
        time.sleep(ANSWER_SECONDS + 0.5)
        return encode_question(question)

    monkeypatch.setattr("solver.process.parent.encode_question", slowly)
    pid = loaded(spare).pid

    assert answer(easy())[1] == pid


def test_so_is_one_that_takes_long_to_be_sent(spare: Spare) -> None:
    pid = loaded(spare).pid
    began = time.monotonic()

    with SolverProcess(plant(2000, frozenset()), SHORT) as child:
        while child._untaken > 0:
            assert child.read(0.0) == []
            time.sleep(0.6)
        assert time.monotonic() - began > ANSWER_SECONDS, "so large is it"
        read_until(child, lambda event: isinstance(event, Improved))
        assert child.pid == pid


def test_a_lease_is_not_part_of_the_question(spare: Spare) -> None:
    """The pipe of one that is frozen takes many of them."""
    pid = loaded(spare).pid
    os.kill(pid, signal.SIGSTOP)
    until = time.monotonic() + ANSWER_SECONDS + 1.0

    with SolverProcess(easy(), SHORT) as child:
        while time.monotonic() < until:
            child.extend_lease(EASY_SECONDS)
            child.read(0.2)
        assert child.pid != pid


@pytest.mark.parametrize("has_spare", [True, False], ids=["spare", "fresh"])
def test_a_child_that_cannot_be_asked_does_not_stay_behind(
    spare: Spare,
    monkeypatch: pytest.MonkeyPatch,
    has_spare: bool,  # noqa: FBT001 - by name
) -> None:
    pids = [loaded(spare).pid] if has_spare else []

    def start(command: tuple[str, ...]) -> Child:
        child = Child(command)
        pids.append(child.pid)
        return child

    def fail(_question: Question) -> bytes:
        raise MemoryError

    monkeypatch.setattr("solver.process.parent.Child", start)
    monkeypatch.setattr("solver.process.parent.encode_question", fail)

    with pytest.raises(MemoryError), SolverProcess(easy(), SHORT):
        pass

    assert len(pids) == 1
    assert is_gone(pids[0])
