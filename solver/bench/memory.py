"""Runs a module as the command line would, and says at its end how much memory it took:
`python -m solver.bench.memory MODULE [ARGUMENT …]`.

A process has to say that itself: by getrusage and wait4 it took at least as much as the process that started it.
"""

from __future__ import annotations

import json
import os
import runpy
import sys


def peak_mb() -> float | None:
    """The most memory that this process ever held; None where there is no /proc."""
    from solver.process.guards import peak_bytes  # noqa: PLC0415 - a contestant shall not wait for it

    peak = peak_bytes(os.getpid())
    return None if peak is None else peak / 2**20


def main() -> None:
    module = sys.argv[1]
    del sys.argv[0]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.write(json.dumps({"type": "memory", "peak_mb": peak_mb()}) + "\n")


if __name__ == "__main__":
    main()
