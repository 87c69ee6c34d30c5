"""Faults that only counting shows: no room, no crew, too late, two at once. Each with the nearest problem that is fine."""

from dataclasses import replace

from solver.diagnose import diagnose
from solver.problem import Actual, BaselineStart, Crew, Downtime, Mode, Objective, Order, Pin, Precedence, Problem, SetupMatrix
from tests.solver.examples import machine, operation, operator, problem

FULL = operation(modes=(Mode("m1", run=10, setup=3, teardown=2),))


def codes(shop: Problem) -> list[str]:
    return [fault.code for fault in diagnose(shop)]


def message(shop: Problem) -> str:
    (fault,) = diagnose(shop)
    return fault.message


def test_work_that_may_not_pause_needs_one_window() -> None:
    exact = problem(FULL, machines=(machine(windows=((0, 14), (20, 35))),))
    short = problem(FULL, machines=(machine(windows=((0, 14), (20, 34))),))
    assert codes(exact) == []
    assert message(short) == (
        "Order O1, 'Step a' takes 15 min on M1, but no machine for it is open that long at a stretch within the horizon."
    )


def test_work_that_may_pause_needs_windows_in_all() -> None:
    patient = replace(FULL, may_pause=True)
    assert codes(problem(patient, machines=(machine(windows=((0, 9), (20, 26))),))) == []
    assert "open that long in all" in message(problem(patient, machines=(machine(windows=((0, 9), (20, 25))),)))
    assert "open that long in all" in message(problem(patient, horizon=14))


def test_downtime_counts() -> None:
    assert codes(problem(FULL, machines=(machine(windows=((0, 30),), downtime=(Downtime(15, 20),)),))) == []
    assert "no_room" in codes(problem(FULL, machines=(machine(windows=((0, 30),), downtime=(Downtime(14, 20),)),)))


def test_the_shortest_changeover_counts() -> None:
    matrix = SetupMatrix("x", "X", ("red", "blue"), ((5, 7), (6, 5)))
    task = operation(setup_family="red")
    shop = problem(
        task, setup_matrices=(matrix,), machines=(machine(setup_matrix="x", initial_family="red", windows=((0, 15),)),)
    )
    assert codes(shop) == []
    tight = replace(shop, machines=(replace(shop.machines[0], windows=((0, 14),)),))
    assert codes(tight) == ["no_room"]
    assert codes(replace(tight, machines=(replace(tight.machines[0], initial_family=None),))) == []


def test_a_crew_must_be_there_long_enough() -> None:
    task = replace(FULL, crew=(Crew("mill", level=1, count=2), Crew("fit", phase="setup")))

    def shop(*windows: tuple[int, int]) -> Problem:
        millers = [operator(f"p{n}", "mill", windows=(window,)) for n, window in enumerate(windows)]
        return problem(task, operators=(*millers, operator("fay", "fit", windows=((6, 9),))))

    assert codes(shop((6, 21), (6, 21))) == []
    assert codes(shop((6, 21), (0, 10), (10, 30))) == []
    assert message(shop((6, 21), (6, 20))) == (
        "Order O1, 'Step a' takes 15 min on M1, but within the horizon its crew is never there that long: "
        "2 × “mill” (level 1) and 1 × “fit” (level 1)."
    )
    assert codes(shop((7, 30), (7, 30))) == ["no_crew"]


def test_a_crew_is_of_different_people() -> None:
    task = operation(crew=(Crew("mill"), Crew("weld")))
    both = operator("ada", "mill", "weld")
    assert codes(problem(task, operators=(both, operator("bob", "weld")))) == []
    assert codes(problem(task, operators=(operator("bob", "weld"), both))) == []
    assert message(problem(task, operators=(both,))) == (
        "Order O1, 'Step a' needs more people than there are for it: 1 × “mill” (level 1) and 1 × “weld” (level 1)."
    )


def test_nobody_is_needed_for_a_setup_of_no_ticks() -> None:
    assert codes(problem(operation(crew=(Crew("fit", phase="setup"),)))) == []
    assert codes(problem(replace(FULL, crew=(Crew("fit", phase="setup"),)))) == ["no_crew"]


def test_a_chain_must_fit_into_the_horizon() -> None:
    chain = (operation("a", run=30), operation("b", run=30, modes=(Mode("m2", 30),)))
    shop = problem(*chain, machines=(machine("m1"), machine("m2")), precedences=(Precedence("a", "b", min_lag=5),), horizon=65)
    assert codes(shop) == []
    late = replace(shop, horizon=64)
    assert codes(late) == ["horizon_too_short"]
    assert "'Step b' cannot be finished within the horizon" in message(late)


def test_what_is_under_way_must_end_within_the_horizon() -> None:
    started = operation(actual=Actual("m1", -5, -5, remaining=20))
    assert codes(problem(started, horizon=20)) == []
    assert codes(problem(started, horizon=19)) == ["horizon_too_short"]


def test_a_deadline_that_the_chain_cannot_meet() -> None:
    chain = (operation("a", run=30), operation("b", run=30, modes=(Mode("m2", 40), Mode("m1", 30))))
    shop = problem(*chain, machines=(machine("m1"), machine("m2")), precedences=(Precedence("a", "b"),))
    assert codes(replace(shop, orders=(Order("o1", "4711", deadline=60),))) == []
    assert message(replace(shop, orders=(Order("o1", "4711", deadline=59),))) == (
        "Order 4711 cannot be finished before Mon 2026-03-02 07:00 (UTC+01:00), 1 min after its deadline."
    )


