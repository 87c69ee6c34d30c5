"""Problems that say the same in other words are worth the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.decode import Decoder, Wish
from solver.dispatch import Priorities, positions
from solver.kernel.loading import kernel
from solver.kernel.states import new_search
from solver.limits import Limits
from solver.local_search import Annealing
from solver.problem import Actual, Crew, Mode, Objective, Order, Pin, Problem
from solver.schedule import Schedule
from tests.solver.disguises import later, new_names, renamed, reordered
from tests.solver.drawing import Draw
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.listening import listen
from tests.solver.shops import shops
from tests.solver.strategies import fresh_plans, problems, tiny_problems
from tests.solver.test_project_search import projects
from tests.solver.toys import mixtures, toys
from tests.solver.turns import formulated, searched

ALONE = Limits(seconds=60, threads=1)


@given(st.one_of(problems(), shops()))
@settings(max_examples=40)
def test_by_turns_names_do_not_matter(question: Problem) -> None:
    names = new_names(question)

    assert searched(renamed(question, names)) == [renamed(schedule, names) for schedule in searched(question)]


@given(st.one_of(problems(), shops()))
@settings(max_examples=40)
def test_by_turns_nor_does_the_calendar_on_the_wall(question: Problem) -> None:
    other = replace(question, name="another", epoch="2031-10-26T00:00:00-05:00", tick_seconds=1)

    assert searched(other) == searched(question)


@given(problems())
@settings(max_examples=40)
def test_cp_sat_gets_the_same_whatever_the_names(question: Problem) -> None:
    """Then one thread of it does the same, too."""
    assert formulated(renamed(question, new_names(question))) == formulated(question)


SEVERAL = tuple(f"m{number}" for number in range(5))
PEOPLE = tuple(operator(f"p{number}", "weld") for number in range(5))
WHERE_IT_WAS_NOT_SO = {
    "a pin that follows on any of several machines": problem(
        *(operation(key, modes=tuple(Mode(each, 10) for each in SEVERAL)) for key in ("a", "b")),
        machines=tuple(machine(each) for each in SEVERAL),
        pins=(Pin("b", after="a"),),
    ),
    "several people on one shift, for whom an operation pauses": problem(
        operation("a", crew=(Crew("weld", count=2),), may_pause=True), operators=PEOPLE
    ),
}


@pytest.mark.parametrize("question", WHERE_IT_WAS_NOT_SO.values(), ids=WHERE_IT_WAS_NOT_SO)
def test_cp_sat_gets_the_same_also_where_sets_of_names_lurk(question: Problem) -> None:
    assert formulated(renamed(question, new_names(question))) == formulated(question)


@given(st.data(), fresh_plans(), st.integers(1, 500))
@settings(max_examples=40)
def test_a_list_is_decoded_to_the_same_at_another_time(data: st.DataObject, pair: tuple[Problem, Schedule], ticks: int) -> None:
    question, _ = pair
    order = data.draw(st.permutations([operation.id for operation in question.operations]))
    found = Decoder(question).decode(order)

    assert Decoder(later(question, ticks)).decode(order) == (found and later(found, ticks))


@given(fresh_plans(), st.integers(1, 500))
@settings(max_examples=60)
def test_rules_make_the_same_lists_at_another_time(pair: tuple[Problem, Schedule], ticks: int) -> None:
    question, _ = pair

    assert lists_by_rule(later(question, ticks)) == lists_by_rule(question)


def lists_by_rule(question: Problem) -> dict[str, list[int]]:
    decoder = Decoder(question)
    return {rule: positions(key).tolist() for rule, key in Priorities(decoder).rules().items()}


@given(fresh_plans(), st.integers(1, 500))
@settings(max_examples=40)
def test_by_turns_it_goes_the_same_way_at_another_time(pair: tuple[Problem, Schedule], ticks: int) -> None:
    """When the makespan does not count, of which the time before the first tick would be a part."""
    question, _ = pair
    question = replace(question, objective=replace(question.objective, makespan=0))

    assert searched(later(question, ticks)) == [later(schedule, ticks) for schedule in searched(question)]


@given(fresh_plans(), st.integers(1, 500))
@settings(max_examples=40)
def test_annealing_goes_the_same_way_at_another_time(pair: tuple[Problem, Schedule], ticks: int) -> None:
    """From the same list and as warm, when the makespan, which blames whoever ends far out on the time axis, does not count."""
    question, _ = pair
    question = replace(question, objective=replace(question.objective, makespan=0))

    assert annealed(later(question, ticks)) == [later(schedule, ticks) for schedule in annealed(question)]


def annealed(question: Problem) -> list[Schedule]:
    """Where an annealing from the list of operations as they come is, after every slice."""
    annealing = Annealing(Decoder(question), 1)
    decoder = annealing.decoder
    found = []
    if decoder.run(range(len(question.operations)), {}):
        annealing.search = new_search(decoder.plant, 1)
        if annealing._begin_with(Wish(list(range(len(question.operations))))):
            for _ in range(10):
                kernel.anneal(decoder.plant, annealing.search, decoder.scratch, 10.0, 10)
                found.append(annealing.current())
    return found


@given(st.data(), st.one_of(toys(mixtures(), most=5), tiny_problems()))
@settings(max_examples=40)
def test_the_best_is_worth_the_same_in_any_order(data: st.DataObject, question: Problem) -> None:
    """Where rules and moves see no difference the first in a list wins, so that only what is proven must be the same."""
    assert proven(data.draw(reordered(question))) == proven(question)


@given(st.data(), problems())
@settings(max_examples=40)
def test_by_turns_some_orders_do_not_matter(data: st.DataObject, question: Problem) -> None:
    """Of lists that nobody goes through when something has to be decided: docs/develop.md."""
    other = data.draw(reordered(question))
    same = replace(
        question,
        cells=other.cells,
        machines=tuple(replace(each, downtime=other.machine_by_id[each.id].downtime) for each in question.machines),
        operators=tuple(replace(each, skills=other.operator_by_id[each.id].skills) for each in question.operators),
        precedences=other.precedences,
        setup_matrices=other.setup_matrices,
        pins=other.pins,
        baseline=other.baseline,
    )

    assert searched(same) == searched(question)


@given(toys(mixtures(), most=5, with_history=False), st.integers(1, 50))
@settings(max_examples=40)
def test_the_best_is_worth_the_same_at_another_time(question: Problem, ticks: int) -> None:
    question = replace(question, baseline=tuple(planned for planned in question.baseline if planned.setup_start >= 0))
    outcome, objective = proven(question)

    wanted = None if objective is None else objective + ticks * question.objective.makespan
    assert proven(later(question, ticks)) == (outcome, wanted)


@given(st.one_of(toys(mixtures(), most=5), tiny_problems()))
@settings(max_examples=25)
def test_cp_sat_on_one_thread_goes_the_same_way_whatever_the_names(question: Problem) -> None:
    names = new_names(question)

    assert [event.schedule for event in listen(renamed(question, names), ALONE).improvements] == [
        renamed(event.schedule, names) for event in listen(question, ALONE).improvements
    ]


COUNTED = Limits(seconds=600, iterations=60)


def counted(question: Problem) -> list[int]:
    """What every schedule that is found on the way is worth."""
    return [event.objective for event in listen(question, COUNTED).improvements]


@given(st.data(), st.one_of(problems(), shops(), projects(most=6)))
@settings(max_examples=60)
def test_by_count_nothing_matters_of_how_a_problem_is_put(data: st.DataObject, question: Problem) -> None:
    other = data.draw(reordered(question))

    assert counted(renamed(other, new_names(other))) == counted(question)


@given(fresh_plans(), st.integers(1, 500))
@settings(max_examples=40)
def test_by_count_nor_does_when_all_of_it_happens(pair: tuple[Problem, Schedule], ticks: int) -> None:
    question, _ = pair
    found = [objective + ticks * question.objective.makespan for objective in counted(question)]

    assert counted(later(question, ticks)) == found


@given(st.one_of(shops(), projects(most=6)), st.integers(1, 500))
@settings(max_examples=20)
def test_by_count_a_shop_that_opens_later_is_still_a_shop(question: Problem, ticks: int) -> None:
    assert counted(later(question, ticks)) == [found + ticks * question.objective.makespan for found in counted(question)]


@st.composite
def of_alike_machines(draw: Draw, *, is_under_way: bool) -> Problem:
    """Nothing tells the machines apart but how long they have been open, or what is under way."""
    keys = [f"m{number}" for number in range(3)]
    windows = [((draw(st.sampled_from((-60, -5, 0))), 1000),) for _ in keys]
    modes = tuple(Mode(key, 10) for key in keys)
    steps = [
        operation(f"a{number}", order=f"o{number}", modes=tuple(replace(mode, run=draw(st.integers(5, 40))) for mode in modes))
        for number in range(4)
    ]
    if is_under_way:
        steps.append(operation("b", order="o4", modes=modes, actual=Actual(draw(st.sampled_from(keys)), -5, -5, remaining=9)))
    return problem(
        *steps,
        machines=tuple(machine(key, windows=opened) for key, opened in zip(keys, windows, strict=True)),
        orders=tuple(Order(f"o{number}", f"O{number}", due=draw(st.integers(0, 60))) for number in range(len(steps))),
        objective=Objective(weighted_tardiness=1),
    )


@given(of_alike_machines(is_under_way=True))
@settings(max_examples=60)
def test_by_count_a_machine_is_told_by_what_is_under_way_on_it(question: Problem) -> None:
    assert counted(replace(question, machines=question.machines[::-1])) == counted(question)


@given(of_alike_machines(is_under_way=False), st.integers(1, 500))
@settings(max_examples=60)
def test_by_count_how_long_machines_have_been_open_does_not_matter(question: Problem, ticks: int) -> None:
    assert counted(later(question, ticks)) == counted(question)


def proven(question: Problem) -> tuple[str, int | None]:
    heard = listen(question, ALONE)
    assert heard.finished.outcome in {"optimal", "infeasible"}
    return heard.finished.outcome, heard.finished.objective
