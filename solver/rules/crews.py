"""People: enough of them, able, there, and in one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from solver.problem import Crew, Interval, Operator
from solver.rules.grounds import Case, Placed, Violation, length, open_stretches, within
from solver.wording import moment


@dataclass(frozen=True, slots=True)
class Engagement:
    """One person in one place of one operation's crew: during the setup, or until the operation leaves its machine."""

    placed: Placed
    need: Crew
    person: Operator
    begin: int
    end: int


def crews(case: Case) -> Iterator[Violation]:
    """crew, skill, shift, one_place."""
    for each in case.free:
        yield from _numbers(case, each)
    engagements = [engagement for each in case.placed for engagement in _engagements(case, each)]
    for engagement in engagements:
        if engagement.placed.is_free:
            yield from _ability(engagement)
            yield from _presence(engagement)
    yield from _places(case, engagements)


def _engagements(case: Case, each: Placed) -> Iterator[Engagement]:
    at = each.assignment
    for need, people in zip(each.operation.crew, at.operators, strict=False):
        until = at.start if need.phase == "setup" else at.end
        for who in people:
            if who in case.problem.operator_by_id and at.setup_start < until:
                yield Engagement(each, need, case.problem.operator_by_id[who], at.setup_start, until)


def _numbers(case: Case, each: Placed) -> Iterator[Violation]:
    """Every place filled, each by somebody else, and nobody for a setup that takes no time."""
    crew, groups = each.operation.crew, each.assignment.operators
    if len(groups) != len(crew):
        yield _broken("crew", each, f"needs a crew of {len(crew)} kinds of people, but has {len(groups)}")
    for need, people in zip(crew, groups, strict=False):
        wanted = 0 if need.phase == "setup" and each.mode is not None and each.setup == 0 else need.count
        if len(people) != wanted:
            yield _broken("crew", each, f"needs {wanted} for “{need.skill}”, but has {len(people)}")
    everybody = [who for people in groups for who in people]
    if len(set(everybody)) < len(everybody):
        yield _broken("crew", each, "has the same person twice in its crew")
    for who in sorted({who for who in everybody if who not in case.problem.operator_by_id}):
        yield _broken("crew", each, f"has “{who}” in its crew, who does not exist")


def _ability(engagement: Engagement) -> Iterator[Violation]:
    """The skill, at the level or above, from the beginning to the end."""
    need, person = engagement.need, engagement.person
    begin, end = engagement.begin, engagement.end
    lasting: list[Interval] = []
    for held in person.skills:
        if held.skill == need.skill and held.level >= need.level:
            valid_from = begin if held.valid_from is None else held.valid_from
            lasting.append((valid_from, end if held.valid_until is None else held.valid_until))
            if valid_from <= begin and end <= lasting[-1][1]:
                return  # as it is nearly always
    if length(open_stretches([lasting], [], (begin, end))) < end - begin:
        says = f"has {person.name} for “{need.skill}” at level {need.level}, who does not hold it all the time"
        yield _broken("skill", engagement.placed, says)


def _presence(engagement: Engagement) -> Iterator[Violation]:
    """On shift from the beginning to the end, when the operation may not pause."""
    if engagement.placed.operation.may_pause:
        return
    span = (engagement.begin, engagement.end)
    there = length(open_stretches([within(engagement.person.windows, span)], [], span))
    if there < engagement.end - engagement.begin:
        says = f"may not pause, but {engagement.person.name} is off shift for a part of it"
        yield _broken("shift", engagement.placed, says)


def _places(case: Case, engagements: list[Engagement]) -> Iterator[Violation]:
    """Nobody in two operations at a time; two places in one operation are `_numbers`' business."""
    by_person: dict[str, list[Engagement]] = {}
    for engagement in sorted(engagements, key=lambda each: each.begin):
        by_person.setdefault(engagement.person.id, []).append(engagement)
    for own in by_person.values():
        present: list[Engagement] = []
        for engagement in own:
            present = [other for other in present if other.end > engagement.begin]
            for other in present:
                yield from _two_places(case, other, engagement)
            present.append(engagement)


def _two_places(case: Case, first: Engagement, second: Engagement) -> Iterator[Violation]:
    one, two = first.placed, second.placed
    if one.operation.id == two.operation.id or not (one.is_free or two.is_free):
        return
    told = f"{first.person.name} is in {one.title} and in {two.title} at {moment(case.problem, second.begin)}."
    yield Violation("one_place", (one.operation.id, two.operation.id), told)


def _broken(rule: Literal["crew", "skill", "shift"], each: Placed, says: str) -> Violation:
    return Violation(rule, (each.operation.id,), f"{each.title} {says}.")
