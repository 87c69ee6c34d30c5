"""The search in a child process: what it says, and every way in which it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from solver.bench.plants import EVERYTHING, plant
from solver.decode import decode
from solver.events import Event, Finished, Improved, Stage
from solver.limits import Limits
from solver.problem import Objective, Order, Problem
from solver.process import (
    Patience,
    SolverCrashed,
    SolverFailed,
    SolverGarbage,
    SolverHung,
    SolverLeaseOver,
    SolverOutOfMemory,
    SolverProcess,
    SolverRaised,
    SolverRefused,
)
from solver.process.guards import resident_bytes
from solver.schedule import measure, objective_value
from solver.verify import verify
from tests.solver.examples import operation, problem
from tests.solver.listening import listen

LONG = Limits(seconds=120.0, threads=1)
PATIENTLY = 60.0


def easy() -> Problem:
    operations = [operation(f"a{number}", 10, order=f"o{number}") for number in range(4)]
    orders = tuple(Order(f"o{number}", f"O{number}", due=40 - 10 * number) for number in range(4))
    return problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))


def read_until(child: SolverProcess, wanted: Callable[[Event], bool]) -> list[Event]:
    """Every event up to the first that is wanted."""
    events: list[Event] = []
    deadline = time.monotonic() + PATIENTLY
    while not any(map(wanted, events)):
        assert time.monotonic() < deadline, f"waited in vain; heard {events}"
        assert not child.finished, f"finished without it; heard {events}"
        events += child.read(0.5)
    return events


def is_gone(pid: int) -> bool:
    """Whether there is no such process any more, or only its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition: Callable[[], bool]) -> float:
    """Seconds until the condition holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENTLY
        os.sched_yield()
    return time.monotonic() - began


def saying(program: str) -> type[SolverProcess]:
    """A child that is something else."""
    return type("Said", (SolverProcess,), {"command": (sys.executable, "-c", program)})


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


def test_a_killed_child_is_a_crash_with_its_signal() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        read_until(child, lambda event: isinstance(event, Improved))
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(SolverCrashed, match="SIGKILL") as raised:
            read_until(child, lambda event: isinstance(event, Finished))

    assert raised.value.signal == signal.SIGKILL


def test_leaving_early_leaves_no_process() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        read_until(child, lambda event: isinstance(event, Stage))

    assert is_gone(child.pid)


def test_a_child_without_a_lease_ends_itself() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG, lease_seconds=1.0) as child, pytest.raises(SolverLeaseOver):
        read_until(child, lambda event: isinstance(event, Finished))


def test_an_extended_lease_lets_it_live() -> None:
    with SolverProcess(plant(350, EVERYTHING), Limits(seconds=8.0, threads=1), lease_seconds=4.0) as child:
        while not child.finished:
            child.extend_lease(4.0)
            child.read(0.3)

    assert child.finished


PARENT = """
import sys, time
from solver.bench.plants import EVERYTHING, plant
from solver.limits import Limits
from solver.process import SolverProcess
with SolverProcess(plant(350, EVERYTHING), Limits(seconds=120.0, threads=1), lease_seconds=100.0) as child:
    while not child.read(1.0):
        pass
    print(child.pid, flush=True)
    time.sleep(100)
"""


def test_a_child_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not is_gone(child)

    parent.kill()
    parent.communicate()

    assert wait_until(lambda: is_gone(child)) < 5.0


def test_a_child_that_takes_too_much_memory_ends() -> None:
    question = plant(120, EVERYTHING)

    with SolverProcess(question, Limits(memory_mb=50)) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))


def test_the_parent_looks_after_the_memory_too() -> None:
    """A child whose own watch does not run is killed for it."""
    hoard = 'import time; print(\'{"type":"alive"}\', flush=True); hoard = bytearray(200 * 2**20); time.sleep(100)'

    with saying(hoard)(easy(), Limits(memory_mb=100)) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))


def test_the_parent_looks_after_the_memory_of_a_child_that_never_stops_talking() -> None:
    line = '{"type": "bound", "elapsed": 0.1, "bound": 1}'
    hoard = f"hoard = bytearray(200 * 2**20)\nwhile True: print('{line}', flush=True)"

    with saying(hoard)(easy(), Limits(memory_mb=100)) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))

    assert child.peak_memory_mb is not None
    assert child.peak_memory_mb > 110


def test_a_silent_child_is_hung() -> None:
    with SolverProcess(plant(350, EVERYTHING), LONG) as child:
        read_until(child, lambda event: isinstance(event, Improved))
        os.kill(child.pid, signal.SIGSTOP)
        child._patience = Patience(hung_seconds=2.0)
        with pytest.raises(SolverHung):
            read_until(child, lambda event: isinstance(event, Finished))


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("print('good morning')", "good morning"),
        ('print(\'{"type": "stage", "name": "sleeping", "elapsed": 1}\')', "sleeping"),
        ("import sys; sys.stdout.buffer.write(bytes([255, 254, 10]))", "no event"),
        ("print('zero:\\0.')", "zero:\N{REPLACEMENT CHARACTER}."),
    ],
)
def test_garbage_is_called_so(program: str, told: str) -> None:
    with saying(program)(easy(), LONG) as child, pytest.raises(SolverGarbage, match=told):
        read_until(child, lambda event: isinstance(event, Finished))


def test_last_words_are_kept() -> None:
    program = "import sys; sys.stderr.write('so\\0long'); sys.exit(3)"

    with saying(program)(easy(), LONG) as child, pytest.raises(SolverCrashed, match="exit code 3") as raised:
        read_until(child, lambda event: isinstance(event, Finished))

    assert raised.value.stderr_tail == "so\N{REPLACEMENT CHARACTER}long", "PostgreSQL keeps no U+0000"
    assert raised.value.signal is None


FAULTY = """
from solver import search
from solver.process.__main__ import main

def faulty(problem, limits, emit, stop, hint):
    {fault}

search.search = faulty
main()
"""


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (FAULTY.format(fault="raise RuntimeError('no such formulation')"), "RuntimeError: no such formulation"),
        (FAULTY.format(fault="return"), "exit code 70"),  # without having finished
        ("import solver.no_such_module", "ModuleNotFoundError"),
    ],
    ids=["search raises", "search says no end", "child raises"],
)
def test_an_error_of_ours_is_told_from_a_crash(program: str, told: str) -> None:
    with saying(program)(easy(), LONG) as child, pytest.raises(SolverRaised, match=told):
        read_until(child, lambda event: isinstance(event, Finished))


UNREADABLE = """
from solver.process import __main__ as child

def decode(line):
    raise MemoryError

child.decode_question = decode
child.main()
"""


@pytest.mark.parametrize("program", [FAULTY.format(fault="raise MemoryError"), UNREADABLE], ids=["search", "question"])
def test_a_lack_of_memory_is_no_error_of_ours(program: str) -> None:
    with saying(program)(easy(), LONG) as child, pytest.raises(SolverOutOfMemory):
        read_until(child, lambda event: isinstance(event, Finished))


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


def test_all_failures_are_of_one_kind() -> None:
    assert all(issubclass(kind, SolverFailed) for kind in (SolverCrashed, SolverHung, SolverGarbage))
    assert issubclass(SolverRaised, SolverCrashed)
    assert issubclass(SolverOutOfMemory, SolverCrashed)
    assert issubclass(SolverLeaseOver, SolverCrashed)


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


def test_memory_is_measured() -> None:
    assert (resident_bytes() or 0) > 1 << 20
    assert resident_bytes(2**22 + 5) is None


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
