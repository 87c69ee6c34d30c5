"""Toys with one more demand that nobody can keep, by the code of the fault that it mostly leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st

from solver.faults.fault import FaultCode
from solver.problem import Actual, BaselineStart, Crew, Mode, Operation, Pin, Precedence, Problem
from tests.solver.drawing import Draw
from tests.solver.toys import HORIZON, mixtures, toys

Twist = Callable[[Draw, Problem], Problem]

LATE = 9


@st.composite
def impossible(draw: Draw, code: FaultCode) -> Problem:
    """A toy of two or three operations with something in it that mostly is such a fault."""
    problem: Problem = draw(toys(mixtures(), most=3))
    return TWISTS[code](draw, problem)


def _no_mode(draw: Draw, problem: Problem) -> Problem:
    return _with(problem, replace(_free(draw, problem), modes=()))


def _no_crew(draw: Draw, problem: Problem) -> Problem:
    return _with(problem, replace(_free(draw, problem), crew=(Crew("weld", draw(st.integers(1, 3)), 2, "all"),)))


def _no_room(draw: Draw, problem: Problem) -> Problem:
    problem = replace(problem, machines=tuple(replace(each, windows=((0, 5), (7, HORIZON))) for each in problem.machines))
    operation = _free(draw, problem)
    return _with(problem, replace(operation, modes=_as_long(operation, draw(st.integers(6, HORIZON))), crew=()))


def _horizon_too_short(draw: Draw, problem: Problem) -> Problem:
    return _with(problem, replace(_free(draw, problem), release=draw(st.integers(LATE, HORIZON))))


def _overloaded_machine(draw: Draw, problem: Problem) -> Problem:
    """Each operation by itself fits into one of two windows of one machine."""
    machine = replace(draw(st.sampled_from(problem.machines)), windows=((0, 4), (5, 9)), downtime=(), setup_matrix=None)
    return replace(
        problem,
        machines=(replace(machine, capacity=1, initial_family=None),),
        orders=tuple(replace(order, deadline=None) for order in problem.orders),
        operations=tuple(
            replace(each, actual=None, modes=(Mode(machine.id, draw(st.integers(3, 4))),), crew=()) for each in problem.operations
        ),
        precedences=(),
        pins=(),
        baseline=(),
        frozen_until=None,
    )


def _deadline_before_release(draw: Draw, problem: Problem) -> Problem:
    return _with_deadline(problem, _free(draw, problem), -draw(st.integers(3, 5)))


def _deadline_impossible(draw: Draw, problem: Problem) -> Problem:
    return _with_deadline(problem, _free(draw, problem), draw(st.integers(0, 4)))


def _with_deadline(problem: Problem, operation: Operation, deadline: int) -> Problem:
    return replace(
        problem,
        orders=tuple(replace(each, deadline=deadline) if each.id == operation.order else each for each in problem.orders),
    )


def _wait_expired(draw: Draw, problem: Problem) -> Problem:
    """A longest wait behind what was done long ago."""
    after = _free(draw, problem)
    before = next(each for each in problem.operations if each.id != after.id)
    done = replace(before, actual=Actual(before.modes[0].machine, -9, -8, end=-draw(st.integers(0, 6))))
    late = replace(after, release=draw(st.integers(0, 5)))
    return replace(_with(_with(problem, done), late), precedences=(Precedence(before.id, after.id, 0, draw(st.integers(0, 5))),))


def _cycle(draw: Draw, problem: Problem) -> Problem:
    """Of links only, or of links and a pin."""
    first, second = draw(st.permutations(problem.operations))[:2]
    operations = tuple(replace(each, actual=None, setup_family="red") for each in problem.operations)
    links = (Precedence(first.id, second.id, draw(st.integers(0, 1))),)
    if draw(st.booleans()):
        both = tuple(replace(each, modes=operations[0].modes) for each in operations)
        return replace(problem, operations=both, precedences=links, pins=(Pin(first.id, after=second.id),))
    return replace(problem, operations=operations, precedences=(*links, Precedence(second.id, first.id)))


def _bad_pin(draw: Draw, problem: Problem) -> Problem:
    operation = _free(draw, problem)
    contradictions = st.sampled_from([(Pin(operation.id, start=-1),), (Pin(operation.id, start=3), Pin(operation.id, start=4))])
    elsewhere = [(Pin(operation.id, each.id),) for each in problem.machines if operation.mode_on(each.id) is None]
    pins = draw(contradictions | st.sampled_from(elsewhere) if elsewhere else contradictions)
    return replace(problem, pins=(*problem.pins, *pins))


def _bad_freeze(draw: Draw, problem: Problem) -> Problem:
    operation = _free(draw, problem)
    modes = tuple(mode for mode in operation.modes if mode.machine != "m0")
    planned = BaselineStart(operation.id, "m0", draw(st.integers(0, 3)), 3)
    rest = tuple(each for each in problem.baseline if each.operation != operation.id)
    return replace(_with(problem, replace(operation, modes=modes)), baseline=(*rest, planned), frozen_until=4)


def _fixed_too_early(draw: Draw, problem: Problem) -> Problem:
    operation = replace(_free(draw, problem), release=draw(st.integers(3, 6)))
    return replace(_with(problem, operation), pins=(Pin(operation.id, start=draw(st.integers(0, 4))),))


def _fixed_in_closed_time(draw: Draw, problem: Problem) -> Problem:
    windows = ((0, 4), (8, HORIZON))
    problem = replace(problem, machines=tuple(replace(each, windows=windows) for each in problem.machines))
    return replace(problem, pins=(Pin(_free(draw, problem).id, start=draw(st.integers(3, 8))),))


def _fixed_collision(draw: Draw, problem: Problem) -> Problem:
    machine = draw(st.sampled_from(problem.machines)).id
    first, second = draw(st.permutations(problem.operations))[:2]
    operations = tuple(
        replace(each, actual=None, modes=(Mode(machine, 3),), setup_family="red", crew=(), release=0)
        for each in problem.operations
    )
    start = draw(st.integers(0, 5))
    pins = (Pin(first.id, start=start), Pin(second.id, start=start + draw(st.integers(0, 3))))
    return replace(problem, operations=operations, precedences=(), pins=pins, frozen_until=None)


TWISTS: dict[FaultCode, Twist] = {
    "no_mode": _no_mode,
    "no_crew": _no_crew,
    "no_room": _no_room,
    "horizon_too_short": _horizon_too_short,
    "overloaded_machine": _overloaded_machine,
    "deadline_before_release": _deadline_before_release,
    "deadline_impossible": _deadline_impossible,
    "wait_expired": _wait_expired,
    "cycle": _cycle,
    "bad_pin": _bad_pin,
    "bad_freeze": _bad_freeze,
    "fixed_too_early": _fixed_too_early,
    "fixed_in_closed_time": _fixed_in_closed_time,
    "fixed_collision": _fixed_collision,
}


def _free(draw: Draw, problem: Problem) -> Operation:
    """One of them, whatever was reported of it forgotten."""
    operation: Operation = draw(st.sampled_from(problem.operations))
    return replace(operation, actual=None, setup_family="red")


def _with(problem: Problem, changed: Operation) -> Problem:
    return replace(problem, operations=tuple(changed if each.id == changed.id else each for each in problem.operations))


def _as_long(operation: Operation, run: int) -> tuple[Mode, ...]:
    return tuple(replace(mode, run=run) for mode in operation.modes)
