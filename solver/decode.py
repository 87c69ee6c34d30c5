"""The one decoder: an order of operations in, a legal schedule out (serial generation).

Fixed starts get their room first. Then the operations come in the order of the list, as far as precedence lets them, and each
goes where it ends first: into a gap or behind the rest, on the machine with the earliest finish unless one is prescribed. Nothing
moves again but the setup of what comes next on the machine. Every rule of `solver.verify` holds in what comes out; where one
cannot be kept, nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from solver.arrays import NEVER, Arrays, ModeRow
from solver.decoding.clusters import Link, make_clusters, maximum_lags, sequence
from solver.decoding.crewing import Crewing
from solver.decoding.partial import PartialSchedule, Spot
from solver.decoding.placing import Placer
from solver.decoding.worth import Worth
from solver.problem import Interval, Problem
from solver.schedule import Assignment, Schedule
from solver.timing import Span, Work, span_pauses

LAGS_ONE_BY_ONE = 4


def decode(problem: Problem, order_list: Sequence[str], modes: Mapping[str, str] | None = None) -> Schedule | None:
    """One list of operation ids, most urgent first, and machines by operation id where they are prescribed; see `Decoder`."""
    return Decoder(problem).decode(order_list, modes)


class Decoder:
    """Prepared once for a problem, used for many lists.

    `stuck`: the number of the operation at which the last list failed. `topological`: operations that can be sorted so, each
    after its predecessors. `latest`: by operation when its run must be over. `clusters` change, and their numbers with them, when
    `run` finds that a maximum lag binds.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.arrays = Arrays(problem)
        self._base = PartialSchedule(self.arrays)
        self._binding: frozenset[Link] = frozenset()
        self.clusters = make_clusters(self.arrays, self._base.stays, self._binding)
        self.topological = topological(self.arrays)
        self.latest = latest_run_ends(self.arrays, self.topological)
        self.worth = Worth(self.arrays)
        self._pins = [row.number for row in self.arrays.operations if row.pinned_start is not None]
        self._pins.sort(
            key=lambda number: (len(self.arrays.operations[number].modes), self.arrays.operations[number].pinned_start)
        )
        self._swaps_left = len(self._pins)
        self._placer = Placer(self.arrays, self.latest, self._base)
        self._crewing = Crewing(self._base)
        self._all_modes = [row.modes for row in self.arrays.operations]

    @property
    def stuck(self) -> int:
        return self._placer.stuck

    def decode(self, order_list: Sequence[str], modes: Mapping[str, str] | None = None) -> Schedule | None:
        """A schedule that passes `verify`, or None.

        Operations that the list leaves out come last, in the problem's order. Raises KeyError for ids that are unknown.
        """
        position = [len(order_list) + number for number in range(len(self.arrays.operations))]
        for place, operation in enumerate(order_list):
            position[self.arrays.number(operation)] = place
        chosen = {
            self.arrays.number(operation): self.arrays.machine_number(machine) for operation, machine in (modes or {}).items()
        }
        found = self.run(position, self.restricted(chosen))
        return None if found is None else self.schedule(found)

    def restricted(self, machines: Mapping[int, int]) -> list[tuple[ModeRow, ...]]:
        """The modes by operation number when these machines are prescribed."""
        modes = list(self._all_modes)
        for number, machine in machines.items():
            modes[number] = tuple(mode for mode in modes[number] if mode.machine == machine)
        return modes

    def run(self, position: Sequence[int], modes: Sequence[tuple[ModeRow, ...]], highest: int = 1) -> PartialSchedule | None:
        """The same by number: `position[operation]` is its place in the list. A whole PartialSchedule, or None.

        `highest`: the urgency of clusters up to which it goes before the list; 0 leaves what leads to fixed starts to the list.
        """
        for _ in range(LAGS_ONE_BY_ONE + 2):
            partial = self.start(modes)
            if partial is None:
                return None
            if self.go_on(partial, sequence(self.clusters, position, highest), modes):
                return partial
            if self._placer.torn is None:
                return None
            self._bind(self._placer.torn)
        return None

    def _bind(self, link: Link) -> None:
        """From now on place what this maximum lag binds in one go; when there are many such links, what any binds."""
        self._binding |= {link}
        if len(self._binding) > LAGS_ONE_BY_ONE:
            self._binding = maximum_lags(self.arrays)
        self.clusters = make_clusters(self.arrays, self._base.stays, self._binding)

    def go_on(self, partial: PartialSchedule, places: Iterable[int], modes: Sequence[tuple[ModeRow, ...]]) -> bool:
        """Put these clusters into `partial`, in this order; False when one has no room."""
        self._placer.begin(partial, modes)
        return all(self._placer.place(self.clusters[place]) for place in places)

    def start(self, modes: Sequence[tuple[ModeRow, ...]]) -> PartialSchedule | None:
        """History and the fixed starts alone; None when these contradict each other.

        A start that finds no room is tried earlier than the others from then on, and left for its turn when that does not help.
        """
        if self.arrays.contradiction:
            return None
        while True:
            partial = self._base.copy()
            self._placer.begin(partial, modes)
            if self._placer.place_pins(self._pins) or not self._swaps_left:
                return partial
            self._swaps_left -= 1
            self._pins.remove(self._placer.stuck)
            self._pins.insert(0, self._placer.stuck)

    def schedule(self, partial: PartialSchedule) -> Schedule:
        """What a whole PartialSchedule says, in the problem's words."""
        return Schedule(tuple(self._assignment(partial.placed[row.number], row.fixed) for row in self.arrays.operations))

    def _assignment(self, spot: Spot | None, fixed: Assignment | None) -> Assignment:
        if spot is None:
            if fixed is None:
                raise ValueError("The schedule is not whole yet.")
            return fixed
        people = self.problem.operators
        return Assignment(
            operation=self.problem.operations[spot.operation].id,
            machine=self.problem.machines[spot.mode.machine].id,
            setup_start=spot.setup_start,
            start=spot.start,
            run_end=spot.run_end,
            end=spot.end,
            operators=tuple(tuple(people[person].id for person in group) for group in spot.crew),
            pauses=self._pauses(spot),
        )

    def _pauses(self, spot: Spot) -> tuple[Interval, ...]:
        mode = spot.mode
        if spot.end - spot.setup_start == spot.setup + mode.run + mode.teardown:
            return ()
        crew = self.problem.operations[spot.operation].crew
        for_all = [person for need, group in zip(crew, spot.crew, strict=True) if need.phase == "all" for person in group]
        for_setup = [person for need, group in zip(crew, spot.crew, strict=True) if need.phase == "setup" for person in group]
        clock = self._crewing.clock(mode.machine, for_all, for_setup)
        work = Work(spot.setup, mode.run, mode.teardown, may_pause=True)
        return span_pauses(work, clock, Span(spot.setup_start, spot.start, spot.run_end, spot.end))


