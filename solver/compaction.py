"""Everything as early as it can be without another machine, sequence or crew: closes the gaps that exact neighbourhoods leave
behind them, because what they hold fixed they hold at its time."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from dataclasses import replace

from solver.formulation.grounds import Grounds
from solver.problem import Operation
from solver.schedule import Assignment, Schedule, setup_ticks
from solver.timing import Clock, Work, make_clock, place, span_pauses


def compacted(grounds: Grounds, schedule: Schedule) -> Schedule:
    """The same schedule, each operation moved up, in the order of their starts, as far as machine, people and predecessors
    let it. Limits of work, maximum lags and skills that are held only for a time are not looked at, nor setups that begin before
    one with an earlier start on a machine with room for several, so that the result has to be verified."""
    compaction = _Compaction(grounds)
    for assignment in sorted(schedule.assignments, key=lambda each: (each.start, each.setup_start)):
        compaction.place(assignment)
    return Schedule(tuple(compaction.placed[each.operation] for each in schedule.assignments))


class _Compaction:
    """A schedule that grows from its beginning. `ends`: by machine, when what is on it leaves, in order; `busy_until`: by
    operator."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self.placed: dict[str, Assignment] = {}
        self._ends: dict[str, list[int]] = defaultdict(list)
        self._busy_until: dict[str, int] = {}

    def place(self, old: Assignment) -> None:
        operation = self._grounds.problem.operation_by_id[old.operation]
        new = old if self._must_stay(operation) else self._moved_up(operation, old)
        self.placed[old.operation] = new
        insort(self._ends[new.machine], new.end)
        for crew, people in zip(operation.crew, new.operators, strict=False):
            until = new.start if crew.phase == "setup" else new.end
            for person in people:
                self._busy_until[person] = max(until, self._busy_until.get(person, until))

    def _must_stay(self, operation: Operation) -> bool:
        pinned = any(pin.start is not None for pin in self._grounds.pins.get(operation.id, ()))
        return pinned or operation.id in self._grounds.facts or operation.id in self._grounds.frozen

    def _moved_up(self, operation: Operation, old: Assignment) -> Assignment:
        mode = operation.mode_on(old.machine)
        if mode is None:
            return old
        work = Work(setup_ticks(old), mode.run, mode.teardown, operation.may_pause)
        clock = self._clock(operation, old)
        span = place(work, clock, self._setup_from(operation, old), self._run_from(operation))
        if span is None or span.start >= old.start:
            return old
        return replace(
            old,
            setup_start=span.setup_start,
            start=span.start,
            run_end=span.run_end,
            end=span.end,
            pauses=span_pauses(work, clock, span),
        )

    def _setup_from(self, operation: Operation, old: Assignment) -> int:
        """When the machine and the people are there."""
        ends = self._ends[old.machine]
        capacity = self._grounds.problem.machine_by_id[old.machine].capacity
        machine_free = ends[-capacity] if len(ends) >= capacity else 0
        people_free = [self._busy_until.get(person, 0) for people in old.operators for person in people]
        return max(self._grounds.earliest_setups[operation.id], machine_free, *people_free, 0)

    def _run_from(self, operation: Operation) -> int:
        """When the material is there."""
        order = self._grounds.problem.order_by_id[operation.order]
        links = self._grounds.before.get(operation.id, ())
        ready = [self.placed[link.before].run_end + link.min_lag for link in links if link.before in self.placed]
        return max(operation.release, order.release, *ready, 0)

    def _clock(self, operation: Operation, old: Assignment) -> Clock:
        shifts = self._grounds.shifts
        whole, setup = (
            [
                shifts[person]
                for crew, people in zip(operation.crew, old.operators, strict=False)
                if crew.phase == phase
                for person in people
            ]
            for phase in ("all", "setup")
        )
        return make_clock(self._grounds.windows[old.machine], whole, setup)
