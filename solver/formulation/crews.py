"""Who does it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ortools.sat.python import cp_model

from solver.calendars import Windows, intersect, normalise, subtract
from solver.formulation.machines import blocks
from solver.formulation.variables import Formulation, Timed
from solver.pools import Pool
from solver.problem import Crew, Interval, Operator
from solver.schedule import Schedule
from solver.skills import ALWAYS, qualified_windows

Engagement = tuple[Timed, cp_model.IntervalVar]


def crews(formulation: Formulation) -> None:
    """Every place in a crew is filled by somebody with the skill, on shift (or, in an operation that may pause, with the pauses
    that their shifts make), who is nowhere else from `setup_start` to `end`, or to `start` when it is for the setup. Exact.

    Of people who can stand in for each other only the number counts: see `solver.pools`."""
    engagements: dict[str, list[Engagement]] = defaultdict(list)
    for timed in formulation.timed.values():
        if timed.fixed is not None:
            continue
        for place, crew in enumerate(timed.operation.crew):
            if crew not in formulation.grounds.pools:
                for person, engagement in _fill(formulation, timed, place, crew):
                    engagements[person].append((timed, engagement))
        _one_place_each(formulation, timed)
        _pauses_by_shift(formulation, timed)
    busy = _fixed_engagements(formulation)
    for operator in formulation.problem.operators:
        if engagements[operator.id]:
            _one_at_a_time(formulation, operator, engagements[operator.id], busy[operator.id])
    _pools(formulation)


def _pools(formulation: Formulation) -> None:
    """No more of a pool are engaged at one time than there are. What is fixed has no claim to the persons it has."""
    demands: dict[Pool, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
    for timed in formulation.timed.values():
        for crew in timed.operation.crew:
            if crew in formulation.grounds.pools:
                demands[formulation.grounds.pools[crew]].append((_whole_engagement(formulation, timed, crew), crew.count))
    for pool, engagements in demands.items():
        intervals, counts = zip(*engagements, strict=True)
        formulation.cp.add_cumulative(intervals, counts, len(pool))


def _whole_engagement(formulation: Formulation, timed: Timed, crew: Crew) -> cp_model.IntervalVar:
    if timed.fixed is None:
        return _engagement(formulation, timed, crew, lit=True)
    return formulation.cp.new_fixed_size_interval_var(timed.fixed.setup_start, timed.fixed.end - timed.fixed.setup_start, "")


def _fill(formulation: Formulation, timed: Timed, place: int, crew: Crew) -> Iterator[tuple[str, cp_model.IntervalVar]]:
    """The right number of people for one place, nobody for the setup of an operation without one."""
    cp = formulation.cp
    holders = formulation.problem.holders_by_skill.get(crew.skill, ())
    candidates = [(operator, held) for operator in holders if (held := qualified_windows(operator, crew))]
    lits = []
    for operator, held in candidates:
        lit = cp.new_bool_var(f"{timed.operation.id} {place} {operator.id}")
        formulation.members[timed.operation.id, place, operator.id] = lit
        lits.append(lit)
        engagement = _engagement(formulation, timed, crew, lit)
        _while_qualified(formulation, timed, engagement, held)
        yield operator.id, engagement
    formulation.hinters.append(lambda schedule: _hint(schedule, timed.operation.id, place, candidates, lits))
    needed: cp_model.LinearExprT = crew.count
    if crew.phase == "setup":
        needed = crew.count * cp_model.LinearExpr.sum(
            [chosen for way, chosen in zip(timed.ways, timed.chosen, strict=True) if way.setup_worked]
        )
    cp.add(cp_model.LinearExpr.sum(lits) == needed)


def _hint(
    schedule: Schedule, operation: str, place: int, candidates: list[tuple[Operator, Windows]], lits: list[cp_model.IntVar]
) -> Iterator[tuple[cp_model.IntVar, int]]:
    crew = schedule.by_operation[operation].operators
    people = crew[place] if place < len(crew) else ()
    return ((lit, int(operator.id in people)) for (operator, _), lit in zip(candidates, lits, strict=True))


def _engagement(formulation: Formulation, timed: Timed, crew: Crew, lit: cp_model.LiteralT) -> cp_model.IntervalVar:
    """[setup_start, end) or [setup_start, start), present when `lit` is true."""
    cp, phases = formulation.cp, 1 if crew.phase == "setup" else 3
    lengths = {sum(way.lengths[:phases]) for way in timed.ways}
    if len(lengths) == 1:
        return cp.new_optional_fixed_size_interval_var(timed.setup_start, lengths.pop(), lit, "")
    size = formulation.elapsed(timed, phases)
    return cp.new_optional_interval_var(timed.setup_start, size, timed.start if phases == 1 else timed.end, lit, "")


def _while_qualified(formulation: Formulation, timed: Timed, engagement: cp_model.IntervalVar, held: Windows) -> None:
    """An engagement lies in one stretch of time in which the person holds the skill."""
    lapsed = intersect(subtract((ALWAYS,), held), ((timed.earliest, timed.latest_end),))
    if lapsed:
        formulation.cp.add_no_overlap([engagement, *blocks(formulation, lapsed)])


def _one_place_each(formulation: Formulation, timed: Timed) -> None:
    if len(timed.operation.crew) < 2:
        return
    for operator in formulation.problem.operators:
        keys = [(timed.operation.id, place, operator.id) for place in range(len(timed.operation.crew))]
        places = [formulation.members[key] for key in keys if key in formulation.members]
        if len(places) > 1:
            formulation.cp.add_at_most_one(places)


def _pauses_by_shift(formulation: Formulation, timed: Timed) -> None:
    """A way that counts with certain shift groups has a crew from exactly these."""
    for number, group in enumerate(timed.groups):
        for phase in ("all", "setup"):
            without = [
                lit
                for way, lit in zip(timed.ways, timed.chosen, strict=True)
                if number not in (way.shifts.whole if phase == "all" else way.shifts.setup)
            ]
            members = _members(formulation, timed, phase, group.operators)
            for member in members:
                formulation.cp.add_at_most_one([member, *without])
            formulation.cp.add_bool_or([*members, *without])


def _members(formulation: Formulation, timed: Timed, phase: str, operators: tuple[str, ...]) -> list[cp_model.IntVar]:
    places = [place for place, crew in enumerate(timed.operation.crew) if crew.phase == phase]
    keys = [(timed.operation.id, place, operator) for place in places for operator in operators]
    return [formulation.members[key] for key in keys if key in formulation.members]


def _one_at_a_time(formulation: Formulation, operator: Operator, engagements: list[Engagement], busy: list[Interval]) -> None:
    """A person is in one place, and off shift only during the pauses of an operation that may pause."""
    reach = (min(timed.earliest for timed, _ in engagements), max(timed.latest_end for timed, _ in engagements))
    away = intersect(subtract((ALWAYS,), formulation.grounds.shifts[operator.id]), (reach,))
    taken = intersect(normalise(busy), (reach,))
    unbroken = [engagement for timed, engagement in engagements if not timed.operation.may_pause]
    if len(unbroken) == len(engagements):
        taken = normalise((*taken, *away))
    elif unbroken:
        formulation.cp.add_no_overlap([*unbroken, *blocks(formulation, away)])
    formulation.cp.add_no_overlap([*(engagement for _, engagement in engagements), *blocks(formulation, taken)])


def _fixed_engagements(formulation: Formulation) -> dict[str, list[Interval]]:
    """By operator, when the person is busy with operations that do not move."""
    busy: dict[str, list[Interval]] = defaultdict(list)
    for timed in formulation.timed.values():
        if timed.fixed is None:
            continue
        for crew, people in zip(timed.operation.crew, timed.fixed.operators, strict=False):
            for person in people:
                busy[person].append((timed.fixed.setup_start, timed.fixed.start if crew.phase == "setup" else timed.fixed.end))
    return busy
