"""Which operations to set free next, so that CP-SAT can rearrange them exactly while everything else stays.

A neighbourhood is a small set of operations that have something to do with each other: what happens at one time, on one
machine, to a late order and what stands in its way, in one setup campaign, or nothing at all. Which kinds pay is learned on the
way, and so is the size at which CP-SAT still finishes in a second or two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from solver.problem import Problem
from solver.schedule import Assignment, Schedule

SMALLEST, LARGEST = 6, 90
PATIENCE = 0.15
"""How fast what was learned is forgotten."""


@dataclass(slots=True)
class Kind:
    """One way of choosing. `worth`: how much it has gained lately, from 0 to 1. `size`: operations that it frees."""

    name: str
    choose: Callable[[Schedule, int], list[str]]
    worth: float = 1.0
    size: float = 22.0


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Operations to set free, and the kind that chose them."""

    kind: Kind
    free: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of a neighbourhood: how much better it made the schedule, in how long, and whether CP-SAT saw all of it."""

    gain: int
    seconds: float
    is_finished: bool


class Neighbourhoods:
    """Chooses, and learns from what came of it. Not shared between threads."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.movable = frozenset(operation.id for operation in problem.operations if operation.actual is None)
        self._random = Random(seed)  # noqa: S311 - a search, not a secret
        self._followers, self._leaders = _neighbours(problem)
        self._best_rate = 0.0
        self._own: dict[str, list[str]] = {}
        for operation in problem.operations:
            if operation.actual is None:
                self._own.setdefault(operation.order, []).append(operation.id)
        self._kinds = [
            Kind("time window", self._time_window),
            Kind("machine", self._machine),
            Kind("late order", self._late_order),
            Kind("random", self._random_orders),
        ]
        if any(machine.setup_matrix for machine in problem.machines):
            self._kinds.append(Kind("setup campaign", self._campaign))

    def choose(self, schedule: Schedule) -> Neighbourhood:
        """The next one to try; at least one operation is free if any can move."""
        kind = self._random.choices(self._kinds, [0.1 + kind.worth for kind in self._kinds])[0]
        size = min(round(kind.size), len(self.movable))
        return Neighbourhood(kind, frozenset(kind.choose(schedule, size)))

    def learn(self, neighbourhood: Neighbourhood, lesson: Lesson) -> None:
        """A kind is worth what it gains in a second, beside the best of the others lately."""
        kind = neighbourhood.kind
        rate = max(0, lesson.gain) / max(0.001, lesson.seconds)
        self._best_rate = max(rate, self._best_rate * (1 - PATIENCE))
        kind.worth += PATIENCE * ((rate / self._best_rate if self._best_rate else 0.0) - kind.worth)
        if not lesson.is_finished:
            kind.size = max(SMALLEST, kind.size * 0.88)
        elif lesson.seconds < 0.5:
            kind.size = min(LARGEST, kind.size * 1.08)

    def _time_window(self, schedule: Schedule, size: int) -> list[str]:
        """What happens around one instant, everywhere."""
        around = self._random.choice(self._moving(schedule))
        return _nearest(self._moving(schedule), around.start, size)

    def _machine(self, schedule: Schedule, size: int) -> list[str]:
        """What happens around one instant on one machine and those that could take work from it."""
        around = self._random.choice(self._moving(schedule))
        operation = self.problem.operation_by_id[around.operation]
        related = {mode.machine for mode in operation.modes}
        on_them = [each for each in self._moving(schedule) if each.machine in related]
        chosen = _nearest(on_them, around.start, max(1, size * 2 // 3))
        return self._with_relatives(chosen, size)

    def _late_order(self, schedule: Schedule, size: int) -> list[str]:
        """A late order and what has its machines and its people just before it."""
        late = self._late_orders(schedule)
        order = self._random.choices([order for order, _ in late], [ticks for _, ticks in late])[0]
        own = [schedule.by_operation[key] for key in self._own[order]]
        chosen = [each.operation for each in own][:size]
        for each in self._random.sample(own, len(own)):
            in_the_way = [other for other in self._moving(schedule) if other.start <= each.start and _compete(other, each)]
            chosen += _nearest(in_the_way, each.start, max(2, size // max(1, len(own))))
        return _first(chosen, size)

    def _campaign(self, schedule: Schedule, size: int) -> list[str]:
        """A stretch of work on a machine with changeovers, longer than what other kinds take from one machine."""
        machines = [machine.id for machine in self.problem.machines if machine.setup_matrix]
        there = [each for each in self._moving(schedule) if each.machine in machines]
        if not there:
            return self._time_window(schedule, size)
        around = self._random.choice(there)
        return _nearest([each for each in there if each.machine == around.machine], around.start, size)

    def _random_orders(self, _schedule: Schedule, size: int) -> list[str]:
        """Whole orders that have nothing to do with each other."""
        chosen: list[str] = []
        for order in self._random.sample(self.problem.orders, len(self.problem.orders)):
            chosen += self._own.get(order.id, [])
            if len(chosen) >= size:
                break
        return chosen[: max(1, size)]

    def _moving(self, schedule: Schedule) -> list[Assignment]:
        return [each for each in schedule.assignments if each.operation in self.movable]

    def _late_orders(self, schedule: Schedule) -> list[tuple[str, int]]:
        """Orders with an operation that can move, and how much too late they are; without a late one, when each is completed."""
        ends = {order: max(schedule.by_operation[key].run_end for key in keys) for order, keys in self._own.items()}
        due = {order.id: order.due for order in self.problem.orders if order.due is not None}
        late = [(key, ends[key] - due[key]) for key in ends if key in due and ends[key] > due[key]]
        weighted = [(key, ticks * max(1, self.problem.order_by_id[key].weight)) for key, ticks in late]
        return weighted or [(key, end + 1) for key, end in ends.items()]

    def _with_relatives(self, chosen: Sequence[str], size: int) -> list[str]:
        """The chosen operations and, as far as `size` goes, what comes just before and after them."""
        relatives = [other for key in chosen for other in (*self._leaders.get(key, ()), *self._followers.get(key, ()))]
        return _first([*chosen, *(other for other in relatives if other in self.movable)], size)


def _neighbours(problem: Problem) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    followers: dict[str, list[str]] = {}
    leaders: dict[str, list[str]] = {}
    for link in problem.precedences:
        followers.setdefault(link.before, []).append(link.after)
        leaders.setdefault(link.after, []).append(link.before)
    return followers, leaders


def _compete(left: Assignment, right: Assignment) -> bool:
    """Whether two assignments use the same machine or somebody of the same crew."""
    if left.machine == right.machine:
        return True
    crew = {person for people in left.operators for person in people}
    return any(person in crew for people in right.operators for person in people)


def _nearest(assignments: Iterable[Assignment], instant: int, size: int) -> list[str]:
    """The operations that start closest to an instant."""
    ranked = sorted(assignments, key=lambda each: abs(each.start - instant))
    return [each.operation for each in ranked[:size]]


def _first(chosen: Iterable[str], size: int) -> list[str]:
    """The first `size` different ones."""
    return list(dict.fromkeys(chosen))[: max(1, size)]
