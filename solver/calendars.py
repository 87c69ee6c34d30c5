"""Open time as sorted, disjoint, half-open integer intervals, and how to count along it.

`Windows` here are always *normal*: sorted, no empty one, none touching the next. `normalise` makes them so; `intersect`,
`subtract`, `working_windows` and `shift_windows` give normal results. Windows that touch are one: work goes on across the seam.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import itemgetter

from solver.problem import Interval, Machine, Operator

Windows = tuple[Interval, ...]

_begin = itemgetter(0)
_end = itemgetter(1)


def normalise(intervals: Iterable[Interval]) -> Windows:
    """The same instants as sorted, disjoint windows; empty intervals vanish, overlapping and touching ones merge."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if begin >= end:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def intersect(left: Windows, right: Windows) -> Windows:
    """The instants that are in both."""
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        begin = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if begin < end:
            common.append((begin, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def subtract(left: Windows, right: Windows) -> Windows:
    """The instants of `left` that are not in `right`."""
    rest: list[Interval] = []
    j = 0
    for begin, end in left:
        left_from = begin
        while j < len(right) and right[j][0] < end:
            if left_from < right[j][0]:
                rest.append((left_from, right[j][0]))
            left_from = max(left_from, right[j][1])
            if right[j][1] > end:
                break
            j += 1
        if left_from < end:
            rest.append((left_from, end))
    return tuple(rest)


def around(windows: Windows, begin: int, end: int) -> Windows:
    """Those that have a part in [begin, end)."""
    return windows[bisect_right(windows, begin, key=_end) : bisect_left(windows, end, key=_begin)]


def next_open(windows: Windows, instant: int) -> int | None:
    """The first open tick at or after `instant`; None when it stays closed."""
    index = bisect_right(windows, instant, key=_end)
    return max(instant, windows[index][0]) if index < len(windows) else None


def window_at(windows: Windows, instant: int) -> Interval | None:
    """The window that the tick [instant, instant + 1) is in; None when it is closed."""
    index = bisect_right(windows, instant, key=_end)
    return windows[index] if index < len(windows) and windows[index][0] <= instant else None


def walk(windows: Windows, begin: int, ticks: int) -> int | None:
    """The end of the last of `ticks` worked from `begin` on; `begin` for none; None when the windows end before the work."""
    if ticks == 0:
        return begin
    for index in range(bisect_right(windows, begin, key=_end), len(windows)):
        start = max(begin, windows[index][0])
        if start + ticks <= windows[index][1]:
            return start + ticks
        ticks -= windows[index][1] - start
    return None


def walk_back(windows: Windows, end: int, ticks: int) -> int | None:
    """The latest start from which `ticks` are worked before `end`; `end` for none; None when there is too little before it."""
    if ticks == 0:
        return end
    for index in range(bisect_left(windows, end, key=_begin) - 1, -1, -1):
        stop = min(end, windows[index][1])
        if stop - ticks >= windows[index][0]:
            return stop - ticks
        ticks -= stop - windows[index][0]
    return None


def working(windows: Windows, begin: int, end: int) -> int:
    """The number of open ticks in [begin, end); 0 when the end is not behind the beginning."""
    total = 0
    for index in range(bisect_right(windows, begin, key=_end), len(windows)):
        if windows[index][0] >= end:
            break
        total += max(0, min(end, windows[index][1]) - max(begin, windows[index][0]))
    return total


def pauses(windows: Windows, begin: int, end: int) -> Windows:
    """The closed stretches of [begin, end)."""
    closed: list[Interval] = []
    for index in range(bisect_right(windows, begin, key=_end), len(windows)):
        if windows[index][0] >= end:
            break
        if begin < windows[index][0]:
            closed.append((begin, windows[index][0]))
        begin = windows[index][1]
    if begin < end:
        closed.append((begin, end))
    return tuple(closed)


def working_windows(machine: Machine) -> Windows:
    """When the machine can work: its windows without its downtime."""
    return subtract(normalise(machine.windows), normalise((down.start, down.end) for down in machine.downtime))


def shift_windows(operator: Operator) -> Windows:
    """When the person is there."""
    return normalise(operator.windows)
