"""The modes of all operations: which machines can do what, and how long that takes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solver.problem import Problem
from solver.rules.glance.columns import Column, column, keys, lengths


class Modes:
    """One row for each mode, and a last one for none. Ticks by row."""

    def __init__(self, problem: Problem, machines: Mapping[str, int]) -> None:
        modes = [mode for operation in problem.operations for mode in operation.modes]
        operations = np.repeat(np.arange(len(problem.operations)), lengths([each.modes for each in problem.operations]))
        by_key = keys(operations, column(machines.get(mode.machine, -1) for mode in modes))
        order = np.argsort(by_key, kind="stable")
        self.none = len(modes)
        self._keys = np.append(by_key[order], np.iinfo(np.int64).max)
        self.setup, self.run, self.teardown = (
            np.append(column(ticks)[order], 0)
            for ticks in (
                [mode.setup for mode in modes],
                [mode.run for mode in modes],
                [mode.teardown for mode in modes],
            )
        )

    def on(self, machine: Column) -> Column:
        """The row of every operation's mode on the machine that it is on."""
        wanted = keys(np.arange(len(machine)), machine)
        rows = np.searchsorted(self._keys, wanted)
        return np.where(self._keys[rows] == wanted, rows, self.none)
