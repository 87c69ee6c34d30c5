"""How early each operation could be over, all that must come before it in mind; and which cannot be at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TypeVar

from solver.faults.fault import Fault, FaultCode
from solver.faults.links import predecessors
from solver.faults.room import Bounds, Room, earliest
from solver.frozen import earliest_setup, frozen_start
from solver.history import history
from solver.problem import Mode, Operation, Pin, Precedence, Problem
from solver.schedule import Assignment
from solver.wording import duration, listed, moment, title

Row = TypeVar("Row")


@dataclass(frozen=True)
class Heads:
    """A sound problem, and the bounds of its operations as far as they are known; operations with a fault have none."""

    problem: Problem
    bounds: dict[str, Bounds] = field(default_factory=dict)

    @cached_property
    def room(self) -> Room:
        return Room(self.problem)

    @cached_property
    def fixed(self) -> Mapping[str, Assignment]:
        return history(self.problem)

    @cached_property
    def pins(self) -> Mapping[str, Sequence[Pin]]:
        return _grouped(self.problem.pins, [pin.operation for pin in self.problem.pins])

    @cached_property
    def links(self) -> Mapping[str, Sequence[Precedence]]:
        return _grouped(self.problem.precedences, [link.after for link in self.problem.precedences])

    def modes(self, operation: Operation) -> Sequence[Mode]:
        """The modes that pins and the frozen zone leave."""
        wanted = {pin.machine for pin in self.pins.get(operation.id, ()) if pin.machine is not None}
        planned = frozen_start(self.problem, operation)
        wanted |= {planned.machine} if planned else set()
        return [mode for mode in operation.modes if mode.machine in wanted] if wanted else operation.modes

    def fixed_start(self, operation: Operation) -> int | None:
        """The start that a pin or the frozen zone demands."""
        planned = frozen_start(self.problem, operation)
        starts = [pin.start for pin in self.pins.get(operation.id, ()) if pin.start is not None]
        return planned.start if planned else next(iter(starts), None)


def _grouped(rows: Sequence[Row], keys: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    groups: dict[str, list[Row]] = {}
    for key, row in zip(keys, rows, strict=True):
        groups.setdefault(key, []).append(row)
    return groups


def head_faults(heads: Heads) -> Iterator[Fault]:
    """Fills in the bounds, one operation after another; an operation behind one that has a fault is left alone."""
    problem = heads.problem
    waits = predecessors(problem)
    for key in TopologicalSorter(waits).static_order():
        operation = problem.operation_by_id[key]
        if key in heads.fixed:
            fixed = heads.fixed[key]
            heads.bounds[key] = Bounds(fixed.start, fixed.run_end, fixed.end)
        elif all(before in heads.bounds for before in waits[key]):
            for code, says in _bound(heads, operation):
                yield Fault(code, f"{title(problem, operation)} {says}.", "operation", key)


def _bound(heads: Heads, operation: Operation) -> Iterator[tuple[FaultCode, str]]:
    """Sets the bounds of one operation, or says why there are none."""
    setup_from, run_from = _not_before(heads, operation)
    found = _earliest(heads, operation, setup_from, run_from)
    fits = found is not None and found.end <= heads.problem.horizon  # and then it would fit all the better if it came first
    if hopeless := _hopeless(heads, operation, fits=fits):
        yield hopeless
        return
    fixed_start = heads.fixed_start(operation)
    if found and fixed_start is not None and fixed_start < found.start:
        yield "fixed_too_early", f"is fixed to {_at(heads, fixed_start)}, but cannot start before {_at(heads, found.start)}"
        return
    if found and fixed_start is not None:
        found = _earliest(heads, operation, setup_from, max(run_from, fixed_start))
        if found is None or found.start != fixed_start:
            yield "fixed_in_closed_time", f"is fixed to {_at(heads, fixed_start)}, when its machine or its crew cannot do it"
            return
    if found is None or found.end > heads.problem.horizon:
        yield "horizon_too_short", "cannot be finished within the horizon, after all that has to come before it"
        return
    heads.bounds[operation.id] = found


def _at(heads: Heads, tick: int) -> str:
    return moment(heads.problem, tick)


def _not_before(heads: Heads, operation: Operation) -> tuple[int, int]:
    """The earliest setup and the earliest run, going by what must come before."""
    after = [heads.bounds[pin.after].end for pin in heads.pins.get(operation.id, ()) if pin.after is not None]
    ready = [heads.bounds[link.before].run_end + link.min_lag for link in heads.links.get(operation.id, ())]
    order = heads.problem.order_by_id[operation.order]
    return max([earliest_setup(heads.problem, operation), *after]), max([order.release, operation.release, *ready])


def _earliest(heads: Heads, operation: Operation, setup_from: int, run_from: int) -> Bounds | None:
    """The best of its modes, each bound by itself."""
    room = heads.room
    found = [
        bounds
        for mode in heads.modes(operation)
        if (bounds := earliest(room.work(operation, mode), room.clock(operation, mode), setup_from, run_from))
    ]
    return Bounds(*map(min, zip(*found, strict=True))) if found else None


def _hopeless(heads: Heads, operation: Operation, *, fits: bool) -> tuple[FaultCode, str] | None:
    """Why no machine could do the operation even if it came first; None when one could. `fits`: it has a place even so."""
    problem, room = heads.problem, heads.room
    alone = None if fits else _earliest(heads, operation, 0, 0)
    if (fits or (alone is not None and alone.end <= problem.horizon)) and room.can_staff(operation):
        return None
    crew = listed([f"{need.count} × “{need.skill}” (level {need.level})" for need in operation.crew] or ["nobody"])
    if not room.can_staff(operation):
        return "no_crew", f"needs more people than there are for it: {crew}"
    reasons = []
    is_open_long_enough = False
    for mode in heads.modes(operation):
        work = room.work(operation, mode)
        bounds = earliest(work, room.machine_clock(mode), 0, 0)
        is_open_long_enough |= bounds is not None and bounds.end <= problem.horizon
        reasons.append(
            f"{duration(problem, work.setup + work.run + work.teardown)} on {problem.machine_by_id[mode.machine].name}"
        )
    taken = f"takes {' or '.join(reasons)}"
    if is_open_long_enough:
        return "no_crew", f"{taken}, but within the horizon its crew is never there that long: {crew}"
    pieces = "in all" if operation.may_pause else "at a stretch"
    return "no_room", f"{taken}, but no machine for it is open that long {pieces} within the horizon"
