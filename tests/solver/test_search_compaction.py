"""Closing gaps: everything moves up, nothing changes its machine, its sequence or its people."""

from __future__ import annotations

from hypothesis import given, settings

from solver.compaction import compacted
from solver.formulation.grounds import Grounds
from solver.problem import Crew, Machine, Mode, Pin, Precedence, Problem
from solver.schedule import Schedule
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule
from tests.solver.strategies import planned


def _starts(plain: Problem, loose: Schedule) -> list[int]:
    return [each.start for each in compacted(Grounds.of(plain), loose).assignments]


def test_operations_move_up_to_their_machine_and_their_predecessor() -> None:
    linked = problem(
        operation("a"),
        operation("b", modes=(Mode("m2", 10),)),
        operation("c"),
        machines=(machine("m1"), machine("m2")),
        precedences=(Precedence("a", "b", min_lag=5),),
    )
    loose = schedule(assignment("a", 30, 40), assignment("b", 60, 70, machine="m2"), assignment("c", 80, 90))
    assert _starts(linked, loose) == [0, 15, 10]


def test_people_keep_them_apart() -> None:
    weld = (Crew("weld"),)
    both = problem(
        operation("a", crew=weld),
        operation("b", crew=weld, modes=(Mode("m2", 10),)),
        machines=(machine("m1"), machine("m2")),
        operators=(operator("ada", "weld"),),
    )
    crew = {"operators": (("ada",),)}
    loose = schedule(assignment("a", 30, 40, **crew), assignment("b", 60, 70, machine="m2", **crew))
    assert _starts(both, loose) == [0, 10]


def test_side_by_side_as_far_as_the_capacity_goes() -> None:
    roomy: Machine = machine(capacity=2)
    three = problem(operation("a"), operation("b"), operation("c"), machines=(roomy,))
    assert _starts(three, schedule(*(assignment(key, 20 * n + 20, 20 * n + 30) for n, key in enumerate("abc")))) == [0, 0, 10]


def test_what_is_pinned_stays() -> None:
    pinned = problem(operation("a"), operation("b"), pins=(Pin("a", start=30),))
    assert _starts(pinned, schedule(assignment("a", 30, 40), assignment("b", 60, 70))) == [30, 40]


@settings(max_examples=40, deadline=None)
@given(planned())
def test_nothing_is_later_than_before(plan: tuple[Problem, Schedule]) -> None:
    plain, old = plan
    for before, after in zip(old.assignments, compacted(Grounds.of(plain), old).assignments, strict=True):
        assert after.start <= before.start
        assert (after.operation, after.machine, after.operators) == (before.operation, before.machine, before.operators)
