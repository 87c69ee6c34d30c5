"""The best priority rule as a contestant: `python -m solver.bench.rules FILE`, the events of a search on stdout.

It is what a plant has that plans by rules: each rule's list decoded once, and the best of them.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from solver.__main__ import load_problem
from solver.dispatch import dispatch
from solver.schedule import measure, objective_value


def main() -> None:
    began = time.monotonic()
    problem = load_problem(Path(sys.argv[1]))
    best: int | None = None
    for _, schedule in dispatch(problem):  # each of them better than the one before
        best = objective_value(problem.objective, measure(problem, schedule))
        _say(type="improved", elapsed=time.monotonic() - began, objective=best)
    _say(type="finished", elapsed=time.monotonic() - began, outcome="unknown" if best is None else "feasible", objective=best)


def _say(**event: object) -> None:
    sys.stdout.write(f"{json.dumps(event)}\n")


if __name__ == "__main__":
    main()
