"""The formulation and `verify`, which know nothing of each other, agree about what is legal."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solver.formulation.build import build
from solver.formulation.extract import extract
from solver.formulation.grounds import Grounds
from solver.formulation.solving import Effort, Solve
from solver.problem import Operation, Problem
from solver.schedule import Assignment, Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.formulation.refusals import refusals
from tests.solver.mutations import moved
from tests.solver.strategies import planned

ALONE = Effort(30.0, 1, 1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_both_refuse_the_same_schedules(data: st.DataObject) -> None:
    problem, old = data.draw(planned())
    changed = data.draw(moved(problem, old))
    broken = {violation.rule for violation in verify(problem, changed)}
    assume("history" not in broken)
    assert bool(refusals(problem, changed)) == bool(broken - {"pauses"}), broken


@settings(max_examples=40, deadline=None)
@given(planned())
def test_what_cp_sat_finds_is_legal_and_worth_what_it_says(plan: tuple[Problem, Schedule]) -> None:
    problem, known = plan
    formulation = build(Grounds.of(problem))
    result = Solve(formulation, ALONE).run()
    assert result.picks is not None
    found = extract(formulation, result.picks)
    value = objective_value(problem.objective, measure(problem, found))
    assert verify(problem, found) == ()
    if result.verdict == "optimal":
        assert value == result.bound
        assert value <= objective_value(problem.objective, measure(problem, known))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_neighbourhood_is_legal_and_no_worse_than_what_it_came_from(data: st.DataObject) -> None:
    problem, old = data.draw(planned())
    assume(not verify(problem, old))
    movable = [operation.id for operation in problem.operations if operation.actual is None]
    assume(movable)
    free = data.draw(st.sets(st.sampled_from(movable), min_size=1))
    before = objective_value(problem.objective, measure(problem, old))
    grounds = Grounds.of(problem)
    formulation = build(grounds, free=free, incumbent=old, upper_bound=before)
    result = Solve(formulation, ALONE).run()
    assert result.picks is not None
    found = extract(formulation, result.picks)
    assert verify(problem, found) == ()
    assert objective_value(problem.objective, measure(problem, found)) <= before
    stay = [operation for operation in problem.operations if operation.id in set(movable) - free]
    assert [unpooled(grounds, each, found) for each in stay] == [unpooled(grounds, each, old) for each in stay]


def unpooled(grounds: Grounds, operation: Operation, schedule: Schedule) -> Assignment:
    """Without those who can stand in for one another: they are handed out anew in every schedule."""
    at = schedule.by_operation[operation.id]
    groups = zip(operation.crew, at.operators, strict=True)
    return replace(at, operators=tuple(() if need in grounds.pools else group for need, group in groups))
