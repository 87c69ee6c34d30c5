"""Measures what a solver process that is kept ready saves: how long a search takes to get going, with one and without, in turns.

    python -m bench.spare --operations 350 --rounds 15

Seconds from the question, in the parent's eyes, as medians with the smallest and the largest:

first event     the search has begun to look at the problem
first plan      the best that dispatching rules find at once
all at work     the first event after OR-Tools is loaded: from now on everything searches that will

Before it is asked, a spare has loaded everything, as it has on a site where a moment ago nothing was solved.
"""

from __future__ import annotations

import argparse
import select
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from solver.bench.plants import EVERYTHING, plant
from solver.events import Event, Improved, Stage
from solver.limits import Limits
from solver.problem import Problem
from solver.process import SolverProcess


def is_plan(event: Event) -> bool:
    return isinstance(event, Improved)


def is_at_work(event: Event) -> bool:
    return isinstance(event, Stage) and event.name in {"proving", "improving"}


MOMENTS: dict[str, Callable[[Event], bool]] = {"first event": lambda _: True, "first plan": is_plan, "all at work": is_at_work}

Seconds = dict[str, float]


def keep_ready() -> int:
    """Have a spare that has loaded everything; its resident bytes."""
    SolverProcess.spare.keep(SolverProcess.command)
    waiting = SolverProcess.spare._waiting  # noqa: SLF001 - nobody else has to know when it is ready
    assert waiting is not None  # noqa: S101 - started just now, in the main thread
    select.select([waiting.child.stdout], [], [])
    return waiting.held_bytes


def measure(question: Problem, limits: Limits) -> Seconds:
    """Until each of MOMENTS. Raises RuntimeError when the search has ended before."""
    seconds: Seconds = {}
    began = time.perf_counter()
    with SolverProcess(question, limits) as child:
        while len(seconds) < len(MOMENTS):
            for event in child.read(1.0):
                now = time.perf_counter() - began
                seconds |= {name: now for name, is_it in MOMENTS.items() if name not in seconds and is_it(event)}
            if child.finished:
                raise RuntimeError("The search has ended too early: ask for more operations.")
    return seconds


def report(name: str, measured: Sequence[Seconds]) -> None:
    """One line."""
    figures = [sorted(seconds[moment] for seconds in measured) for moment in MOMENTS]
    told = "   ".join(f"{statistics.median(each):.3f} ({each[0]:.3f} to {each[-1]:.3f})" for each in figures)
    sys.stdout.write(f"{name:<14}{told}\n")


def main() -> None:
    """Asks the same question again and again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=350)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    question, limits = plant(options.operations, EVERYTHING), Limits(threads=options.threads)
    with_spare: list[Seconds] = []
    without: list[Seconds] = []
    held = 0
    for _ in range(options.rounds):
        without.append(measure(question, limits))
        held = max(held, keep_ready())
        with_spare.append(measure(question, limits))
    sys.stdout.write(f"{len(question.operations)} operations, {options.threads} threads; {', '.join(MOMENTS)}, in seconds\n")
    report("fresh child", without)
    report("spare", with_spare)
    sys.stdout.write(f"A spare that waits holds {held / 1e6:.0f} MB.\n")


if __name__ == "__main__":
    main()
