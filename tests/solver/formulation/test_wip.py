"""Limits of work in a cell."""

from __future__ import annotations

from solver.problem import Actual, Mode, Operation, Precedence, Problem, WorkCell
from tests.solver.examples import assignment, machine, operation, problem, schedule
from tests.solver.formulation.refusals import refusals


def _on(key: str, order: str, on: str, actual: Actual | None = None) -> Operation:
    return operation(key, order=order, modes=(Mode(on, 10),), actual=actual)


def _limited(*operations: Operation, limit: int = 1, precedences: tuple[Precedence, ...] = ()) -> Problem:
    machines = tuple(machine(f"m{number}") for number in (1, 2, 3))
    return problem(*operations, machines=machines, precedences=precedences, cells=(WorkCell("c1", "Cell 1", limit),))


def test_no_more_orders_at_a_time_than_the_limit() -> None:
    two = _limited(_on("a", "o1", "m1"), _on("b", "o2", "m2"))
    assert refusals(two, schedule(assignment("a", 0, 10), assignment("b", 9, 19, machine="m2"))) == {"wip"}
    assert refusals(two, schedule(assignment("a", 0, 10), assignment("b", 10, 20, machine="m2"))) == set()


def test_an_order_is_present_between_its_operations_too() -> None:
    linked = _limited(
        _on("a", "o1", "m1"), _on("b", "o1", "m2"), _on("c", "o2", "m3"), precedences=(Precedence("a", "b", min_lag=20),)
    )
    visit = (assignment("a", 0, 10), assignment("b", 30, 40, machine="m2"))
    assert refusals(linked, schedule(*visit, assignment("c", 15, 25, machine="m3"))) == {"wip"}
    assert refusals(linked, schedule(*visit, assignment("c", 40, 50, machine="m3"))) == set()


def test_operations_without_a_link_are_two_visits() -> None:
    apart = _limited(_on("a", "o1", "m1"), _on("b", "o1", "m2"), _on("c", "o2", "m3"))
    between = schedule(assignment("a", 0, 10), assignment("b", 30, 40, machine="m2"), assignment("c", 15, 25, machine="m3"))
    assert refusals(apart, between) == set()


def test_setup_and_teardown_are_not_presence() -> None:
    slow = operation("b", order="o2", modes=(Mode("m2", 10, setup=5),))
    two = _limited(_on("a", "o1", "m1"), slow)
    assert refusals(two, schedule(assignment("a", 0, 10), assignment("b", 10, 20, machine="m2", setup_start=5))) == set()


def test_too_many_let_in_by_history_keep_the_gate_shut_until_enough_have_left() -> None:
    begun = Actual("m1", -5, -5, remaining=10)
    full = _limited(_on("a", "o1", "m1", begun), _on("b", "o2", "m2", Actual("m2", -5, -5, remaining=30)), _on("c", "o3", "m3"))
    facts = (assignment("a", -5, 10), assignment("b", -5, 30, machine="m2"))
    assert refusals(full, schedule(*facts, assignment("c", 29, 39, machine="m3"))) == {"wip"}
    assert refusals(full, schedule(*facts, assignment("c", 30, 40, machine="m3"))) == set()


def test_a_setup_that_is_under_way_keeps_a_place_for_its_order() -> None:
    both = _limited(_on("a", "o1", "m1", Actual("m1", -5, 30, remaining=10)), _on("b", "o2", "m2"))
    fact = assignment("a", 30, 40, setup_start=-5)
    assert refusals(both, schedule(fact, assignment("b", 5, 15, machine="m2"))) == {"wip"}
    assert refusals(both, schedule(fact, assignment("b", 40, 50, machine="m2"))) == set()


def test_a_visit_that_history_let_in_goes_on_although_there_are_too_many() -> None:
    begun = {key: Actual(key, -5, -5, remaining=10) for key in ("m1", "m2")}
    full = _limited(
        _on("a", "o1", "m1", begun["m1"]),
        _on("b", "o2", "m2", begun["m2"]),
        _on("c", "o2", "m3"),
        _on("d", "o3", "m1"),
        precedences=(Precedence("b", "c"),),
    )
    facts = (assignment("a", -5, 10), assignment("b", -5, 10, machine="m2"))
    rest = assignment("c", 12, 22, machine="m3")
    assert refusals(full, schedule(*facts, rest, assignment("d", 21, 31))) == {"wip"}
    assert refusals(full, schedule(*facts, rest, assignment("d", 22, 32))) == set()
