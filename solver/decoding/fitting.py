"""Where one operation fits in one mode, given all that stands already."""

from __future__ import annotations

from bisect import bisect_right

from solver.arrays import NEVER, ModeRow, OperationRow
from solver.decoding.crewing import Crew, Crewing, Timer
from solver.decoding.partial import PartialSchedule, Spot
from solver.decoding.timelines import Room, Timeline
from solver.timing import Clock, Span, Work, place, span_at

Bounds = tuple[int, int]
"""The earliest setup and the earliest run."""

Fit = tuple[Spot, ...]
"""The operation, and when its family changes what comes just after it on the machine, that one with its new setup."""


class Fitter:
    """Finds places in `partial`; nothing is moved but the setup of the operation that comes next on the machine."""

    def __init__(self, partial: PartialSchedule) -> None:
        self.partial = partial
        self._arrays = partial.arrays
        self._crewing = Crewing(partial)

    def turn_to(self, partial: PartialSchedule) -> None:
        """Go on with another partial schedule of the same problem."""
        self.partial = self._crewing.partial = partial

    def earliest(self, row: OperationRow, mode: ModeRow, run_from: int, setup_from: int) -> Fit | None:
        """Where it ends first when its run starts at or after `run_from` and its setup at or after `setup_from`."""
        timeline = self.partial.machines[mode.machine]
        if mode.changeovers is None or isinstance(timeline, Room):
            spot = self._candidate(row, mode, mode.setup, (setup_from, run_from))
            return None if spot is None else (spot,)
        return self._earliest_among(timeline, row, mode, (setup_from, run_from))

    def _earliest_among(self, timeline: Timeline, row: OperationRow, mode: ModeRow, bounds: Bounds) -> Fit | None:
        """Gap after gap, since what comes before decides how long the setup is, and what comes after may need less with it."""
        low, run_from = bounds
        rest = mode.run + mode.teardown
        for gap in range(max(0, bisect_right(timeline.begins, run_from) - 1), len(timeline.begins) + 1):
            since = max(low, timeline.ends[gap - 1]) if gap else low
            setup = self._setup_in(timeline, gap, mode)
            run_since = max(since + setup, run_from)
            if gap == len(timeline.begins) or timeline.begins[gap] - run_since >= rest:
                fit = self._in_gap(timeline, gap, self._candidate(row, mode, setup, (since, run_from)))
                if fit is not None:
                    return fit
            if gap < len(timeline.begins):
                fit = self._in_widened_gap(timeline, gap, (row, mode, setup), (since, run_from))
                if fit is not None:
                    return fit
        return None

    def _in_gap(self, timeline: Timeline, gap: int, spot: Spot | None) -> Fit | None:
        """The spot and what has to be set up again after it, if it lies in the gap and that has room."""
        if spot is None or bisect_right(timeline.ends, spot.setup_start) != gap:
            return None
        others = self._next_set_up_again(timeline, gap, spot)
        return None if others is None else (spot, *others)

    def _in_widened_gap(
        self, timeline: Timeline, gap: int, what: tuple[OperationRow, ModeRow, int], bounds: Bounds
    ) -> Fit | None:
        """In a gap that is wider with it than without it, because what comes after needs a shorter setup then."""
        following = self.partial.placed[timeline.owners[gap]]
        if following is None or following.mode.changeovers is None:
            return None
        row, mode, needed = what
        setup = following.mode.setup + following.mode.changeovers[row.family]
        room = following.start - setup - max(bounds[0] + needed, bounds[1])
        if setup >= following.setup or room < mode.run + mode.teardown:
            return None
        mark = self.partial.mark()
        self.partial.lift(following.operation)
        again = self._at(self._arrays.operations[following.operation], following.mode, setup, following.start)
        fit = None
        if again is not None:
            self.partial.put(again)
            spot = self._candidate(*what, bounds)
            if spot is not None and spot.end <= again.setup_start:
                fit = (spot, again)
        self.partial.go_back(mark)
        return fit

    def exactly(self, row: OperationRow, mode: ModeRow, start: int) -> Fit | None:
        """With its run starting at `start`; None when it cannot."""
        timeline = self.partial.machines[mode.machine]
        if isinstance(timeline, Room):
            spot = self._at(row, mode, mode.setup, start)
            return None if spot is None else (spot,)
        gap = bisect_right(timeline.begins, start)
        spot = self._at(row, mode, self._setup_in(timeline, gap, mode), start)
        if spot is None or (gap and timeline.ends[gap - 1] > spot.setup_start):
            return None
        others = self._next_set_up_again(timeline, gap, spot)
        return None if others is None else (spot, *others)

    def take_out(self, number: int) -> bool:
        """Lift a placed operation for good, and set up what came after it on its machine for what comes before it now; False when
        that has no room, and then the caller must go back."""
        spot = self.partial.lift(number)
        timeline = self.partial.machines[spot.mode.machine]
        if isinstance(timeline, Room):
            return True
        gap = bisect_right(timeline.ends, spot.setup_start)
        following = self.partial.placed[timeline.owners[gap]] if gap < len(timeline.owners) else None
        if following is None or self._setup_in(timeline, gap, following.mode) == following.setup:
            return True
        setup = self._setup_in(timeline, gap, following.mode)
        self.partial.lift(following.operation)
        again = self._at(self._arrays.operations[following.operation], following.mode, setup, following.start)
        if again is None or (gap and again.setup_start < timeline.ends[gap - 1]):
            return False
        self.partial.put(again)
        return True

    def _setup_in(self, timeline: Timeline, gap: int, mode: ModeRow) -> int:
        """Setup ticks after whatever stands before the gap."""
        if mode.changeovers is None:
            return mode.setup
        if gap:
            return mode.setup + mode.changeovers[self._arrays.operations[timeline.owners[gap - 1]].family]
        return mode.setup + mode.changeovers[self._arrays.machines[mode.machine].family]

    def _next_set_up_again(self, timeline: Timeline, gap: int, spot: Spot) -> Fit | None:
        """What comes after the gap, with the setup that it needs then: () when that stays the same, None when it has no room."""
        following = self.partial.placed[timeline.owners[gap]] if gap < len(timeline.owners) else None
        if following is None or following.mode.changeovers is None:
            return ()
        family = self._arrays.operations[spot.operation].family
        setup = following.mode.setup + following.mode.changeovers[family]
        if setup == following.setup:
            return ()
        mark = self.partial.mark()
        self.partial.lift(following.operation)
        again = self._at(self._arrays.operations[following.operation], following.mode, setup, following.start)
        self.partial.go_back(mark)
        return None if again is None or again.setup_start < spot.end else (again,)

    def _candidate(self, row: OperationRow, mode: ModeRow, setup: int, bounds: Bounds) -> Spot | None:
        """The first place for a setup of so many ticks."""
        if row.may_pause:
            return self._candidate_pausing(row, mode, setup, bounds)
        timeline = self.partial.machines[mode.machine]
        total = setup + mode.run + mode.teardown
        instant = timeline.free_from(max(bounds[0], bounds[1] - setup), total)
        while instant < NEVER:
            if not row.needs:
                return _unbroken(row, mode, setup, (instant, {}))
            later, crew = self._crewing.unbroken(row.needs, instant, setup, total)
            if later == instant:
                return _unbroken(row, mode, setup, (instant, crew))
            instant = timeline.free_from(later, total)
        return None

    def _candidate_pausing(self, row: OperationRow, mode: ModeRow, setup: int, bounds: Bounds) -> Spot | None:
        low, run_from = bounds
        work = Work(setup, mode.run, mode.teardown, may_pause=True)
        while low < self._arrays.horizon:

            def time(clock: Clock, low: int = low) -> Span | None:
                return place(work, clock, low, run_from)

            found, crew = self._timed(row, mode, setup, time)
            if isinstance(found, Span):
                clash = self.partial.machines[mode.machine].clash(found.setup_start, found.end)
                if not clash:
                    return Spot(row.number, mode, setup, *found, _ordered(row, crew))
                found = clash
            low = max(low + 1, found)
        return None

    def _at(self, row: OperationRow, mode: ModeRow, setup: int, start: int) -> Spot | None:
        """With its run starting at `start`; the machine and the people must be free, and its setup not too early."""
        total = setup + mode.run + mode.teardown
        timeline = self.partial.machines[mode.machine]
        begin = start - setup
        if row.may_pause:
            work = Work(setup, mode.run, mode.teardown, may_pause=True)
            found, crew = self._timed(row, mode, setup, lambda clock: span_at(work, clock, start))
            if not isinstance(found, Span) or timeline.clash(found.setup_start, found.end):
                return None
            spot = Spot(row.number, mode, setup, *found, _ordered(row, crew))
        else:
            later, crew = self._crewing.unbroken(row.needs, begin, setup, total)
            if later != begin or timeline.free_from(begin, total) != begin:
                return None
            spot = _unbroken(row, mode, setup, (begin, crew))
        return spot if spot.setup_start >= row.setup_from else None

    def _timed(self, row: OperationRow, mode: ModeRow, setup: int, time: Timer) -> tuple[Span | int, Crew]:
        if row.needs:
            return self._crewing.pausing(row.needs, mode.machine, time, setup)
        span = time(self._crewing.clock(mode.machine, (), ()))
        return (NEVER if span is None else span), {}


def _unbroken(row: OperationRow, mode: ModeRow, setup: int, begin: tuple[int, Crew]) -> Spot:
    instant, crew = begin
    start = instant + setup
    run_end = start + mode.run
    return Spot(row.number, mode, setup, instant, start, run_end, run_end + mode.teardown, _ordered(row, crew))


def _ordered(row: OperationRow, crew: Crew) -> tuple[tuple[int, ...], ...]:
    return tuple(crew.get(position, ()) for position in range(row.crew_size))
