"""What a soak breaks: one thing at a time, chosen by its seed, mended a little later."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random

import psutil

from scheduler_site import processes
from scheduler_site.drill.stack import Stack

Later = tuple[float, Callable[[], None]]  # when (monotonic seconds), and what

PAUSE_SECONDS = (0.5, 3.0)  # until something that was killed comes back
FREEZE_SECONDS = (17.0, 22.0)  # longer than a lease
REPLACE_SECONDS = 10.0  # in which a process that is asked to end has to have ended


class Vandal:
    """Breaks `stack` with the choices of `random`. `counts`: how often each fault was done."""

    def __init__(self, stack: Stack, random: Random) -> None:
        self.counts: Counter[str] = Counter()
        self._stack = stack
        self._random = random
        self._later: list[Later] = []
        self._down: set[str] = set()
        self._frozen: set[int] = set()
        self._faults: dict[Callable[[], bool], int] = {
            self.child_killed: 6,
            self.solver_killed: 4,
            self.spare_killed: 2,
            self.spare_frozen: 2,
            self.worker_killed: 2,
            self.worker_replaced: 1,
            self.child_frozen: 2,
            self.steward_killed: 2,
            self.beat_killed: 1,
            self.web_killed: 1,
            self.redis_lost: 2,
            self.postgres_crashed: 1,
        }

    def break_something(self) -> str:
        """Do one fault that can be done now; its name."""
        while True:
            (fault,) = self._random.choices(list(self._faults), list(self._faults.values()))
            if fault():
                self.counts[fault.__name__] += 1
                return fault.__name__

    def mend_what_is_due(self) -> None:
        """Start again and wake up what has been away long enough."""
        now = time.monotonic()
        due = [mend for when, mend in self._later if when <= now]
        self._later = [entry for entry in self._later if entry[0] > now]
        for mend in due:
            mend()

    def mend_all(self) -> None:
        """Everything, now."""
        due, self._later = self._later, []
        for _when, mend in due:
            mend()

    def ended_by_themselves(self) -> list[str]:
        """Processes that nobody has ended and that are not there: a fault of the product. They are started again."""
        names = [name for name in self._stack.running if name not in self._down and not self._stack.is_running(name)]
        for name in names:
            self._stack.start(name)
        return names

    def child_killed(self) -> bool:
        children = [child for worker in self._workers() for child in self._stack.children(worker)]
        return self._kill(children)

    def solver_killed(self) -> bool:
        return self._kill(self._stack.solvers())

    def spare_killed(self) -> bool:
        return self._kill(self._stack.spares())

    def spare_frozen(self) -> bool:
        """For ever: whoever wants it has to do without it."""
        return self._kill(self._stack.spares(), signal.SIGSTOP)

    def child_frozen(self) -> bool:
        """One that has a run: it will wake up as a zombie, and the run has gone on elsewhere."""
        children = [pid for solver in self._stack.solvers() if (pid := _parent(solver)) and pid not in self._frozen]
        if not children:
            return False
        pid = self._random.choice(children)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._frozen.add(pid)
            self._after(FREEZE_SECONDS, lambda: self._wake(pid))
            return True
        return False

    def worker_killed(self) -> bool:
        return self._take_down(self._workers())

    def worker_replaced(self) -> bool:
        """As a deployment does it. It may not have ended after ten seconds: one that has a frozen child cannot."""
        workers = self._workers()
        if not workers:
            return False
        name = self._random.choice(workers)
        self._down.add(name)
        processes.ask_to_stop(self._stack.commands[name], self._stack.running[name])
        self._after((REPLACE_SECONDS, REPLACE_SECONDS), lambda: self._bring_back(name))
        return True

    def steward_killed(self) -> bool:
        return self._take_down(self._up("steward"))

    def beat_killed(self) -> bool:
        return self._take_down(self._up("beat"))

    def web_killed(self) -> bool:
        return self._take_down(self._up("web"))

    def redis_lost(self) -> bool:
        if not self._take_down(self._up("valkey")):
            return False
        self._stack.lose_redis_data()
        return True

    def postgres_crashed(self) -> bool:
        if "postgres" in self._down:
            return False
        self._down.add("postgres")
        self._stack.crash_postgres()
        self._after(PAUSE_SECONDS, lambda: self._bring_back("postgres"))
        return True

    def _workers(self) -> list[str]:
        return self._up("worker-")

    def _up(self, prefix: str) -> list[str]:
        return [name for name in self._stack.running if name.startswith(prefix) and name not in self._down]

    def _kill(self, candidates: list[psutil.Process], number: signal.Signals = signal.SIGKILL) -> bool:
        if not candidates:
            return False
        with suppress(psutil.NoSuchProcess):
            self._random.choice(candidates).send_signal(number)
            return True
        return False

    def _take_down(self, names: list[str]) -> bool:
        """kill -9 one of them, for a moment."""
        if not names:
            return False
        name = self._random.choice(names)
        self._down.add(name)
        self._stack.kill(name)
        self._after(PAUSE_SECONDS, lambda: self._bring_back(name))
        return True

    def _bring_back(self, name: str) -> None:
        processes.make_sure(self._stack.running[name], 0.0)
        self._stack.start(name)
        self._down.discard(name)

    def _wake(self, pid: int) -> None:
        self._frozen.discard(pid)
        with suppress(ProcessLookupError):  # its worker was killed meanwhile, and it with it
            os.kill(pid, signal.SIGCONT)

    def _after(self, seconds: tuple[float, float], mend: Callable[[], None]) -> None:
        self._later.append((time.monotonic() + self._random.uniform(*seconds), mend))


def _parent(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None
