"""A child process that speaks like the solver and behaves as its first argument says.

It knows one problem, `two_operations`: its schedules put both on one machine one after the other, beginning at some delay, so
that the objective, the makespan, is 30 + delay.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from solver.events import BoundRaised, Event, Finished, Improved, Stage, encode_event
from solver.problem import Problem
from solver.process.messages import Question, decode_question
from solver.schedule import Schedule, measure
from tests.solver.examples import assignment, operation, problem, schedule

BEST = 30


def two_operations() -> Problem:
    return problem(operation("a", 10), operation("b", 20))


def delayed(delay: int) -> Schedule:
    return schedule(assignment("a", delay, delay + 10), assignment("b", delay + 10, delay + 30))


def improved(delay: int, elapsed: float = 0.1) -> Improved:
    plan = delayed(delay)
    return Improved(elapsed, plan, BEST + delay, measure(two_operations(), plan), "fake")


def overlapping() -> Improved:
    plan = schedule(assignment("a", 0, 10), assignment("b", 5, 25))
    return Improved(0.1, plan, 25, measure(two_operations(), plan), "fake")


def say(*events: Event) -> None:
    for event in events:
        sys.stdout.write(encode_event(event) + "\n")
    sys.stdout.flush()


def wait_for_stop(objective: int | None) -> None:
    signal.sigwait({signal.SIGTERM})
    say(Finished(1.0, "unknown" if objective is None else "feasible", objective, None))


def finish(_question: Question) -> None:
    say(Stage(0.0, "building"), improved(7), Stage(0.1, "improving"), BoundRaised(0.1, 20), improved(0, 0.2))
    say(BoundRaised(0.3, BEST), Finished(0.4, "optimal", BEST, BEST))


def wait(_question: Question) -> None:
    say(improved(7))
    wait_for_stop(BEST + 7)


def wait_without_a_plan(_question: Question) -> None:
    say(Stage(0.0, "building"))
    wait_for_stop(None)


def deaf(_question: Question) -> None:
    say(improved(7))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    while True:
        time.sleep(60)


def crash_when_stopped(_question: Question) -> None:
    say(improved(7))
    signal.sigwait({signal.SIGTERM})
    os.kill(os.getpid(), signal.SIGSEGV)


def flood(_question: Question) -> None:
    """Forty improvements within moments."""
    for delay in range(40, 0, -1):
        say(improved(delay, elapsed=0.001 * (40 - delay)))
    say(Finished(0.1, "feasible", BEST + 1, 20))


def from_hint(question: Question) -> None:
    """Goes on from the hint by one; without one it begins badly and dies."""
    if question.hint is None:
        say(improved(5))
        os.kill(os.getpid(), signal.SIGSEGV)
    begin = question.hint.by_operation["a"].setup_start if question.hint else 0
    say(improved(9), improved(begin - 1), Finished(0.2, "feasible", BEST + begin - 1, None))


def tell_limits(question: Question) -> None:
    """Ends at once; the bound is what it was allowed to use: seed × 100 + threads."""
    say(Finished(0.0, "unknown", None, 100 * question.limits.seed + question.limits.threads))


def lament(question: Question) -> None:
    """More than fits into a pipe: it has been looked at before it has said all of it."""
    sys.stderr.write("Alas! " * 60_000 + "I cannot go on.\n")
    sys.stderr.flush()
    crash(question)


def lament_and_wait(_question: Question) -> None:
    sys.stderr.write("I cannot go on.\n")
    sys.stderr.flush()
    wait_for_stop(None)


def crash(_question: Question) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def raise_an_error(_question: Question) -> None:
    raise ZeroDivisionError("secret detail")


def out_of_memory(_question: Question) -> None:
    sys.exit(86)


def garbage(_question: Question) -> None:
    sys.stdout.write("Segmentation fault? No, just chatting.\n")
    sys.stdout.flush()
    wait_for_stop(None)


def broken(_question: Question) -> None:
    say(overlapping(), Finished(0.1, "feasible", 25, None))


def infeasible(_question: Question) -> None:
    say(Finished(0.1, "infeasible", None, None, ("Order O1 cannot end in time.",)))


BEHAVIOURS: dict[str, Callable[[Question], None]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        finish,
        wait,
        wait_without_a_plan,
        deaf,
        crash_when_stopped,
        flood,
        from_hint,
        tell_limits,
        lament,
        lament_and_wait,
        crash,
        raise_an_error,
        out_of_memory,
        garbage,
        broken,
        infeasible,
    )
}


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    BEHAVIOURS[sys.argv[1]](decode_question(sys.stdin.buffer.readline()))
