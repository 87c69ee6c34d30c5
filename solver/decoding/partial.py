"""A schedule while it grows: where every operation placed so far stands, who and what is busy, and how to take steps back."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple

from solver.arrays import NEVER, Arrays, ModeRow, OperationRow
from solver.decoding.timelines import Room, Timeline
from solver.visits import visits

ALWAYS_OPEN = ((-NEVER, NEVER),)


class Spot(NamedTuple):
    """Where one operation stands, in one mode. `setup`: ticks, changeover included. `crew`: numbers of people, one group for each
    of `Operation.crew`."""

    operation: int
    mode: ModeRow
    setup: int
    setup_start: int
    start: int
    run_end: int
    end: int
    crew: tuple[tuple[int, ...], ...]


class Stay(NamedTuple):
    """A visit of a limited cell: its operations; `is_inside`: history has let it in already."""

    cell: int
    operations: tuple[int, ...]
    is_inside: bool


Step = tuple[int, Spot | None]


class PartialSchedule:
    """`placed[operation]` is None until it has its place. Done and started operations are `run_ends` and busy stretches only."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.placed: list[Spot | None] = [None] * len(arrays.operations)
        self.machines: list[Timeline | Room] = [
            Timeline(row.windows) if row.capacity == 1 else Room(row.windows, row.capacity) for row in arrays.machines
        ]
        self.people = [Timeline(shift) for shift in arrays.shifts]
        limits = [cell.wip_limit for cell in arrays.problem.cells]
        self.cells = [None if limit is None else Room(ALWAYS_OPEN, limit) for limit in limits]
        self.stays = _stays(arrays)
        self.entries: list[list[int]] = [[] for _ in limits]  # by cell: when visits entered that history had not let in
        self.steps: list[Step] = []  # what `go_back` undoes: each operation with where it stood before
        self._lay_facts()

    def copy(self) -> PartialSchedule:
        """An independent twin at the same point, which cannot step back behind it."""
        twin = copy(self)
        twin.placed = self.placed[:]
        twin.machines = [timeline.copy() for timeline in self.machines]
        twin.people = [timeline.copy() for timeline in self.people]
        twin.cells = [room.copy() if room else None for room in self.cells]
        twin.entries = [entries[:] for entries in self.entries]
        twin.steps = []
        return twin

    def run_end(self, operation: int) -> int | None:
        """When its material is ready; None before it has its place."""
        fixed = self.arrays.operations[operation].fixed
        if fixed is not None:
            return fixed.run_end
        spot = self.placed[operation]
        return None if spot is None else spot.run_end

    def put(self, spot: Spot) -> None:
        """Give an operation its place, or a new one, its people and machine engaged accordingly."""
        before = self.placed[spot.operation]
        if before is not None:
            self._lift(before)
        self.steps.append((spot.operation, before))
        self.placed[spot.operation] = spot
        self._lay(spot)

    def lift(self, operation: int) -> Spot:
        """Take a placed operation out for a moment; put it back, there or elsewhere, before anything else happens."""
        spot = self.placed[operation]
        if spot is None:
            raise KeyError(operation)
        self._lift(spot)
        self.steps.append((operation, spot))
        self.placed[operation] = None
        return spot

    def mark(self) -> int:
        """A point to come back to."""
        return len(self.steps)

    def go_back(self, mark: int) -> None:
        """Undo everything since the mark."""
        while len(self.steps) > mark:
            operation, before = self.steps.pop()
            now = self.placed[operation]
            if now is not None:
                self._lift(now)
            self.placed[operation] = before
            if before is not None:
                self._lay(before)

    def stay_span(self, stay: Stay) -> tuple[int, int]:
        """When a visit whose operations all have their places enters and leaves."""
        begins, ends = [0] if stay.is_inside else [], []
        for operation in stay.operations:
            fixed = self.arrays.operations[operation].fixed
            standing = self.placed[operation] if fixed is None else fixed
            if standing is not None:
                begins.append(standing.start)
                ends.append(standing.run_end)
        return min(begins), max(ends)

    def enter(self, stay: Stay, entry: int, leave: int) -> bool:
        """Let a visit in from entry to leave. False, and nothing is changed, when one that history has let in leaves so late that
        the limit is broken when another enters."""
        room = self.cells[stay.cell]
        if room is None:
            return True
        if not stay.is_inside:
            room.engage(entry, leave, -1)
            self.entries[stay.cell].append(entry)
            return True
        since = self._entry_so_far(stay)
        room.release(since, NEVER, -1)
        room.engage(min(entry, since), leave, -1)
        if all(room.level_at(instant) <= room.capacity for instant in self.entries[stay.cell]):
            return True
        room.release(min(entry, since), leave, -1)
        room.engage(since, NEVER, -1)
        return False

    def leave(self, stay: Stay, entry: int, leave: int) -> None:
        """Undo `enter`."""
        room = self.cells[stay.cell]
        if room is None:
            return
        if stay.is_inside:
            since = self._entry_so_far(stay)
            room.release(min(entry, since), leave, -1)
            room.engage(since, NEVER, -1)
        else:
            room.release(entry, leave, -1)
            self.entries[stay.cell].remove(entry)

    def _entry_so_far(self, stay: Stay) -> int:
        """When history let a visit in."""
        fixed = (self.arrays.operations[operation].fixed for operation in stay.operations)
        return min(0, *(assignment.start for assignment in fixed if assignment is not None))

    def quiet_from(self) -> int:
        """The instant from which nothing is going on any more."""
        return max([0, *(spot.end for spot in self.placed if spot), *self._fact_ends()])

    def _fact_ends(self) -> Iterable[int]:
        return (row.fixed.end for row in self.arrays.operations if row.fixed is not None)

    def _lay(self, spot: Spot) -> None:
        operation = spot.operation
        self.machines[spot.mode.machine].engage(spot.setup_start, spot.end, operation)
        for need in self.arrays.operations[operation].needs:
            until = spot.start if need.for_setup_only else spot.end
            for person in spot.crew[need.position]:
                self.people[person].engage(spot.setup_start, until, operation)

    def _lift(self, spot: Spot) -> None:
        operation = spot.operation
        self.machines[spot.mode.machine].release(spot.setup_start, spot.end, operation)
        for need in self.arrays.operations[operation].needs:
            until = spot.start if need.for_setup_only else spot.end
            for person in spot.crew[need.position]:
                self.people[person].release(spot.setup_start, until, operation)

    def _lay_facts(self) -> None:
        facts = sorted(
            (row for row in self.arrays.operations if row.fixed is not None),
            key=lambda row: (row.fixed.start, row.fixed.end) if row.fixed else (0, 0),
        )
        busy: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
        for row in facts:
            for key, stretch in _engagements(self.arrays, row):
                busy.setdefault(key, []).append(stretch)
        for (kind, number), stretches in busy.items():
            timeline = self.people[number] if kind == "person" else self.machines[number]
            for begin, end, owner in stretches if isinstance(timeline, Room) else [_together(stretches)]:
                timeline.engage(begin, end, owner)
        for stay in self.stays:
            room = self.cells[stay.cell]
            if room and stay.is_inside:
                entry, leave = self.stay_span(stay)
                is_over = all(self.arrays.operations[operation].fixed for operation in stay.operations)
                room.engage(entry, leave if is_over else NEVER, -1)


