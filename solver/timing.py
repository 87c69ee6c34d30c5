"""The one way to time an operation, for everything that makes schedules.

Given the work, the open time of everything that it needs and one of its instants, its other instants follow:

* An operation that may pause is set up in the setup windows and run and torn down in the run windows. Its `start` is the first
  open tick of the run windows after its setup; a pause may lie between the two, a wait may not. So there is exactly one
  `setup_start` for a `start`: the last one with enough setup windows before it.
* An operation that may not pause lies in one run window, its setup in one setup window.
* Without setup ticks `setup_start` equals `start`, and the setup windows do not matter.
* `start`, and `setup_start` when there is a setup, are open ticks; `run_end` and `end` end open ticks.

`solver.verify` knows the same rules from their definitions and does not use this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from solver.calendars import Windows, intersect, next_open, normalise, pauses, subtract, walk, walk_back, window_at, working


@dataclass(frozen=True, slots=True)
class Work:
    """Working ticks of one operation in one mode after one predecessor: `setup` includes the changeover, `run` is at least 1."""

    setup: int
    run: int
    teardown: int
    may_pause: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """When work can go on: `run` for run and teardown, `setup` (never outside `run`) for the setup."""

    setup: Windows
    run: Windows


class Span(NamedTuple):
    """The four instants of an `Assignment`."""

    setup_start: int
    start: int
    run_end: int
    end: int


def make_clock(machine: Windows, crew_for_all: Iterable[Windows] = (), crew_for_setup: Iterable[Windows] = ()) -> Clock:
    """The clock of a machine (its working windows) together with its people (their shifts)."""
    run = reduce(intersect, crew_for_all, machine)
    return Clock(setup=reduce(intersect, crew_for_setup, run), run=run)


def place(work: Work, clock: Clock, setup_from: int, run_from: int) -> Span | None:
    """The earliest span whose setup starts at or after `setup_from` and whose run starts at or after `run_from`.

    Its setup is as late as its start allows, so that it blocks its machine no longer than it must. None when nothing fits.
    """
    start = (_earliest_pausing if work.may_pause else _earliest_unbroken)(work, clock, setup_from, run_from)
    return None if start is None else span_at(work, clock, start)


def span_at(work: Work, clock: Clock, start: int) -> Span | None:
    """The span whose run starts at exactly `start`; None when the clock forbids it."""
    return _pausing(work, clock, start) if work.may_pause else _unbroken(work, clock, start)


def span_pauses(work: Work, clock: Clock, span: Span) -> Windows:
    """Every stretch of a span of this work in which it stands still, as `Assignment.pauses` lists them."""
    if not work.may_pause:
        return ()
    worked = subtract(clock.run, ((span.setup_start, span.start),)) if work.setup else clock.run
    in_setup = intersect(clock.setup, ((span.setup_start, span.start),)) if work.setup else ()
    return pauses(normalise((*in_setup, *worked)), span.setup_start, span.end)


def _pausing(work: Work, clock: Clock, start: int) -> Span | None:
    if window_at(clock.run, start) is None:
        return None
    setup_start = walk_back(clock.setup, start, work.setup)
    if setup_start is None or (work.setup and _waits(clock, start)):
        return None
    run_end = walk(clock.run, start, work.run)
    end = None if run_end is None else walk(clock.run, run_end, work.teardown)
    return None if run_end is None or end is None else Span(setup_start, start, run_end, end)


def _waits(clock: Clock, start: int) -> bool:
    """Whether the run could have started between the last tick of the setup windows before `start` and `start`."""
    last = walk_back(clock.setup, start, 1)
    return last is None or working(clock.run, last + 1, start) > 0


def _earliest_pausing(work: Work, clock: Clock, setup_from: int, run_from: int) -> int | None:
    if not work.setup:
        return next_open(clock.run, max(setup_from, run_from))
    setup_end = walk(clock.setup, setup_from, work.setup)
    start = None if setup_end is None else next_open(clock.run, max(setup_end, run_from))
    if start is None or not _waits(clock, start):
        return start
    setup_again = next_open(clock.setup, start)
    return None if setup_again is None else next_open(clock.run, setup_again + 1)


def _unbroken(work: Work, clock: Clock, start: int) -> Span | None:
    span = Span(start - work.setup, start, start + work.run, start + work.run + work.teardown)
    if not _holds(clock.run, span.setup_start, span.end):
        return None
    return span if not work.setup or _holds(clock.setup, span.setup_start, start) else None


def _holds(windows: Windows, begin: int, end: int) -> bool:
    """Whether one window has room for all of [begin, end)."""
    window = window_at(windows, begin)
    return window is not None and end <= window[1]


def _earliest_unbroken(work: Work, clock: Clock, setup_from: int, run_from: int) -> int | None:
    setup_windows = clock.setup if work.setup else clock.run
    after = work.run + work.teardown
    setup_start: int | None = max(setup_from, run_from - work.setup)
    while setup_start is not None:
        setup_start = next_open(setup_windows, setup_start)
        if setup_start is None:
            return None
        start = setup_start + work.setup
        if not _holds(setup_windows, setup_start, start):
            setup_start = _behind(setup_windows, setup_start)
        elif not _holds(clock.run, setup_start, start + after):
            setup_start = _behind(clock.run, setup_start)
        else:
            return start
    return None


def _behind(windows: Windows, instant: int) -> int | None:
    """The beginning of the first window behind the one that `instant` is in."""
    window = window_at(windows, instant)
    return None if window is None else next_open(windows, window[1])
