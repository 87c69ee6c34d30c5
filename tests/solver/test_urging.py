"""Urging: whole orders come forward by what they cost, and what does not pay is taken back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from solver.bench.plants import EVERYTHING, plant
from solver.decode import Decoder, Wish
from solver.dispatch import dispatch
from solver.kernel.loading import kernel
from solver.local_search import Annealing, Pace, improve
from solver.problem import BaselineStart, Mode, Objective, Order, Problem, WorkCell
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import machine, operation, problem
from tests.solver.strategies import problems

EASY, HARD = 8, 16
"""Orders of a machine on which pushing pays, and of one on which it harms."""


def value(question: Problem, found: Schedule) -> int:
    return objective_value(question.objective, measure(question, found))


def urged(annealing: Annealing, tries: int, heat: float) -> bool:
    """Whether there was something to urge, after so many tries."""
    return bool(kernel.urge(annealing.decoder.plant, annealing.search, annealing.decoder.scratch, heat, 0.005, tries))


def check_best(question: Problem, annealing: Annealing) -> None:
    """What is held to be the best is legal, and its list alone gives it again."""
    best = annealing.best()
    assert verify(question, best) == ()
    assert value(question, best) == annealing.best_value
    assert annealing.decoder.follow(annealing._pushed(annealing.search.best_push))
    assert annealing.decoder.schedule() == best


@given(problems())
@settings(max_examples=25)
def test_urged_lists_are_worth_what_they_say(question: Problem) -> None:
    for _, start in dispatch(question):
        annealing = Annealing(Decoder(question), 1)
        if not annealing.begin(start, lambda: False) or not annealing.is_urging:
            break
        for heat in (0.0, 1e9):
            urged(annealing, 10, heat)
            check_best(question, annealing)
        break


def test_judged_pushes_are_worth_what_they_say() -> None:
    question = plant(120, EVERYTHING)
    annealing = Annealing(Decoder(question), 1)
    assert annealing.begin(next(dispatch(question))[1], lambda: False)
    for heat in (0.0, 1e9, 0.0):
        for _ in range(20):
            urged(annealing, 5, heat)
            check_best(question, annealing)


def easy_and_hard(*cells: str) -> Problem:
    """Orders for one machine each: light ones come first on the easy one, short ones on the hard one."""
    easy = [(f"e{number}", cells[0], "m1", 10, 1 + 100 * number) for number in range(EASY)]
    hard = [(f"h{number}", cells[-1], "m2", 10 + 6 * number, 60) for number in range(HARD)]
    return problem(
        *(operation(key, order=key, cell=cell, modes=(Mode(where, run=run),)) for key, cell, where, run, _ in (*easy, *hard)),
        orders=tuple(Order(key, key, due=0, weight=weight) for key, _, _, _, weight in (*easy, *hard)),
        cells=tuple(WorkCell(cell, cell) for cell in cells),
        machines=(machine("m1", cell=cells[0]), machine("m2", cell=cells[-1])),
        objective=Objective(weighted_tardiness=1, makespan=1),
    )


def cost_of(question: Problem, found: Schedule, letter: str) -> int:
    weights = {order.id: order.weight for order in question.orders}
    ends = {each.operation: each.end for each in found.assignments if each.operation.startswith(letter)}
    return sum(weights[key] * end for key, end in ends.items())


def gains(question: Problem) -> int:
    """How often, of so many single tries, the easy machine gains and the hard one does not lose."""
    found = 0
    for seed in range(1, 81):
        annealing = Annealing(Decoder(question), seed)
        assert annealing.begin(next(dispatch(question))[1], lambda: False)
        assert annealing._begin_with(Wish(range(EASY + HARD)))
        kernel.begin_urging(annealing.decoder.plant, annealing.search, annealing.decoder.scratch)
        before = annealing.current()
        urged(annealing, 1, 0.0)
        after = annealing.current()
        is_unharmed = cost_of(question, after, "h") <= cost_of(question, before, "h")
        found += is_unharmed and cost_of(question, after, "e") < cost_of(question, before, "e")
    return found


def test_of_pushes_that_pay_in_one_cell_and_harm_in_another_those_that_pay_stay() -> None:
    """In one cell it cannot be told which of them pay."""
    apart, together = gains(easy_and_hard("c1", "c2")), gains(easy_and_hard("c1"))
    assert apart > 2 * together


def test_weighing_what_moves_hinders_urging_only_once_something_is_published() -> None:
    weighed = replace(plant(60, EVERYTHING), objective=Objective(weighted_tardiness=10, churn=5))
    first = next(dispatch(weighed))[1]
    published = tuple(BaselineStart(each.operation, each.machine, each.setup_start, each.start) for each in first.assignments)
    for question, is_urging in ((weighed, True), (replace(weighed, baseline=published), False)):
        annealing = Annealing(Decoder(question), 1)
        assert annealing.begin(first, lambda: False)
        assert annealing.is_urging == is_urging


def test_without_urging_its_time_is_for_annealing() -> None:
    for pace in (Pace(1, 100), Pace(1, cycles=(60.0, 60.0))):
        pace.leave_out_urging()
        assert pace.share() < 0.01
        assert not pace.is_urging
    counted = Pace(1, 100)
    counted.leave_out_urging()
    counted.slice = 50
    counted.note(0.1)
    assert counted.share() == 0.5


def test_urging_brings_orders_forward_that_rules_let_wait() -> None:
    question = plant(300)
    rules = [schedule for _, schedule in dispatch(question)]
    annealing = Annealing(Decoder(question), 1)
    assert annealing.begin(rules[-1], lambda: False)

    assert urged(annealing, 500, 0.0)

    assert annealing.best_value < value(question, rules[-1]) / 2


def test_what_urging_came_to_is_annealed_and_a_better_list_from_elsewhere_is_not_lost() -> None:
    question = plant(300)
    first = next(dispatch(question))[1]
    found = [first]
    improve(question, first, Pace(1, 1500), lambda: False, found.append)
    for start in (first, found[-1]):
        annealing = Annealing(Decoder(question), 1)
        assert annealing.begin(start, lambda: False)
        assert annealing._aside is not None
        aside, _ = annealing._aside
        urged(annealing, 50, 0.0)
        reached = annealing.best_value
        annealing.go_on(Pace(1, cycles=(0.0, 60.0)))  # the time for urging is over
        assert annealing.best_value <= min(aside, reached)


def test_where_nothing_is_late_nothing_is_urged() -> None:
    operations = [operation(f"a{number}", 10, order=f"o{number}") for number in range(3)]
    orders = tuple(Order(f"o{number}", f"O{number}", due=900) for number in range(3))
    question = problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))
    annealing = Annealing(Decoder(question), 1)
    assert annealing.begin(next(dispatch(question))[1], lambda: False)

    assert not urged(annealing, 10, 1.0)
