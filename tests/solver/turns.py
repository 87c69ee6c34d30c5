"""The search without a clock: rules, then annealing and tabu search by turns, and what CP-SAT is asked."""

from __future__ import annotations

import re

from solver.dispatch import dispatch
from solver.formulation.build import build
from solver.formulation.grounds import Grounds
from solver.kernel.loading import kernel
from solver.local_search import Pace, improve
from solver.problem import Problem
from solver.schedule import Schedule
from solver.tabu_search import Tabu, is_plain_shop

TRIES = 200
TURNS, PATIENCE = 100, 20


def searched(question: Problem, seed: int = 1) -> list[Schedule]:
    """Every schedule that is found on the way."""
    found = [schedule for _, schedule in dispatch(question)]
    if found:
        improve(question, found[-1], Pace(seed, TRIES), lambda: False, found.append)
    if found and is_plain_shop(question):
        search = Tabu(question, seed)
        if search.begin(found[0]):
            kernel.tabu(search.decoder.plant, search.path, TURNS, PATIENCE, 0)
            found.append(search.best())
    return found


def formulated(question: Problem) -> str:
    """The formulation of the whole problem, without the names of its variables."""
    return re.sub(r'name: ".*"', "", str(build(Grounds.of(question)).cp.proto))
