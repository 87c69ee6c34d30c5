"""The decoder: whatever it returns is legal, and it finds the place that is meant."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.bench.plants import EVERYTHING, plant
from solver.decode import Decoder, decode
from solver.diagnose import diagnose
from solver.instances import read_instance
from solver.problem import (
    Actual,
    Crew,
    Downtime,
    Mode,
    Operation,
    Order,
    Pin,
    Precedence,
    Problem,
    SetupMatrix,
    WorkCell,
)
from solver.schedule import Assignment, Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.strategies import problems

MATRIX = SetupMatrix("x", "Changeovers", ("red", "blue"), ((0, 5), (20, 0)))


def placed(question: Problem, *order_list: str, modes: dict[str, str] | None = None) -> Schedule:
    """The schedule of a list, which must exist and be legal."""
    found = decode(question, order_list or [operation.id for operation in question.operations], modes)
    assert found is not None
    assert verify(question, found) == ()
    return found


def at(found: Schedule, key: str) -> Assignment:
    return found.by_operation[key]


def painted(key: str, family: str, run: int = 10, **changes: object) -> Operation:
    return operation(key, run, order=key, setup_family=family, **changes)


@given(problems(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_whatever_is_decoded_is_legal(question: Problem, dice: random.Random) -> None:
    order_list = [each.id for each in question.operations]
    dice.shuffle(order_list)
    decoder = Decoder(question)

    for modes in ({}, {each.id: dice.choice(each.modes).machine for each in question.operations}):
        found = decoder.decode(order_list, modes)
        if found is not None:
            assert verify(question, found) == ()
            if decoder.run([order_list.index(each.id) for each in question.operations], {}):
                assert decoder.value() == objective_value(question.objective, measure(question, decoder.schedule()))


def test_a_plant_with_everything_is_decoded() -> None:
    question = plant(120, EVERYTHING)
    placed(question)


@pytest.mark.parametrize("name", ["jsp_ft06.txt", "fjsp_mk01.txt", "sdst_la11_edata.json", "j120_11_1.rcp", "five.sm"])
def test_public_instances_are_decoded(name: str) -> None:
    placed(read_instance(Path(__file__).parent / "data" / name))


def test_the_list_decides_who_comes_first() -> None:
    question = problem(operation("a", order="o1"), operation("b", order="o2"))

    assert at(placed(question, "a", "b"), "b").start == 10
    assert at(placed(question, "b", "a"), "a").start == 10


def test_what_waits_for_itself_is_not_decoded() -> None:
    circle = (Precedence("a", "b"), Precedence("b", "a"))
    assert decode(problem(operation("a"), operation("b"), operation("c"), precedences=circle), ["a", "b", "c"]) is None


def test_precedence_decides_more_than_the_list() -> None:
    question = problem(operation("a"), operation("b"), precedences=(Precedence("a", "b", 4),))

    assert at(placed(question, "b", "a"), "b").start == 14


def test_it_goes_where_it_ends_first_and_cheaply_or_where_it_is_told() -> None:
    modes = (Mode("m1", 10, cost=3), Mode("m2", 12), Mode("m3", 10, cost=1))
    machines = tuple(machine(key) for key in ("m1", "m2", "m3"))
    question = problem(operation("a", modes=modes), machines=machines)

    assert at(placed(question), "a").machine == "m3"
    assert at(placed(question, modes={"a": "m2"}), "a").machine == "m2"
    assert decode(question, ["a"], {"a": "m9"} if "m9" in question.machine_by_id else {"a": "m1"}) is not None


def test_unknown_ids_are_errors() -> None:
    with pytest.raises(KeyError):
        decode(problem(operation("a")), ["b"])


def test_a_gap_is_used() -> None:
    late = operation("late", order="o1", release=15)
    question = problem(late, operation("early", order="o2"), operation("long", 20, order="o3"))

    found = placed(question, "late", "long", "early")

    assert [at(found, key).start for key in ("early", "late", "long")] == [0, 15, 25]


def test_what_comes_after_an_insertion_is_set_up_for_it() -> None:
    """Blue at 40 needs no changeover behind blue, 5 behind the red one that goes before it."""
    blue = painted("b", "blue", release=40)
    question = problem(
        blue, painted("r", "red"), machines=(machine(setup_matrix="x", initial_family="blue"),), setup_matrices=(MATRIX,)
    )

    found = placed(question, "b", "r")

    assert (at(found, "r").setup_start, at(found, "r").start, at(found, "r").end) == (0, 20, 30)
    assert (at(found, "b").setup_start, at(found, "b").start) == (35, 40)


def test_a_shorter_changeover_opens_a_gap() -> None:
    """Between red and blue at 30 there are 25 ticks free; a blue one takes 5 + 24, since the next blue needs no setup then."""
    blue = painted("b", "blue", release=30)
    question = problem(
        blue, painted("c", "blue", run=24), machines=(machine(setup_matrix="x", initial_family="red"),), setup_matrices=(MATRIX,)
    )

    found = placed(question, "b", "c")

    assert (at(found, "c").setup_start, at(found, "c").end, at(found, "b").setup_start) == (0, 29, 30)


def test_an_insertion_that_leaves_no_room_for_the_changeover_goes_behind() -> None:
    fixed = painted("b", "red", release=35)
    question = problem(
        fixed, painted("c", "blue", run=20), machines=(machine(setup_matrix="x", initial_family="red"),), setup_matrices=(MATRIX,)
    )

    assert at(placed(question, "b", "c"), "c").setup_start == 45


def test_work_pauses_over_closed_time_only_where_it_may() -> None:
    shifts = ((0, 15), (20, 60))
    machines = (machine(windows=shifts), machine("m2", windows=shifts))
    question = problem(
        operation("a", 12, may_pause=True, release=10),
        operation("b", 12, order="o2", modes=(Mode("m2", 12),), release=10),
        machines=machines,
    )

    found = placed(question)

    assert (at(found, "a").start, at(found, "a").end, at(found, "a").pauses) == (10, 27, ((15, 20),))
    assert (at(found, "b").start, at(found, "b").end) == (20, 32)


def test_downtime_is_no_open_time() -> None:
    question = problem(operation("a"), machines=(machine(downtime=(Downtime(5, 25),)),))

    assert at(placed(question), "a").start == 25


def test_capacity_lets_so_many_in() -> None:
    question = problem(*(operation(key, order=key) for key in "abc"), machines=(machine(capacity=2),))

    assert sorted(each.start for each in placed(question).assignments) == [0, 0, 10]


def test_teardown_keeps_the_machine_but_not_the_material() -> None:
    modes = (Mode("m1", 10, teardown=7),)
    question = problem(
        operation("a", modes=modes),
        operation("b", modes=(Mode("m2", 5),)),
        operation("c", order="o2"),
        machines=(machine(), machine("m2")),
        precedences=(Precedence("a", "b"),),
    )

    found = placed(question)

    assert (at(found, "b").start, at(found, "c").start) == (10, 17)


def test_a_predecessor_waits_so_that_a_maximum_lag_holds() -> None:
    """b must follow a within 5, but its machine opens at 50: a is put off until 35."""
    question = problem(
        operation("a"),
        operation("b", modes=(Mode("m2", 10),)),
        machines=(machine(), machine("m2", windows=((50, 100),))),
        precedences=(Precedence("a", "b", 0, 5),),
    )

    assert at(placed(question), "a").start == 35


def test_a_predecessor_that_stands_already_is_placed_anew() -> None:
    """c is placed between a and b, and b comes so late after it that a has to move."""
    question = problem(
        operation("a"),
        operation("c", 60, order="o2", modes=(Mode("m2", 60),)),
        operation("b", modes=(Mode("m2", 10),)),
        machines=(machine(), machine("m2")),
        precedences=(Precedence("a", "b", 0, 5),),
    )

    found = placed(question, "a", "c", "b")

    assert (at(found, "a").start, at(found, "b").start) == (45, 60)


def test_a_limited_cell_is_left_before_the_next_enters() -> None:
    cells = (WorkCell("c1", "Cell 1", wip_limit=1), WorkCell("c2", "Cell 2"))
    orders = ("o1", "o2")
    operations = [
        replace(operation(f"{order}.{step}", order=order, modes=(Mode(f"m{step}", 10),)), cell="c1")
        for order in orders
        for step in (1, 2)
    ]
    links = tuple(Precedence(f"{order}.1", f"{order}.2") for order in orders)
    question = problem(*operations, cells=cells, machines=(machine("m1"), machine("m2")), precedences=links)

    assert at(placed(question), "o2.1").start == 20


def test_a_visit_waits_outside_for_its_fixed_start() -> None:
    """If it entered at once it would keep the other order out of its cell for good."""
    cells = (WorkCell("c1", "Cell 1", wip_limit=1),)
    question = problem(
        operation("a"),
        operation("b", modes=(Mode("m2", 10),)),
        operation("c", order="o2", modes=(Mode("m2", 10),)),
        cells=cells,
        machines=(machine(), machine("m2")),
        precedences=(Precedence("a", "b"),),
        orders=(Order("o1", "O1"), Order("o2", "O2", deadline=60)),
        pins=(Pin("b", start=80),),
    )

    assert at(placed(question), "c").start == 0


def test_a_fixed_start_gets_its_room_before_everything_else() -> None:
    question = problem(operation("a", 50, order="o1"), operation("b", order="o2"), pins=(Pin("b", start=30),))

    found = placed(question, "a", "b")

    assert (at(found, "b").start, at(found, "a").start) == (30, 40)


def test_what_leads_to_a_fixed_start_comes_before_the_list() -> None:
    question = problem(
        operation("x", 25, order="o2"),
        operation("a"),
        operation("b", modes=(Mode("m2", 10),)),
        machines=(machine(), machine("m2")),
        precedences=(Precedence("a", "b"),),
        pins=(Pin("b", start=12),),
    )

    assert at(placed(question, "x", "a", "b"), "a").start == 0


def test_an_operation_follows_the_one_that_its_pin_names() -> None:
    both = (Mode("m1", 10), Mode("m2", 10))
    question = problem(
        operation("a", modes=both),
        operation("b", order="o2", modes=both),
        machines=(machine(), machine("m2")),
        pins=(Pin("b", after="a"),),
    )

    found = placed(question, "b", "a")

    assert at(found, "b").machine == at(found, "a").machine
    assert at(found, "b").setup_start >= at(found, "a").end


def test_work_under_way_stands_and_others_go_around_it() -> None:
    started = operation("a", actual=Actual("m1", -5, -5, remaining=8))
    question = problem(started, operation("b", order="o2"))

    found = placed(question)

    assert (at(found, "a").run_end, at(found, "b").start) == (8, 8)


def test_a_contradiction_is_no_schedule() -> None:
    assert decode(problem(operation("a"), pins=(Pin("a", start=995),)), ["a"]) is None
    assert decode(problem(operation("a"), orders=(Order("o1", "O1", release=5, deadline=12),)), ["a"]) is None


def test_what_was_over_as_soon_as_it_began_keeps_nobody_from_being_alone() -> None:
    """An actual of no length at tick 0."""
    done = operation("z", order="oz", actual=Actual(machine="m1", setup_start=0, start=0, end=0))
    question = problem(done, operation("a", order="oa"), operation("b", order="ob"))
    assert diagnose(question) == ()

    found = placed(question)

    assert {at(found, "a").start, at(found, "b").start} == {0, 10}


def test_a_fixed_start_leaves_time_for_the_teardown() -> None:
    modes = (Mode("m1", 10, teardown=50), Mode("m2", 20))
    question = problem(
        operation("a", modes=modes), machines=(machine("m1"), machine("m2")), pins=(Pin("a", start=60),), horizon=100
    )
    assert diagnose(question) == ()

    assert at(placed(question), "a").machine == "m2"


def test_what_is_set_up_again_keeps_its_end() -> None:
    """Somebody else for the longer setup would be off in between, and what follows would have to wait."""
    matrix = SetupMatrix("x", "Changeovers", ("steel", "brass"), ((0, 10), (0, 0)))
    here, there = machine("m"), machine("k")
    crew = (Crew("s"),)
    question = problem(
        operation("f", order="of", modes=(Mode("m", 60),), setup_family="brass", release=50, may_pause=True, crew=crew),
        operation("g", order="of", modes=(Mode("k", 10),)),
        operation("x", order="ox", modes=(Mode("n", 20),), release=30, crew=crew),
        operation("a", order="oa", modes=(Mode("m", 20),), setup_family="steel"),
        machines=(replace(here, setup_matrix="x"), there, machine("n")),
        setup_matrices=(matrix,),
        operators=(operator("p1", "s"), operator("p2", "s", windows=((0, 100), (200, 1000)))),
        precedences=(Precedence("f", "g"),),
    )

    placed(question, "f", "g", "x", "a")


def test_a_family_without_a_name_is_a_family() -> None:
    matrix = SetupMatrix("x", "Changeovers", ("", "steel"), ((0, 30), (0, 0)))
    question = problem(painted("a", "steel"), painted("b", ""), machines=(machine(setup_matrix="x"),), setup_matrices=(matrix,))

    placed(question, "b", "a")
    placed(question, "a", "b")


def test_several_pins_of_one_operation_all_count() -> None:
    modes = (Mode("m1", 10), Mode("m2", 10))
    question = problem(
        operation("a", modes=modes),
        machines=(machine("m1"), machine("m2")),
        pins=(Pin("a", machine="m2"), Pin("a", start=60)),
    )
    for pins in (question.pins, question.pins[::-1]):
        found = decode(replace(question, pins=pins), ["a"])
        assert found is not None
        assert (found.assignments[0].machine, found.assignments[0].start) == ("m2", 60)
