"""One run of one contestant, in a process of its own, as its lines tell it.

Everybody has the same time, from the start of the process on: the interpreter, what it loads, reading the problem and building a
model are part of it. The instant at which it is up is handed down, and what comes when is seen here, by one clock for all.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from solver.problem import Problem

REPOSITORY = Path(__file__).parents[2]
CP_SAT_HAS_FOUND = "#1 "
"""How CP-SAT's log begins the line of the first solution."""


class Heard(NamedTuple):
    """A line of a contestant, so many seconds after its process was started."""

    seconds: float
    line: str


@dataclass(frozen=True)
class Result:
    """Seconds count from the start of the process, `total_seconds` to its end. `objective` and `first_seconds` are None without
    a legal schedule; `remark`: why there is none, or what else went wrong. `has_run`: it has begun to search, rather than refused
    the problem or failed."""

    objective: int | None = None
    bound: int | None = None
    first_seconds: float | None = None
    proof_seconds: float | None = None
    total_seconds: float | None = None
    peak_mb: float | None = None
    remark: str = ""
    has_run: bool = True


def ours(problem: Problem, seconds: float, threads: int, seed: int) -> Result:
    """`python -m solver solve`, which verifies what it shows itself."""
    return _run(problem, seconds, ["solver", "solve", f"--threads={threads}", f"--seed={seed}"])


def pyjobshop(problem: Problem, seconds: float, threads: int, seed: int) -> Result:  # noqa: ARG001 - it takes none
    """`solver.bench.peer`."""
    return _run(problem, seconds, ["solver.bench.peer", f"--threads={threads}"])


def rules(problem: Problem, seconds: float, threads: int, seed: int) -> Result:  # noqa: ARG001 - nothing is random in them
    """`solver.bench.rules`."""
    return _run(problem, seconds, ["solver.bench.rules", f"--threads={threads}"])


CONTESTANTS = {"ours": ours, "pyjobshop": pyjobshop, "rules": rules}
PEERS = {"pyjobshop": "PyJobShop", "rules": "the best priority rule"}


def _run(problem: Problem, seconds: float, command: list[str]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        file, complaints = Path(folder) / "problem.json", Path(folder) / "complaints"
        file.write_text(json.dumps(problem.to_json()))
        with complaints.open("w") as errors:
            began = time.monotonic()
            child = subprocess.Popen(  # noqa: S603 - our own argument list
                [sys.executable, "-m", "solver.bench.memory", *command, f"--until={began + seconds}", str(file)],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            with child:
                heard = [Heard(time.monotonic() - began, line) for line in child.stdout or ()]
        result = replace(_read(heard), total_seconds=time.monotonic() - began)
        if any(event["type"] == "finished" for _, event in _events(heard)):
            return result
        last_words = complaints.read_text().splitlines()[-1:] or [f"ended with {child.returncode}"]
    return replace(result, remark=last_words[0], has_run=result.objective is not None)


def _read(heard: Sequence[Heard]) -> Result:
    objective = bound = proof = peak = None
    remark = ""
    for seconds, event in _events(heard):
        if event["type"] == "improved":
            objective = event["objective"]
        elif event["type"] == "bound":
            bound = event["bound"]
        elif event["type"] == "finished":
            objective, bound = event["objective"], event.get("bound")
            proof = seconds if event["outcome"] == "optimal" else None
            remark = event.get("remark") or ("" if objective is not None else event["outcome"])
        elif event["type"] == "memory":
            peak = event["peak_mb"]
    return Result(objective, bound, None if objective is None else _first(heard), proof, peak_mb=peak, remark=remark)


def _events(heard: Sequence[Heard]) -> list[tuple[float, dict[str, Any]]]:
    """Those of a search and the last one of all, which is about memory; the rest is a log."""
    return [(seconds, json.loads(line)) for seconds, line in heard if line.startswith('{"type"')]


def _first(heard: Sequence[Heard]) -> float | None:
    found = [seconds for seconds, event in _events(heard) if event["type"] == "improved"]
    found += [seconds for seconds, line in heard if line.startswith(CP_SAT_HAS_FOUND)]
    return min(found, default=None)
