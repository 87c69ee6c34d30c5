"""Faults that a row shows by itself or by what it names: one problem for each, and the nearest one without it."""

from dataclasses import replace
from typing import Any

import pytest

from solver.diagnose import diagnose
from solver.problem import (
    Actual,
    BaselineStart,
    Crew,
    Downtime,
    Mode,
    Objective,
    Order,
    Pin,
    Precedence,
    Problem,
    SetupMatrix,
    SkillLevel,
    WorkCell,
)
from tests.solver.examples import machine, operation, operator, problem

MATRIX = SetupMatrix("x", "Colours", ("red", "blue"), ((0, 7), (4, 1)))
SOUND = problem(
    operation("a", setup_family="red", modes=(Mode("m1", 10), Mode("m2", 10))),
    operation("b", setup_family="blue"),
    machines=(machine("m1", setup_matrix="x", initial_family="red", downtime=(Downtime(500, 510),)), machine("m2", capacity=2)),
    setup_matrices=(MATRIX,),
    operators=(operator("ada", "mill"),),
    orders=(Order("o1", "4711", release=5, due=500, deadline=600),),
    precedences=(Precedence("a", "b", 1, 300),),
    pins=(Pin("a", machine="m1"), Pin("b", after="a")),
    baseline=(BaselineStart("a", "m1", 20, 20),),
)


def codes(shop: Problem) -> list[str]:
    return [fault.code for fault in diagnose(shop)]


def changed(table: str, index: int = 0, **changes: Any) -> Problem:
    rows = list(getattr(SOUND, table))
    rows[index] = replace(rows[index], **changes)
    new: dict[str, Any] = {table: tuple(rows)}
    return replace(SOUND, **new)


def extended(table: str, *rows: Any) -> Problem:
    new: dict[str, Any] = {table: (*getattr(SOUND, table), *rows)}
    return replace(SOUND, **new)


def test_the_sound_one_is_sound() -> None:
    assert diagnose(SOUND) == ()


