"""The one decoder: an order of operations in, a legal schedule out (serial generation).

Fixed starts get their room first. Then the operations come in the order of the list, as far as precedence lets them, and each
goes where it ends first: into a gap or behind the rest, on the machine with the earliest finish unless one is prescribed. Nothing
moves again but the setup of what comes next on the machine. Every rule of `solver.verify` holds in what comes out; where one
cannot be kept, nothing does.

Here it is prepared and read out; the work is done by `solver.kernel`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from solver.arrays import NEVER, Arrays
from solver.calendars import Windows, around
from solver.clusters import Clustering, Link, limited_stays, maximum_lags
from solver.kernel import tables as t
from solver.kernel.blocks import Array, Block
from solver.kernel.flatten import Flattening
from solver.kernel.loading import kernel
from solver.kernel.states import base_state, new_scratch, new_state
from solver.problem import Crew, Interval, Operation, Problem
from solver.schedule import Assignment, Schedule
from solver.timing import Span, Work, make_clock, span_pauses

LAGS_ONE_BY_ONE = 4
MANY = 2_000
"""Operations from which on all maximum lags bind from the beginning: to find out which of them do takes too long."""
NOTHING: Mapping[int, int] = MappingProxyType({})


class Wish(NamedTuple):
    """A list by operation number: its place in it, the machine on which it goes (where it ends first without), the tick from
    which on its run may start (any without), and its people in the order of its slots (whoever is free without)."""

    position: Sequence[int] | Array
    machines: Mapping[int, int] = NOTHING
    holds: Mapping[int, int] = NOTHING
    crews: Mapping[int, Sequence[int]] = MappingProxyType({})


def decode(problem: Problem, order_list: Sequence[str], modes: Mapping[str, str] | None = None) -> Schedule | None:
    """One list of operation ids, most urgent first, and machines by operation id where they are prescribed; see `Decoder`."""
    return Decoder(problem).decode(order_list, modes)


class Decoder:
    """Prepared once for a problem, used for many lists.

    `stuck`: the number of the operation at which the last list failed. `topological`: operations that can be sorted so, each
    after its predecessors. `latest`: by operation when its run must be over. `plant`, and the blocks that belong to it, are made
    anew when `run` finds that a maximum lag binds: what must be placed in one go is a cluster from then on. `ruled`: the lists of
    rules that led to a schedule, each with what that is worth (None when clusters have changed since), for whoever begins with
    one; a twin knows those that were known when it was made.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.ruled: list[tuple[int | None, Array]] = []
        self.arrays = Arrays(problem)
        self._stays = limited_stays(self.arrays)
        self._binding = maximum_lags(self.arrays) if len(self.arrays.operations) > MANY else frozenset[Link]()
        self._machine_ids = [machine.id for machine in problem.machines]
        self._person_ids = [operator.id for operator in problem.operators]
        self.topological = topological(self.arrays)
        self._clustering = Clustering(self.arrays, self._stays, self.topological)
        self.latest = latest_run_ends(self.arrays, self.topological)
        self._pins = [row.number for row in self.arrays.operations if row.pinned_start is not None]
        self._pins.sort(
            key=lambda number: (len(self.arrays.operations[number].modes), self.arrays.operations[number].pinned_start)
        )
        self._swaps_left = len(self._pins)
        self._flattening = Flattening(self.arrays, self._stays, self.latest)
        self._flatten()

    def _flatten(self) -> None:
        clusters = self._clustering.clusters(self._binding)
        self.plant = self._flattening.plant(clusters)
        self.base = base_state(self.plant, self.arrays, self._stays)
        self._make_room()

    def _make_room(self) -> None:
        self.state = new_state(self.plant)
        self.scratch = new_scratch(self.plant)

    def twin(self) -> Decoder:
        """Another one for the same problem, as this one is now, for another thread: only what never changes is shared."""
        twin = copy(self)
        twin.ruled = self.ruled.copy()
        twin._pins = self._pins.copy()  # noqa: SLF001 - its own class makes it
        twin._make_room()  # noqa: SLF001 - as above
        return twin

    @property
    def stuck(self) -> int:
        return int(self.scratch.word[t.STUCK])

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
        return self.schedule() if self.run(position, chosen) else None

    def run(self, position: Sequence[int] | Array, machines: Mapping[int, int], highest: int = 1) -> bool:
        """The same by number: `position[operation]` is its place in the list. The schedule is in `state` then; False for none.

        `highest`: the urgency of clusters up to which it goes before the list; 0 leaves what leads to fixed starts to the list.
        """
        return self.follow(Wish(position, machines), highest)

    def follow(self, wish: Wish, highest: int = 1) -> bool:
        """The same, and nothing earlier than it is held."""

        def fill() -> bool:
            return bool(kernel.go_on(self.plant, self.state, self.scratch, 0, self.plant.clusters))

        return self._fill(wish, highest, fill)

    def keep(self, wish: Wish) -> list[int] | None:
        """The same, but what can be where it is published comes first, whatever its place in the list. The operations that could
        not; None for no schedule. The list that says so is in `scratch`."""
        staying = -1

        def fill() -> bool:
            nonlocal staying
            staying = kernel.keep(self.plant, self.state, self.scratch)
            return staying >= 0

        if not self._fill(wish, 1, fill):
            return None
        has_moved = self.scratch.sequence[staying:]
        return [number for cluster in has_moved.tolist() for number in self.members(cluster)]

    def members(self, cluster: int) -> list[int]:
        """The operations of a cluster."""
        row = self.plant.cluster[cluster]
        return [int(number) for number in self.plant.member[row[t.MEMBERS] : row[t.MEMBERS_END]]]

    def _fill(self, wish: Wish, highest: int, fill: Callable[[], bool]) -> bool:
        """Let `fill` put everything into `state`, again when it finds that a maximum lag binds."""
        for _ in range(LAGS_ONE_BY_ONE + 2):
            self.prescribe(wish)
            if not self.start():
                return False
            kernel.sequence_of(self.plant, self.scratch, highest)
            if fill():
                return True
            if self.scratch.word[t.TORN_BEFORE] < 0:
                return False
            self._bind((int(self.scratch.word[t.TORN_BEFORE]), int(self.scratch.word[t.TORN_AFTER])))
        return False

    def prescribe(self, wish: Wish) -> None:
        """From now on operations go where this says, and not before it says."""
        plant, scratch = self.plant, self.scratch
        scratch.position[:] = wish.position
        scratch.wanted[:] = t.ANY_MODE
        scratch.hold[:] = 0
        scratch.favour[:] = -1
        if wish.crews:
            first = plant.operation[list(wish.crews), t.SLOTS].tolist()
            crews = [*zip(first, wish.crews.values(), strict=True)]
            slots = [slot + place for slot, people in crews for place in range(len(people))]
            scratch.favour[slots] = [person for _, people in crews for person in people]
        if wish.holds:
            scratch.hold[list(wish.holds)] = [max(0, instant) for instant in wish.holds.values()]
        if wish.machines:
            machine_of = plant.mode[:, t.MACHINE].tolist()
            spans = plant.operation[list(wish.machines), t.MODES : t.MODES_END + 1].tolist()
            scratch.wanted[list(wish.machines)] = [
                next((mode for mode in range(*span) if machine_of[mode] == machine), t.NO_MODE)
                for machine, span in zip(wish.machines.values(), spans, strict=True)
            ]

    def _bind(self, link: Link) -> None:
        """From now on place what this maximum lag binds in one go; when there are many such links, what any binds."""
        self._binding |= {link}
        if len(self._binding) > LAGS_ONE_BY_ONE:
            self._binding = maximum_lags(self.arrays)
        self.ruled = [(None, places) for _, places in self.ruled]
        stuck = self.stuck
        self._flatten()
        self.scratch.word[t.STUCK] = stuck

    def start(self) -> bool:
        """Make `state` history and the fixed starts alone; False when these contradict each other.

        A start that finds no room is tried earlier than the others from then on, and left for its turn when that does not help.
        """
        if self.arrays.contradiction:
            return False
        while True:
            self.scratch.pin[:] = self._pins
            failed = kernel.start(self.plant, self.base, self.state, self.scratch)
            if failed < 0 or not self._swaps_left:
                return True
            self._swaps_left -= 1
            self._pins.insert(0, self._pins.pop(failed))

    def put_aside(self) -> Block:
        """The state, to be written out later; other lists are put into another one from now on."""
        aside, self.state = self.state, new_state(self.plant)
        return aside

    def value(self) -> int:
        """What the whole `state` is worth: the same as `objective_value` of its schedule, of an objective without tiers."""
        return int(kernel.value_of(self.plant, self.state, self.scratch))

    def schedule(self, state: Block | None = None) -> Schedule:
        """What a whole state says, in the problem's words."""
        state = state or self.state
        # Read at once: a number of an array costs Python ten times what one of a list does.
        spots, crew = state.spot.tolist(), state.crew.tolist()
        modes, slots = self.plant.mode.tolist(), self.plant.operation[:, t.SLOTS : t.SLOTS_END + 1].tolist()
        assignments = [
            row.fixed or self._assignment(operation, spot, modes, crew[first:last])
            for row, operation, spot, (first, last) in zip(
                self.arrays.operations, self.problem.operations, spots, slots, strict=True
            )
        ]
        return Schedule(tuple(assignments))

    def _assignment(self, operation: Operation, spot: list[int], modes: list[list[int]], crew: list[int]) -> Assignment:
        """`spot`: its row of `state.spot`; `crew`: who is in which of its slots."""
        mode, setup, *instants = spot
        if mode < 0:
            raise ValueError("The schedule is not whole yet.")
        row, span = modes[mode], Span(*instants)
        machine, run, teardown = row[t.MACHINE], row[t.RUN], row[t.TEARDOWN]
        people = _people(operation.crew, crew) if crew else []
        pauses: tuple[Interval, ...] = ()
        if span.end - span.setup_start > setup + run + teardown:
            pauses = self._pauses(
                machine, Work(setup, run, teardown, may_pause=True), span, zip(operation.crew, people, strict=True)
            )
        who = tuple([tuple([self._person_ids[person] for person in group]) for group in people])
        machine_id = self._machine_ids[machine]
        return Assignment(operation.id, machine_id, span.setup_start, span.start, span.run_end, span.end, who, pauses)

    def _pauses(self, machine: int, work: Work, span: Span, crew: Iterable[tuple[Crew, list[int]]]) -> tuple[Interval, ...]:
        shifts: dict[str, list[Windows]] = {"all": [], "setup": []}
        during = span.setup_start, span.end
        for need, people in crew:
            shifts[need.phase] += [around(self.arrays.shifts[person], *during) for person in people]
        clock = make_clock(around(self.arrays.machines[machine].windows, *during), shifts["all"], shifts["setup"])
        return span_pauses(work, clock, span)


def _people(crew: Sequence[Crew], slots: list[int]) -> list[list[int]]:
    """One group for each requirement; empty for one that has nothing to do."""
    groups, first = [], 0
    for need in crew:
        groups.append([person for person in slots[first : first + need.count] if person >= 0])
        first += need.count
    return groups


def places_of(numbers: Sequence[int]) -> list[int]:
    """By operation its place in this order."""
    places = [0] * len(numbers)
    for place, number in enumerate(numbers):
        places[number] = place
    return places


def with_ancestors(decoder: Decoder, number: int) -> set[int]:
    """An operation and all that must come before it."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [link.operation for link in decoder.arrays.operations[number].before]
    return found


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
    return latest[number] - arrays.shortest[number]


def topological(arrays: Arrays) -> list[int]:
    """Operations without an actual, each after its predecessors and its leader; those on a cycle are left out."""
    waiting = [0] * len(arrays.operations)
    for after in chain.from_iterable(arrays.successors):
        waiting[after] += 1
    ready = [number for number, before in enumerate(waiting) if not before]
    for number in ready:
        for after in arrays.successors[number]:
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return ready
