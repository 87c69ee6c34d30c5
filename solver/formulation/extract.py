"""From a solution of a formulation back to a Schedule."""

from __future__ import annotations

from collections.abc import Callable

from ortools.sat.python import cp_model

from solver.formulation.variables import Formulation, Timed
from solver.formulation.ways import Way
from solver.pools import staffed
from solver.problem import Operation
from solver.schedule import Assignment, Schedule
from solver.timing import Clock, Span, Work, make_clock, span_pauses

Reader = Callable[[cp_model.LinearExprT], int]
Picks = dict[str, tuple[int, int, tuple[tuple[str, ...], ...]]]


def read(formulation: Formulation, value: Reader) -> Picks:
    """By free operation: the number of its way, its `setup_start`, and its crew but for people from pools. Quick: it runs inside
    the solver's callback."""
    picks: Picks = {}
    for key, timed in formulation.timed.items():
        if timed.fixed is None:
            way = next(index for index, lit in enumerate(timed.chosen) if value(lit))
            picks[key] = way, value(timed.setup_start), _crew(formulation, timed.operation, value)
    return picks


def _crew(formulation: Formulation, operation: Operation, value: Reader) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(
            operator.id
            for operator in formulation.problem.operators
            if (lit := formulation.members.get((operation.id, place, operator.id))) is not None and value(lit)
        )
        if crew not in formulation.grounds.pools
        else ()
        for place, crew in enumerate(operation.crew)
    )


def extract(formulation: Formulation, picks: Picks) -> Schedule:
    """The schedule that the picks stand for. Nothing needs repair; `solver.verify` has the last word all the same."""
    assignments = [_assignment(formulation, timed, picks) for timed in formulation.timed.values()]
    return Schedule(tuple(staffed(formulation.problem, formulation.grounds.pools, assignments)))


def _assignment(formulation: Formulation, timed: Timed, picks: Picks) -> Assignment:
    if timed.fixed is not None:
        return timed.fixed
    number, setup_start, crew = picks[timed.operation.id]
    way = timed.ways[number]
    setup, run, teardown = way.lengths
    start = setup_start + setup
    span = Span(setup_start, start, start + run, start + run + teardown)
    return Assignment(
        operation=timed.operation.id,
        machine=way.mode.machine,
        setup_start=span.setup_start,
        start=span.start,
        run_end=span.run_end,
        end=span.end,
        operators=crew,
        pauses=span_pauses(_work(timed, way), _clock(formulation, timed, way, crew), span),
    )


def _work(timed: Timed, way: Way) -> Work:
    return Work(way.setup_worked, way.mode.run, way.mode.teardown, timed.operation.may_pause)


def _clock(formulation: Formulation, timed: Timed, way: Way, crew: tuple[tuple[str, ...], ...]) -> Clock:
    shifts = formulation.grounds.shifts
    by_phase = {
        phase: [
            shifts[person]
            for place, members in zip(timed.operation.crew, crew, strict=True)
            if place.phase == phase
            for person in members
        ]
        for phase in ("all", "setup")
    }
    return make_clock(formulation.grounds.windows[way.mode.machine], by_phase["all"], by_phase["setup"])
