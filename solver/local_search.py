"""Local search over the order list, on one thread: `solver.kernel.urging`, then `solver.kernel.annealing`, in slices.

Between slices everybody else is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic

from solver.decode import Decoder, Wish
from solver.dispatch import Priorities, positions
from solver.kernel import tables as t
from solver.kernel.blocks import Array
from solver.kernel.loading import kernel
from solver.kernel.states import new_search
from solver.problem import Problem
from solver.schedule import Schedule, has_moved, measure, objective_value
from solver.urgings import Urgings, meet

HOTTEST, COLDEST, COOLED = 0.004, 0.00002, 0.1
"""Temperatures, as shares of the objective; the coldest is at most this share of the hottest."""
SMALL, STEEPNESS = 600, 2.5
"""From so many operations on, the hottest falls with this power of their number: heat spoils more than there is time to mend."""
SLICE_SECONDS = 0.03
SLICE_TRIES = 50
FIRST_LISTS = 60_000
"""Operations that are placed to find the list to begin with; the first list is tried however long it is."""
CYCLE_SECONDS = 1.0, 4.0
URGED = 0.005
"""Temperature of urging in the beginning, as a share of the objective; in the end it is nothing."""
FEWEST_PUSHED = 0.3, 0.005
"""The least chance that an order that costs something is pushed as well, in the beginning of urging and in the end."""
URGING_SHARE = 0.1
"""Of the tries that are counted."""
TELLING_SHARE = 6.0
"""To write a schedule out and to verify it takes time: after that it is searched so many times as long before the next one."""


def improve(
    problem: Problem,
    start: Schedule,
    pace: Pace,
    should_stop: Callable[[], bool],
    on_better: Callable[[Schedule], None],
) -> None:
    """Search from `start` until `should_stop` or the pace ends, telling `on_better` schedules that are better than all before.

    Returns at once when there is nothing to change, and when no list decodes to a legal schedule.
    """
    anneal(Annealing(Decoder(problem), pace.seed), start, pace, should_stop, on_better)


def anneal(
    annealing: Annealing,
    start: Schedule,
    pace: Pace,
    should_stop: Callable[[], bool],
    on_better: Callable[[Schedule], None],
) -> bool:
    """The same with an annealing that somebody has made, and may ask for its list afterwards; whether it has begun."""
    problem = annealing.decoder.problem
    if not annealing.begin(start, should_stop):
        return False
    if not annealing.is_urging:
        pace.leave_out_urging()
    best = objective_value(problem.objective, measure(problem, start))
    rest_until = 0.0
    while True:
        is_over = should_stop() or pace.is_over
        if annealing.best_value < best and (is_over or pace.is_counted or monotonic() > rest_until):
            began = monotonic()
            best = annealing.best_value
            on_better(annealing.best())
            rest_until = monotonic() + TELLING_SHARE * (monotonic() - began)
            is_over = should_stop() or pace.is_over  # who was behind may be ahead now
        if is_over:
            return True
        annealing.go_on(pace)


class Pace:
    """How far a search is: by the clock, in cycles of which the first two take so many seconds from `began` on, and each other
    twice as long as the one before; or by `tries`, which for the same seed gives the same schedules again. The first cycle is for
    urging, the others for annealing.

    `aimed`: what of the objective is to become smaller; the heat is a share of it. None: all of it, the smaller the best gets.
    """

    def __init__(
        self,
        seed: int,
        tries: int | None = None,
        *,
        cycles: tuple[float, float] = CYCLE_SECONDS,
        began: float | None = None,
        aimed: int | None = None,
    ) -> None:
        self.seed = seed
        self.aimed = aimed
        self.slice = 1 if tries is None else min(SLICE_TRIES, tries)
        self._tries = tries
        self._made = 0
        self.is_urging = True
        self._urging_tries = URGING_SHARE * (tries or 0)
        self._began = monotonic() if began is None else began
        self._cycle_seconds, self._next_seconds = cycles

    @property
    def is_counted(self) -> bool:
        """Whether tries count, not the clock."""
        return self._tries is not None

    @property
    def is_over(self) -> bool:
        return self._tries is not None and self._made >= self._tries

    def share(self) -> float:
        """How much of its cycle is over."""
        if self._tries is not None:
            urging = self._urging_tries
            self.is_urging = self._made < urging
            return self._made / urging if self.is_urging else (self._made - urging) / (self._tries - urging)
        while monotonic() - self._began >= self._cycle_seconds:
            self._began += self._cycle_seconds
            self._cycle_seconds, self._next_seconds = self._next_seconds, 2 * self._next_seconds
            self.is_urging = False
        return (monotonic() - self._began) / self._cycle_seconds

    def leave_out_urging(self) -> None:
        """What was meant for it is for annealing: one cycle instead of the first two."""
        self.is_urging = False
        self._urging_tries = 0.0
        self._cycle_seconds += self._next_seconds
        self._next_seconds = 2 * self._cycle_seconds

    def note(self, seconds: float) -> None:
        """A slice took so long; the next one shall take SLICE_SECONDS."""
        self._made += self.slice
        if self._tries is None:
            self.slice = max(1, min(2 * self.slice, int(self.slice * SLICE_SECONDS / max(seconds, 1e-6))))
        else:
            self.slice = min(SLICE_TRIES, self._tries - self._made)


def _can_hold(problem: Problem) -> bool:
    """Whether anything is published that it costs something to move."""
    return bool(problem.objective.churn and problem.baseline)


class Annealing:
    """One search over one decoder, of its own. `lists`: what other searches of the same plant came to, for one to begin with,
    without urging. Nor is there any urging from a published plan: it would tear all of it up. `urgings`: of all that urge now."""

    def __init__(self, decoder: Decoder, seed: int, lists: Sequence[Wish] = (), urgings: Urgings | None = None) -> None:
        self.decoder = decoder
        self._seed = seed
        self._others = lists
        self._urgings = urgings
        self._began: Wish | None = None
        self._aside: tuple[int, Wish] | None = None  # to go on with, unless urging comes to something better

    def begin(self, first: Schedule, should_stop: Callable[[], bool]) -> bool:
        """Decode the best list that there is to begin with. The decoder need not come upon `first` again, since it chooses the
        people anew. False when there is none, or nothing to change."""
        decoder = self.decoder
        found: list[tuple[int, Wish]] = []
        if not self._others:
            found = [(value, Wish(places)) for value, places in decoder.ruled if value is not None]
        for number, wish in enumerate(self._lists(first)):
            if found and (number * len(wish.position) > FIRST_LISTS or should_stop()):
                break
            if decoder.follow(wish):  # settles the clusters, too
                found.append((decoder.value(), wish))
        if decoder.plant.clusters < 2:
            return False
        self.search = new_search(decoder.plant, self._seed)
        found.sort(key=lambda each: each[0])
        if not self._others and not _can_hold(decoder.problem) and self._begin_urging([wish for _, wish in found]):
            self._aside = found[0]
            return True
        return any(self._begin_with(wish) for _, wish in found)

    def _begin_urging(self, lists: Sequence[Wish]) -> bool:
        """From the first of the lists that works; they must not say on which machines operations go."""
        if not any(self._begin_with(wish) for wish in lists if not wish.machines):
            return False
        kernel.begin_urging(self.decoder.plant, self.search, self.decoder.scratch)
        if self._urgings is not None and not self._urgings.join(self.search.place):
            self._urgings = None
        return True

    def _begin_with(self, wish: Wish) -> bool:
        decoder = self.decoder
        decoder.prescribe(wish)
        decoder.start()  # settles the order of the pins
        kernel.sequence_of(decoder.plant, decoder.scratch, 1)
        self._began = wish
        return bool(kernel.begin(decoder.plant, decoder.base, self.search, decoder.scratch))

    def _lists(self, first: Schedule) -> Iterator[Wish]:
        """Those of others; where moving costs, those that hold operations where they are; by starts or ends in the schedule, or,
        unless others have come further, by a rule, with the machines of the schedule or any."""
        yield from self._others
        arrays = self.decoder.arrays
        free = [row.number for row in arrays.operations if row.fixed is None]
        machines = {number: arrays.machine_number(first.assignments[number].machine) for number in free}
        starts = [assignment.setup_start for assignment in first.assignments]
        if _can_hold(self.decoder.problem):
            yield from self._holding(first, machines)
        for chosen in (machines, {}):
            yield Wish(starts, chosen)
            yield Wish([assignment.run_end for assignment in first.assignments], chosen)
        if self._others:
            return
        ruled = self.decoder.ruled or [(None, positions(key)) for key in Priorities(self.decoder).rules().values()]
        yield from (Wish(places) for value, places in ruled if value is None)
        yield from (Wish(places, machines) for _, places in ruled)

    def _holding(self, first: Schedule, machines: Mapping[int, int]) -> Iterator[Wish]:
        """The schedule again, with its starts and people: what is where it is published comes first, and what is not may be
        earlier; or all of it as it is."""
        problem, arrays = self.decoder.problem, self.decoder.arrays
        crews = {
            number: arrays.people_by_place(problem.operations[number], first.assignments[number].operators)
            for number in machines
            if problem.operations[number].crew
        }
        starts = [assignment.setup_start for assignment in first.assignments]
        holds = {number: first.assignments[number].start for number in machines}
        kept = {
            number: start
            for number, start in holds.items()
            if problem.operations[number].id in problem.baseline_by_operation
            and not has_moved(problem, first.assignments[number])
        }
        behind = max(starts) - min(starts) + 1
        yield Wish([start + behind * (number not in kept) for number, start in enumerate(starts)], machines, kept, crews)
        yield Wish(starts, machines, holds, crews)

    @property
    def is_urging(self) -> bool:
        """Whether it urges before it anneals, or still does."""
        return self._aside is not None

    @property
    def best_value(self) -> int:
        return int(self.search.memo[t.BEST_VALUE])

    def best(self) -> Schedule:
        """The best schedule so far."""
        return self.decoder.schedule(self.search.states[self.search.memo[t.BEST]])

    def current(self) -> Schedule:
        """The schedule of the list from which the next try starts."""
        return self.decoder.schedule(self.search.states[self.search.memo[t.CURRENT]])

    def lists(self) -> Iterator[Wish]:
        """The list from which the next try starts; none when the search never began."""
        if self._began is None:
            return
        plant, search = self.decoder.plant, self.search
        if self._aside is not None:
            yield self._pushed(search.push)
            return
        position = [0] * plant.operations
        for cluster, place in enumerate(search.rank.tolist()):
            for number in self.decoder.members(cluster):
                position[number] = place
        machines = {number: int(plant.mode[mode, t.MACHINE]) for number, mode in enumerate(search.wanted.tolist()) if mode >= 0}
        holds = {number: instant for number, instant in enumerate(search.hold.tolist()) if instant > 0}
        yield Wish(position, machines, holds, self._favourites())

    def _favourites(self) -> dict[int, list[int]]:
        """By operation, whom the current list favours; without those that may be done by anybody."""
        slots = self.decoder.plant.operation[:, [t.SLOTS, t.SLOTS_END]].tolist()
        crews = {number: self.search.favour[first:last].tolist() for number, (first, last) in enumerate(slots)}
        return {number: crew for number, crew in crews.items() if max(crew, default=-1) >= 0}

    def go_on(self, pace: Pace) -> None:
        """A slice of tries, without the interpreter's lock."""
        began, share = monotonic(), pace.share()
        if self._aside is not None and not (pace.is_urging and self._urge(pace, share)):
            self._end_urging(*self._aside)
            self._aside = None
        if self._aside is None:
            self._anneal(pace, share)
        pace.note(monotonic() - began)

    def _urge(self, pace: Pace, share: float) -> bool:
        """Whether there is anything to urge."""
        if self._urgings is not None:
            meet(self._urgings, self.search, self._take_pushes)
        decoder, temperature = self.decoder, URGED * (1 - share) * max(0, self.best_value)
        fewest = FEWEST_PUSHED[0] * (FEWEST_PUSHED[1] / FEWEST_PUSHED[0]) ** share
        return bool(kernel.urge(decoder.plant, self.search, decoder.scratch, temperature, fewest, pace.slice))

    def _take_pushes(self, push: Array, limit: int) -> bool:
        self.search.new_push[:] = push
        return bool(kernel.take_pushes(self.decoder.plant, self.search, self.decoder.scratch, limit))

    def _end_urging(self, value: int, wish: Wish) -> None:
        """Anneal what urging has come to, or the list that was the best before."""
        urged = self._pushed(self.search.best_push)
        for each in [wish, urged] if value < self.best_value else [urged, wish]:
            if self._begin_with(each):
                return

    def _pushed(self, push: Array) -> Wish:
        """The list with so many places for each order before those from which pushes count."""
        return Wish((self.search.place - push[self.decoder.plant.operation[:, t.ORDER]]).tolist(), {})

    def _anneal(self, pace: Pace, share: float) -> None:
        hottest = HOTTEST * min(1.0, SMALL / self.decoder.plant.operations) ** STEEPNESS
        coldest = min(COLDEST, COOLED * hottest)
        whole = self.best_value if pace.aimed is None else pace.aimed
        temperature = hottest * (coldest / hottest) ** share * max(0, whole)
        kernel.anneal(self.decoder.plant, self.search, self.decoder.scratch, temperature, pace.slice)
