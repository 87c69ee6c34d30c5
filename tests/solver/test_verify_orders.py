"""Each rule about orders, cells and decisions: a schedule that breaks only this one, and the nearest that does not."""

from dataclasses import replace

import pytest

from solver.problem import Actual, BaselineStart, Mode, Order, Pin, Precedence, Problem, WorkCell
from solver.schedule import Schedule
from solver.verify import verify
from tests.solver.examples import assignment, machine, operation, problem, schedule

pytestmark = pytest.mark.usefixtures("at_a_glance")

TWO_MACHINES = (machine("m1"), machine("m2"))
A_AND_B = (operation("a"), operation("b", modes=(Mode("m2", 10),)))


def broken(shop: Problem, plan: Schedule) -> set[str]:
    return {violation.rule for violation in verify(shop, plan)}


# precedence


def test_lags_are_kept_both_ways() -> None:
    shop = problem(*A_AND_B, machines=TWO_MACHINES, precedences=(Precedence("a", "b", min_lag=3, max_lag=5),))

    def judged(start: int) -> set[str]:
        return broken(shop, schedule(assignment("a", 0, 10), assignment("b", start, start + 10, machine="m2")))

    assert [judged(start) for start in (12, 13, 15, 16)] == [{"precedence"}, set(), set(), {"precedence"}]


def test_setup_may_come_before_and_teardown_after_the_handover() -> None:
    torn = operation("a", modes=(Mode("m1", 10, teardown=6),))
    prepared = operation("b", modes=(Mode("m2", 10, setup=8),))
    shop = problem(torn, prepared, machines=TWO_MACHINES, precedences=(Precedence("a", "b"),))
    plan = schedule(assignment("a", 0, 10, end=16), assignment("b", 10, 20, setup_start=2, machine="m2"))
    assert broken(shop, plan) == set()


def test_a_successor_that_has_happened_is_not_held_against_what_comes_late() -> None:
    early = operation("b", actual=Actual("m1", -20, -20, -10))
    shop = problem(operation("a"), early, precedences=(Precedence("a", "b"),))
    assert broken(shop, schedule(assignment("a", 0, 10), assignment("b", -20, -10))) == set()


def test_a_fact_is_waited_for() -> None:
    started = operation("a", actual=Actual("m1", -5, -5, remaining=10))
    shop = problem(started, A_AND_B[1], machines=TWO_MACHINES, precedences=(Precedence("a", "b"),))
    assert broken(shop, schedule(assignment("a", -5, 10), assignment("b", 10, 20, machine="m2"))) == set()
    assert broken(shop, schedule(assignment("a", -5, 10), assignment("b", 9, 19, machine="m2"))) == {"precedence"}


# release, now, horizon, deadline


def test_no_run_starts_before_its_release() -> None:
    task = operation(modes=(Mode("m1", 10, setup=5),), release=20)
    orders = (Order("o1", "O1", release=30),)
    plan = schedule(assignment("a", 25, 35, setup_start=20))
    assert broken(problem(task), plan) == set()
    assert broken(problem(replace(task, release=26)), plan) == {"release"}
    assert broken(problem(task, orders=orders), plan) == {"release"}
    assert broken(problem(task, orders=orders), schedule(assignment("a", 30, 40, setup_start=25))) == set()


def test_nothing_starts_in_the_past() -> None:
    shop = problem(operation(modes=(Mode("m1", 10, setup=5),)), machines=(machine(windows=((-100, 100),)),))
    assert broken(shop, schedule(assignment("a", 5, 15, setup_start=0))) == set()
    assert broken(shop, schedule(assignment("a", 4, 14, setup_start=-1))) == {"now"}


def test_everything_ends_within_the_horizon() -> None:
    shop = problem(operation(modes=(Mode("m1", 10, teardown=5),)), horizon=50)
    assert broken(shop, schedule(assignment("a", 35, 45, end=50))) == set()
    assert broken(shop, schedule(assignment("a", 36, 46, end=51))) == {"horizon"}


