"""The search in a child process: what it says, how it ends when it is told to, and what it is to the machine."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from solver.bench.plants import EVERYTHING, plant
from solver.decode import decode
from solver.events import Finished, Improved, Stage
from solver.limits import Limits
from solver.problem import Order
from solver.process import Patience, SolverCrashed, SolverProcess, SolverRefused
from solver.schedule import measure, objective_value
from solver.verify import verify
from tests.solver.children import LONG, easy, is_gone, read_until, saying
from tests.solver.examples import operation, problem
from tests.solver.listening import listen


def test_a_search_tells_its_whole_story() -> None:
    question = easy()

    with SolverProcess(question, Limits(seconds=20.0, threads=1)) as child:
        events = read_until(child, lambda event: isinstance(event, Finished))

    assert events[0] == Stage(events[0].elapsed, "checking")
    best = [event for event in events if isinstance(event, Improved)][-1]
    assert verify(question, best.schedule) == ()
    assert best.objective == objective_value(question.objective, measure(question, best.schedule)) == 0
    assert isinstance(events[-1], Finished)
    assert (events[-1].outcome, events[-1].objective, child.finished) == ("optimal", 0, True)
    assert is_gone(child.pid)


def test_counted_iterations_end_in_the_same_schedule_in_every_child() -> None:
    question, limits = plant(60, EVERYTHING), Limits(seconds=600.0, iterations=300)
    found = []
    for _ in range(2):
        with SolverProcess(question, limits) as child:
            events = read_until(child, lambda event: isinstance(event, Finished))
        found.append([event for event in events if isinstance(event, Improved)][-1].schedule)

    assert found[0] == found[1] == listen(question, limits).best


def test_a_hint_is_where_it_begins() -> None:
    question = easy()
    hint = decode(question, [f"a{number}" for number in (3, 2, 1, 0)])

    with SolverProcess(question, Limits(seconds=20.0, threads=1), hint=hint) as child:
        events = read_until(child, lambda event: isinstance(event, Finished))

    assert next(event for event in events if isinstance(event, Improved)).source == "hint"


def test_what_cannot_be_done_is_told_in_words() -> None:
    with SolverProcess(problem(operation("a", 5000)), LONG) as child:
        finished = read_until(child, lambda event: isinstance(event, Finished))[-1]

    assert isinstance(finished, Finished)
    assert finished.outcome == "infeasible"
    assert finished.reasons


def test_what_is_no_question_is_refused_in_words() -> None:
    soft = problem(operation("a"), orders=(Order("o1", "4711", release=9, due=8),))

    with SolverProcess(soft, LONG) as child, pytest.raises(SolverRefused) as refusal:
        read_until(child, lambda event: isinstance(event, Finished))

    assert refusal.value.stderr_tail == "Order 4711 is due before its release."


def test_stop_keeps_the_best() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        events = read_until(child, lambda event: isinstance(event, Improved))
        child.stop()
        events += read_until(child, lambda event: isinstance(event, Finished))

    best = [event for event in events if isinstance(event, Improved)][-1]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert (finished.outcome, finished.objective) == ("feasible", best.objective)


LINGERING = """
import threading
from solver import search
from solver.events import Finished
from solver.process.__main__ import main

def lingering(problem, limits, emit, stop, hint):
    emit(Finished(0.0, "unknown", None, None))
    threading.Event().wait(100)

search.search = lingering
main()
"""


def test_a_search_that_has_finished_is_not_waited_for() -> None:
    """Its threads may be deep in a presolve, or in a list of ten thousand operations."""
    with saying(LINGERING)(easy(), LONG) as child:
        read_until(child, lambda event: isinstance(event, Finished))

    assert child._child.exit_code == 0


def test_stop_at_once_is_an_answer_too() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        child.stop()
        finished = read_until(child, lambda event: isinstance(event, Finished))[-1]

    assert isinstance(finished, Finished)
    assert finished.outcome in {"unknown", "feasible"}


def test_a_child_that_does_not_obey_is_killed_and_its_best_stands() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG, patience=Patience(grace_seconds=0.5)) as child:
        events = read_until(child, lambda event: isinstance(event, Improved))
        os.kill(child.pid, signal.SIGSTOP)
        child.stop()
        events += read_until(child, lambda event: isinstance(event, Finished))
        assert is_gone(child.pid)

    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.objective == [event for event in events if isinstance(event, Improved)][-1].objective
    assert finished.outcome == "feasible"


def test_leaving_early_leaves_no_process() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        read_until(child, lambda event: isinstance(event, Stage))

    assert is_gone(child.pid)


def test_lines_are_given_out_whole_and_once() -> None:
    program = "import sys, time; sys.stderr.write('one\\n\\ntwo\\nthr'); sys.stderr.flush(); time.sleep(60)"

    with saying(program)(easy(), LONG) as child:
        lines: list[str] = []
        deadline = time.monotonic() + 20
        while len(lines) < 2 and time.monotonic() < deadline:
            child.read(0.1)
            lines += child.take_lines()
        assert lines == ["one", "two"]
        assert child.take_lines() == []


def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:secret@host/db")
    program = "import os, sys; sys.stderr.write(' '.join(sorted(os.environ)))"

    with saying(program)(easy(), LONG) as child, pytest.raises(SolverCrashed) as raised:
        read_until(child, lambda event: isinstance(event, Finished))

    known = set(raised.value.stderr_tail.split())
    assert known - {"LC_CTYPE"} == {"HOME", "LANG", "OMP_NUM_THREADS", "PATH", "PYTHONHASHSEED", "PYTHONPATH"}


def test_the_child_is_nice_alone_in_its_session_and_leaves_no_core() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        read_until(child, lambda event: isinstance(event, Stage))
        assert os.getpriority(os.PRIO_PROCESS, child.pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)
        assert os.getsid(child.pid) == os.getpgid(child.pid) == child.pid
        limits = Path(f"/proc/{child.pid}/limits").read_text()

    assert re.search(r"Max core file size\s+0\s+0\s", limits)


def test_the_first_plan_of_350_operations_is_out_within_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    question = plant(350, EVERYTHING)
    began = time.monotonic()
    with SolverProcess(question, LONG) as child:
        read_until(child, lambda event: isinstance(event, Improved))
        seconds = time.monotonic() - began
        cpu = sum(map(int, Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[11:13])) / os.sysconf(
            "SC_CLK_TCK"
        )

    with capsys.disabled():
        print(f"\nfirst plan of {len(question.operations)} operations {seconds:.2f} s after the start ({cpu:.2f} s of processor)")
    assert cpu < 1.0
