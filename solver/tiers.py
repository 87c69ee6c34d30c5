"""Objectives that come one after the other: each tier is searched in turn, and those before it are guarded.

    tier 1                    as if it were the only one
    tier 2, …                 S1 × tier 1 + S2 × tier 2 + …, up to the tier whose turn it is

The scales make the least loss in one tier dearer than all that the tiers after it could still gain: each is the next one times
1 + the distance of that tier's value from the least that it can have. So what is better by the sum than the schedule to begin
with is better tier by tier, and what is proven best by the sum is best tier by tier, when all tiers before were proven.

Where such scales would make numbers too large to count with, the largest that fit are taken. Then, and after tiers without proof,
the sum may like a schedule that is worse tier by tier: no incumbent, which all compare ranks, keeps it.

A gap is meant of each tier alone. Where the tiers before are within it but not proven, exact search leaves them as they are: what
they could still gain would hide how good this one is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import gcd

from solver.aim import Aim, Standing
from solver.bounds import lower_bounds
from solver.decode import Wish
from solver.events import BoundRaised, Event, Finished, Improved, Stage, StageName
from solver.faults.dates import MOST, largest_measures
from solver.halt import Halt
from solver.incumbent import Incumbent
from solver.limits import Limits
from solver.problem import Objective, Problem
from solver.schedule import Measures, measure, objective_value, rank

SHARE = 0.5
"""Of the time that is left, for every tier but the last. As long as there is no plan the first has all of it."""

Improve = Callable[[Incumbent, Halt, Limits], None]
"""Searches by an objective without tiers, from what the incumbent has, to its Finished."""


class TierSearch:
    """Gives every tier its turn, and tells the run's incumbent what is found."""

    def __init__(self, incumbent: Incumbent, halt: Halt, limits: Limits) -> None:
        self._incumbent = incumbent
        self._halt = halt
        self._limits = limits
        self._least = rank(incumbent.problem.objective, lower_bounds(incumbent.problem))
        self._lists: Sequence[Wish] = ()
        self._stage: StageName | None = None
        self._turn_halt = halt
        self._share = SHARE if limits.iterations is None else 1.0  # where steps are counted no clock may end a turn
        self._is_proven = True  # every tier so far
        self._is_enough = True  # every tier so far is within the gap
        self._is_over = False

    def run(self, improve: Improve) -> None:
        """Tier after tier until the last one's turn is over, or the search is; then the last word is said."""
        for number in range(len(self._least)):
            self._take_turn(number, improve)
            if self._is_over:
                return

    def _take_turn(self, number: int, improve: Improve) -> None:
        problem, best = self._incumbent.problem, self._incumbent.best()
        measures = None if best is None else measure(problem, best[0])
        turn = Turn(problem, number, self._least if measures is None else rank(problem.objective, measures), self._least)
        aim = turn.aim(self._standing(turn)) if number else None
        incumbent = Incumbent(replace(problem, objective=turn.objective), partial(self._hear, turn), aim, self._lists)
        if best is not None and measures is not None:
            incumbent.keep(best[0], measures, "the tiers before")
        if aim is not None:
            incumbent.raise_part_bound(aim.least)
        seconds = self._halt.left * (1 if turn.is_last or best is None else self._share)
        self._turn_halt = self._halt if turn.is_last else self._halt.part(seconds)
        improve(incumbent, self._turn_halt, replace(self._limits, seconds=seconds))
        self._lists = tuple(incumbent.left) or self._lists
        self._is_enough = self._is_enough and incumbent.is_within(self._limits.gap)

    def _standing(self, turn: Turn) -> Standing:
        """Of the tiers before."""
        if self._is_proven and turn.is_guarded:
            return "proven"
        return "enough" if self._is_enough else "open"

    def _hear(self, turn: Turn, event: Event) -> None:
        match event:
            case Stage(name=name) if name != self._stage and not (turn.number and name == "building"):
                self._stage = name
                self._incumbent.stage(name)
            case Improved():
                if self._incumbent.best() is None and not turn.is_last:
                    self._turn_halt.shorten(self._share * self._halt.left)
                self._incumbent.keep(event.schedule, event.measures, event.source)
            case BoundRaised() if turn.number == 0:
                self._incumbent.raise_bound(event.bound)
            case Finished():
                self._end(turn, event)
            case Stage() | BoundRaised():
                pass

    def _end(self, turn: Turn, event: Finished) -> None:
        """Whoever has taken long to hear a stop may still be at work: the last word must not wait for him."""
        self._is_proven = self._is_proven and event.outcome == "optimal" and turn.is_guarded
        self._is_over = turn.is_last or self._halt.over or event.objective is None
        if not self._is_over:
            return
        if event.objective is None:
            self._incumbent.finish(event.outcome, event.reasons)
        else:
            self._incumbent.finish("optimal" if self._is_proven and turn.is_last else "feasible")