def test_every_run_ends_by_the_deadline() -> None:
    shop = problem(operation(modes=(Mode("m1", 10, teardown=5),)), orders=(Order("o1", "O1", due=3, deadline=20),))
    assert broken(shop, schedule(assignment("a", 10, 20, end=25))) == set()
    assert broken(shop, schedule(assignment("a", 11, 21, end=26))) == {"deadline"}


def test_a_deadline_missed_already_is_a_fact() -> None:
    done = operation(actual=Actual("m1", -20, -20, -5))
    shop = problem(done, orders=(Order("o1", "O1", release=-40, deadline=-10),))
    assert broken(shop, schedule(assignment("a", -20, -5))) == set()


# history


def test_what_has_happened_stays_where_it_is() -> None:
    started = operation(actual=Actual("m1", -9, -5, remaining=10))
    shop = problem(started, machines=TWO_MACHINES)
    exact = assignment("a", -5, 10, setup_start=-9)
    assert broken(shop, schedule(exact)) == set()
    for wrong in (
        replace(exact, setup_start=-8),
        replace(exact, end=11),
        replace(exact, machine="m2"),
        replace(exact, operators=((),)),
    ):
        assert broken(shop, schedule(wrong)) == {"history"}
    assert broken(shop, schedule(replace(exact, machine="nowhere"))) == {"machine"}


# wip


def cell_shop(limit: int, *keys: str, facts: tuple[str, ...] = ()) -> Problem:
    actual = Actual("m1", -5, -5, remaining=20)
    operations = [operation(key, order=f"o-{key}", actual=actual if key in facts else None) for key in keys]
    return problem(*operations, cells=(WorkCell("c1", "Cell 1", limit),), machines=(machine(capacity=9),))


def test_nothing_enters_a_full_cell() -> None:
    a, b = assignment("a", 0, 10), assignment("b", 5, 15)
    assert broken(cell_shop(2, "a", "b", "c"), schedule(a, b, assignment("c", 10, 20))) == set()
    assert broken(cell_shop(2, "a", "b", "c"), schedule(a, b, assignment("c", 9, 19))) == {"wip"}
    assert broken(cell_shop(3, "a", "b", "c"), schedule(a, b, assignment("c", 9, 19))) == set()


def test_a_visit_lasts_from_its_first_operation_to_its_last() -> None:
    chain = (operation("a"), operation("b"), operation("x", order="o2"))
    links = (Precedence("a", "b"),)
    cells = (WorkCell("c1", "Cell 1", 1),)
    shop = problem(*chain, precedences=links, cells=cells)
    between = schedule(assignment("a", 0, 10), assignment("b", 30, 40), assignment("x", 15, 25))
    behind = schedule(assignment("a", 0, 10), assignment("b", 30, 40), assignment("x", 40, 50))
    assert broken(shop, between) == {"wip"}
    assert broken(shop, behind) == set()


def test_visits_of_one_order_that_are_not_linked_count_by_themselves() -> None:
    cells = (WorkCell("c1", "Cell 1", 1),)
    shop = problem(*A_AND_B, cells=cells, machines=TWO_MACHINES)
    assert broken(shop, schedule(assignment("a", 0, 10), assignment("b", 10, 20, machine="m2"))) == set()
    assert broken(shop, schedule(assignment("a", 0, 10), assignment("b", 9, 19, machine="m2"))) == {"wip"}


def test_a_cell_that_history_has_overfilled_empties_before_anything_enters() -> None:
    shop = cell_shop(1, "a", "b", "c", facts=("a", "b"))
    past = (assignment("a", -5, 20), assignment("b", -5, 20))
    assert broken(shop, schedule(*past, assignment("c", 20, 30))) == set()
    assert broken(shop, schedule(*past, assignment("c", 19, 29))) == {"wip"}


def test_a_setup_that_is_under_way_keeps_a_place_for_its_order() -> None:
    begun = operation("a", order="o-a", actual=Actual("m1", -5, 30, remaining=10))
    shop = problem(
        begun, operation("c", order="o-c"), cells=(WorkCell("c1", "Cell 1", 1),), machines=(machine("m1", capacity=2),)
    )
    past = assignment("a", 30, 40, setup_start=-5)
    assert broken(shop, schedule(past, assignment("c", 40, 50))) == set()
    assert broken(shop, schedule(past, assignment("c", 5, 15))) == {"wip"}


