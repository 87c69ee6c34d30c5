"""Numbers in columns, and keys that keep the spans of many owners apart in one column.

Owners (machines, people, cells, operations) are numbered by their position in the problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from solver.problem import Interval

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]

LATEST = 2**40
"""Ticks of a schedule on either side of tick 0; those of a problem that makes sense are within it, too."""

NEVER = 2 * LATEST
"""An instant behind every other, and longer than from any instant to any other."""

APART = 4 * NEVER
"""Between the keys of one tick of two owners: more than the spans of either can reach."""

MOST = 2**62 // APART - 1
"""Owners whose keys are numbers of 64 bits."""


class OutOfSight(Exception):
    """Numbers that are none or too large, or somebody unknown: only the rules themselves can judge that."""


class Named(Protocol):
    """What has an id."""

    @property
    def id(self) -> str: ...


def numbered(rows: Sequence[Named]) -> dict[str, int]:
    """By id the position."""
    return {row.id: number for number, row in enumerate(rows)}


def column(values: Iterable[int], largest: int = NEVER) -> Column:
    """Raises OutOfSight unless all are whole numbers within ±`largest`."""
    listed = list(values)
    found = np.array(listed) if listed else np.zeros(0, np.int64)
    if found.dtype != np.int64 or (found.size and (found.min() < -largest or found.max() > largest)):
        raise OutOfSight
    return found


def lengths(rows: Sequence[Sequence[object]]) -> Column:
    return np.fromiter(map(len, rows), np.int64, len(rows))


def mask(values: Iterable[object]) -> Mask:
    return np.fromiter(map(bool, values), np.bool_)


def marked(rows: Column, count: int) -> Mask:
    """Of so many rows these."""
    are_marked = np.zeros(count, np.bool_)
    are_marked[rows] = True
    return are_marked


def keys(owners: Column, ticks: Column) -> Column:
    """In the order of owners, and of ticks for each. Raises OutOfSight when there are too many owners."""
    if owners.size and owners.max() > MOST:
        raise OutOfSight
    return owners * APART + ticks


class Windows:
    """The windows of every owner, in order and disjoint; those that touch are one."""

    def __init__(self, windows: Sequence[Sequence[Interval]]) -> None:
        edges = column(chain.from_iterable(chain.from_iterable(windows))).reshape(-1, 2)
        owners = np.repeat(np.arange(len(windows)), lengths(windows))
        before_all = np.array([-APART])
        begins = np.concatenate((before_all, keys(owners, edges[:, 0])))
        ends = np.concatenate((before_all, keys(owners, edges[:, 1])))
        are_apart = begins[1:] != ends[:-1]
        self._begins = begins[np.append(True, are_apart)]
        self._ends = ends[np.append(are_apart, True)]

    def hold(self, owners: Column, begins: Column, ends: Column) -> Mask:
        """Whether one window of its owner has all of each span in it; no span ends before it begins."""
        last = np.searchsorted(self._begins, keys(owners, begins), "right") - 1
        are_held: Mask = keys(owners, ends) <= self._ends[last]
        return are_held

    def miss(self, owners: Column, begins: Column, ends: Column) -> Mask:
        """Whether no window of its owner has a part in each span."""
        begun = np.searchsorted(self._begins, keys(owners, ends), "left")
        are_missed: Mask = begun == np.searchsorted(self._ends, keys(owners, begins), "right")
        return are_missed


class Stretches:
    """Any stretches of owners, overlapping or not, none of which ends before it begins."""

    def __init__(self, owners: Column, begins: Column, ends: Column) -> None:
        self._begins = np.sort(keys(owners, begins))
        self._ends = np.sort(keys(owners, ends))

    def shared(self, owners: Column, begins: Column, ends: Column) -> Column:
        """How many of its owner's stretches have a part in each span, all of them being longer than nothing."""
        begun = np.searchsorted(self._begins, keys(owners, ends), "left")
        return begun - np.searchsorted(self._ends, keys(owners, begins), "right")

    def at(self, owners: Column, instants: Column) -> Column:
        """How many of its owner's stretches have begun at each instant, and not ended."""
        return self.shared(owners, instants, instants + 1)
