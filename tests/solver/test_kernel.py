"""Machine code and the plain Python that it is made of say the same, and tables that do not fit are refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from solver.bench.plants import EVERYTHING, plant
from solver.decode import Decoder
from solver.dispatch import dispatch
from solver.instances import read_instance
from solver.kernel.blocks import LIST, Block, Layout
from solver.local_search import Pace, improve
from solver.project_search import FIRST_SIZE, Breeding
from solver.schedule import Schedule

PAIR = Layout("pair", (("table", 2), ("list", LIST)))


def some_schedules() -> list[Schedule]:
    """What rules find, and what a short annealing makes of it; and what comes of a project when lists are crossed."""
    question = plant(36, EVERYTHING)
    found = [schedule for _, schedule in dispatch(question)]
    improve(question, found[-1], Pace(1, 60), lambda: False, found.append)
    project = read_instance(Path(__file__).parent / "data" / "j120_11_1.rcp")
    breeding = Breeding(project, 1)
    breeding.join(next(dispatch(project))[1])
    breeding.run(FIRST_SIZE + 20, 0)
    return [*found, breeding.best()]


def test_plain_python_says_the_same_as_machine_code() -> None:
    """Python complains of numbers that overflow and of rows behind the end of a table; machine code does anything."""
    said = subprocess.run(
        [
            sys.executable,
            "-X",
            "plain_kernel",
            "-W",
            "ignore",
            "-c",
            "from tests.solver.test_kernel import *; print(some_schedules())",
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == str(some_schedules())


def test_searching_does_not_load_the_compiler() -> None:
    """It takes longer than a first plan may."""
    command = "import sys, solver.local_search; print('numba' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"


@pytest.mark.parametrize(
    "table",
    [np.zeros((3, 3), dtype=np.int64), np.zeros((3, 2), dtype=np.int32), np.zeros((2, 3), dtype=np.int64).T],
    ids=["too wide", "of other numbers", "column by column"],
)
def test_a_table_that_does_not_fit_is_refused(table: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> None:
    with pytest.raises(ValueError, match="table does not fit its layout"):
        Block(PAIR, {"table": table, "list": np.zeros(1, dtype=np.int64)})


def test_a_schedule_that_is_not_whole_is_not_read_out() -> None:
    question = plant(6, EVERYTHING)
    decoder = Decoder(question)

    with pytest.raises(ValueError, match="not whole yet"):
        decoder.schedule()