@dataclass(frozen=True)
class Turn:
    """A tier's turn. `best`: by tier, what the schedule to begin with is worth; `least`: what no schedule is below."""

    problem: Problem
    number: int
    best: Sequence[int]
    least: Sequence[int]

    @property
    def is_last(self) -> bool:
        return self.number + 1 == len(self.problem.objective.tiers)

    @property
    def is_guarded(self) -> bool:
        """Whether no loss in a tier before can be made good by those after it."""
        return self._scales == self._scaled(self._widest)

    @cached_property
    def objective(self) -> Objective:
        """The tier and those before it, added up."""
        return self._sum(self._scales)

    def aim(self, standing: Standing) -> Aim:
        """The tier alone, as it is in that sum, and those before it, which stand as is said."""
        before, objective = self._scales[:-1], self.problem.objective
        return Aim(
            part=self._sum([*(0 for _ in before), 1]),
            guard=self._sum(before),
            guarded=sum(scale * (value // unit) for scale, value, unit in zip(before, self.best, self._units, strict=False)),
            standing=standing,
            least=self.least[self.number] // self._units[-1],
            order=replace(objective, tiers=objective.tiers[: self.number + 1]),
            is_last=self.is_last,
        )

    @cached_property
    def _scales(self) -> list[int]:
        """By tier, the last of which is this one: those that guard, or the largest that fit."""
        too_wide = bisect_left(range(2, self._widest + 1), 1, key=lambda width: int(not self._fits(width)))
        return self._scaled(1 + too_wide)

    def _scaled(self, width: int) -> list[int]:
        """None of them more than `width` times the next."""
        scales = [1]
        for distance in reversed(self._distances[1:]):
            scales.append(scales[-1] * min(distance + 1, width))
        return scales[::-1]

    def _fits(self, width: int) -> bool:
        return objective_value(self._sum(self._scaled(width)), self._largest) < MOST

    @cached_property
    def _largest(self) -> Measures:
        return largest_measures(self.problem)

    @property
    def _widest(self) -> int:
        return 1 + max(self._distances[1:], default=0)

    @cached_property
    def _distances(self) -> list[int]:
        return [(best - least) // unit for best, least, unit in zip(self.best, self.least, self._units, strict=False)]

    @cached_property
    def _units(self) -> list[int]:
        """What the value of each tier is a multiple of. The first turn counts as the run does, since its bounds are the run's."""
        if self.number == 0:
            return [1]
        weights = self.problem.objective.weights
        return [gcd(*(weights[term] for term in tier)) for tier in self.problem.objective.tiers[: self.number + 1]]

    def _sum(self, scales: Sequence[int]) -> Objective:
        tiers, weights = self.problem.objective.tiers, self.problem.objective.weights
        rows = zip(scales, self._units, tiers, strict=False)
        scaled = {term: scale * (weights[term] // unit) for scale, unit, tier in rows for term in tier}
        return Objective(**scaled, tiers=())
