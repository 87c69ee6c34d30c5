"""Clusters of operations, one after another, among everything that stands already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from solver.arrays import NEVER, Arrays, ModeRow, OperationRow
from solver.decoding.clusters import Cluster, Link
from solver.decoding.fitting import Fit, Fitter
from solver.decoding.partial import PartialSchedule, Stay

ATTEMPTS = 60
LAST_RESORT = 48
PREDECESSORS = 4
EARLIER = (0, 5, 20, 60, 180, 720)  # ticks

Modes = Sequence[Sequence[ModeRow]]


class Obstacle(NamedTuple):
    """Why a cluster does not fit as tried: these operations must not start before `start`, NEVER for not at all."""

    operations: tuple[int, ...]
    start: int


class Placer:
    """Puts clusters into `partial`. `stuck`: the operation at which the last failure happened; `torn`: the link with a maximum
    lag that could not be kept because its first operation stood already, None when it was something else."""

    def __init__(self, arrays: Arrays, latest: Sequence[int], partial: PartialSchedule) -> None:
        self._arrays = arrays
        self._latest = latest
        self._fitter = Fitter(partial)
        self.partial = partial
        self.stuck = -1
        self.torn: Link | None = None
        self._in_limited_cells = {number for stay in partial.stays for number in stay.operations}
        self._pinned_soon = _leading_to_pins(arrays)
        self._modes: Modes = [row.modes for row in arrays.operations]

    def begin(self, partial: PartialSchedule, modes: Modes) -> None:
        """Go on with this partial schedule, each operation in one of these modes."""
        self.partial = partial
        self.torn = None
        self._modes = modes
        self._fitter.turn_to(partial)

    def place_pins(self, pinned: Sequence[int]) -> bool:
        """Reserve the room of all operations with a fixed start, in this order; False, and `stuck` set to the first of them, when
        some have none yet. Those are left for their turn: what comes before them may shorten their setup."""
        without = [number for number in pinned if not self._place_pin(self._arrays.operations[number])]
        self.stuck = without[0] if without else self.stuck
        return not without

    def _place_pin(self, row: OperationRow) -> bool:
        fit = self._fit_of_pin(row)
        if fit is None:
            return False
        self._put(fit)
        return True

    def _fit_of_pin(self, row: OperationRow) -> Fit | None:
        """At the fixed start, in the mode in which it ends first."""
        fits = [self._fitter.exactly(row, mode, row.pinned_start or 0) for mode in self._allowed(row)[0]]
        legal = [fit for fit in fits if fit is not None and self._obstacle(row, fit, ()) is None]
        return min(legal, key=lambda fit: (fit[0].run_end, fit[0].mode.cost), default=None)

    def place(self, cluster: Cluster) -> bool:
        """All of a cluster, its parts later and later until they agree; False, and `stuck` set, when they never do."""
        if any(self._place_from(cluster, bounds) for bounds in self._beginnings(cluster)):
            return True
        return self.torn is not None and self._place_with_predecessors(cluster)

    def _place_with_predecessors(self, cluster: Cluster) -> bool:
        """Take out what stands too early for a maximum lag, and place it anew, together with the cluster."""
        mark, torn = self.partial.mark(), self.torn
        for _ in range(PREDECESSORS):
            if self.torn is None or not self._can_move(self.torn[0], cluster):
                break
            cluster = replace(cluster, operations=(self.torn[0], *cluster.operations))
            if not self._fitter.take_out(self.torn[0]):
                break
            self.torn = None
            if self._place_from(cluster, {}):
                return True
        self.partial.go_back(mark)
        self.torn = torn
        return False

    def _can_move(self, number: int, cluster: Cluster) -> bool:
        """Whether nothing but the cluster depends on where an operation stands."""
        row = self._arrays.operations[number]
        dependent = [*(link.operation for link in row.after), *row.followers]
        return number not in self._in_limited_cells and all(
            other in cluster.operations or self._standing(other) is None for other in dependent
        )

    def _beginnings(self, cluster: Cluster) -> Iterator[dict[int, int]]:
        """Where to begin trying: as early as can be. But a visit that waits for a fixed start had better come just in time, so as
        not to fill its cell while it waits; so with those the latest possible is tried first, then earlier and earlier."""
        waiting = [
            number
            for stay in cluster.stays
            for number in stay.operations
            if self.partial.placed[number] is None and number in self._pinned_soon
        ]
        for slack in EARLIER if waiting else ():
            yield {number: self._latest[number] - slack - self._longest_run(number) for number in waiting}
        yield {}

    def _longest_run(self, number: int) -> int:
        return max((mode.run for mode in self._modes[number]), default=0)

    def _place_from(self, cluster: Cluster, bounds: dict[int, int]) -> bool:
        for attempt in range(ATTEMPTS):
            if attempt == LAST_RESORT:  # behind everything else, where only its own parts are in its way
                bounds = dict.fromkeys(cluster.operations, self.partial.quiet_from())
            mark = self.partial.mark()
            obstacle = self._try(cluster, bounds)
            if obstacle is None:
                return True
            self.partial.go_back(mark)
            if obstacle.start >= NEVER:
                self.stuck = obstacle.operations[0]
                return False
            for number in obstacle.operations:
                bounds[number] = max(bounds.get(number, 0), obstacle.start)
        self.stuck = cluster.operations[0]
        return False

    def _try(self, cluster: Cluster, bounds: dict[int, int]) -> Obstacle | None:
        for number in cluster.operations:
            if self.partial.placed[number] is None:
                row = self._arrays.operations[number]
                fit = self._best_fit(row, bounds.get(number, 0)) if row.pinned_start is None else self._fit_of_pin(row)
                obstacle = Obstacle((number,), NEVER) if fit is None else self._obstacle(row, fit, cluster.operations)
                if obstacle is not None or fit is None:
                    return obstacle
                self._put(fit)
        return self._enter_cells(cluster.stays) if cluster.stays else None

    def _put(self, fit: Fit) -> None:
        for spot in reversed(fit):  # what comes next first makes room with its shorter or earlier setup
            self.partial.put(spot)

    def _best_fit(self, row: OperationRow, bound: int) -> Fit | None:
        """The mode in which it ends first, the cheapest of equals; one that comes too late after a predecessor only for want of
        better."""
        run_from, latest_start = self._window(row, bound)
        modes, setup_from = self._allowed(row)
        best: Fit | None = None
        best_key = (True, NEVER, NEVER)
        for mode in modes:
            if (run_from > latest_start, run_from + mode.run, 0) > best_key:
                continue
            fit = self._fitter.earliest(row, mode, run_from, setup_from)
            if fit is not None and fit[0].end <= self._arrays.horizon:
                key = (fit[0].start > latest_start, fit[0].run_end, mode.cost)
                if key < best_key:
                    best, best_key = fit, key
        return best

    def _window(self, row: OperationRow, bound: int) -> tuple[int, int]:
        """When the run may start, as far as release and predecessors go."""
        earliest, latest = max(row.release, bound), NEVER
        for link in row.before:
            run_end = self.partial.run_end(link.operation)
            if run_end is not None:
                earliest = max(earliest, run_end + link.min_lag)
                latest = min(latest, run_end + link.max_lag)
        return earliest, latest

    def _allowed(self, row: OperationRow) -> tuple[Sequence[ModeRow], int]:
        """Modes and earliest setup, as a pin to follow another operation leaves them."""
        modes = self._modes[row.number]
        leader = self._standing(row.follows) if row.follows >= 0 else None
        if leader is None:
            return modes, row.setup_from
        machine, end = leader
        return [mode for mode in modes if mode.machine == machine], max(row.setup_from, end)

    def _standing(self, number: int) -> tuple[int, int] | None:
        """Machine and end of an operation that has its place."""
        fixed, spot = self._arrays.operations[number].fixed, self.partial.placed[number]
        if fixed is not None:
            return self._arrays.machine_number(fixed.machine), fixed.end
        return None if spot is None else (spot.mode.machine, spot.end)

    def _obstacle(self, row: OperationRow, fit: Fit, movable: Sequence[int]) -> Obstacle | None:
        """What is wrong with a place: too late, for itself or after a predecessor, or not in step with what was pinned."""
        spot, never = fit[0], Obstacle((row.number,), NEVER)
        if spot.run_end > self._latest[row.number] or spot.start < self._window(row, 0)[0]:
            return never
        for link in row.before:
            run_end = self.partial.run_end(link.operation)
            if run_end is not None and spot.start > run_end + link.max_lag:
                return self._pull((link.operation, row.number), spot.start - link.max_lag - run_end, movable) or never
        for link in row.after:
            after = self.partial.placed[link.operation]
            if after is not None and spot.run_end + link.min_lag > after.start:
                return never
            if after is not None and spot.run_end + link.max_lag < after.start:
                return Obstacle((row.number,), spot.start + after.start - link.max_lag - spot.run_end)
        return None if self._leads(row, fit) else never

    def _pull(self, link: Link, ticks: int, movable: Sequence[int]) -> Obstacle | None:
        """Let a predecessor come later, if it is one that can still move."""
        before = self.partial.placed[link[0]]
        if before is None or self._arrays.operations[link[0]].pinned_start is not None:
            return None
        if link[0] not in movable:
            self.torn = link
            return None
        return Obstacle((link[0],), before.start + ticks)

    def _leads(self, row: OperationRow, fit: Fit) -> bool:
        """Whether it is where it must be for the operations that are pinned to follow it, and for the one that it must follow."""
        spot = fit[0]
        set_up_again = {each.operation: each for each in fit[1:]}
        followers = [set_up_again.get(number, self.partial.placed[number]) for number in row.followers]
        leader = self._standing(row.follows) if row.follows >= 0 else None
        return all(
            after is None or (after.mode.machine == spot.mode.machine and after.setup_start >= spot.end) for after in followers
        ) and (leader is None or (leader[0] == spot.mode.machine and leader[1] <= spot.setup_start))

    def _enter_cells(self, stays: Sequence[Stay]) -> Obstacle | None:
        entered: list[tuple[Stay, int, int]] = []
        for stay in stays:
            obstacle = self._enter(stay)
            if obstacle is not None:
                for other, entry, leave in entered:
                    self.partial.leave(other, entry, leave)
                return obstacle
            entered.append((stay, *self.partial.stay_span(stay)))
        return None

    def _enter(self, stay: Stay) -> Obstacle | None:
        """Let a visit into its cell; the obstacle is that the cell is full at some time between its entry and its exit."""
        entry, leave = self.partial.stay_span(stay)
        if not stay.is_inside:
            room = self.partial.cells[stay.cell]
            full_until = room.clash(entry, leave) if room else 0
            if full_until:
                starts = [self._arrays.operations[number].pinned_start for number in stay.operations]
                is_too_late = any(start is not None and start < full_until for start in starts)
                return Obstacle(stay.operations, NEVER if is_too_late else full_until)
        if not self.partial.enter(stay, entry, leave):
            return Obstacle(stay.operations, NEVER)
        return None


def _leading_to_pins(arrays: Arrays) -> set[int]:
    """The operations that have an operation with a fixed start somewhere behind them in their own visit of a cell."""
    pinned = [row.number for row in arrays.operations if row.pinned_start is not None]
    found: set[int] = set()
    while pinned:
        row = arrays.operations[pinned.pop()]
        for link in row.before:
            before = arrays.operations[link.operation]
            is_same_visit = (before.order, before.cell) == (row.order, row.cell)
            if is_same_visit and before.fixed is None and before.number not in found:
                found.add(before.number)
                pinned.append(before.number)
    return found