def test_what_is_in_the_cell_already_goes_on_whatever_the_limit() -> None:
    begun = [operation(f"{key}1", order=key, actual=Actual("m1", -9, -9, -2)) for key in "ab"]
    rest = [operation(f"{key}2", order=key) for key in "ab"]
    links = (Precedence("a1", "a2"), Precedence("b1", "b2"))
    cells = (WorkCell("c1", "Cell 1", 1),)
    shop = problem(*begun, *rest, precedences=links, cells=cells, machines=(machine(capacity=9),))
    past = (assignment("a1", -9, -2), assignment("b1", -9, -2))
    assert broken(shop, schedule(*past, assignment("a2", 0, 10), assignment("b2", 5, 15))) == set()


# pin


def test_pins_hold() -> None:
    shop = problem(operation(modes=(Mode("m1", 10), Mode("m2", 10))), machines=TWO_MACHINES)
    plan = schedule(assignment("a", 7, 17, machine="m2"))
    for pin in (Pin("a", machine="m2"), Pin("a", start=7), Pin("a", machine="m2", start=7)):
        assert broken(replace(shop, pins=(pin,)), plan) == set()
    for pin in (Pin("a", machine="m1"), Pin("a", start=8)):
        assert broken(replace(shop, pins=(pin,)), plan) == {"pin"}


def test_a_pinned_sequence_is_on_one_machine_and_in_order() -> None:
    both = (Mode("m1", 10, teardown=2), Mode("m2", 10, teardown=2))
    machines = (machine("m1", capacity=2), machine("m2"))
    shop = problem(operation("a", modes=both), operation("b", modes=both), machines=machines, pins=(Pin("b", after="a"),))
    first = assignment("a", 0, 10, end=12)
    assert broken(shop, schedule(first, assignment("b", 12, 22, end=24))) == set()
    assert broken(shop, schedule(first, assignment("b", 11, 21, end=23))) == {"pin"}
    assert broken(shop, schedule(first, assignment("b", 12, 22, end=24, machine="m2"))) == {"pin"}


def test_a_pin_on_what_has_happened_is_void() -> None:
    done = operation(actual=Actual("m1", -20, -20, -10))
    assert broken(problem(done, pins=(Pin("a", start=5),)), schedule(assignment("a", -20, -10))) == set()


# frozen


def test_what_is_planned_in_the_frozen_zone_stays() -> None:
    task = operation(modes=(Mode("m1", 10, setup=5), Mode("m2", 10, setup=5)))
    baseline = (BaselineStart("a", "m1", setup_start=15, start=20),)
    shop = problem(task, machines=TWO_MACHINES, baseline=baseline, frozen_until=16)
    stays = assignment("a", 20, 30, setup_start=15)
    assert broken(shop, schedule(stays)) == set()
    assert broken(shop, schedule(replace(stays, machine="m2"))) == {"frozen"}
    later = assignment("a", 21, 31, setup_start=16)
    assert broken(shop, schedule(later)) == {"frozen"}
    assert broken(replace(shop, frozen_until=15), schedule(later)) == set()


def test_nothing_else_comes_into_the_frozen_zone() -> None:
    task = operation(modes=(Mode("m1", 10, setup=5),))
    for baseline in ((), (BaselineStart("a", "m1", 16, 21),)):
        shop = problem(task, baseline=baseline, frozen_until=16)
        assert broken(shop, schedule(assignment("a", 21, 31, setup_start=16))) == set()
        assert broken(shop, schedule(assignment("a", 20, 30, setup_start=15))) == {"frozen"}


def test_what_is_overdue_may_start_in_the_frozen_zone() -> None:
    shop = problem(operation(), baseline=(BaselineStart("a", "m1", -10, -10),), frozen_until=100)
    assert broken(shop, schedule(assignment("a", 0, 10))) == set()
    assert broken(shop, schedule(assignment("a", 50, 60))) == set()
