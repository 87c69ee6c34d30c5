"""Whom to send: the least skilled people who suffice, as early as enough of them are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from solver.arrays import NEVER, NeedRow
from solver.calendars import Windows
from solver.decoding.partial import PartialSchedule
from solver.timing import Clock, Span, make_clock

Crew = dict[int, tuple[int, ...]]  # people by position of the need
Timer = Callable[[Clock], Span | None]


class Crewing:
    """Chooses crews among the people of a partial schedule; `partial` may be replaced by another of the same problem."""

    def __init__(self, partial: PartialSchedule) -> None:
        self.partial = partial
        self._clocks: dict[tuple[int, tuple[int, ...], tuple[int, ...]], Clock] = {}
        kinds: dict[Windows, int] = {}
        self._shift_kind = [kinds.setdefault(shift, len(kinds)) for shift in partial.arrays.shifts]
        self._shifts = list(kinds)

    def clock(self, machine: int, for_all: Sequence[int], for_setup: Sequence[int]) -> Clock:
        """When these people can work on this machine."""
        kinds = tuple(sorted({self._shift_kind[person] for person in for_all}))
        setup_kinds = tuple(sorted({self._shift_kind[person] for person in for_setup}))
        key = (machine, kinds, setup_kinds)
        clock = self._clocks.get(key)
        if clock is None:
            windows = self.partial.arrays.machines[machine].windows
            clock = make_clock(windows, [self._shifts[kind] for kind in kinds], [self._shifts[kind] for kind in setup_kinds])
            self._clocks[key] = clock
        return clock

    def unbroken(self, needs: Sequence[NeedRow], instant: int, setup: int, total: int) -> tuple[int, Crew]:
        """A crew that is there from `instant` on without a break, by position of the need; or, when the instant returned is a
        later one, the next at which it is worth asking again."""
        crew: Crew = {}
        taken: set[int] = set()
        for need in needs:
            ticks = setup if need.for_setup_only else total
            if not ticks:
                crew[need.position] = ()
                continue
            chosen, later = self._free_people(need, instant, ticks, taken)
            if len(chosen) < need.count:
                if taken:
                    return self._another_way(needs, instant, (setup, total))
                missing = need.count - len(chosen)
                return (sorted(later)[missing - 1] if len(later) >= missing else NEVER), {}
            crew[need.position] = tuple(chosen)
            taken.update(chosen)
        return instant, crew

    def _free_people(self, need: NeedRow, instant: int, ticks: int, taken: set[int]) -> tuple[list[int], list[int]]:
        """The first who are free from `instant` on, as many as needed; and when those are who are not."""
        people = self.partial.people
        chosen: list[int] = []
        later: list[int] = []
        for person, held in need.people:
            if person in taken:
                continue
            free = people[person].free_from(instant, ticks)
            if held is not None:
                free = self._free_while_held(person, held, free, ticks)
            if free == instant:
                chosen.append(person)
                if len(chosen) == need.count:
                    break
            else:
                later.append(free)
        return chosen, later

    def _free_while_held(self, person: int, held: Windows, free: int, ticks: int) -> int:
        """The same for a skill that is not held for ever."""
        for begin, end in held:
            while free < NEVER and free + ticks <= end:
                if begin <= free:
                    return free
                free = self.partial.people[person].free_from(begin, ticks)
        return NEVER

    def _another_way(self, needs: Sequence[NeedRow], instant: int, ticks: tuple[int, int]) -> tuple[int, Crew]:
        """Needs that compete for the same people, shared out by augmenting paths; or, when there are too few now whatever one
        does, the instant at which the next person becomes free."""
        places = [need for need in needs if ticks[not need.for_setup_only] for _ in range(need.count)]
        found = [self._able_at(need, instant, ticks[not need.for_setup_only]) for need in places]
        holder: dict[int, int] = {}
        if not all(_seat(place, [able for able, _ in found], holder, set()) for place in range(len(places))):
            return min((free for _, later in found for free in later), default=NEVER), {}
        crew: Crew = {need.position: () for need in needs}
        for person, place in sorted(holder.items()):
            crew[places[place].position] += (person,)
        return instant, crew

    def _able_at(self, need: NeedRow, instant: int, ticks: int) -> tuple[list[int], list[int]]:
        """Everybody who could fill a place from `instant` on, and when the others could."""
        everybody = NeedRow(need.position, len(need.people) + 1, need.for_setup_only, need.people)
        return self._free_people(everybody, instant, ticks, set())

    def pausing(self, needs: Sequence[NeedRow], machine: int, time: Timer, setup: int) -> tuple[Span | int, Crew]:
        """A crew for an operation that stands still while one of them is off, chosen one by one, each time the person with whom
        it ends first. Without one: the next instant at which it is worth asking again, NEVER for none.

        `time` says when the work would be done by a clock. People of different shifts may never meet, so when the first choice
        leads nowhere, each shift gets its turn to come first.
        """
        needs = [need for need in needs if setup or not need.for_setup_only]
        found = self._chosen_one_by_one(needs, machine, time, None)
        if isinstance(found[0], Span) or sum(need.count for need in needs) < 2:
            return found
        kinds = sorted({self._shift_kind[person] for person, _ in needs[0].people})
        others = [self._chosen_one_by_one(needs, machine, time, kind) for kind in kinds]
        whole = [other for other in others if isinstance(other[0], Span)]
        if whole:
            return min(whole, key=lambda other: other[0].end if isinstance(other[0], Span) else NEVER)
        return min([found, *others], key=lambda other: other[0])

    def _chosen_one_by_one(
        self, needs: Sequence[NeedRow], machine: int, time: Timer, first_kind: int | None
    ) -> tuple[Span | int, Crew]:
        crew: Crew = {need.position: () for need in needs}
        groups: tuple[list[int], list[int]] = ([], [])
        span = None if needs else time(self.clock(machine, (), ()))
        for need in needs:
            for _ in range(need.count):
                only = first_kind if not any(groups) else None
                choice = self._best_to_add(need, machine, time, (groups, only))
                if isinstance(choice, int):
                    return choice, {}
                span, person = choice
                groups[need.for_setup_only].append(person)
                crew[need.position] += (person,)
        if span is None:
            return NEVER, {}
        clash = self._crew_clash(needs, crew, span)
        return (clash, {}) if clash else (span, crew)

    def _best_to_add(
        self, need: NeedRow, machine: int, time: Timer, so_far: tuple[tuple[list[int], list[int]], int | None]
    ) -> tuple[Span, int] | int:
        """The person with whom the work ends first; or the first instant at which somebody who is busy becomes free.

        `so_far`: who is in the crew for all and for setup, and the only kind of shift to look at, None for any.
        """
        groups, only_kind = so_far
        best: tuple[Span, int] | None = None
        chance = NEVER
        spans: dict[int, Span | None] = {}
        for person, held in need.people:
            kind = self._shift_kind[person]
            if person in groups[0] or person in groups[1] or only_kind not in (None, kind):
                continue
            if kind not in spans:
                spans[kind] = time(self._clock_with(person, need, machine, groups))
            span = spans[kind]
            if span is None or (best and span.end >= best[0].end):
                continue
            obstacle = self._obstacle(person, held, span.setup_start, span.start if need.for_setup_only else span.end)
            if obstacle:
                chance = min(chance, obstacle)
            else:
                best = (span, person)
        return best or chance

    def _clock_with(self, person: int, need: NeedRow, machine: int, groups: tuple[list[int], list[int]]) -> Clock:
        for_all, for_setup = groups
        if need.for_setup_only:
            return self.clock(machine, for_all, [*for_setup, person])
        return self.clock(machine, [*for_all, person], for_setup)

    def _obstacle(self, person: int, held: Windows | None, begin: int, end: int) -> int:
        """0 when the person is free and able during [begin, end), else the instant from which to ask again."""
        clash = self.partial.people[person].clash(begin, end)
        if clash or held is None or any(first <= begin and end <= last for first, last in held):
            return clash
        return next((first for first, _ in held if first > begin), NEVER)

    def _crew_clash(self, needs: Sequence[NeedRow], crew: Crew, span: Span) -> int:
        """The same for the whole crew, whose pauses add up as it grows."""
        worst = 0
        for need in needs:
            held_by = dict(need.people)
            until = span.start if need.for_setup_only else span.end
            for person in crew[need.position]:
                worst = max(worst, self._obstacle(person, held_by[person], span.setup_start, until))
        return worst


def _seat(place: int, able: list[list[int]], holder: dict[int, int], seen: set[int]) -> bool:
    """Find somebody for a place, moving others on where that helps."""
    for person in able[place]:
        if person not in seen:
            seen.add(person)
            if person not in holder or _seat(holder[person], able, holder, seen):
                holder[person] = place
                return True
    return False