CASES: list[tuple[str, Problem, str]] = [
    ("bad_epoch", replace(SOUND, epoch="2026-03-02T06:00:00"), "is not a date and time with an offset"),
    ("bad_epoch", replace(SOUND, epoch="tomorrow"), "“tomorrow”"),
    ("bad_number", replace(SOUND, horizon=0), "The horizon must lie in the future"),
    ("bad_number", replace(SOUND, tick_seconds=0), "A tick must last at least 1 second"),
    ("bad_number", replace(SOUND, churn_tolerance=-1), "tolerance for churn"),
    ("bad_number", replace(SOUND, objective=Objective(mode_cost=-1)), "“mode cost” must not be negative"),
    ("too_large", replace(SOUND, horizon=2**41), "beyond"),
    ("too_large", replace(SOUND, objective=Objective(makespan=2**60)), "beyond"),
    ("too_large", changed("operations", modes=(Mode("m1", run=2**41),)), "STEP a: run"),
    ("too_large", replace(SOUND, objective=Objective(makespan=2**40), horizon=2**30), "cannot be added up"),
    ("too_large", changed("precedences", max_lag=2**62), "before operation “b”: max_lag is"),
    ("too_large", changed("pins", 1, start=2**62), "A pin for operation “b”: start is"),
    ("too_large", changed("baseline", start=2**62), "plan for operation “a”: start is"),
    ("duplicate_id", extended("cells", WorkCell("c1", "Again")), "2 rows of kind cell with the id “c1”"),
    ("duplicate_id", extended("machines", machine("m1")), "kind machine"),
    ("duplicate_id", extended("operators", operator("ada")), "kind operator"),
    ("duplicate_id", extended("orders", Order("o1", "x")), "kind order"),
    ("duplicate_id", extended("operations", operation("b", setup_family="red")), "kind operation"),
    ("duplicate_id", extended("setup_matrices", MATRIX), "kind matrix"),
    ("bad_number", changed("cells", wip_limit=0), "Cell 1 lets 0 orders in at a time"),
    ("bad_matrix", changed("setup_matrices", families=("red", "red")), "names a family twice"),
    ("bad_matrix", changed("setup_matrices", times=((0, 7),)), "needs 2 rows of 2 times"),
    ("bad_matrix", changed("setup_matrices", times=((0, 7), (4, -1))), "has a negative time"),
    ("unknown_reference", changed("machines", cell="c9"), "M1 stands in cell “c9”, which does not exist"),
    ("unknown_reference", changed("machines", setup_matrix="y"), "M1 has setup matrix “y”, which does not exist"),
    ("bad_windows", changed("machines", windows=((5, 9), (0, 4))), "The windows of M1 overlap or are not in order"),
    ("bad_windows", changed("machines", windows=((0, 9), (8, 900))), "overlap"),
    ("bad_windows", changed("machines", windows=((9, 9), (20, 900))), "M1 has a window that ends before it begins"),
    ("bad_windows", changed("operators", windows=((9, 5),)), "Ada has a window that ends before it begins"),
    ("bad_downtime", changed("machines", downtime=(Downtime(9, 9),)), "M1 has a downtime that ends before it begins"),
    ("bad_number", changed("machines", 1, capacity=0), "M2 must take at least one operation at a time"),
    ("capacity_with_matrix", changed("machines", 1, setup_matrix="x"), "M2 takes 2 operations at a time"),
    ("unknown_family", changed("machines", initial_family="green"), "M1 is set up for “green”"),
    ("bad_number", changed("operators", skills=(SkillLevel("mill", 0),)), "Ada holds “mill” at level 0"),
    ("bad_number", changed("orders", weight=-1), "Order 4711 must not have a negative weight"),
    ("due_before_release", changed("orders", due=4), "Order 4711 is due before its release"),
    ("deadline_before_release", changed("orders", due=None, deadline=4), "Order 4711 has its deadline before its release"),
    ("unknown_reference", changed("operations", order="o9"), "belongs to order “o9”"),
    ("unknown_reference", changed("operations", cell="c9"), "belongs to cell “c9”"),
    ("no_mode", changed("operations", 1, modes=()), "Order 4711, 'Step b' has no machine that can do it."),
    ("duplicate_mode", changed("operations", modes=(Mode("m1", 5), Mode("m1", 6))), "has 2 modes on machine “M1”"),
    ("unknown_reference", changed("operations", modes=(Mode("m1", 9), Mode("m9", 9))), "can be done on machine “m9”"),
    ("bad_number", changed("operations", modes=(Mode("m1", 0),)), "takes no time on M1"),
    ("bad_number", changed("operations", modes=(Mode("m1", 5, teardown=-1),)), "negative setup, teardown or cost on M1"),
    ("missing_family", changed("operations", setup_family=None), "needs a setup family, because M1 has changeovers"),
    ("unknown_family", changed("operations", setup_family="green"), "is of setup family “green”"),
    ("bad_number", changed("operations", crew=(Crew("mill", count=0),)), "asks for 0 people"),
    ("bad_number", changed("operations", crew=(Crew("mill", level=0),)), "at level 0"),
    ("unknown_reference", extended("precedences", Precedence("a", "z")), "names operation “z”"),
    ("bad_lag", changed("precedences", min_lag=-1), "with a negative wait"),
    ("bad_lag", changed("precedences", min_lag=301), "a longest wait that is shorter than the shortest"),
    ("cycle", extended("precedences", Precedence("b", "a")), "wait for one another in a circle"),
    ("cycle", extended("precedences", Precedence("a", "a")), "'Step a' → Order 4711, 'Step a'"),
    ("cycle", extended("pins", Pin("a", after="b")), "circle"),
    ("unknown_reference", extended("pins", Pin("z", start=5)), "A pin is for operation “z”"),
    ("unknown_reference", changed("pins", machine="m9"), "is pinned to machine “m9”, which does not exist"),
    ("unknown_reference", changed("pins", 1, after="z"), "is pinned behind operation “z”"),
    ("bad_pin", changed("pins", 1, machine="m2"), "is pinned to M2, which cannot do it"),
    ("bad_pin", changed("pins", start=-1), "is pinned to start in the past"),
    ("bad_pin", changed("pins", machine="m2"), "on the same machine, but there is none for both"),
    ("bad_pin", extended("pins", Pin("a", machine="m2")), "is pinned to several machines"),
    ("bad_pin", extended("pins", Pin("b", start=100), Pin("b", start=101)), "is pinned to several starts"),
    ("bad_pin", replace(changed("pins", start=30), frozen_until=21), "in the frozen zone, but pinned to something else"),
    ("unknown_reference", extended("baseline", BaselineStart("z", "m1", 0, 0)), "The published plan has operation “z”"),
    ("bad_baseline", extended("baseline", BaselineStart("a", "m1", 20, 20)), "is in the published plan 2 times"),
    ("bad_baseline", changed("baseline", setup_start=21), "starts before its setup in the published plan"),
    (
        "bad_freeze",
        replace(extended("baseline", BaselineStart("b", "m2", 31, 38)), frozen_until=32),
        "'Step b' is in the frozen zone on a machine that cannot do it",
    ),
]


