"""The first plan: there is one whenever rules can find it, fast, and it is legal."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings

from solver.bench.plants import EVERYTHING, plant
from solver.decode import Decoder
from solver.dispatch import dispatch
from solver.local_search import Annealing
from solver.problem import BaselineStart, Objective, Order, Pin, Problem, SetupMatrix
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import machine, operation, problem
from tests.solver.strategies import fresh_plans, problems


def value(question: Problem, found: Schedule) -> int:
    return objective_value(question.objective, measure(question, found))


@given(fresh_plans())
@settings(max_examples=100)
def test_a_plant_that_can_be_planned_gets_a_plan(pair: tuple[Problem, Schedule]) -> None:
    question, _ = pair

    assert next(dispatch(question), None) is not None


@given(problems())
@settings(max_examples=60)
def test_every_plan_is_legal_and_better_than_the_one_before(question: Problem) -> None:
    found = [schedule for _, schedule in dispatch(question)]

    assert all(verify(question, schedule) == () for schedule in found)
    assert all(value(question, later) < value(question, earlier) for earlier, later in pairwise(found))


def test_orders_that_are_due_sooner_come_first() -> None:
    operations = [operation(f"a{number}", 10, order=f"o{number}") for number in range(6)]
    orders = tuple(Order(f"o{number}", f"O{number}", due=60 - 10 * number) for number in range(6))
    question = problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))

    best = list(dispatch(question))[-1][1]

    assert value(question, best) == 0


def test_a_published_plan_is_where_it_begins() -> None:
    """Every rule would swap the two, which are alike but for their numbers."""
    operations = [operation(key, 10, order=key) for key in ("a", "b")]
    baseline = (BaselineStart("b", "m1", 0, 0), BaselineStart("a", "m1", 10, 10))
    question = problem(*operations, baseline=baseline, objective=Objective(makespan=1, churn=5))

    rule, found = next(dispatch(question))

    assert rule == "repair"
    assert [assignment.start for assignment in found.assignments] == [10, 0]
    assert measure(question, found).churn == 0


def test_a_list_that_gets_stuck_is_rescued() -> None:
    """Every order is due in the order in which it must not be done: its deadline is the other way round."""
    operations = [operation(f"a{number}", 100, order=f"o{number}") for number in range(8)]
    orders = tuple(Order(f"o{number}", f"O{number}", due=number + 1, deadline=100 * (8 - number)) for number in range(8))
    question = problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))

    found = [schedule for _, schedule in dispatch(question)]

    assert found
    assert verify(question, found[0]) == ()


def test_a_fixed_start_may_need_what_comes_before_it() -> None:
    """Alone, red at 105 would be set up from 85 on, when its machine is closed; behind the other red one it needs no setup."""
    operations = [operation(key, order=key, setup_family="red") for key in ("a", "b")]
    question = problem(
        *operations,
        machines=(machine(windows=((0, 60), (100, 200)), setup_matrix="x", initial_family="blue"),),
        setup_matrices=(SetupMatrix("x", "Changeovers", ("red", "blue"), ((0, 5), (20, 0))),),
        pins=(Pin("b", start=105),),
    )

    found = next(dispatch(question))[1]

    assert verify(question, found) == ()
    assert found.by_operation["b"].setup_start == 105


def test_what_cannot_be_planned_ends_without_a_plan_and_soon() -> None:
    question = problem(operation("a"), operation("b", order="o2"), pins=(Pin("a", start=5), Pin("b", start=10)))
    began = time.monotonic()

    assert list(dispatch(question)) == []
    assert time.monotonic() - began < 5.0


def test_a_stop_is_heard_after_the_first_list() -> None:
    assert [rule for rule, _ in dispatch(plant(36, EVERYTHING), lambda: True)] == ["weighted slack"]


def test_a_stop_is_heard_while_lists_are_rescued() -> None:
    """None of them can be; without the stop that takes two seconds."""
    question = problem(operation("a"), operation("b", order="o2"), pins=(Pin("a", start=5), Pin("b", start=10)))
    asked = iter([False] * 30)
    began = time.process_time()

    assert list(dispatch(question, lambda: next(asked, True))) == []
    assert next(asked, None) is None
    assert time.process_time() - began < 1.0


def test_a_plant_of_350_operations_has_its_first_plan_in_a_moment() -> None:
    question = plant(350, EVERYTHING)
    began = time.process_time()

    rule, found = next(dispatch(question))
    seconds = time.process_time() - began

    print(f"first plan of {len(question.operations)} operations by “{rule}” after {1000 * seconds:.0f} ms")
    assert verify(question, found) == ()
    assert seconds < 1.0


def test_of_all_other_rules_only_the_best_is_written_out() -> None:
    question = plant(72, EVERYTHING)
    decoder = Decoder(question)
    found = [value(question, schedule) for _, schedule in dispatch(question, decoder=decoder)]
    tried = known(decoder)

    assert len(tried) > 3
    assert found == [tried[0], min(tried)]


def test_who_begins_with_what_rules_have_found_need_not_try_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    question = plant(72, EVERYTHING)
    decoder = Decoder(question)
    schedule = list(dispatch(question, decoder=decoder))[-1][1]
    monkeypatch.setattr(Decoder, "follow", lambda *_: pytest.fail("nothing has to be decoded"))
    annealing = Annealing(decoder.twin(), 1)

    assert annealing.begin(schedule, lambda: True)
    assert annealing.best_value == min(known(decoder))


@given(problems())
@settings(max_examples=60)
def test_the_last_is_the_best_of_all_rules_whatever_has_become_known_meanwhile(question: Problem) -> None:
    """Of maximum lags: lists that are decoded afterwards may come to something else."""
    decoder = Decoder(question)
    found = list(dispatch(question, decoder=decoder))

    if known(decoder) and not question.objective.tiers:
        assert value(question, found[-1][1]) <= min(known(decoder))


def known(decoder: Decoder) -> list[int]:
    """What lists of rules are worth, but those of which that is no longer known."""
    return [worth for worth, _ in decoder.ruled if worth is not None]


@given(problems())
@settings(max_examples=60)
def test_what_is_known_of_a_rules_list_is_what_it_comes_to(question: Problem) -> None:
    decoder = Decoder(question)
    assert all(verify(question, schedule) == () for _, schedule in dispatch(question, decoder=decoder))

    for worth, places in decoder.ruled:
        if worth is not None:
            assert decoder.run(places, {})
            assert decoder.value() == worth
