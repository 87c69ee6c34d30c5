"""A soak: people ask for runs, stop and cancel them, and all the while something is broken. Afterwards nothing may be wrong.

The seed decides what is asked and what is broken in which order; when exactly things happen is up to the machine.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg

from runs.invariants import violations
from runs.models import FailureCode, Priority
from scheduler_site.drill.desk import Desk, DeskAway
from scheduler_site.drill.faults import Vandal
from scheduler_site.drill.stack import Extent, Stack, start_stack, stop_stack

EXTENT = Extent(copies={"worker-solve": 2, "steward": 2}, slots=2)
AT_ONCE = 16  # runs that wait or are solved at the same time
FAULT_EVERY_SECONDS = (2.0, 5.0)
WISH_EVERY_SECONDS = (0.1, 1.0)
STOP_SHARE = 0.15  # of wishes: to stop or cancel something, where there is something
LOOK_SECONDS = 0.1
DRAIN_SECONDS = 60.0  # promise: after the last fault everything has ended within
ORPHAN_SECONDS = 5.0
OUR_FAULTS = (FailureCode.INTERNAL, FailureCode.BAD_OUTPUT, FailureCode.BROKEN_PLAN)

Say = Callable[[str], None]


@dataclass
class Report:
    """What came of a soak."""

    faults: Counter[str] = field(default_factory=Counter)
    wishes: Counter[str] = field(default_factory=Counter)
    ended: dict[str, int] = field(default_factory=dict)  # by state
    attempts: int = 0
    events: int = 0
    drained_seconds: float | None = None  # None: not all runs have ended
    violations: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.violations and self.drained_seconds is not None

    def lines(self) -> list[str]:
        """For the person who started it."""
        drained = (
            "NOT ALL RUNS HAVE ENDED" if self.drained_seconds is None else f"{self.drained_seconds:.1f} s after the last fault"
        )
        return [
            f"asked      {_counts(self.wishes)}",
            f"faults     {self.faults.total()}: {_counts(self.faults)}",
            f"runs       {sum(self.ended.values())}: {_counts(self.ended)}; {self.attempts} attempts, {self.events} events",
            f"all ended  {drained}",
            f"violations {len(self.violations)}",
            *(f"  {violation}" for violation in self.violations),
        ]


def soak(seconds: float, seed: int, say: Say) -> Report:
    """Break a product of its own for so long, mend it, and look at what it has made of its runs.

    The folder of that product is kept, with all logs, when something was found.
    """
    folder = Path(tempfile.mkdtemp(prefix="taktline-soak-"))
    stack = start_stack(folder, (), EXTENT)
    try:
        with Desk(stack) as desk:
            report = Soak(stack, desk, seed, say).go(seconds)
    finally:
        stop_stack(stack)
    if report.is_good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say(f"Logs are in {folder}")
    return report


class Soak:
    """On a product that runs. What it did before is not in the report, unless it breaks an invariant."""

    def __init__(self, stack: Stack, desk: Desk, seed: int, say: Say) -> None:
        self._stack = stack
        self._desk = desk
        self._report = Report()
        self._say = say
        self._random = Random(seed)  # noqa: S311 - it is to be repeated, not to be secret
        self._vandal = Vandal(stack, Random(seed + 1))  # noqa: S311 - the same
        self._accepted: list[int] = []
        ((self._before,),) = stack.sql("SELECT coalesce(max(id), 0) FROM runs_run")

    def go(self, seconds: float) -> Report:
        """Everything: break, mend, drain, judge."""
        began = time.monotonic()
        fault_at = wish_at = began
        while (now := time.monotonic()) < began + seconds:
            self._look_after()
            if now >= fault_at:
                self._say(f"{now - began:6.1f} s  {self._vandal.break_something()}")
                fault_at = now + self._random.uniform(*FAULT_EVERY_SECONDS)
            if now >= wish_at:
                self._wish()
                wish_at = now + self._random.uniform(*WISH_EVERY_SECONDS)
            time.sleep(LOOK_SECONDS)
        self._vandal.mend_all()
        self._drain()
        self._judge()
        return self._report

    def _look_after(self) -> None:
        self._vandal.mend_what_is_due()
        for name in self._vandal.ended_by_themselves():
            self._report.violations.append(f"{name} ended though nobody had ended it.")

    def _wish(self) -> None:
        """What a person does next."""
        try:
            active = self._active()
            if active and self._random.random() < STOP_SHARE:
                ask = self._random.choice((self._desk.stop, self._desk.cancel))
                self._report.wishes[f"{ask.__name__}: {ask(self._random.choice(active))}"] += 1
            elif len(active) < AT_ONCE:
                self._accepted.append(self._submit())
                self._report.wishes["runs"] += 1
        except (DeskAway, psycopg.OperationalError):
            self._report.wishes["refused while the database was away"] += 1

    def _submit(self) -> int:
        return self._desk.submit(
            limit_seconds=self._random.uniform(1.0, 3.0),
            horizon_days=self._random.choice((3, 7, 14, 28)),
            priority=self._random.choice(list(Priority)).value,
            seed=self._random.randrange(1, 1000),
        )

    def _active(self) -> list[int]:
        return [run for (run,) in self._stack.sql("SELECT id FROM runs_run WHERE finished_at IS NULL ORDER BY id")]

    def _drain(self) -> None:
        """Wait until all have ended."""
        began = time.monotonic()
        is_away = False
        while (waited := time.monotonic() - began) < DRAIN_SECONDS:
            self._look_after()
            try:
                if not self._active():
                    self._report.drained_seconds = waited
                    return
            except psycopg.OperationalError:
                if not is_away:
                    self._say("the database is still starting")
                is_away = True
            time.sleep(LOOK_SECONDS)

    def _judge(self) -> None:
        """Count, and look for what must not be."""
        report, sql = self._report, self._stack.sql
        report.faults = self._vandal.counts
        report.ended = dict(sql("SELECT state, count(*) FROM runs_run WHERE id > %s GROUP BY state ORDER BY state", self._before))
        ((report.attempts, report.events),) = sql(
            """SELECT (SELECT sum(attempt)::bigint FROM runs_run WHERE id > %s),
            (SELECT count(*) FROM runs_runevent WHERE run_id > %s)""",
            self._before,
            self._before,
        )
        report.violations += violations(sql)
        known = {run for (run,) in sql("SELECT id FROM runs_run")}
        report.violations += [f"Run {run} was accepted and is not there." for run in self._accepted if run not in known]
        ours = sql(
            "SELECT id, failure_code, failure_text FROM runs_run WHERE id > %s AND failure_code = ANY(%s)",
            self._before,
            list(OUR_FAULTS),
        )
        report.violations += [f"Run {run} failed by a fault of ours: {code} ({text})." for run, code, text in ours]
        report.violations += [f"Run {run} has not ended." for run in self._active()]
        report.violations += self._orphans()

    def _orphans(self) -> list[str]:
        deadline = time.monotonic() + ORPHAN_SECONDS
        while self._stack.solvers() and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        return [f"Solver process {solver.pid} is left over." for solver in self._stack.solvers()]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
