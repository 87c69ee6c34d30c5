"""Each rule about machines and working time: a schedule that breaks only this one, and the nearest that does not."""

import time
from dataclasses import replace

import pytest

from solver.problem import Actual, Crew, Downtime, Mode, Problem, SetupMatrix
from solver.schedule import Assignment, Schedule
from solver.verify import verify
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule

pytestmark = pytest.mark.usefixtures("at_a_glance")


def broken(shop: Problem, plan: Schedule) -> set[str]:
    return {violation.rule for violation in verify(shop, plan)}


# completeness


def test_every_operation_is_there_once_and_in_order() -> None:
    shop = problem(operation("a"), operation("b"))
    a, b = assignment("a", 0, 10), assignment("b", 10, 20)
    assert broken(shop, schedule(a, b)) == set()
    assert broken(shop, schedule(a)) == {"completeness"}
    assert broken(shop, schedule(b, a)) == {"completeness"}
    assert broken(shop, schedule(a, b, b)) == {"completeness"}
    assert broken(shop, schedule(a, b, assignment("x", 20, 30))) == {"completeness"}


def test_what_is_missing_is_named() -> None:
    (violation,) = verify(problem(operation("a")), schedule())
    assert violation.message == "Order O1, 'Step a' is not in the schedule."
    assert violation.operations == ("a",)


# machine


def test_an_operation_is_on_a_machine_that_can_do_it() -> None:
    shop = problem(operation(modes=(Mode("m1", 10), Mode("m2", 12))), machines=(machine("m1"), machine("m2"), machine("m3")))
    assert broken(shop, schedule(assignment("a", 0, 12, machine="m2"))) == set()
    assert broken(shop, schedule(assignment("a", 0, 12, machine="m3"))) == {"machine"}
    assert broken(shop, schedule(assignment("a", 0, 12, machine="nowhere"))) == {"machine"}


# duration


FULL = operation(modes=(Mode("m1", run=10, setup=5, teardown=3),))


def test_setup_run_and_teardown_take_their_time() -> None:
    exact = Assignment("a", "m1", 0, 5, 15, 18)
    assert broken(problem(FULL), schedule(exact)) == set()
    for wrong in (
        replace(exact, setup_start=1),
        replace(exact, run_end=14),
        replace(exact, end=19),
        replace(exact, setup_start=5),
        replace(exact, run_end=4),
    ):
        assert broken(problem(FULL), schedule(wrong)) == {"duration"}


def test_the_changeover_belongs_to_the_setup() -> None:
    matrix = SetupMatrix("x", "X", ("red", "blue"), ((0, 7), (4, 1)))
    shop = problem(
        operation("a", setup_family="red"),
        operation("b", setup_family="blue"),
        setup_matrices=(matrix,),
        machines=(machine(setup_matrix="x", initial_family="blue"),),
    )
    a_first = schedule(assignment("a", 4, 14, setup_start=0), assignment("b", 21, 31, setup_start=14))
    b_first = schedule(assignment("a", 15, 25, setup_start=11), assignment("b", 1, 11, setup_start=0))
    assert broken(shop, a_first) == set()
    assert broken(shop, b_first) == set()
    assert broken(shop, schedule(a_first.assignments[0], assignment("b", 21, 31, setup_start=17))) == {"duration"}
    fresh = replace(shop, machines=(machine(setup_matrix="x"),))
    assert broken(fresh, schedule(assignment("a", 4, 14), a_first.assignments[1])) == set()
    assert broken(fresh, a_first) == {"duration"}


def test_a_large_matrix_is_read_once() -> None:
    """Not once for every operation, which would take half a minute."""
    families = tuple(map(str, range(400)))
    shop = problem(
        *(operation(str(number), run=1, setup_family="7") for number in range(1000)),
        setup_matrices=(SetupMatrix("x", "X", families, ((0,) * 400,) * 400),),
        machines=(machine(setup_matrix="x"),),
    )
    one_by_one = schedule(*(assignment(str(number), number, number + 1) for number in range(1000)))
    began = time.process_time()
    assert verify(shop, one_by_one) == ()
    assert time.process_time() - began < 5.0


