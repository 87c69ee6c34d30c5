"""Machines: capacity, closed time, facts."""

from __future__ import annotations

from solver.formulation.machines import profile
from solver.problem import Actual, Downtime, Mode
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.formulation.refusals import refusals


def test_one_operation_at_a_time() -> None:
    two = problem(operation("a"), operation("b"))
    assert refusals(two, schedule(assignment("a", 0, 10), assignment("b", 9, 19))) == {"machines"}
    assert refusals(two, schedule(assignment("a", 0, 10), assignment("b", 10, 20))) == set()


def test_setup_and_teardown_occupy_the_machine() -> None:
    two = problem(operation("a", modes=(Mode("m1", 10, teardown=3),)), operation("b", modes=(Mode("m1", 10, setup=4),)))
    assert refusals(two, schedule(assignment("a", 0, 10, end=13), assignment("b", 16, 26, setup_start=12))) == {"machines"}
    assert refusals(two, schedule(assignment("a", 0, 10, end=13), assignment("b", 17, 27, setup_start=13))) == set()


def test_as_many_side_by_side_as_the_capacity() -> None:
    three = problem(operation("a"), operation("b"), operation("c"), machines=(machine(capacity=2),))
    crowded = schedule(assignment("a", 0, 10), assignment("b", 0, 10), assignment("c", 9, 19))
    relaxed = schedule(assignment("a", 0, 10), assignment("b", 0, 10), assignment("c", 10, 20))
    assert refusals(three, crowded) == {"machines"}
    assert refusals(three, relaxed) == set()


def test_closed_time_cannot_be_worked_in() -> None:
    shifts = machine(windows=((0, 15), (20, 1000)), downtime=(Downtime(30, 40),))
    one = problem(operation("a"), machines=(shifts,))
    assert "machines" in refusals(one, schedule(assignment("a", 6, 16)))
    assert "machines" in refusals(one, schedule(assignment("a", 22, 32)))
    assert refusals(one, schedule(assignment("a", 5, 15))) == set()
    assert refusals(one, schedule(assignment("a", 20, 30))) == set()


def test_closed_time_beside_operations_that_pause() -> None:
    shifts = machine(windows=((0, 15), (20, 1000)))
    pausing, unbroken = operation("a", may_pause=True), operation("b", run=3)
    both = problem(pausing, unbroken, machines=(shifts,))
    across = assignment("a", 10, 25, pauses=((15, 20),))
    assert refusals(both, schedule(across, assignment("b", 7, 10))) == set()
    assert refusals(both, schedule(across, assignment("b", 25, 28))) == set()
    assert "machines" in refusals(both, schedule(across, assignment("b", 16, 19)))


def test_closed_time_on_a_machine_with_room_for_several() -> None:
    shifts = machine(windows=((0, 15), (20, 1000)), capacity=2)
    both = problem(operation("a", may_pause=True), operation("b", run=3), machines=(shifts,))
    across = assignment("a", 10, 25, pauses=((15, 20),))
    assert refusals(both, schedule(across, assignment("b", 12, 15))) == set()
    assert "machines" in refusals(both, schedule(across, assignment("b", 13, 16)))


def test_facts_are_obstacles_but_not_for_each_other() -> None:
    started = Actual("m1", -5, -5, remaining=8)
    crowded = problem(operation("a", actual=started), operation("b", actual=started), operation("c"))
    facts = (assignment("a", -5, 8), assignment("b", -5, 8))
    assert refusals(crowded, schedule(*facts, assignment("c", 7, 17))) == {"machines"}
    assert refusals(crowded, schedule(*facts, assignment("c", 8, 18))) == set()


def test_a_profile_counts_up_to_its_limit() -> None:
    assert profile([(0, 10), (5, 15), (5, 8)], most=2) == [((0, 5), 1), ((5, 8), 2), ((8, 10), 2), ((10, 15), 1)]
