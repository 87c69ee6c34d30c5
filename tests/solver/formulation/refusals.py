"""Which constraint families refuse a given schedule, each asked alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ortools.sat.python import cp_model

from solver.formulation.crews import crews
from solver.formulation.grounds import Grounds
from solver.formulation.machines import machines
from solver.formulation.modes import modes
from solver.formulation.precedences import precedences
from solver.formulation.sequence import sequence
from solver.formulation.setups import setups
from solver.formulation.spans import spans
from solver.formulation.variables import Formulation, Timed, declare, is_way
from solver.formulation.wip import wip
from solver.problem import Problem
from solver.schedule import Schedule

EVER = ((-(2**40), 2**40),)
FAMILIES: tuple[Callable[[Formulation], None], ...] = (modes, machines, setups, precedences, sequence, wip, crews)


def refusals(problem: Problem, schedule: Schedule) -> set[str]:
    """The names of the families that the schedule breaks; "ways" when there is not even a way for one of its assignments.

    Families that look at people are asked with the people of the schedule, the others without.
    """
    refusing = {family.__name__ for family in FAMILIES if _refuses(problem, schedule, family)}
    return refusing | _without_way(problem, schedule) | _strangers(problem, schedule)


def _strangers(problem: Problem, schedule: Schedule) -> set[str]:
    """Whether somebody is engaged of whom the formulation has never thought, and for whom nobody can stand in."""
    formulation = _formulation(problem)
    crews(formulation)
    engaged = {
        (timed.operation.id, place, person)
        for timed in formulation.timed.values()
        if timed.fixed is None
        for place, people in enumerate(schedule.by_operation[timed.operation.id].operators)
        if timed.operation.crew[place] not in formulation.grounds.pools
        for person in people
    }
    return {"crews"} if engaged - formulation.members.keys() else set()


def _formulation(problem: Problem) -> Formulation:
    grounds = Grounds.of(problem)
    return declare(grounds, grounds.facts, spans(grounds, grounds.facts, {}), None)


def _without_way(problem: Problem, schedule: Schedule) -> set[str]:
    formulation = _formulation(problem)
    lacking = [each for each in formulation.timed.values() if each.fixed is None and _way(each, schedule) is None]
    return {"ways"} if lacking or formulation.stuck else set()


def _way(timed: Timed, schedule: Schedule, *, at_any_time: bool = False) -> cp_model.IntVar | None:
    assignment = schedule.by_operation[timed.operation.id]
    matching = (
        literal
        for way, literal in zip(timed.ways, timed.chosen, strict=True)
        if is_way(timed.operation, assignment, replace(way, begins=EVER) if at_any_time else way, timed.groups)
    )
    return next(matching, None)


def _is_in_reach(timed: Timed, schedule: Schedule) -> bool:
    """Whether the domain of `setup_start` has the instant at all; if not, it is "ways" that refuses."""
    last = max(way.begins[-1][1] - 1 for way in timed.ways)
    return timed.earliest <= schedule.by_operation[timed.operation.id].setup_start <= last


def _refuses(problem: Problem, schedule: Schedule, family: Callable[[Formulation], None]) -> bool:
    formulation = _formulation(problem)
    family(formulation)
    for timed in formulation.timed.values():
        way = _way(timed, schedule, at_any_time=not timed.operation.may_pause) if timed.fixed is None else None
        if way is not None and _is_in_reach(timed, schedule):
            formulation.cp.add(way == 1)
            formulation.cp.add(timed.setup_start == schedule.by_operation[timed.operation.id].setup_start)
    for (operation, place, person), member in formulation.members.items():
        crew = schedule.by_operation[operation].operators
        formulation.cp.add(member == int(place < len(crew) and person in crew[place]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.presolve_inclusion_work_limit = 0
    return bool(solver.solve(formulation.cp) == cp_model.INFEASIBLE)
