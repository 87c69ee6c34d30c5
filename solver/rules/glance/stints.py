"""When operations are worked on, and when they stand still, by the pauses that are listed for them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np

from solver.rules.glance.columns import LATEST, Column, Mask, OutOfSight, column, lengths
from solver.rules.glance.laid import Laid


@dataclass(frozen=True, slots=True)
class Stints:
    """Stretches in which an operation is worked on, by operation: one more than it has pauses."""

    operation: Column
    begin: Column
    end: Column


@dataclass(frozen=True, slots=True)
class Pauses:
    """By operation, as they are listed."""

    operation: Column
    begin: Column
    end: Column

    @staticmethod
    def of(laid: Laid) -> Pauses:
        """Raises OutOfSight when there is one that is no pair of numbers."""
        listed = [each.pauses for each in laid.assignments]
        pairs = list(chain.from_iterable(listed))
        if (lengths(pairs) != 2).any():
            raise OutOfSight
        edges = column(chain.from_iterable(pairs), LATEST).reshape(-1, 2)
        return Pauses(np.repeat(np.arange(len(listed)), lengths(listed)), edges[:, 0], edges[:, 1])

    def stints(self, laid: Laid) -> Stints:
        """What the pauses leave of each operation."""
        everyone = np.arange(len(laid.start))
        after = np.argsort(np.concatenate((everyone, self.operation)), kind="stable")
        before = np.argsort(np.concatenate((self.operation, everyone)), kind="stable")
        begins, ends = np.concatenate((laid.setup_start, self.end)), np.concatenate((self.begin, laid.end))
        return Stints(np.concatenate((everyone, self.operation))[after], begins[after], ends[before])

    def phases(self, laid: Laid) -> tuple[Mask, Mask, Mask]:
        """Which are within the setup, the run, the teardown, all of which begin and end with work; but the setup may end with a
        pause, and the teardown begin with one."""
        setup_start, start, run_end, end = (
            instants[self.operation] for instants in (laid.setup_start, laid.start, laid.run_end, laid.end)
        )
        return (
            (setup_start < self.begin) & (self.end <= start),
            (start < self.begin) & (self.end < run_end),
            (run_end <= self.begin) & (self.end < end),
        )

    def disorderly(self) -> Column:
        """Operations of which a pause is none, or begins before work has followed the one before it."""
        follow = (self.operation[1:] == self.operation[:-1]) & (self.begin[1:] <= self.end[:-1])
        return np.concatenate((self.operation[self.begin >= self.end], self.operation[1:][follow]))


def paired(owners: Column, others: Column, count: int) -> tuple[Column, Column]:
    """Rows of `owners` and `others`, both columns of `count` operations, that have the same one; `others` are in order."""
    sizes = np.bincount(others, minlength=count)
    matches = sizes[owners]
    rows = np.repeat(np.arange(len(owners)), matches)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(matches) - matches, matches)
    return rows, (np.cumsum(sizes) - sizes)[owners][rows] + within
