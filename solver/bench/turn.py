"""What a contestant is told on its command line, `--until INSTANT --threads T FILE`, and what it says: the events of a search, a
line each, once its schedules are judged."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

from solver.problem import Problem
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify


class Turn(NamedTuple):
    """`until`: when the time is up, by the monotonic clock, which all processes of a machine share."""

    file: Path
    until: float
    threads: int

    @property
    def left(self) -> float:
        """Seconds until the time is up; not below 0."""
        return max(0.0, self.until - time.monotonic())


def told() -> Turn:
    """What the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--until", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    wanted = parser.parse_args()
    return Turn(wanted.file, wanted.until, wanted.threads)


def say(**event: object) -> None:
    """At once: whoever listens looks at the clock."""
    sys.stdout.write(f"{json.dumps(event)}\n")
    sys.stdout.flush()


def judged(problem: Problem, schedule: Schedule) -> tuple[int | None, str]:
    """What a schedule is worth by our own measure, and nothing to remark; no worth, and the rules that it breaks."""
    broken = sorted({violation.rule for violation in verify(problem, schedule)})
    if broken:
        return None, f"breaks {', '.join(broken)}"
    return objective_value(problem.objective, measure(problem, schedule)), ""
