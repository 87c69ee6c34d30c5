"""The published plan after a change: what can stay stays, and only what cannot moves."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solver.bench.repairs import published, with_breakdown, with_rush
from solver.decode import Decoder
from solver.diagnose import diagnose
from solver.dispatch import dispatch
from solver.kernel.loading import kernel
from solver.local_search import Annealing, Pace, improve
from solver.problem import BaselineStart, Crew, Downtime, Mode, Objective, Order, Precedence, Problem
from solver.repair import repairs
from solver.schedule import Schedule, has_moved, measure, objective_value
from solver.verify import verify
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.strategies import fresh_plans
from tests.solver.test_local_search import decoded_anew


def kept(question: Problem, found: Schedule, objective: Objective | None = None) -> Problem:
    """The same question, the schedule as its published plan."""
    baseline = tuple(
        BaselineStart(each.operation, each.machine, each.setup_start, each.start, each.operators) for each in found.assignments
    )
    return replace(question, baseline=baseline, objective=objective or replace(question.objective, churn=1))


def repair(question: Problem) -> Schedule:
    """The first plan, which must be legal."""
    name, found = next(dispatch(question))
    assert name.startswith("repair")
    assert verify(question, found) == ()
    return found


def moved(question: Problem, found: Schedule) -> set[str]:
    return {each.operation for each in found.assignments if has_moved(question, each)}


def down(question: Problem, key: str, begin: int, end: int) -> Problem:
    stop = Downtime(begin, end, "broken", "breakdown")
    return replace(
        question,
        machines=tuple(replace(each, downtime=(*each.downtime, stop)) if each.id == key else each for each in question.machines),
    )


def test_an_unchanged_plan_is_the_first_plan() -> None:
    question = published(200, 1)
    before = {planned.operation: planned for planned in question.baseline}

    found = repair(question)

    assert measure(question, found).churn == 0
    others = sum(each.operators != before[each.operation].operators for each in found.assignments)
    assert others < len(before) / 20


def test_a_plan_that_does_not_say_who_keeps_its_starts_too() -> None:
    """The least skilled who are free are not those with whom all of it can stay."""
    question = published(200, 1)
    question = replace(question, baseline=tuple(replace(planned, operators=()) for planned in question.baseline))

    assert measure(question, repair(question)).churn == 0


def test_idle_time_of_the_plan_stays() -> None:
    """As early as possible both would begin at 0."""
    baseline = (BaselineStart("a", "m1", 30, 30), BaselineStart("b", "m2", 50, 50))
    question = problem(
        operation("a"),
        operation("b", order="o2", modes=(Mode("m2", 10),)),
        machines=(machine(), machine("m2")),
        baseline=baseline,
        objective=Objective(makespan=1, churn=100),
    )

    assert [each.start for each in repair(question).assignments] == [30, 50]


def test_only_what_stands_on_the_broken_machine_moves_and_what_it_pushes() -> None:
    """a and its successor c must move; b waits on the same machine behind the stop, d and e have nothing to do with it."""
    question = problem(
        operation("a", order="o1"),
        operation("c", order="o1", modes=(Mode("m2", 10),)),
        operation("b", order="o2"),
        operation("d", order="o3", modes=(Mode("m2", 10),)),
        operation("e", order="o4", modes=(Mode("m3", 10),)),
        machines=(machine(), machine("m2"), machine("m3")),
        precedences=(Precedence("a", "c"),),
        baseline=(
            BaselineStart("a", "m1", 0, 0),
            BaselineStart("c", "m2", 12, 12),
            BaselineStart("b", "m1", 45, 45),
            BaselineStart("d", "m2", 60, 60),
            BaselineStart("e", "m3", 5, 5),
        ),
        objective=Objective(weighted_tardiness=1, churn=1),
    )
    question = down(question, "m1", 0, 30)

    found = repair(question)

    assert moved(question, found) == {"a", "c"}
    assert (found.by_operation["a"].start, found.by_operation["c"].start) == (30, 40)


def test_work_goes_to_another_machine_only_if_it_is_over_sooner_there() -> None:
    either = (Mode("m1", 10), Mode("m2", 25))
    question = problem(
        operation("a", modes=either),
        machines=(machine(), machine("m2")),
        baseline=(BaselineStart("a", "m1", 0, 0),),
        objective=Objective(makespan=1, churn=1),
    )

    assert repair(down(question, "m1", 5, 12)).by_operation["a"].machine == "m1"
    assert repair(down(question, "m1", 5, 40)).by_operation["a"].machine == "m2"


def test_a_breakdown_moves_little_of_a_plant() -> None:
    question = with_breakdown(published(120, 2))

    gone = moved(question, repair(question))

    assert gone
    assert len(gone) < len(question.operations) / 10


def test_a_breakdown_moves_nothing_in_other_cells() -> None:
    """Two rows of machines that have nothing in common, one of them with a stop."""
    operations = [
        operation(
            f"{row}{order}.{step}", 20, order=f"{row}{order}", modes=(Mode(f"{row}{step}", 20), Mode(f"{row}{step + 1}", 25))
        )
        for row in "xy"
        for order in range(6)
        for step in range(3)
    ]
    links = tuple(
        Precedence(f"{row}{order}.{step}", f"{row}{order}.{step + 1}") for row in "xy" for order in range(6) for step in (0, 1)
    )
    machines = tuple(machine(f"{row}{step}") for row in "xy" for step in range(4))
    plain = problem(*operations, machines=machines, precedences=links, objective=Objective(makespan=1))
    question = down(kept(plain, next(dispatch(plain))[1], Objective(makespan=1, churn=1)), "x1", 10, 100)

    gone = moved(question, repair(question))

    assert gone
    assert all(key.startswith("x") for key in gone)


def test_a_new_order_goes_where_nothing_has_to_move_or_takes_what_it_needs() -> None:
    question = problem(
        operation("a", 10, order="o1"),
        operation("b", 10, order="o2"),
        operation("n", 10, order="new"),
        baseline=(BaselineStart("a", "m1", 0, 0), BaselineStart("b", "m1", 10, 10)),
        orders=(Order("o1", "O1"), Order("o2", "O2"), Order("new", "New", due=10, weight=5)),
        objective=Objective(weighted_tardiness=1, churn=1),
    )

    plans = [(name, [each.start for each in found.assignments]) for name, found in dispatch(question)]

    assert plans[0] == ("repair", [0, 10, 20])
    assert plans[1] == ("repair, new first", [20, 10, 0])


def test_people_change_places_so_that_work_can_stay() -> None:
    """Ada is the only one for b; the first choice for a would be her, since both can do it."""
    both = ("weld", "mill")
    question = problem(
        operation("a", 30, crew=(Crew("weld"),)),
        operation("b", order="o2", modes=(Mode("m2", 10),), crew=(Crew("mill"),)),
        machines=(machine(), machine("m2")),
        operators=(operator("ada", *both), operator("bea", "weld", "pack")),
        baseline=(BaselineStart("a", "m1", 0, 0), BaselineStart("b", "m2", 10, 10)),
        objective=Objective(makespan=1, churn=1),
    )

    found = repair(question)

    assert moved(question, found) == set()
    assert found.by_operation["b"].operators == (("ada",),)


def test_somebody_who_is_no_longer_there_is_replaced() -> None:
    question = problem(
        operation("a", crew=(Crew("weld"),)),
        operators=(operator("bea", "weld"),),
        baseline=(BaselineStart("a", "m1", 20, 20, (("ada",),)),),
        objective=Objective(makespan=1, churn=1),
    )
    assert diagnose(question) == ()

    found = repair(question)

    assert (found.by_operation["a"].start, found.by_operation["a"].operators) == (20, (("bea",),))


def test_the_same_problem_is_repaired_the_same_way() -> None:
    question = with_rush(with_breakdown(published(150, 1)))

    assert list(dispatch(question)) == list(dispatch(question))


@given(fresh_plans(), st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_repaired_is_legal_and_the_search_moves_no_more(pair: tuple[Problem, Schedule], data: st.DataObject) -> None:
    question = kept(*pair, Objective(makespan=1, churn=1_000_000))
    broken = data.draw(st.sampled_from(question.machines)).id
    begin = data.draw(st.integers(0, 60))
    question = down(question, broken, begin, begin + data.draw(st.integers(1, 60)))
    if data.draw(st.booleans()):
        question = _with_copy(question)
    assume(diagnose(question) == ())
    decoder = Decoder(question)
    for name, is_legal in repairs(decoder):
        if is_legal:
            found = decoder.schedule()
            assert verify(question, found) == (), name
            assert decoder.value() == objective_value(question.objective, measure(question, found))
            if name == "repair":
                best = [found]
                improve(question, found, Pace(1, 60), lambda: False, best.append)
                assert measure(question, best[-1]).churn <= measure(question, found).churn
                assert verify(question, best[-1]) == ()


def _with_copy(question: Problem) -> Problem:
    """The first operation once more, for an order of its own."""
    first = question.operations[0]
    order = replace(question.order_by_id[first.order], id="new", name="New", deadline=None)
    copy = replace(first, id="new", order="new", actual=None)
    return replace(question, orders=(*question.orders, order), operations=(*question.operations, copy))


@given(fresh_plans())
@settings(max_examples=60, deadline=None)
def test_a_plan_that_is_still_legal_stays(pair: tuple[Problem, Schedule]) -> None:
    question = kept(*pair)

    assert measure(question, repair(question)).churn == 0


@given(fresh_plans(), st.integers(0, 60), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_what_is_held_is_decoded_again_in_part_as_in_whole(pair: tuple[Problem, Schedule], begin: int, ticks: int) -> None:
    question = kept(*pair, Objective(weighted_tardiness=1, makespan=1, churn=20))
    question = down(question, question.machines[0].id, begin, begin + ticks)
    assume(diagnose(question) == ())
    start = next(dispatch(question), None)
    annealing = Annealing(Decoder(question), 1)
    if start is not None and annealing.begin(start[1], lambda: False):
        for _ in range(20):
            kernel.anneal(annealing.decoder.plant, annealing.search, annealing.decoder.scratch, 1e9, 5)
            current = annealing.current()
            assert verify(question, current) == ()
            assert decoded_anew(annealing) == current


def test_annealing_begins_with_the_plan_that_it_is_given() -> None:
    question = with_breakdown(published(150, 1))
    start = next(dispatch(question))[1]
    found = [start]

    improve(question, start, Pace(1, 400), lambda: False, found.append)

    assert all(
        objective_value(question.objective, measure(question, later))
        < objective_value(question.objective, measure(question, start))
        for later in found[1:]
    )
    assert measure(question, found[-1]).churn <= len(question.operations) / 4