@pytest.mark.parametrize(("code", "shop", "words"), CASES)
def test_a_fault_is_named(code: str, shop: Problem, words: str) -> None:
    found = diagnose(shop)
    assert code in {fault.code for fault in found}
    assert words.lower() in " ".join(fault.message for fault in found if fault.code == code).lower()


ACTUAL = Actual("m1", setup_start=-20, start=-15, end=-5)

ACTUALS: list[tuple[str, Actual, str]] = [
    ("bad_actual", replace(ACTUAL, setup_start=-10), "was reported to have started before its setup"),
    ("bad_actual", replace(ACTUAL, end=-16), "was reported to have ended before it started"),
    ("bad_actual", replace(ACTUAL, end=1), "in the future"),
    ("bad_actual", Actual("m1", 1, 1), "in the future"),
    ("bad_actual", Actual("m1", -1, -1, remaining=-1), "less than nothing left to run"),
    ("bad_actual", replace(ACTUAL, operators=((),)), "another number of crews"),
    ("unknown_reference", replace(ACTUAL, machine="m9"), "was reported on machine “m9”"),
]


@pytest.mark.parametrize(("code", "actual", "words"), ACTUALS)
def test_a_report_is_checked(code: str, actual: Actual, words: str) -> None:
    (fault,) = diagnose(problem(operation(actual=actual)))
    assert (fault.code, fault.subject_kind, fault.subject_id) == (code, "operation", "a")
    assert words in fault.message


def test_an_unknown_person_in_a_report_is_named() -> None:
    report = replace(ACTUAL, operators=(("nobody",),))
    (fault,) = diagnose(problem(operation(crew=(Crew("mill"),), actual=report), operators=(operator("ada", "mill"),)))
    assert fault.message == "Order O1, 'Step a' was reported with operator “nobody”, who does not exist."


def test_history_needs_neither_mode_nor_family_nor_order() -> None:
    done = operation("b", modes=(), actual=ACTUAL)
    early = operation("a", actual=replace(ACTUAL, end=None, start=4, remaining=9))
    facts = (early, done)
    shop = problem(
        *facts,
        machines=(machine(setup_matrix="x"),),
        setup_matrices=(MATRIX,),
        precedences=(Precedence("a", "b"), Precedence("b", "a")),
        pins=(Pin("a", start=90), Pin("b", machine="m1", start=-7)),
        orders=(Order("o1", "4711", release=9, due=3, deadline=3),),
    )
    assert diagnose(shop) == ()


def test_the_dates_of_an_order_without_operations_are_kept_by_any_plan() -> None:
    idle = (Order("o1", "4711"), Order("o2", "4712", release=9, due=8, deadline=8))
    assert diagnose(problem(operation("a"), orders=idle)) == ()


def test_all_faults_come_at_once() -> None:
    shop = problem(
        operation("a", modes=()),
        operation("b", order="o2"),
        operation("c", order="o2"),
        orders=(Order("o1", "4711", release=9, due=8), Order("o2", "4712")),
        precedences=(Precedence("b", "c"), Precedence("c", "b")),
    )
    assert codes(shop) == ["due_before_release", "no_mode", "cycle"]


def test_two_circles_are_two_faults() -> None:
    keys = "abcd"
    links = tuple(Precedence(before, after) for before, after in ("ab", "ba", "cd", "dc"))
    assert codes(problem(*map(operation, keys), precedences=links)) == ["cycle", "cycle"]


def test_a_circle_is_told_in_its_order() -> None:
    links = tuple(Precedence(before, after) for before, after in ("ab", "bc", "ca"))
    (fault,) = diagnose(problem(*map(operation, "abc"), precedences=links))
    names = fault.message.removeprefix("These operations wait for one another in a circle: ").removesuffix(".").split(" → ")
    circle = "".join(name[-2] for name in names)
    assert circle in {"abca", "bcab", "cabc"}


def test_an_operation_follows_one_other_at_most() -> None:
    question = problem(operation("a"), operation("b"), operation("c"), pins=(Pin("c", after="a"), Pin("c", after="b")))

    (fault,) = diagnose(question)

    assert fault.code == "bad_pin"
    assert "is pinned behind several operations" in fault.message
