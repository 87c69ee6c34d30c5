"""Working time on numpy arrays: many instants at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from solver.calendars import Windows
from solver.problem import Interval

Ints = NDArray[np.int64]

Levels = tuple[tuple[int, int, int], ...]
"""(begin, end, how many), sorted and disjoint; nowhere else is there any."""


class Axis:
    """The open ticks of some windows from tick 0 on, numbered from 0."""

    def __init__(self, windows: Windows) -> None:
        ahead = [(max(0, begin), end) for begin, end in windows if end > 0]
        self.begins = np.array([begin for begin, _ in ahead], np.int64)
        self.ends = np.array([end for _, end in ahead], np.int64)
        lengths = self.ends - self.begins
        self.numbers_end = np.cumsum(lengths)
        self.numbers = self.numbers_end - lengths
        self.total = int(lengths.sum())

    def worked(self, instants: Ints) -> Ints:
        """How many open ticks lie before each instant."""
        if not self.total:
            return np.zeros_like(instants)
        index = np.minimum(np.searchsorted(self.ends, instants, side="right"), len(self.ends) - 1)
        inside = np.clip(instants - self.begins[index], 0, self.ends[index] - self.begins[index])
        return np.asarray(self.numbers[index] + inside, np.int64)

    def worked_before(self, instant: int) -> int:
        return int(self.worked(np.array([instant], np.int64))[0])

    def begin_of(self, numbers: Ints) -> Ints:
        """When the tick of each number begins; each number is below `total`."""
        index = np.searchsorted(self.numbers_end, numbers, side="right")
        return np.asarray(self.begins[index] + numbers - self.numbers[index], np.int64)


def count_levels(together: Iterable[tuple[Sequence[Interval], int]]) -> Levels:
    """How many are there when: each calendar counts as often as its number says, which may be negative."""
    changes: dict[int, int] = {}
    for windows, count in together:
        for begin, end in windows:
            if begin < end:
                changes[begin] = changes.get(begin, 0) + count
                changes[end] = changes.get(end, 0) - count
    levels, there, since = [], 0, 0
    for instant in sorted(changes):
        if there > 0 and since < instant:
            levels.append((since, instant, there))
        there, since = there + changes[instant], instant
    return tuple(levels)


def amounts(levels: Levels, edges: Ints) -> Ints:
    """The ticks times how many between one edge and the next; one less than there are edges."""
    if not levels:
        return np.zeros(len(edges) - 1, np.int64)
    begins, ends, counts = (np.array(column, np.int64) for column in zip(*levels, strict=True))
    before = np.concatenate(([0], np.cumsum((ends - begins) * counts)))
    index = np.minimum(np.searchsorted(ends, edges, side="right"), len(ends) - 1)
    done = before[index] + counts[index] * np.clip(edges - begins[index], 0, ends[index] - begins[index])
    return np.asarray(np.diff(done), np.int64)