def test_a_deadline_already_missed_by_facts_is_a_fact() -> None:
    done = operation(actual=Actual("m1", -20, -20, -5))
    assert codes(problem(done, orders=(Order("o1", "O1", release=-40, deadline=-10),))) == []


def test_the_longest_wait_behind_a_fact_may_be_over() -> None:
    done = operation("a", actual=Actual("m1", -40, -40, -30))
    task = operation("b", modes=(Mode("m1", 10, setup=5),))
    assert codes(problem(done, task, precedences=(Precedence("a", "b", max_lag=35),))) == []
    assert message(problem(done, task, precedences=(Precedence("a", "b", max_lag=34),))) == (
        "Order O1, 'Step b' can start no sooner than 1 min after the longest wait behind Order O1, 'Step a' is over."
    )


def test_a_pinned_start_comes_after_what_precedes_it() -> None:
    chain = (operation("a", run=30), operation("b", run=30))
    shop = problem(*chain, precedences=(Precedence("a", "b"),))
    assert codes(replace(shop, pins=(Pin("b", start=30),))) == []
    assert message(replace(shop, pins=(Pin("b", start=29),))) == (
        "Order O1, 'Step b' is fixed to Mon 2026-03-02 06:29 (UTC+01:00), "
        "but cannot start before Mon 2026-03-02 06:30 (UTC+01:00)."
    )


def test_a_pinned_sequence_is_a_precedence() -> None:
    pair = (operation("a", modes=(Mode("m1", 30, teardown=5),)), operation("b", modes=(Mode("m1", 30, setup=5),)))
    assert codes(problem(*pair, pins=(Pin("b", start=40), Pin("b", after="a")))) == []
    assert codes(problem(*pair, pins=(Pin("b", start=39), Pin("b", after="a")))) == ["fixed_too_early"]


def test_a_frozen_start_may_have_become_impossible() -> None:
    started = operation("a", actual=Actual("m1", -5, -5, remaining=30))
    shop = problem(
        started,
        operation("b"),
        baseline=(BaselineStart("b", "m1", 30, 30),),
        frozen_until=50,
        precedences=(Precedence("a", "b"),),
    )
    assert codes(shop) == []
    late = replace(started, actual=Actual("m1", -5, -5, remaining=31))
    assert codes(replace(shop, operations=(late, shop.operations[1]))) == ["fixed_too_early", "fixed_collision"]


def test_a_pinned_start_is_in_open_time() -> None:
    open_time = (machine(windows=((0, 20), (40, 60))),)

    def shop(start: int) -> Problem:
        return problem(FULL, machines=open_time, pins=(Pin("a", start=start),))

    assert [codes(shop(start)) for start in (8, 9, 43, 42)] == [[], ["fixed_in_closed_time"], [], ["fixed_in_closed_time"]]
    assert codes(replace(shop(9), operations=(replace(FULL, may_pause=True),))) == []
    assert codes(replace(shop(25), operations=(replace(FULL, may_pause=True),))) == ["fixed_in_closed_time"]


def test_a_pin_outside_the_frozen_zone_cannot_be_in_it() -> None:
    assert codes(problem(FULL, pins=(Pin("a", start=23),), frozen_until=20)) == []
    assert codes(problem(FULL, pins=(Pin("a", start=22),), frozen_until=20)) == ["fixed_too_early"]


def test_two_fixed_on_one_machine_collide() -> None:
    pair = (FULL, replace(FULL, id="b"))
    assert codes(problem(*pair, pins=(Pin("a", start=10), Pin("b", start=25)))) == []
    close = problem(*pair, pins=(Pin("a", start=10), Pin("b", start=24)))
    assert message(close) == "Order O1, 'Step a' and Order O1, 'Step a' are fixed on M1 at the same time."
    assert codes(replace(close, machines=(machine(capacity=2),))) == []


def test_facts_that_overlap_are_no_fault() -> None:
    pair = [operation(key, actual=Actual("m1", -5, -5, remaining=20)) for key in "ab"]
    assert codes(problem(*pair)) == []


def test_a_machine_must_be_open_for_what_only_it_can_do() -> None:
    three = tuple(operation(key, run=10) for key in "abc")
    assert codes(problem(*three, machines=(machine(windows=((0, 30),)),))) == []
    tight = problem(*three, machines=(machine(windows=((0, 29),)),))
    assert message(tight) == "M1 is open for 29 min within the horizon, but what only it can do takes 30 min."
    assert codes(replace(tight, machines=(machine(windows=((0, 29),), capacity=2),))) == []


def test_what_follows_from_a_fault_is_not_told_again() -> None:
    chain = (operation("a", run=2000), operation("b"), operation("c"))
    assert codes(problem(*chain, precedences=(Precedence("a", "b"), Precedence("b", "c")))) == ["no_room"]


def test_only_operations_that_need_a_faulty_row_are_left_alone() -> None:
    good = operation("a", run=2000, modes=(Mode("m2", 2000),))
    shop = problem(good, operation("b", crew=(Crew("mill"),)), machines=(machine("m1", windows=((5, 1),)), machine("m2")))
    assert codes(shop) == ["bad_windows", "no_room"]


def test_weights_that_cannot_be_added_up() -> None:
    shop = problem(operation(), objective=Objective(weighted_tardiness=2**30), orders=(Order("o1", "O1", due=0, weight=2**12),))
    assert codes(shop) == []
    assert codes(replace(shop, orders=(Order("o1", "O1", due=0, weight=2**14),))) == ["too_large"]