def test_history_decides_the_first_changeover() -> None:
    matrix = SetupMatrix("x", "X", ("red", "blue"), ((0, 7), (4, 1)))
    done = operation("a", setup_family="red", actual=Actual("m1", -20, -20, -10))
    shop = problem(
        done,
        operation("b", setup_family="blue"),
        setup_matrices=(matrix,),
        machines=(machine(setup_matrix="x", initial_family="blue"),),
    )
    past = assignment("a", -20, -10)
    assert broken(shop, schedule(past, assignment("b", 7, 17, setup_start=0))) == set()
    assert broken(shop, schedule(past, assignment("b", 1, 11, setup_start=0))) == {"duration"}


def test_work_that_may_pause_takes_its_time_without_the_pauses() -> None:
    shop = problem(replace(FULL, may_pause=True), machines=(machine(windows=((0, 8), (20, 40))),))
    exact = Assignment("a", "m1", 0, 5, 27, 30, pauses=((8, 20),))
    assert broken(shop, schedule(exact)) == set()
    assert broken(shop, schedule(replace(exact, run_end=26))) == {"duration"}
    assert broken(shop, schedule(replace(exact, end=31))) == {"duration"}


def test_a_pause_may_lie_between_setup_and_run_but_no_wait() -> None:
    shop = problem(replace(FULL, may_pause=True), machines=(machine(windows=((0, 5), (20, 60))),))
    assert broken(shop, schedule(Assignment("a", "m1", 0, 20, 30, 33, pauses=((5, 20),)))) == set()
    assert broken(shop, schedule(Assignment("a", "m1", 0, 22, 32, 35, pauses=((5, 20),)))) == {"duration"}


def test_the_run_does_not_wait_while_only_the_fitter_is_gone() -> None:
    fitter = operator("ada", "fit", windows=((0, 5), (50, 60)))
    shop = problem(replace(FULL, may_pause=True, crew=(Crew("fit", phase="setup"),)), operators=(fitter,))
    direct = Assignment("a", "m1", 0, 5, 15, 18, operators=(("ada",),))
    assert broken(shop, schedule(direct)) == set()
    waits = Assignment("a", "m1", 0, 9, 19, 22, operators=(("ada",),), pauses=((5, 9),))
    assert broken(shop, schedule(waits)) == {"duration"}


