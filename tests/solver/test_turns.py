"""Without a clock the search does the same again, in this process and in any other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.bench.plants import EVERYTHING, plant
from solver.instances import read_instance
from solver.problem import Problem
from solver.verify import verify
from tests.solver.shops import shops
from tests.solver.strategies import problems
from tests.solver.turns import formulated, searched

SHOP = Path(__file__).parent / "data" / "fjsp_mk01.txt"


@given(st.one_of(problems(), shops()))
@settings(max_examples=30)
def test_the_same_seed_finds_the_same_legal_schedules(question: Problem) -> None:
    found = searched(question, seed=7)

    assert searched(question, seed=7) == found
    assert all(verify(question, schedule) == () for schedule in found)


def told() -> str:
    """What all of it finds in a plant with everything and in a plain shop, and what CP-SAT is asked."""
    both = plant(80, EVERYTHING), read_instance(SHOP)
    return repr([(searched(question), formulated(question)) for question in both])


def test_so_does_another_process() -> None:
    """Sets of texts come in another order there."""
    said = subprocess.run(
        [sys.executable, "-c", "from tests.solver.test_turns import told; print(told())"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == told()
