"""Each term of the objective on a schedule small enough to add up by hand."""

from dataclasses import replace

from solver.problem import Actual, BaselineStart, Mode, Objective, Order
from solver.schedule import Measures, measure, objective_value, setup_ticks
from tests.solver.examples import assignment, machine, operation, problem, schedule

NOTHING = Measures(0, 0, 0, 0, 0, 0, 0)


def test_tardiness_is_weighted_and_counted_by_order() -> None:
    orders = (
        Order("o1", "O1", due=15, weight=3),
        Order("o2", "O2", due=40, weight=5),
        Order("o3", "O3", weight=9),
        Order("o4", "O4", due=-5),
    )
    shop = problem(operation("a"), operation("b"), operation("c", order="o2"), operation("d", order="o3"), orders=orders)
    late = schedule(assignment("a", 0, 10), assignment("b", 10, 20), assignment("c", 20, 30), assignment("d", 30, 40))
    measures = measure(shop, late)
    assert (measures.weighted_tardiness, measures.late_orders) == (3 * 5, 1)


def test_an_order_finished_when_due_is_on_time() -> None:
    shop = problem(operation("a"), orders=(Order("o1", "O1", due=10),))
    assert measure(shop, schedule(assignment("a", 0, 10))).late_orders == 0


def test_makespan_is_the_latest_end_of_a_run() -> None:
    shop = problem(operation("a"), operation("b"))
    assert measure(shop, schedule(assignment("a", 30, 40, end=60), assignment("b", 0, 10))).makespan == 40


def test_makespan_is_nothing_when_all_is_past() -> None:
    shop = problem(operation("a", actual=Actual("m1", -20, -20, -10)))
    assert measure(shop, schedule(assignment("a", -20, -10))).makespan == 0


def test_setup_counts_working_ticks_of_operations_without_an_actual() -> None:
    started = Actual("m1", setup_start=-30, start=-10, remaining=5)
    shop = problem(operation("a", actual=started), operation("b"))
    plan = schedule(
        assignment("a", -10, 5, setup_start=-30),
        assignment("b", 30, 50, setup_start=10, pauses=((15, 22), (28, 35))),
    )
    assert measure(shop, plan).setup == 20 - 7 - 2


def test_setup_ticks_leave_out_pauses_of_the_run() -> None:
    assert setup_ticks(assignment("a", 30, 50, setup_start=10, pauses=((40, 45),))) == 20


def test_mode_cost_adds_up_the_chosen_modes() -> None:
    modes = (Mode("m1", run=10, cost=2), Mode("m2", run=10, cost=7))
    shop = problem(operation("a", modes=modes), operation("b", modes=modes), machines=(machine(), machine("m2")))
    assert measure(shop, schedule(assignment("a", 0, 10, machine="m2"), assignment("b", 0, 10))).mode_cost == 9


def test_flow_time_runs_from_release_to_completion() -> None:
    shop = problem(operation("a"), operation("b"), orders=(Order("o1", "O1", release=4),))
    assert measure(shop, schedule(assignment("a", 5, 15), assignment("b", 15, 25))).flow_time == 21


def test_churn_counts_other_machines_and_starts_beyond_the_tolerance() -> None:
    operations = [operation(key) for key in "abcde"]
    baseline = tuple(BaselineStart(key, "m1", start, start) for key, start in zip("abcd", (0, 10, 20, 30), strict=True))
    shop = problem(*operations, baseline=baseline, churn_tolerance=3, machines=(machine(), machine("m2")))
    plan = schedule(
        assignment("a", 3, 13),
        assignment("b", 14, 24),
        assignment("c", 20, 30, machine="m2"),
        assignment("d", 27, 37),
        assignment("e", 90, 99),
    )
    assert measure(shop, plan).churn == 2


def test_an_order_without_operations_counts_nowhere() -> None:
    shop = problem(orders=(Order("o1", "O1", due=-9),))
    assert measure(shop, schedule()) == NOTHING


def test_the_objective_weighs_every_term() -> None:
    objective = Objective(
        weighted_tardiness=1, late_orders=10, makespan=100, setup=1000, mode_cost=10_000, flow_time=100_000, churn=1_000_000
    )
    assert objective_value(objective, Measures(1, 2, 3, 4, 5, 6, 7)) == 7_654_321
    assert objective_value(replace(objective, churn=0), Measures(1, 2, 3, 4, 5, 6, 7)) == 654_321
