"""The solver's child process with all its guards, whose search behaves as the run's seed says. A retry takes the next seed.

Seeds below 1000 search in earnest, those of `WHOLE` too. The real search is loaded only for them: the others begin and end within
moments.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from enum import IntEnum
from types import ModuleType
from typing import Any

from solver.events import Event, Finished, Stage
from solver.limits import Limits
from solver.problem import Problem
from solver.schedule import Schedule

Emit = Callable[[Event], None]

CLASS = 1000  # seeds of one behaviour


class Seed(IntEnum):
    """The first seed of each behaviour."""

    REAL = 1
    QUICK = 1 * CLASS
    PATIENT = 2 * CLASS
    CRASH = 3 * CLASS
    HOG = 4 * CLASS
    HANG = 5 * CLASS
    GARBAGE = 6 * CLASS
    LONG_LINE = 7 * CLASS
    ENDLESS_LINE = 8 * CLASS
    KILL_PARENT = 9 * CLASS
    WHOLE = 10 * CLASS


class Pipe:
    """Where the outbox writes, for those who do not keep to its rules."""

    descriptor = 1


def quick(_emit: Emit, _stop: threading.Event) -> None:
    """Has nothing to say."""


def patient(emit: Emit, stop: threading.Event) -> None:
    emit(Stage(0.0, "building"))
    stop.wait()


def crash(_emit: Emit, stop: threading.Event) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)
    stop.wait()  # another thread may be given the signal, and be late


def hog(_emit: Emit, stop: threading.Event) -> None:
    """Takes 16 MB more, again and again; zeros are not resident before they are written."""
    held = []
    while not stop.wait(0.01):
        held.append(b"x" * (16 << 20))


def hang(_emit: Emit, stop: threading.Event) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)
    stop.wait()  # as above


def garbage(_emit: Emit, stop: threading.Event) -> None:
    say("So far and no further\0")
    write(b"Segmentation fault?\0 No, just chatting.\n")
    stop.wait()


def long_line(_emit: Emit, stop: threading.Event) -> None:
    write(b"x" * 50_000_000 + b"\n")
    stop.wait()


def endless_line(_emit: Emit, stop: threading.Event) -> None:
    while not stop.is_set():
        write(b"x" * 1_000_000)


def kill_parent(_emit: Emit, stop: threading.Event) -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    stop.wait()


BEHAVIOURS = {
    Seed.QUICK: quick,
    Seed.PATIENT: patient,
    Seed.CRASH: crash,
    Seed.HOG: hog,
    Seed.HANG: hang,
    Seed.GARBAGE: garbage,
    Seed.LONG_LINE: long_line,
    Seed.ENDLESS_LINE: endless_line,
    Seed.KILL_PARENT: kill_parent,
}


def search(problem: Problem, limits: Limits, emit: Emit, stop: threading.Event, hint: Schedule | None = None) -> None:
    """In the place of `solver.search.search`."""
    behaviour = limits.seed // CLASS * CLASS
    if behaviour == Seed.WHOLE:
        give_cp_sat_the_whole()
    if behaviour in {0, Seed.WHOLE}:
        real_search()(problem, limits, emit, stop, hint)
        return
    BEHAVIOURS[Seed(behaviour)](emit, stop)
    emit(Finished(0.0, "unknown", None, None))


def write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(Pipe.descriptor, view) :]


def real_search() -> Callable[..., None]:
    """The one that stands behind ours in `sys.modules`."""
    del sys.modules["solver.search"]
    found: Callable[..., None] = importlib.import_module("solver.search").search
    return found


def give_cp_sat_the_whole() -> None:
    """However large the problem is; what CP-SAT is at goes to stderr, from where a worker's log has it."""
    portfolio = importlib.import_module("solver.portfolio")
    build, run = portfolio.build, portfolio.Solve.run

    def told_build(*arguments: Any, **options: Any) -> Any:
        say("CP-SAT is given a formulation")
        return build(*arguments, **options)

    def told_run(solve: Any, *arguments: Any, **options: Any) -> Any:
        say("CP-SAT has its formulation")
        solve._solver.parameters.log_search_progress = True
        solve._solver.parameters.log_to_stdout = False
        solve._solver.log_callback = say
        return run(solve, *arguments, **options)

    vars(portfolio).update(SMALL=sys.maxsize, MIDDLE=sys.maxsize, build=told_build)
    portfolio.Solve.run = told_run


def say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main() -> None:
    stand_in = ModuleType("solver.search")
    vars(stand_in)["search"] = search
    sys.modules["solver.search"] = stand_in
    from solver.process import __main__ as child  # imports the search, which now is ours

    outbox = vars(child)["Outbox"]

    def noticed(descriptor: int) -> object:
        Pipe.descriptor = descriptor
        return outbox(descriptor)

    vars(child)["Outbox"] = noticed
    child.main()


if __name__ == "__main__":
    main()
