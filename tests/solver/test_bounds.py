"""A bound is never above what a schedule costs, and where it can be computed by hand it reaches it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.bounds import lower_bound, rising_bounds
from solver.bounds.orders import Outlook
from solver.bounds.relaxation import SCALE, Relaxation, relax
from solver.diagnose import diagnose
from solver.events import BoundRaised, Event
from solver.limits import Limits
from solver.problem import (
    Actual,
    Crew,
    Downtime,
    Mode,
    Objective,
    Operation,
    Order,
    Pin,
    Precedence,
    Problem,
    SetupMatrix,
)
from solver.schedule import Schedule, measure, objective_value
from tests.solver.examples import assignment, machine, operation, operator, problem
from tests.solver.exhaustive import best_schedule
from tests.solver.listening import listen
from tests.solver.strategies import TINY, planned, tiny_problems
from tests.solver.toys import mixtures, toys

TARDINESS = Objective(weighted_tardiness=1)
EVERY_TICK = Schedule(tuple(assignment(f"at {tick}", tick, tick + 1) for tick in range(80)))
"""A schedule only tells how finely to divide which time."""


def rounds(number: int) -> Callable[[], float]:
    """Progress that is over when it has been asked for so often."""
    asked = count()
    return lambda: next(asked) / number


def best_bound(question: Problem, plan: Schedule = EVERY_TICK, often: int = 600) -> int:
    """After so many looks at the progress, two a round."""
    return max([lower_bound(question), *rising_bounds(question, plan, rounds(often))])


def each_its_own(*operations: Operation, due: int | None = 0, **changes: object) -> Problem:
    """Operations that are an order each, and tardiness as the objective."""
    orders = tuple(Order(each.order, each.order.upper(), due=due) for each in operations)
    return replace(problem(*operations, orders=orders, objective=TARDINESS), **changes)  # type: ignore[arg-type] # of several types


def two_of(key: str = "a", run: int = 10, **changes: object) -> tuple[Operation, Operation]:
    """Two equal operations of two orders."""
    first, second = (operation(f"{key}{number}", run, order=f"o{number}", **changes) for number in (1, 2))
    return first, second


def test_two_orders_share_a_machine() -> None:
    """One is late by 10 and the other by 20; each for itself would be late by 10."""
    both = each_its_own(*two_of())
    assert lower_bound(both) == 20
    assert best_bound(both) == 30


def test_weights_decide_who_is_first() -> None:
    both = each_its_own(*two_of())
    heavy = replace(both, orders=(replace(both.orders[0], weight=5), both.orders[1]))
    assert best_bound(heavy) == 5 * 10 + 20


def test_machines_that_stand_in_for_each_other_share_the_load() -> None:
    """Four on two machines: 10, 10, 20, 20."""
    modes = (Mode("m1", 10), Mode("m2", 10))
    four = each_its_own(*two_of("a", modes=modes), *(replace(each, order="x" + each.order) for each in two_of("b", modes=modes)))
    assert best_bound(replace(four, machines=(machine("m1"), machine("m2")))) == 60


def test_a_machine_for_two_is_shared_by_two() -> None:
    three = each_its_own(*two_of(), operation("c", order="o3"), machines=(machine(capacity=2),))
    assert best_bound(three) == 10 + 10 + 20


def test_people_are_shared_between_machines() -> None:
    crew = (Crew("mill"),)
    first, second = two_of(crew=crew)
    second = replace(second, modes=(Mode("m2", 10),))
    both = each_its_own(first, second, machines=(machine("m1"), machine("m2")), operators=(operator("ada", "mill"),))
    assert best_bound(both) == 30
    assert best_bound(replace(both, operators=(operator("ada", "mill"), operator("bo", "mill")))) == 20


def test_people_with_several_skills_are_shared_between_skills() -> None:
    first, second = two_of(crew=(Crew("mill"),))
    second = replace(second, modes=(Mode("m2", 10),), crew=(Crew("weld"),))
    both = each_its_own(first, second, machines=(machine("m1"), machine("m2")), operators=(operator("ada", "mill", "weld"),))
    assert best_bound(both) == 30


def test_what_pauses_while_its_crew_is_away_leaves_others_alone() -> None:
    """Ada works on one until 5 and from 20 to 25, Bo on the other from 5 to 20. Nobody is late."""
    torn = operation("a", order="oa", crew=(Crew("mill"),), may_pause=True)
    whole = operation("b", order="ob", crew=(Crew("mill"),), modes=(Mode("m2", 15),), release=5)
    ada = replace(operator("ada", "mill"), windows=((0, 5), (20, 25)))
    bo = replace(operator("bo", "mill"), windows=((5, 20),))
    both = each_its_own(torn, whole, machines=(machine("m1"), machine("m2")), operators=(ada, bo))
    assert best_bound(replace(both, orders=(Order("oa", "OA", due=25), Order("ob", "OB", due=20)))) == 0


def test_what_must_not_pause_needs_one_window() -> None:
    """Eight ticks are open before the break, too few for the run."""
    torn = each_its_own(operation(), machines=(machine(windows=((0, 8), (50, 100))),))
    assert best_bound(torn) == 60
    assert best_bound(replace(torn, operations=(operation(may_pause=True),))) == 52


def test_the_whole_shift_counts_only_while_the_crew_is_there() -> None:
    late = each_its_own(operation(crew=(Crew("mill"),)), operators=(replace(operator("ada", "mill"), windows=((40, 90),)),))
    assert best_bound(late) == 50


def test_a_chain_takes_its_lags_and_its_share_of_every_machine() -> None:
    """Both orders need m1 for 10, then m2 for 10 after a wait of 5: done at 25 and at 35."""
    first, second = two_of()
    thens = [replace(each, id=f"then {each.id}", modes=(Mode("m2", 10),)) for each in (first, second)]
    links = tuple(Precedence(each.id, then.id, 5) for each, then in zip((first, second), thens, strict=True))
    chains = problem(first, second, *thens, machines=(machine("m1"), machine("m2")), precedences=links, objective=TARDINESS)
    assert best_bound(replace(chains, orders=tuple(replace(order, due=0) for order in chains.orders))) == 60


def test_setups_teardowns_and_history_take_machine_time() -> None:
    """A started run until 7, then setup 2, run 10, teardown 3, and the same once more: done at 19 and at 34."""
    matrix = SetupMatrix("x", "Changeovers", ("steel",), ((2,),))
    begun = operation("z", order="oz", setup_family="steel", actual=Actual("m1", -5, -5, remaining=7))
    modes = (Mode("m1", 10, teardown=3),)
    tooled = machine(setup_matrix="x")
    both = each_its_own(*two_of(modes=modes, setup_family="steel"), begun, machines=(tooled,), setup_matrices=(matrix,))
    assert best_bound(both) == 7 + 19 + 34


def test_a_pin_leaves_one_machine() -> None:
    modes = (Mode("m1", 10), Mode("m2", 10))
    both = each_its_own(*two_of(modes=modes), machines=(machine("m1"), machine("m2")))
    pinned = replace(both, pins=(Pin("a1", machine="m1"), Pin("a2", machine="m1")))
    assert (best_bound(both), best_bound(pinned)) == (20, 30)


@pytest.mark.parametrize(("objective", "best"), [(Objective(flow_time=1), 30), (Objective(late_orders=3), 3)])
def test_flow_time_and_late_orders_count_too(objective: Objective, best: int) -> None:
    assert best_bound(each_its_own(*two_of(), due=15, objective=objective)) == best


def test_the_makespan_is_the_load_of_machines_behind_their_heads_and_before_their_tails() -> None:
    """On m1 and m2 together 40 from tick 5 on, with a break of 10, then 7 on m3."""
    modes = (Mode("m1", 10), Mode("m2", 10))
    four = [operation(f"a{number}", modes=modes, release=5) for number in range(4)]
    lasts = [operation(f"z{number}", modes=(Mode(f"m{number + 3}", 7),)) for number in range(4)]
    links = tuple(Precedence(each.id, last.id) for each, last in zip(four, lasts, strict=True))
    pause = (Downtime(10, 20),)
    machines = (machine("m1", downtime=pause), machine("m2", downtime=pause), *(machine(f"m{number + 3}") for number in range(4)))
    assert lower_bound(problem(*four, *lasts, machines=machines, precedences=links)) == 5 + 10 + 20 + 7


def test_bounds_rise_and_end() -> None:
    bounds = list(rising_bounds(each_its_own(*two_of()), EVERY_TICK, rounds(600)))
    assert bounds == sorted(set(bounds))
    assert len(bounds) > 1


def test_there_is_none_when_nothing_depends_on_orders() -> None:
    assert list(rising_bounds(problem(operation()), EVERY_TICK, rounds(10))) == []


def test_numbers_too_large_to_add_up_exactly_are_left_alone() -> None:
    huge = each_its_own(*two_of())
    heavy = replace(huge, orders=tuple(replace(order, weight=2**50) for order in huge.orders))
    assert list(rising_bounds(heavy, EVERY_TICK, rounds(10))) == []
    assert lower_bound(heavy) == 20 * 2**50


def test_the_search_tells_the_better_bound() -> None:
    """Long before anybody proves it; the search is stopped as soon as it does, however busy the machine is."""
    many = each_its_own(*(operation(f"a{number}", 7 + number % 5, order=f"o{number}") for number in range(60)))
    optimum = sum(accumulate(sorted(7 + number % 5 for number in range(60))))  # the shortest first: all of them are late
    told = threading.Event()

    def heed(event: Event) -> None:
        if isinstance(event, BoundRaised) and event.bound > 0.9 * optimum:
            told.set()

    heard = listen(many, Limits(seconds=60, threads=1), stop=told, on_event=heed)
    assert heard.bounds[0] < 0.1 * optimum
    assert told.is_set()
    assert heard.finished.outcome == "feasible"


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(toys(mixtures()))
def test_no_bound_is_above_the_best_of_all_schedules(question: Problem) -> None:
    best = best_schedule(question)
    if best is not None:
        assert best_bound(question, often=60) <= best.objective


@settings(max_examples=100)
@given(planned())
def test_no_bound_is_above_any_schedule(pair: tuple[Problem, Schedule]) -> None:
    question, plan = pair
    assert best_bound(question, plan, often=100) <= objective_value(question.objective, measure(question, plan))


@settings(max_examples=25)
@given(tiny_problems())
def test_no_bound_is_above_what_the_search_finds(question: Problem) -> None:
    if diagnose(question):
        return
    found = listen(question, Limits(seconds=5, threads=1))
    if found.improvements:
        assert best_bound(question, found.best, often=100) <= found.improvements[-1].objective


@settings(max_examples=100)
@given(planned(TINY), st.integers(0, 2**32 - 1))
def test_no_prices_make_it_wrong(pair: tuple[Problem, Schedule], seed: int) -> None:
    """Nor does any division of time."""
    question, plan = pair
    question = replace(question, objective=replace(question.objective, makespan=0))
    dice = np.random.default_rng(seed)
    edges = np.unique(np.append(0, dice.integers(1, 400, dice.integers(1, 30))))
    relaxation = relax(Outlook.of(question), edges, lambda: False)
    if relaxation is not None:
        value = relaxation.solve(some_prices(relaxation, dice)).value
        assert value <= SCALE * objective_value(question.objective, measure(question, plan))


def test_what_follows_can_begin_anywhere_in_its_stretch() -> None:
    """With m1 dear until 50, one order is done at 73 for nothing: on m1 from 50 to 60, a wait of 3, on m2 from 63 on."""
    links = (Precedence("a", "b", 3),)
    machines = (machine("m1"), machine("m2"))
    chain = problem(operation("a"), operation("b", modes=(Mode("m2", 10),)), machines=machines, precedences=links)
    chain = replace(chain, orders=(Order("o1", "O1", due=100),), objective=TARDINESS)
    relaxation = relax(Outlook.of(chain), np.array([0, 50, 800]), lambda: False)
    assert relaxation is not None
    assert relaxation.solve(np.array([[5, 0, 0], [0, 0, 0]])).value == -5 * 50


def test_a_run_may_end_anywhere_in_its_stretch() -> None:
    """With m1 at 5 a tick until 50 a run from 49 to 59 pays 5, and is not late."""
    alone = replace(problem(operation()), orders=(Order("o1", "O1", due=59, weight=100),), objective=TARDINESS)
    relaxation = relax(Outlook.of(alone), np.array([0, 50, 800]), lambda: False)
    assert relaxation is not None
    assert relaxation.solve(np.array([[5 * SCALE, 0, 0]])).value <= SCALE * (5 - 5 * 50)


def some_prices(relaxation: Relaxation, dice: np.random.Generator) -> np.typing.NDArray[np.int64]:
    shape = relaxation.capacities.shape
    prices = dice.integers(0, 10 * SCALE, shape) * (dice.random(shape) < dice.random())
    prices[:, -1] = 0
    return np.asarray(prices, np.int64)


@settings(max_examples=50)
@given(planned(), st.integers(0, 2**32 - 1))
def test_what_is_taken_too_much_tells_how_the_value_changes(pair: tuple[Problem, Schedule], seed: int) -> None:
    """It is a supergradient of the value, which is concave in the prices."""
    dice = np.random.default_rng(seed)
    relaxation = relax(Outlook.of(pair[0]), np.arange(0, 350, 25), lambda: False)
    if relaxation is not None:
        here, there = some_prices(relaxation, dice), some_prices(relaxation, dice)
        answer = relaxation.solve(here)
        assert relaxation.solve(there).value <= answer.value + int(((there - here) * answer.excess).sum())
