"""Public instances become plants whose snapshots are the same problem."""

from __future__ import annotations

import pytest

from plans.snapshot import freeze
from plant.instances import load_problem
from plant.models import Site
from solver.diagnose import diagnose
from solver.instances import read_instance
from solver.problem import Objective, Problem
from tests.plant import making

pytestmark = pytest.mark.django_db

FLEXIBLE = "2 3 1.5\n2 2 1 4 2 6 1 3 5\n2 1 2 3 2 1 7 3 2\n"


def shape(problem: Problem) -> object:
    """What the search sees, with the names of the plant instead of ids."""
    machines = {machine.id: number for number, machine in enumerate(problem.machines)}
    numbers = {operation.id: number for number, operation in enumerate(problem.operations)}
    return (
        [(machine.capacity, bool(machine.setup_matrix)) for machine in problem.machines],
        [
            (
                operation.name,
                sorted((machines[mode.machine], mode.setup, mode.run, mode.teardown) for mode in operation.modes),
                sorted((need.level, need.count, need.phase) for need in operation.crew),
            )
            for operation in problem.operations
        ],
        sorted((numbers[link.before], numbers[link.after], link.min_lag, link.max_lag) for link in problem.precedences),
        len(problem.operators),
    )


def frozen(problem: Problem) -> Problem:
    load_problem(problem, making.NOW)
    answer = freeze(2, Objective(makespan=1), making.NOW)
    assert answer.faults == ()
    assert answer.problem is not None
    return answer.problem


def test_a_flexible_job_shop_comes_through_the_plant_unchanged() -> None:
    asked = read_instance(FLEXIBLE, "two-by-three")
    answer = frozen(asked)
    assert shape(answer) == shape(asked)
    assert Site.load().name == "two-by-three"


def test_a_project_with_people_comes_through_the_plant_unchanged() -> None:
    asked = read_instance("4 1\n2\n0 0 2 2 3\n4 1 1 4\n3 2 1 4\n0 0 0\n", "project")
    assert asked.operators
    assert shape(frozen(asked)) == shape(asked)


def by_family(problem: Problem) -> set[tuple[str, str, int]]:
    """(family of the one operation, family of the other, minutes): ids and their order are the plant's own."""
    matrix = problem.setup_matrices[0]
    orders = {operation.setup_family: operation.order for operation in problem.operations}
    names = [problem.order_by_id[orders[family]].name for family in matrix.families]
    return {(before, after, matrix.times[row][column]) for row, before in enumerate(names) for column, after in enumerate(names)}


def test_changeovers_come_through_the_plant_unchanged() -> None:
    text = '{"n": 2, "m": 1, "jobs": [[[[0, 3]]], [[[0, 4]]]], "fam": [0, 1], "F": 2, "sm": [[[1, 5], [7, 2]]]}'
    asked = read_instance(text, "changeovers")
    answer = frozen(asked)
    assert shape(answer) == shape(asked)
    assert by_family(answer) == by_family(asked)
    assert diagnose(answer) == ()
