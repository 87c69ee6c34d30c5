"""crew, skill, shift, one_place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from solver.problem import Crew, Problem
from solver.rules.glance.columns import (
    NEVER,
    Column,
    Mask,
    OutOfSight,
    Stretches,
    Windows,
    column,
    keys,
    lengths,
    marked,
    mask,
    numbered,
)
from solver.rules.glance.laid import Laid
from solver.rules.glance.stints import Pauses, Stints, paired


@dataclass(frozen=True, slots=True)
class Engaged:
    """Everyone in a place of a crew for more than no time. `need`: its row among those of all operations."""

    operation: Column
    need: Column
    person: Column
    begin: Column
    end: Column


class People:
    """What crews are needed, and who there is to fill them."""

    def __init__(self, problem: Problem) -> None:
        needs = [need for operation in problem.operations for need in operation.crew]
        self._people = numbered(problem.operators)
        self._kinds = lengths([operation.crew for operation in problem.operations])
        self._first = np.cumsum(self._kinds) - self._kinds
        self._no_need = len(needs)
        self._count = np.append(column(need.count for need in needs), 0)
        self._is_for_setup = np.append(mask(need.phase == "setup" for need in needs), False)
        self._shifts = Windows([person.windows for person in problem.operators])
        self._skills = _Skills(problem, needs, self._people)

    def look(self, laid: Laid) -> tuple[Engaged, Mask]:
        """Who is engaged, and the operations with too few or too many people for a need; who is there twice is `torn`.

        Raises OutOfSight when somebody is unknown.
        """
        crews = [each.operators for each in laid.assignments]
        kinds, groups = lengths(crews), list(chain.from_iterable(crews))
        sizes = lengths(groups)
        person = column(self._people.get(who, -1) for who in chain.from_iterable(groups))
        if (person < 0).any():
            raise OutOfSight
        operation = np.repeat(np.arange(len(crews)), kinds)
        place = np.arange(len(groups)) - np.repeat(np.cumsum(kinds) - kinds, kinds)
        need = np.where(place < self._kinds[operation], self._first[operation] + place, self._no_need)
        is_miscast = kinds != self._kinds
        is_miscast[operation[sizes != self._wanted(laid, operation, need)]] = True
        operation, need = np.repeat(operation, sizes), np.repeat(need, sizes)
        return self._engaged(laid, operation, need, person), is_miscast

    def absent(self, engaged: Engaged, stints: Stints) -> Mask:
        """Operations that are worked on while somebody engaged may be off shift."""
        rows, stint = paired(engaged.operation, stints.operation, len(self._kinds))
        begin, end = stints.begin[stint], np.minimum(stints.end[stint], engaged.end[rows])
        is_there = (begin >= end) | self._shifts.hold(engaged.person[rows], begin, end)
        return self._marked(engaged.operation[rows[~is_there]])

    def are_absent(self, engaged: Engaged, pauses: Pauses) -> Mask:
        """In which pauses somebody who stays engaged after them is surely off shift: no run waits for a fitter who has done."""
        pause, rows = paired(pauses.operation, engaged.operation, len(self._kinds))
        begin, end = pauses.begin[pause], pauses.end[pause]
        is_off = (end < engaged.end[rows]) & self._shifts.miss(engaged.person[rows], begin, end)
        return marked(pause[is_off], len(pauses.operation))

    def unable(self, engaged: Engaged) -> Mask:
        """Operations with somebody who may not hold the skill all the time."""
        return self._marked(engaged.operation[~self._skills.hold(engaged)])

    def torn(self, engaged: Engaged) -> Mask:
        """The operations of people who may be in two places at a time."""
        there = Stretches(engaged.person, engaged.begin, engaged.end).at(engaged.person, engaged.begin)
        is_torn = np.isin(engaged.person, engaged.person[there > 1])
        return self._marked(engaged.operation[is_torn])

    def _marked(self, operations: Column) -> Mask:
        return marked(operations, len(self._kinds))

    def _wanted(self, laid: Laid, operation: Column, need: Column) -> Column:
        """How many people each need is filled by."""
        return np.where(self._is_for_setup[need] & (laid.setup[operation] == 0), 0, self._count[need])

    def _engaged(self, laid: Laid, operation: Column, need: Column, person: Column) -> Engaged:
        begin = laid.setup_start[operation]
        end = np.where(self._is_for_setup[need], laid.start[operation], laid.end[operation])
        rows = (need != self._no_need) & (begin < end)
        return Engaged(operation[rows], need[rows], person[rows], begin[rows], end[rows])


class _Skills:
    """Who holds what is needed, from when and until when: of several times for which somebody holds it that which ends last."""

    def __init__(self, problem: Problem, needs: Sequence[Crew], people: Mapping[str, int]) -> None:
        kinds: dict[tuple[str, int], int] = {}
        self._kind = column(kinds.setdefault((need.skill, need.level), len(kinds)) for need in needs)
        held = [
            (kind, people[person.id], each.valid_from, each.valid_until)
            for (skill, level), kind in kinds.items()
            for person in problem.holders_by_skill.get(skill, ())
            for each in person.skills
            if each.skill == skill and each.level >= level
        ]
        by_key = keys(column(kind for kind, *_ in held), column(person for _, person, *_ in held))
        begins = column(-NEVER if begin is None else begin for *_, begin, _ in held)
        ends = column(NEVER if end is None else end for *_, end in held)
        order = np.lexsort((ends, by_key))
        self._keys = np.append(-1, by_key[order])
        self._begins, self._ends = np.append(NEVER, begins[order]), np.append(-NEVER, ends[order])

    def hold(self, engaged: Engaged) -> Mask:
        wanted = keys(self._kind[engaged.need], engaged.person)
        rows = np.searchsorted(self._keys, wanted, "right") - 1
        are_able: Mask = self._keys[rows] == wanted
        are_able &= (self._begins[rows] <= engaged.begin) & (engaged.end <= self._ends[rows])
        return are_able