def _engagements(arrays: Arrays, row: OperationRow) -> Iterable[tuple[tuple[str, int], tuple[int, int, int]]]:
    """Who and what a done or started operation occupies, and when."""
    fixed = row.fixed
    if fixed is None:
        return
    yield ("machine", arrays.machine_number(fixed.machine)), (fixed.setup_start, fixed.end, row.number)
    crew = arrays.problem.operations[row.number].crew
    for need, people in zip(crew, fixed.operators, strict=False):
        until = fixed.start if need.phase == "setup" else fixed.end
        for person in people:
            if fixed.setup_start < until:
                yield ("person", arrays.person_number(person)), (fixed.setup_start, until, row.number)


def _together(stretches: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Facts may overlap. They all begin at tick 0 at the latest, so that together they are one stretch, owned by the last."""
    return min(begin for begin, _, _ in stretches), max(end for _, end, _ in stretches), stretches[-1][2]


def _stays(arrays: Arrays) -> tuple[Stay, ...]:
    numbers = {cell.id: number for number, cell in enumerate(arrays.problem.cells) if cell.wip_limit is not None}
    found = []
    for visit in visits(arrays.problem):
        if visit.cell in numbers:
            operations = tuple(arrays.number(operation) for operation in visit.operations)
            is_inside = any(arrays.operations[operation].fixed for operation in operations)
            found.append(Stay(numbers[visit.cell], operations, is_inside))
    return tuple(found)
