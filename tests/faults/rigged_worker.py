"""Celery as it is, for a stack whose workers can be told to die at a certain point and whose solver obeys `rigged_solver`.

`python -m tests.faults.rigged_worker worker --queues=…`: the arguments are Celery's own. The product has no fault points: they
are put in here, from outside. Files in the working folder arm them:

    die-before-claim-*   each kills, once, the process that has taken a message and not yet claimed its run
    impatient            a solver counts as hung after three seconds of silence instead of two minutes
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from celery.__main__ import main

from scheduler_site.celery import app
from solver.process import Patience, SolverProcess, parent

IMPATIENT_SECONDS = 3.0
TOKENS = "die-before-claim-*"


def die_if_told() -> None:
    """Use up one token, if there is one, by dying."""
    for token in Path().glob(TOKENS):
        with suppress(FileNotFoundError):  # another process was told by it
            token.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def patience() -> Patience:
    return Patience(hung_seconds=IMPATIENT_SECONDS) if Path("impatient").exists() else Patience()


def rig() -> None:
    SolverProcess.command = (sys.executable, "-P", "-m", "tests.faults.rigged_solver")
    vars(parent)["Patience"] = patience
    app.loader.import_default_modules()
    from runs import tasks  # tasks exist only once Celery has loaded the settings

    execute = vars(tasks)["execute"]

    def execute_or_die(run_id: int, owner: str) -> object:
        die_if_told()
        return execute(run_id, owner)

    vars(tasks)["execute"] = execute_or_die


if __name__ == "__main__":
    rig()
    sys.exit(main())
