"""What done and started operations look like in every schedule."""

from dataclasses import replace

from solver.history import fixed_assignment, history
from solver.problem import Actual, Downtime, Mode
from tests.solver.examples import assignment, machine, operation, problem

STARTED = Actual(machine="m1", setup_start=-30, start=-20, remaining=15)


def test_a_free_operation_has_no_history() -> None:
    assert fixed_assignment(problem(operation()), operation()) is None


def test_a_done_operation_stands_as_reported() -> None:
    done = operation(actual=Actual("m1", setup_start=-50, start=-40, end=-10, operators=(("ada",),)))
    assert fixed_assignment(problem(done), done) == assignment("a", -40, -10, setup_start=-50, operators=(("ada",),))


def test_a_started_operation_goes_on_now() -> None:
    started = operation(actual=STARTED, modes=(Mode("m1", run=99, teardown=5),))
    assert fixed_assignment(problem(started), started) == assignment("a", -20, 15, setup_start=-30, end=20)


def test_a_started_operation_pauses_although_it_may_not() -> None:
    started = operation(actual=STARTED, may_pause=False)
    broken = machine(windows=((0, 10), (20, 1000)), downtime=(Downtime(22, 30),))
    fixed = fixed_assignment(problem(started, machines=(broken,)), started)
    assert fixed == assignment("a", -20, 33, setup_start=-30, pauses=((10, 20), (22, 30)))


def test_a_run_that_has_yet_to_begin_begins_at_its_start() -> None:
    started = operation(actual=replace(STARTED, start=7))
    assert fixed_assignment(problem(started), started) == assignment("a", 7, 22, setup_start=-30)


def test_teardown_is_none_on_a_machine_that_is_not_among_the_modes() -> None:
    started = operation(actual=replace(STARTED, machine="m2"), modes=(Mode("m1", run=9, teardown=5),))
    fixed = fixed_assignment(problem(started, machines=(machine(), machine("m2"))), started)
    assert fixed is not None
    assert (fixed.run_end, fixed.end) == (15, 15)


def test_work_that_the_calendar_has_no_room_for_ends_behind_the_horizon() -> None:
    started = operation(actual=STARTED)
    fixed = fixed_assignment(problem(started, machines=(machine(windows=((5, 9),)),)), started)
    assert fixed == assignment("a", -20, 1011, setup_start=-30, pauses=((0, 5), (9, 1000)))


def test_a_machine_without_windows_leaves_all_work_behind_the_horizon() -> None:
    started = operation(actual=STARTED)
    fixed = fixed_assignment(problem(started, machines=(machine(windows=()),)), started)
    assert fixed is not None
    assert (fixed.end, fixed.pauses) == (1015, ((0, 1000),))


def test_history_lists_the_operations_with_an_actual() -> None:
    shop = problem(operation("a", actual=STARTED), operation("b"), operation("c", actual=replace(STARTED, end=-1)))
    assert list(history(shop)) == ["a", "c"]
