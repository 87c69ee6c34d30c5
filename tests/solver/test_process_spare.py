"""A child that was started beforehand: it makes a search quicker, and never makes any other difference."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from solver.bench.plants import EVERYTHING, plant
from solver.events import Event, Finished, Improved
from solver.limits import Limits
from solver.problem import Problem
from solver.process import Patience, SolverCrashed, SolverProcess
from solver.process.child import Child
from solver.process.messages import EXIT_PARENT_GONE
from solver.process.naming import SOLVE, SPARE
from solver.process.spare import ANSWER_SECONDS, Spare
from tests.solver.children import PATIENTLY, easy, is_gone, read_until, saying, wait_until

SHORT = Limits(seconds=20.0, threads=1)
LOADING_SECONDS = 3.0  # that a spare is given where it is frozen while it loads
ORPHAN_SECONDS = 5.0  # promise P8
EASY_SECONDS = 20.0  # a fresh child is started and answers an easy question, on a machine that is busy with other things


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading may not take long."""
    monkeypatch.setattr("solver.process.spare.LOADING_SECONDS", LOADING_SECONDS)


def waiting(spare: Spare) -> Child:
    assert spare._waiting is not None
    return spare._waiting.child


def loaded(spare: Spare, kind: type[SolverProcess] = SolverProcess) -> Child:
    """A child that has everything it needs but a question, and waits for that."""
    spare.keep(kind.command)
    child = waiting(spare)
    assert select.select([child.stdout], [], [], PATIENTLY)[0], "it says so"
    wait_until(lambda: state_of(child.pid) == "S")
    return child


def answer(question: Problem, limits: Limits = SHORT, kind: type[SolverProcess] = SolverProcess) -> tuple[list[Event], int]:
    """All that is said, and the process that said it."""
    with kind(question, limits) as child:
        events = read_until(child, lambda event: isinstance(event, Finished))
        return events, child.pid


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


COUNTED = """
from solver import search
from solver.dispatch import dispatch
from solver.events import Finished, Improved
from solver.local_search import Pace, improve
from solver.process.__main__ import main
from solver.schedule import measure, objective_value

def counted(problem, limits, emit, stop, hint):
    def tell(schedule):
        measures = measure(problem, schedule)
        found.append(objective_value(problem.objective, measures))
        emit(Improved(0.0, schedule, found[-1], measures, "counted"))

    found = []
    start = next(dispatch(problem))[1]
    improve(problem, start, Pace(limits.seed, 300), lambda: False, tell)
    emit(Finished(0.0, "feasible", found[-1], None))

search.search = counted
main()
"""


def test_it_gives_the_answer_that_a_fresh_child_gives(spare: Spare) -> None:
    question, kind = plant(72, EVERYTHING), saying(COUNTED)
    answers = {}
    for seed in (1, 2):
        fresh, _ = answer(question, Limits(threads=1, seed=seed), kind)
        taken = loaded(spare, kind).pid
        warm, pid = answer(question, Limits(threads=1, seed=seed), kind)
        assert pid == taken
        assert warm[-1] == fresh[-1]
        assert [event for event in warm if isinstance(event, Improved)][-1] == fresh[-2]
        answers[seed] = fresh[-2]

    assert answers[1] != answers[2], "it depends on the seed"


def test_it_has_loaded_everything_and_has_another_name_once_it_has_a_question(spare: Spare) -> None:
    pid = loaded(spare).pid
    libraries = Path(f"/proc/{pid}/maps").read_text()
    assert "ortools" in libraries
    assert name_of(pid) == SPARE

    with SolverProcess(plant(350, EVERYTHING), SHORT) as child:
        read_until(child, lambda event: isinstance(event, Improved))
        assert (child.pid, name_of(pid)) == (pid, SOLVE)


def test_a_question_that_comes_while_it_loads_is_answered_by_it(spare: Spare) -> None:
    spare.keep(SolverProcess.command)
    pid = waiting(spare).pid

    events, answered = answer(easy())

    assert answered == pid
    assert isinstance(events[-1], Finished)
    assert events[-1].outcome == "optimal"


def test_one_that_is_dead_is_not_asked(spare: Spare) -> None:
    pid = loaded(spare).pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))

    with SolverProcess(easy(), SHORT) as child:
        assert child.pid != pid
        assert read_until(child, lambda event: isinstance(event, Finished))
        assert child.last_words == ""


def test_one_that_dies_before_it_has_read_its_question_is_replaced(spare: Spare) -> None:
    pid = loaded(spare).pid
    os.kill(pid, signal.SIGSTOP)

    with SolverProcess(easy(), SHORT) as child:
        assert child.pid == pid
        os.kill(pid, signal.SIGKILL)
        events = read_until(child, lambda event: isinstance(event, Finished))
        assert child.pid != pid
        assert "spare process did not answer" in child.last_words

    assert isinstance(events[-1], Finished)
    assert events[-1].outcome == "optimal"


@pytest.mark.parametrize("size", [4, 2000], ids=["short", "longer than a pipe"])
def test_one_that_is_frozen_costs_a_moment(spare: Spare, size: int) -> None:
    question = easy() if size == 4 else plant(size, frozenset())
    pid = loaded(spare).pid
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()

    with SolverProcess(question, SHORT, lease_seconds=EASY_SECONDS) as child:
        first = child.read(0.0)
        while not first:
            first = child.read(0.5)
        assert child.pid != pid
        assert ANSWER_SECONDS < time.monotonic() - began < ANSWER_SECONDS + EASY_SECONDS

    assert is_gone(pid)


