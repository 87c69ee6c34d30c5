"""Who and what is busy when, while a schedule grows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from solver.arrays import NEVER
from solver.calendars import Windows


class Timeline:
    """One machine of capacity 1, or one person: disjoint busy stretches, sorted, and who owns each.

    Every stretch has work in it, so it is never empty; `windows` say when it is open at all.
    """

    __slots__ = ("begins", "closes", "ends", "opens", "owners")

    def __init__(self, windows: Windows) -> None:
        self.opens = [begin for begin, _ in windows]
        self.closes = [end for _, end in windows]
        self.begins: list[int] = []
        self.ends: list[int] = []
        self.owners: list[int] = []

    def copy(self) -> Timeline:
        twin = Timeline.__new__(Timeline)
        twin.opens, twin.closes = self.opens, self.closes
        twin.begins, twin.ends, twin.owners = self.begins[:], self.ends[:], self.owners[:]
        return twin

    def free_from(self, instant: int, ticks: int) -> int:
        """The earliest instant, not before the one given, from which `ticks` in one window are free; NEVER when there is none."""
        opens, closes, begins, ends = self.opens, self.closes, self.begins, self.ends
        window = bisect_right(closes, instant)
        while window < len(opens):
            instant = max(instant, opens[window])
            end = instant + ticks
            if end > closes[window]:
                window += 1
                continue
            after = bisect_left(begins, end)
            if not after or ends[after - 1] <= instant:
                return instant
            instant = ends[after - 1]
            window = bisect_right(closes, instant, window)
        return NEVER

    def clash(self, begin: int, end: int) -> int:
        """When the last busy stretch within [begin, end) ends; 0 when there is none. No stretch of the future ends at 0."""
        after = bisect_left(self.begins, end)
        return self.ends[after - 1] if after and self.ends[after - 1] > begin else 0

    def engage(self, begin: int, end: int, owner: int) -> None:
        place = bisect_left(self.begins, begin)
        self.begins.insert(place, begin)
        self.ends.insert(place, end)
        self.owners.insert(place, owner)

    def release(self, begin: int, end: int, owner: int) -> None:  # noqa: ARG002 -- the mirror image of engage
        place = bisect_left(self.begins, begin)
        del self.begins[place], self.ends[place], self.owners[place]


class Room:
    """A machine of higher capacity, or a work cell with a limit: how many are inside when. `owners` are not kept."""

    __slots__ = ("capacity", "closes", "levels", "opens", "times")

    def __init__(self, windows: Windows, capacity: int) -> None:
        self.opens = [begin for begin, _ in windows]
        self.closes = [end for _, end in windows]
        self.capacity = capacity
        self.times = [-NEVER]  # levels[i] are inside during [times[i], times[i + 1])
        self.levels = [0]

    def copy(self) -> Room:
        twin = Room.__new__(Room)
        twin.opens, twin.closes, twin.capacity = self.opens, self.closes, self.capacity
        twin.times, twin.levels = self.times[:], self.levels[:]
        return twin

    def free_from(self, instant: int, ticks: int) -> int:
        """The earliest instant, not before the one given, from which there is room for `ticks` in one window; NEVER for none."""
        window = bisect_right(self.closes, instant)
        while window < len(self.opens):
            instant = max(instant, self.opens[window])
            if instant + ticks > self.closes[window]:
                window += 1
                continue
            full_until = self.clash(instant, instant + ticks)
            if not full_until:
                return instant
            instant = full_until
            window = bisect_right(self.closes, instant, window)
        return NEVER

    def clash(self, begin: int, end: int) -> int:
        """When the last full stretch within [begin, end) ends; 0 when there is room throughout."""
        times, levels = self.times, self.levels
        place = bisect_left(times, end) - 1
        while levels[place] < self.capacity:
            if times[place] <= begin:
                return 0
            place -= 1
        return times[place + 1] if place + 1 < len(times) else NEVER

    def level_at(self, instant: int) -> int:
        """How many are inside at an instant."""
        return self.levels[bisect_right(self.times, instant) - 1]

    def engage(self, begin: int, end: int, owner: int) -> None:  # noqa: ARG002 -- the same shape as Timeline's
        self._add(begin, end, 1)

    def release(self, begin: int, end: int, owner: int) -> None:  # noqa: ARG002 -- the same shape as Timeline's
        self._add(begin, end, -1)

    def _add(self, begin: int, end: int, change: int) -> None:
        first, last = self._step_at(begin), self._step_at(end)
        for place in range(first, last):
            self.levels[place] += change

    def _step_at(self, instant: int) -> int:
        """The place of a step that begins exactly here, made when there is none."""
        place = bisect_left(self.times, instant)
        if place == len(self.times) or self.times[place] != instant:
            self.times.insert(place, instant)
            self.levels.insert(place, self.levels[place - 1])
        return place
