"""The child: one question on stdin, events on stdout until the search has finished.

Until the question is there it loads what it will need, so that it can be started beforehand. What is heavy is loaded only once it
has its name, its manners and a parent that it dies with.

Signals reach Python only between two steps of the main thread, and a running CP-SAT gives it none; so the search has a side
thread and the main one waits for it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable

from solver.events import Event, Finished
from solver.garbage import collecting_later
from solver.process.guards import Lease, LineReader, lower_privileges, watch
from solver.process.messages import (
    ALIVE,
    EXIT_FAILED,
    EXIT_OUT_OF_MEMORY,
    EXIT_PARENT_GONE,
    EXIT_REFUSED,
    READY,
    Question,
    decode_question,
)
from solver.process.naming import SOLVE, SPARE, name_process
from solver.process.outbox import Outbox
from solver.process.warming import warm_up

LOOK_EVERY_SECONDS = 0.05


def main() -> None:
    name_process(SPARE)
    lower_privileges()
    said = _claim_stdout()
    lines = LineReader(0)
    if warm_up(lines.is_ready):
        os.write(said, READY)
    first = lines.line()  # until then a SIGTERM simply ends the process: there is no best so far
    if first is None:
        os._exit(EXIT_PARENT_GONE)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    name_process(SOLVE)
    os.write(said, ALIVE)  # to read a large question takes a while
    gc.disable()  # see `solver.garbage`
    try:
        question = decode_question(first)
    except MemoryError:
        os._exit(EXIT_OUT_OF_MEMORY)
    lease = Lease(question.lease_until)
    _start(lease.follow, lines)
    _start(watch, question.parent, lease, question.limits.memory_mb * 1024 * 1024)
    os._exit(_answer(question, said, stop))


def _answer(question: Question, said: int, stop: threading.Event) -> int:
    """Run the search until it has finished or failed, without waiting for threads of it that take long to hear of the end; the
    exit code of the process. `said` is the descriptor that the parent listens to."""
    from solver.diagnose import RefusedProblem  # noqa: PLC0415 - a spare loads it step by step
    from solver.search import search  # noqa: PLC0415 - loads the kernel, which a spare has loaded before

    outbox = Outbox(said)
    codes: list[int] = []

    def say(event: Event) -> None:
        outbox.put(event)
        if isinstance(event, Finished):
            codes.append(0)

    def run() -> None:
        try:
            with collecting_later(say) as hear:
                search(question.problem, question.limits, hear, stop, question.hint)
        except MemoryError:
            codes.append(EXIT_OUT_OF_MEMORY)
        except RefusedProblem as refused:
            sys.stderr.write(f"{refused}\n")
            codes.append(EXIT_REFUSED)

    thread = _start(run)
    while thread.is_alive() and not codes:  # the thread ends when its last words are on stderr
        thread.join(LOOK_EVERY_SECONDS)
    outbox.close()
    return codes[0] if codes else EXIT_FAILED


def _claim_stdout() -> int:
    """A private copy of stdout; whatever a library prints goes to stderr from now on."""
    private = os.dup(1)
    os.dup2(2, 1)
    return private


def _start(target: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


if __name__ == "__main__":
    main()
