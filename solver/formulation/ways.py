"""The ways of doing one operation. A way leaves nothing open but when it begins: mode, changeover and pauses are settled,
so that setup, run and teardown each last a constant number of ticks.

An operation that may not pause has one way per mode and changeover. One that may pause has one for every pattern of pauses that
the calendars make (a few per week of calendar, since calendars repeat), each with the ranges of `setup_start` that lead to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

from solver.calendars import Windows, intersect, next_open, normalise, walk, window_at
from solver.formulation.grounds import Grounds
from solver.formulation.spans import Span
from solver.problem import CrewPhase, Interval, Mode, Operation
from solver.skills import qualified_windows

MAX_SHIFT_SETS = 60

Ticks = tuple[int, int, int]
Pattern = tuple[Ticks, Windows]


@dataclass(frozen=True, slots=True)
class ShiftGroup:
    """Operators with the same working time, as far as one operation can tell, in the problem's order."""

    windows: Windows
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shifts:
    """The shift groups (by number) that the crew for all and the crew for the setup come from, each of them used."""

    whole: frozenset[int] = frozenset()
    setup: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """`lengths`: elapsed ticks of setup, run and teardown, pauses included. `begins`: ranges of `setup_start`, half open.
    `setup_worked`: ticks of setup and changeover without pauses. `shifts` matter only where the crew decides about pauses."""

    mode: Mode
    changeover: int
    setup_worked: int
    lengths: Ticks
    begins: Windows
    shifts: Shifts

    @property
    def span(self) -> int:
        return sum(self.lengths)


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways of an operation. `restricted`: some were left out because there were too many, so their bound does not hold."""

    ways: tuple[Way, ...]
    groups: tuple[ShiftGroup, ...] = ()
    restricted: bool = False


def ways_of(grounds: Grounds, operation: Operation, span: Span) -> Ways:
    """Every way that fits between release, deadline, horizon, pins and frozen zone."""
    groups = shift_groups(grounds, operation, span) if operation.may_pause and operation.crew else ()
    found: list[Way] = []
    restricted = False
    for mode in operation.modes:
        if not _allowed(grounds, operation, mode):
            continue
        machine = grounds.problem.machine_by_id[mode.machine]
        for changeover in grounds.changeovers(machine, operation.setup_family):
            sets = shift_sets(operation, len(groups), mode.setup + changeover)
            restricted = restricted or len(sets) > MAX_SHIFT_SETS
            for shifts in sets[:MAX_SHIFT_SETS]:
                found += _fitting(grounds, operation, span, (mode, changeover, shifts, groups))
    return Ways(tuple(found), groups, restricted)


def shift_groups(grounds: Grounds, operation: Operation, span: Span) -> tuple[ShiftGroup, ...]:
    """The operators that could be in the crew, grouped by when they work around the operation."""
    reach = ((0 if _sets_up(grounds, operation) else span.start_min, grounds.problem.horizon),)
    members: dict[Windows, list[str]] = defaultdict(list)
    for operator in grounds.problem.operators:
        if any(qualified_windows(operator, crew) for crew in operation.crew):
            members[intersect(grounds.shifts[operator.id], reach)].append(operator.id)
    return tuple(ShiftGroup(windows, tuple(operators)) for windows, operators in members.items())


def shift_sets(operation: Operation, groups: int, setup_worked: int) -> list[Shifts]:
    """Every pair of sets of shift groups that a crew of the operation can consist of; one empty pair without groups."""
    wholes = _subsets(groups, people(operation, "all"))
    setups = _subsets(groups, people(operation, "setup") if setup_worked else 0)
    return [Shifts(whole, setup) for whole, setup in product(wholes, setups)]


def people(operation: Operation, phase: CrewPhase) -> int:
    """How many are needed in all for one phase."""
    return sum(crew.count for crew in operation.crew if crew.phase == phase)


def _subsets(groups: int, most: int) -> list[frozenset[int]]:
    if groups == 0 or most == 0:
        return [frozenset()]
    sizes = range(1, min(most, groups) + 1)
    return [frozenset(chosen) for size in sizes for chosen in combinations(range(groups), size)]


def _sets_up(grounds: Grounds, operation: Operation) -> bool:
    """Whether the operation may have any setup before its start."""
    machines = grounds.problem.machine_by_id
    return any(mode.setup or grounds.changeovers(machines[mode.machine], operation.setup_family)[-1] for mode in operation.modes)


def _allowed(grounds: Grounds, operation: Operation, mode: Mode) -> bool:
    """Whether pins and the frozen zone leave the operation this machine."""
    machines = [pin.machine for pin in grounds.pins.get(operation.id, ()) if pin.machine is not None]
    if operation.id in grounds.frozen:
        machines.append(grounds.frozen[operation.id].machine)
    return all(machine == mode.machine for machine in machines)


def _fitting(
    grounds: Grounds, operation: Operation, span: Span, draft: tuple[Mode, int, Shifts, tuple[ShiftGroup, ...]]
) -> Iterator[Way]:
    """The ways of one mode, changeover and crew, one for each pattern of pauses."""
    mode, changeover, shifts, groups = draft
    ticks = (mode.setup + changeover, mode.run, mode.teardown)
    working = _common(grounds.windows[mode.machine], groups, shifts.whole)
    if operation.may_pause:
        patterns = pausing_patterns(_common(working, groups, shifts.setup), working, ticks)
    else:
        patterns = unbroken_patterns(working, ticks)
    for lengths, begins in patterns:
        fitting = intersect(begins, (_room(grounds, operation, span, lengths),))
        if fitting:
            yield Way(mode, changeover, ticks[0], lengths, fitting, shifts)


def _common(windows: Windows, groups: tuple[ShiftGroup, ...], chosen: Iterable[int]) -> Windows:
    for group in chosen:
        windows = intersect(windows, groups[group].windows)
    return windows


def _room(grounds: Grounds, operation: Operation, span: Span, lengths: Ticks) -> Interval:
    """The range of `setup_start` that release, chain, deadline, horizon, pins and frozen zone leave a way of these lengths."""
    setup, run, teardown = lengths
    first = max(grounds.earliest_setups[operation.id], span.start_min - setup)
    last = min(span.run_end_max, grounds.problem.horizon - teardown) - run - setup
    starts = [pin.start for pin in grounds.pins.get(operation.id, ()) if pin.start is not None]
    if operation.id in grounds.frozen:
        starts.append(grounds.frozen[operation.id].start)
    for start in starts:
        first, last = max(first, start - setup), min(last, start - setup)
    return first, last + 1


def unbroken_patterns(windows: Windows, ticks: Ticks) -> tuple[Pattern, ...]:
    """The one pattern without pauses: `setup_start` in a window that is open for all of it."""
    total = sum(ticks)
    begins = tuple((begin, end - total + 1) for begin, end in windows if end - begin >= total)
    return ((ticks, begins),) if begins else ()


@lru_cache(maxsize=1 << 14)
def pausing_patterns(setup_windows: Windows, run_windows: Windows, ticks: Ticks) -> tuple[Pattern, ...]:
    """Elapsed (setup, run, teardown) and the open instants of `setup_start` that lead to each; the instants are disjoint.

    The setup works in `setup_windows`, run and teardown in `run_windows`, of which the former are a part; see `solver.timing`.
    """
    setup, *others = ticks
    partial: list[tuple[int, int, tuple[int, ...]]] = [(begin, end, (0,)) for begin, end in run_windows]
    if setup:
        partial = [
            (begin, end, (length,))
            for window in setup_windows
            for begin, end, length in _steps(setup_windows, setup, window, run_windows)
        ]
    for amount in others:
        partial = [
            (begin - sum(elapsed), end - sum(elapsed), (*elapsed, length))
            for first, last, elapsed in partial
            for begin, end, length in _steps(run_windows, amount, (first + sum(elapsed), last + sum(elapsed)))
        ]
    begins: dict[Ticks, list[Interval]] = defaultdict(list)
    for begin, end, (setup_length, run_length, teardown_length) in partial:
        begins[setup_length, run_length, teardown_length].append((begin, end))
    return tuple((lengths, normalise(intervals)) for lengths, intervals in begins.items())


def _steps(windows: Windows, amount: int, reach: Interval, follower: Windows | None = None) -> Iterator[tuple[int, int, int]]:
    """(begin, end, elapsed): work of `amount` that starts at any instant in [begin, end) takes `elapsed` ticks, pauses included,
    and the wait for the next open tick of `follower` too."""
    instant, stop = reach
    while instant < stop:
        done = walk(windows, instant, amount)
        over = done if follower is None or done is None else next_open(follower, done)
        if done is None or over is None:
            return
        following = instant + 1 if amount else stop
        here, there = window_at(windows, instant), window_at(windows, done - 1)
        if amount and over == done and here and there:
            room = there[1] - done
            if follower is not None and (next_window := window_at(follower, done)):
                room = min(room, next_window[1] - 1 - done)
            following = min(stop, here[1], instant + room + 1)
        yield instant, following, over - instant
        instant = following
