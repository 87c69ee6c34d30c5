"""Changeovers: what a machine was set up for before each operation."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np

from solver.problem import Problem, SetupMatrix
from solver.rules.glance.columns import Column, column


class Changeovers:
    """Of the machines with a setup matrix; elsewhere there are none.

    A family has a place in each matrix, 0 where the matrix does not know it; the tables of all matrices stand in one column, each
    row after row from where the matrix begins.
    """

    def __init__(self, problem: Problem) -> None:
        matrices: dict[str | None, int] = {matrix.id: number for number, matrix in enumerate(problem.setup_matrices)}
        self._matrix = column(matrices.get(each.setup_matrix, -1) for each in problem.machines)
        families: dict[str | None, int] = {}
        self._family = column(families.setdefault(each.setup_family, len(families)) for each in problem.operations)
        self._initial = column(families.setdefault(each.initial_family, len(families)) for each in problem.machines)
        places = [_places(matrix, families) for matrix in problem.setup_matrices]
        self._places = column(chain.from_iterable(places)).reshape(len(matrices), len(families))
        tables = [_table(matrix) for matrix in problem.setup_matrices]
        self._width = column(len(table) for table in tables)
        self._begin = np.cumsum(self._width**2) - self._width**2
        self._ticks = np.concatenate([np.zeros(0, np.int64), *(table.ravel() for table in tables)])

    def before(self, machine: Column, start: Column, end: Column) -> Column:
        """Ticks before each operation: from the one whose run started last before it on the machine."""
        ticks = np.zeros(len(machine), np.int64)
        rows = np.flatnonzero(self._matrix[machine] >= 0)
        rows = rows[np.lexsort((end[rows], start[rows], machine[rows]))]
        there = machine[rows]
        is_first = np.append(True, there[1:] != there[:-1])[: len(rows)]
        goal = self._family[rows]
        origin = np.where(is_first, self._initial[there], np.roll(goal, 1))
        matrix = self._matrix[there]
        width = self._width[matrix]
        ticks[rows] = self._ticks[self._begin[matrix] + self._places[matrix, origin] * width + self._places[matrix, goal]]
        return ticks


def _places(matrix: SetupMatrix, families: Mapping[str | None, int]) -> list[int]:
    known = {family: place for place, family in enumerate(matrix.families, 1)}
    return [0 if family is None else known.get(family, 0) for family in families]


def _table(matrix: SetupMatrix) -> Column:
    """With a row and a column of nothing for what the matrix does not know."""
    size = len(matrix.families)
    table = np.zeros((size + 1, size + 1), np.int64)
    table[1:, 1:] = column(ticks for row in matrix.times for ticks in row).reshape(size, size)
    return table
