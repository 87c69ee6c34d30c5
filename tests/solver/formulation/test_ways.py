"""Ways: release, deadline, horizon, now, pins, frozen zone, and how calendars stretch an operation."""

from __future__ import annotations

from dataclasses import replace

from solver.formulation.ways import pausing_patterns, unbroken_patterns
from solver.problem import BaselineStart, Crew, Mode, Order, Pin, Problem
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule
from tests.solver.formulation.refusals import refusals


def _starts(plain: Problem, start: int) -> set[str]:
    return refusals(plain, schedule(assignment("a", start, start + 10)))


def test_no_run_starts_before_its_release() -> None:
    released = problem(operation("a", release=20))
    assert _starts(released, 19) == {"ways"}
    assert _starts(released, 20) == set()


def test_the_release_of_the_order_counts_as_well() -> None:
    released = problem(operation("a"), orders=(Order("o1", "O1", release=20),))
    assert _starts(released, 19) == {"ways"}
    assert _starts(released, 20) == set()


def test_setup_may_come_before_the_release() -> None:
    released = problem(operation("a", release=20, modes=(Mode("m1", 10, setup=5),)))
    assert refusals(released, schedule(assignment("a", 20, 30, setup_start=15))) == set()


def test_every_run_ends_by_the_deadline() -> None:
    hurried = problem(operation("a"), orders=(Order("o1", "O1", deadline=50),))
    assert _starts(hurried, 41) == {"ways"}
    assert _starts(hurried, 40) == set()


def test_everything_ends_by_the_horizon_the_teardown_too() -> None:
    short = problem(operation("a", modes=(Mode("m1", 10, teardown=5),)), horizon=30)
    assert refusals(short, schedule(assignment("a", 16, 26, end=31))) == {"ways"}
    assert refusals(short, schedule(assignment("a", 15, 25, end=30))) == set()


def test_a_pinned_start_is_the_only_one() -> None:
    pinned = problem(operation("a"), pins=(Pin("a", start=7),))
    assert _starts(pinned, 8) == {"ways"}
    assert _starts(pinned, 7) == set()


def test_a_pinned_machine_is_the_only_one() -> None:
    both = operation("a", modes=(Mode("m1", 10), Mode("m2", 10)))
    pinned = problem(both, machines=(machine("m1"), machine("m2")), pins=(Pin("a", machine="m2"),))
    assert _starts(pinned, 0) == {"ways"}
    assert refusals(pinned, schedule(assignment("a", 0, 10, machine="m2"))) == set()


def test_the_frozen_zone_keeps_what_it_has_and_lets_nothing_in() -> None:
    frozen = problem(operation("a"), operation("b"), frozen_until=30, baseline=(BaselineStart("a", "m1", 5, 5),))
    assert refusals(frozen, schedule(assignment("a", 5, 15), assignment("b", 30, 40))) == set()
    assert refusals(frozen, schedule(assignment("a", 6, 16), assignment("b", 30, 40))) == {"ways"}
    assert refusals(frozen, schedule(assignment("a", 5, 15), assignment("b", 29, 39))) == {"ways"}


def test_work_without_pauses_fits_one_window() -> None:
    assert unbroken_patterns(((0, 12), (20, 29)), (2, 7, 1)) == (((2, 7, 1), ((0, 3),)),)


def test_work_with_pauses_is_as_long_as_its_calendar_makes_it() -> None:
    patterns = dict(pausing_patterns(((0, 10), (15, 30)), ((0, 10), (15, 30)), (0, 4, 0)))
    assert patterns == {(0, 4, 0): ((0, 7), (15, 27)), (0, 9, 0): ((7, 10),)}


def test_a_run_starts_on_the_first_open_tick_after_its_setup() -> None:
    patterns = dict(pausing_patterns(((0, 10), (15, 30)), ((0, 10), (15, 30)), (2, 1, 0)))
    assert patterns[7, 1, 0] == ((8, 10),), "at 8 the setup ends with the window, and the run waits for the next one"
    assert patterns[2, 1, 0] == ((0, 8), (15, 28))


def test_every_open_begin_leads_to_exactly_one_pattern() -> None:
    windows = ((0, 10), (15, 30), (37, 60))
    begins = [tick for _, ranges in pausing_patterns(windows, windows, (3, 9, 2)) for a, b in ranges for tick in range(a, b)]
    assert len(begins) == len(set(begins))
    assert set(begins) == {*range(10), *range(15, 30), *range(37, 60 - 13)}


def test_a_pausing_operation_stands_still_while_its_crew_is_away() -> None:
    with_ada = operation("a", may_pause=True, crew=(Crew("weld"),))
    plain = problem(with_ada, operators=(operator("ada", "weld", windows=((0, 6), (20, 1000))),))
    paused = assignment("a", 0, 24, operators=(("ada",),), pauses=((6, 20),))
    assert refusals(plain, schedule(paused)) == set()
    assert refusals(plain, schedule(replace(paused, run_end=10, end=10, pauses=()))) == {"ways"}