@pytest.mark.parametrize("may_pause", [False, True])
def test_a_machine_is_not_held_without_work(may_pause: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    shop = problem(operation(may_pause=may_pause), machines=(machine(windows=((0, 10), (20, 30))),))
    assert broken(shop, schedule(assignment("a", 0, 10))) == set()
    assert broken(shop, schedule(assignment("a", 0, 10, end=15))) >= {"duration"}
    assert broken(shop, schedule(assignment("a", 20, 30, setup_start=12))) >= {"duration"}


# open_time


def test_work_that_may_not_pause_stays_within_open_time() -> None:
    shop = problem(operation(), machines=(machine(windows=((0, 9), (20, 32)), downtime=(Downtime(31, 40),)),))
    assert broken(shop, schedule(assignment("a", 20, 30))) == set()
    assert broken(shop, schedule(assignment("a", 21, 31))) == set()
    assert broken(shop, schedule(assignment("a", 22, 32))) == {"open_time"}
    assert broken(shop, schedule(assignment("a", 19, 29))) == {"open_time"}
    assert broken(shop, schedule(assignment("a", 0, 10))) == {"open_time"}


def test_windows_that_touch_are_one() -> None:
    shop = problem(operation(), machines=(machine(windows=((0, 5), (5, 12))),))
    assert broken(shop, schedule(assignment("a", 1, 11))) == set()


def test_a_phase_that_pauses_begins_and_ends_with_work() -> None:
    shop = problem(replace(FULL, may_pause=True), machines=(machine(windows=((0, 15), (30, 40))),))
    exact = Assignment("a", "m1", 0, 5, 15, 33, pauses=((15, 30),))
    assert broken(shop, schedule(exact)) == set()
    assert broken(shop, schedule(replace(exact, run_end=16))) == {"open_time"}
    late = Assignment("a", "m1", 10, 30, 40, 43)
    shop = problem(replace(FULL, may_pause=True), machines=(machine(windows=((0, 15), (30, 60))),))
    assert broken(shop, schedule(replace(late, pauses=((15, 30),)))) == set()
    assert broken(shop, schedule(replace(late, start=29, pauses=((15, 30),)))) == {"open_time"}


def test_a_setup_begins_with_work() -> None:
    shop = problem(replace(FULL, may_pause=True), machines=(machine(windows=((10, 60),)),))
    exact = Assignment("a", "m1", 10, 15, 25, 28)
    assert broken(shop, schedule(exact)) == set()
    assert broken(shop, schedule(replace(exact, setup_start=8, pauses=((8, 10),)))) == {"open_time"}


# pauses


def test_the_pauses_are_told_exactly() -> None:
    shop = problem(operation(may_pause=True), machines=(machine(windows=((0, 8), (12, 13), (20, 40))),))
    exact = assignment("a", 0, 21, pauses=((8, 12), (13, 20)))
    assert broken(shop, schedule(exact)) == set()
    for told in ((), ((8, 12),), ((8, 20),), ((8, 12), (13, 19), (19, 20)), ((13, 20), (8, 12))):
        assert broken(shop, schedule(replace(exact, pauses=told))) == {"pauses"}


def test_work_that_may_not_pause_has_no_pauses() -> None:
    assert broken(problem(operation()), schedule(assignment("a", 0, 10, pauses=((3, 3),)))) == {"pauses"}


# capacity


def test_one_at_a_time_from_setup_to_teardown() -> None:
    shop = problem(FULL, replace(FULL, id="b"))
    first = Assignment("a", "m1", 0, 5, 15, 18)
    assert broken(shop, schedule(first, Assignment("b", "m1", 18, 23, 33, 36))) == set()
    assert broken(shop, schedule(first, Assignment("b", "m1", 17, 22, 32, 35))) == {"capacity"}
    assert broken(shop, schedule(Assignment("a", "m1", 18, 23, 33, 36), Assignment("b", "m1", 1, 6, 16, 19))) == {"capacity"}


def test_a_machine_takes_as_many_as_it_has_room_for() -> None:
    shop = problem(*map(operation, "abc"), machines=(machine(capacity=2),))
    a, b = assignment("a", 0, 10), assignment("b", 5, 15)
    assert broken(shop, schedule(a, b, assignment("c", 10, 20))) == set()
    assert broken(shop, schedule(a, b, assignment("c", 9, 19))) == {"capacity"}


def test_a_short_operation_inside_a_long_one_is_seen() -> None:
    shop = problem(operation("a", run=100), operation("b"), operation("c"))
    plan = schedule(assignment("a", 0, 100), assignment("b", 10, 20), assignment("c", 50, 60))
    assert [violation.operations for violation in verify(shop, plan)] == [("a", "b"), ("a", "c")]


def test_facts_may_have_been_together_but_nothing_joins_them() -> None:
    facts = [operation(key, actual=Actual("m1", -30, -20, remaining=left)) for key, left in (("a", 5), ("b", 9))]
    shop = problem(*facts, operation("c"))
    past = (assignment("a", -20, 5, setup_start=-30), assignment("b", -20, 9, setup_start=-30))
    assert broken(shop, schedule(*past, assignment("c", 9, 19))) == set()
    assert broken(shop, schedule(*past, assignment("c", 8, 18))) == {"capacity"}