@pytest.mark.usefixtures("impatient")
def test_one_that_does_not_answer_is_not_hung(spare: Spare) -> None:
    """That would be a failure of the run."""
    spare.keep(SolverProcess.command)
    pid = waiting(spare).pid
    os.kill(pid, signal.SIGSTOP)

    with SolverProcess(easy(), SHORT) as child:
        child._patience = Patience(hung_seconds=0.1)
        while child.pid == pid:
            assert child.read(0.1) == []


@pytest.mark.usefixtures("impatient")
def test_one_that_is_frozen_while_it_loads_costs_a_moment(spare: Spare) -> None:
    spare.keep(SolverProcess.command)
    pid = waiting(spare).pid
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()

    events, answered = answer(easy())

    assert answered != pid
    assert LOADING_SECONDS < time.monotonic() - began < LOADING_SECONDS + EASY_SECONDS
    assert isinstance(events[-1], Finished)
    assert events[-1].outcome == "optimal"


LEASE_TELLING = """
import json, sys
print('{"type":"ready"}', flush=True)
sys.exit(str(json.loads(sys.stdin.readline())["lease_until"]))
"""


def test_a_fresh_child_has_the_lease_of_the_frozen_one(spare: Spare) -> None:
    """That of the run, which began when the run was claimed and has been extended since."""
    kind = saying(LEASE_TELLING)
    os.kill(loaded(spare, kind).pid, signal.SIGSTOP)

    with kind(easy(), SHORT, lease_seconds=100.0) as child:
        child.extend_lease(200.0)
        until = child._lease_until
        with pytest.raises(SolverCrashed) as raised:
            read_until(child, lambda event: isinstance(event, Finished))

    assert raised.value.stderr_tail.endswith(str(until))


def test_a_stop_ends_one_that_is_frozen_too(spare: Spare) -> None:
    pid = loaded(spare).pid
    os.kill(pid, signal.SIGSTOP)

    with SolverProcess(easy(), SHORT) as child:
        child.stop()
        finished = read_until(child, lambda event: isinstance(event, Finished))[-1]

    assert isinstance(finished, Finished)
    assert finished.outcome == "unknown"
    assert is_gone(pid)


def test_one_of_other_code_is_not_asked(spare: Spare, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = tmp_path / "search.py"
    source.write_text("old")
    monkeypatch.setattr("solver.process.spare._SOLVER", tmp_path)
    pid = loaded(spare).pid
    source.write_text("newer")

    assert answer(easy())[1] != pid
    assert is_gone(pid)


def test_one_whose_packages_were_updated_is_not_asked(spare: Spare, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("solver.process.spare._PACKAGES", tmp_path)
    pid = loaded(spare).pid
    (tmp_path / "ortools-99.dist-info").mkdir()

    assert answer(easy())[1] != pid
    assert is_gone(pid)


def test_code_that_is_just_being_replaced_is_other_code(spare: Spare, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pid = loaded(spare).pid
    monkeypatch.setattr("solver.process.spare._PACKAGES", tmp_path / "gone")

    assert answer(easy())[1] != pid
    assert is_gone(pid)


def test_one_of_another_command_is_not_asked(spare: Spare) -> None:
    pid = loaded(spare).pid

    assert answer(easy(), kind=saying("from solver.process.__main__ import main; main()"))[1] != pid
    assert is_gone(pid)


@pytest.mark.parametrize("is_loaded", [True, False], ids=["loaded", "still loading"])
def test_a_search_with_little_memory_has_a_child_that_holds_less(spare: Spare, is_loaded: bool) -> None:  # noqa: FBT001 - by name
    spare.keep(SolverProcess.command)
    pid = loaded(spare).pid if is_loaded else waiting(spare).pid

    assert answer(easy(), Limits(seconds=20.0, threads=1, memory_mb=128))[1] != pid
    assert is_gone(pid)


def test_it_waits_for_one_question_only(spare: Spare) -> None:
    pid = loaded(spare).pid

    assert answer(easy())[1] == pid
    assert answer(easy())[1] != pid


def test_a_fit_one_is_kept_and_another_one_replaced(spare: Spare) -> None:
    pid = loaded(spare).pid
    spare.keep(SolverProcess.command)
    assert waiting(spare).pid == pid

    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))
    spare.keep(SolverProcess.command)
    assert waiting(spare).pid != pid


def test_no_other_thread_starts_one(spare: Spare) -> None:
    """It would die with that thread."""
    thread = threading.Thread(target=spare.keep, args=[SolverProcess.command])
    thread.start()
    thread.join()

    assert spare._waiting is None


def test_it_ends_when_nobody_can_ask_it_any_more(spare: Spare) -> None:
    child = loaded(spare)
    child._streams[0].close()

    assert wait_until(lambda: is_gone(child.pid)) < ORPHAN_SECONDS
    assert child.exit_code == EXIT_PARENT_GONE


def test_a_polite_signal_ends_it(spare: Spare) -> None:
    child = loaded(spare)
    os.kill(child.pid, signal.SIGTERM)

    assert wait_until(lambda: is_gone(child.pid)) < ORPHAN_SECONDS
    assert child.exit_code == -signal.SIGTERM


def test_letting_go_of_it_leaves_no_process(spare: Spare) -> None:
    pid = loaded(spare).pid
    spare.drop()

    assert is_gone(pid)


PARENT = """
import select, sys, time
from solver.process import SolverProcess
SolverProcess.spare.keep(SolverProcess.command)
child = SolverProcess.spare._waiting.child
if sys.argv[1] == "waits":
    select.select([child.stdout], [], [])
print(child.pid, flush=True)
time.sleep(100)
"""


@pytest.mark.parametrize("doing", ["loads", "waits"])
def test_it_dies_with_its_parent(doing: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, doing], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not is_gone(pid)

    parent.kill()
    parent.communicate()

    assert wait_until(lambda: is_gone(pid)) < ORPHAN_SECONDS