def latest_run_ends(arrays: Arrays, order: Sequence[int]) -> list[int]:
    """When the run of each operation must be over at the latest, for its deadline's, its successors' and the pins' sake."""
    latest = [row.deadline for row in arrays.operations]
    for number in reversed(order):
        row = arrays.operations[number]
        for link in row.after:
            latest[number] = min(latest[number], _latest_start(arrays, latest, link.operation) - link.min_lag)
        for follower in row.followers:
            latest[number] = min(latest[number], _latest_start(arrays, latest, follower))
    return latest


def _latest_start(arrays: Arrays, latest: Sequence[int], number: int) -> int:
    row = arrays.operations[number]
    if row.pinned_start is not None:
        return row.pinned_start
    if row.fixed is not None or not row.modes:
        return NEVER
    return latest[number] - min(mode.run for mode in row.modes)


def topological(arrays: Arrays) -> list[int]:
    """Operations without an actual, each after its predecessors and its leader; those on a cycle are left out."""
    waiting = [0] * len(arrays.operations)
    for row in arrays.operations:
        for number in (*(link.operation for link in row.after), *row.followers):
            waiting[number] += 1
    ready = [row.number for row in arrays.operations if not waiting[row.number]]
    for number in ready:
        row = arrays.operations[number]
        for after in (*(link.operation for link in row.after), *row.followers):
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return ready
