"""One run of one contestant, in a process of its own, as its events tell it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from solver.problem import Problem

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """Seconds count from the start of the process. `objective` is None without a schedule; `remark`: why there is none.
    `has_run`: it has begun to search, rather than refused the problem or failed."""

    objective: int | None = None
    bound: int | None = None
    first_seconds: float | None = None
    proof_seconds: float | None = None
    peak_mb: float = 0.0
    remark: str = ""
    has_run: bool = True


def ours(problem: Problem, seconds: float, threads: int, seed: int) -> Result:
    """`python -m solver solve`."""
    return _run(problem, ["solver", "solve", f"--seconds={seconds}", f"--threads={threads}", f"--seed={seed}"])


def pyjobshop(problem: Problem, seconds: float, threads: int, seed: int) -> Result:  # noqa: ARG001 - it takes none
    """`solver.bench.peer`."""
    return _run(problem, ["solver.bench.peer", f"--seconds={seconds}", f"--threads={threads}"])


def rules(problem: Problem, seconds: float, threads: int, seed: int) -> Result:  # noqa: ARG001 - they take no time worth it
    """`solver.bench.rules`."""
    return _run(problem, ["solver.bench.rules"])


CONTESTANTS = {"ours": ours, "pyjobshop": pyjobshop, "rules": rules}
PEERS = {"pyjobshop": "PyJobShop", "rules": "the best priority rule"}


def _run(problem: Problem, command: list[str]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "problem.json"
        file.write_text(json.dumps(problem.to_json()))
        with (Path(folder) / "said").open("w+") as said, (Path(folder) / "errors").open("w+") as errors:
            child = subprocess.Popen(  # noqa: S603 - our own argument list
                [sys.executable, "-m", command[0], *command[1:], str(file)], cwd=REPOSITORY, stdout=said, stderr=errors
            )
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            errors.seek(0)
            lines, complaint = said.read().splitlines(), errors.read().splitlines()
    result = _read([json.loads(line) for line in lines if line.startswith("{")], usage.ru_maxrss / 1024)
    if result.objective is None and not result.remark and complaint:
        return Result(remark=complaint[-1], peak_mb=result.peak_mb, has_run=False)
    return result


def _read(events: list[dict[str, object]], peak_mb: float) -> Result:
    objective = bound = first = proof = None
    remark = ""
    for event in events:
        if event["type"] == "improved":
            objective, first = event["objective"], first if first is not None else event["elapsed"]
        elif event["type"] == "bound":
            bound = event["bound"]
        elif event["type"] == "finished":
            objective, bound = event["objective"], event.get("bound")
            proof = event["elapsed"] if event["outcome"] == "optimal" else None
            remark = "" if event["outcome"] in {"optimal", "feasible"} else str(event["outcome"])
    return Result(objective, bound, first, proof, peak_mb, remark)  # type: ignore[arg-type] # what events hold, see solver.events
