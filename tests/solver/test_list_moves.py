"""Moves of annealing, one kind alone: campaigns join, part and change places, and somebody else does the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.bench.plants import EVERYTHING, plant
from solver.decode import Decoder, Wish
from solver.dispatch import dispatch
from solver.kernel import tables
from solver.kernel.loading import kernel
from solver.local_search import Annealing
from solver.problem import Crew, Mode, Objective, Order, Pin, Problem, SetupMatrix
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.strategies import problems
from tests.solver.test_local_search import decoded_anew

TRIES = tables.KINDS * 40
"""Fewer than those after which each kind comes now and then whatever it has gained."""


def by(kind: int, question: Problem, wish: Wish, tries: int = TRIES) -> Schedule:
    """The best that moves of one kind find from a list, when nothing worse is accepted."""
    decoder = Decoder(question)
    assert decoder.follow(wish)
    annealing = Annealing(decoder, 1, [wish])
    assert annealing.begin(decoder.schedule(), lambda: False)
    annealing.search.kind[:, tables.WEIGHT_OF_KIND] = 0
    annealing.search.kind[kind, tables.WEIGHT_OF_KIND] = 1
    kernel.anneal(decoder.plant, annealing.search, decoder.scratch, 0.0, tries)
    assert decoded_anew(annealing) == annealing.current()
    found = annealing.best()
    assert verify(question, found) == ()
    return found


def families(letters: str, **changes: object) -> Problem:
    """An operation of ten ticks for each letter, its family, on one machine with changeovers of five ticks."""
    operations = [operation(f"{number}", order=f"o{number}", setup_family=letter) for number, letter in enumerate(letters)]
    used = tuple(sorted(set(letters)))
    matrix = SetupMatrix("matrix", "Matrix", used, tuple(tuple(5 * (a != b) for b in used) for a in used))
    return problem(*operations, machines=(machine(setup_matrix="matrix"),), setup_matrices=(matrix,), **changes)


@pytest.mark.parametrize("letters", ["abababab", "abcabcabc", "aabbaabbaabb"])
def test_what_is_apart_comes_together(letters: str) -> None:
    question = families(letters, objective=Objective(setup=1))
    found = by(tables.CAMPAIGNS, question, Wish(list(range(len(letters)))))
    assert measure(question, found).setup == 5 * (len(set(letters)) - 1)


def test_a_campaign_as_a_whole_changes_places_with_another() -> None:
    """One after another they would have to go through plans that are worse."""
    orders = tuple(Order(f"o{number}", f"O{number}", due=35 if number >= 5 else 1000) for number in range(8))
    question = families("aaaaabbb", orders=orders, objective=Objective(weighted_tardiness=1, setup=100))
    found = by(tables.CAMPAIGNS, question, Wish(list(range(8))))
    assert measure(question, found).weighted_tardiness == 0
    assert measure(question, found).setup == 5


def test_one_that_is_urgent_goes_into_a_campaign_of_others() -> None:
    """Before all of that it would make the first one late."""
    orders = tuple(Order(f"o{number}", f"O{number}", due=due) for number, due in enumerate([10, 40, 50, 60, 70, 25]))
    question = families("aaaaab", orders=orders, objective=Objective(weighted_tardiness=1))
    assert measure(question, by(tables.CAMPAIGNS, question, Wish(list(range(6))))).weighted_tardiness == 0


def staffed(people: Sequence[str]) -> Problem:
    """Two operations that may be done at the same time: the first by anybody, the second by Ada alone."""
    operations = [
        operation("a", order="o1", crew=(Crew("x"),)),
        operation("b", order="o2", crew=(Crew("y"),), modes=(Mode("m2", 10),)),
    ]
    orders = tuple(Order(key, key, due=10) for key in ("o1", "o2"))
    operators = tuple(operator(key, *("xy" if key == "ada" else "x")) for key in people)
    machines = (machine(), machine("m2"))
    return problem(*operations, orders=orders, machines=machines, operators=operators, objective=Objective(weighted_tardiness=1))


@pytest.mark.parametrize("people", [("ada", "bob"), ("bob", "ada"), ("cas", "ada", "bob")])
def test_somebody_else_does_what_keeps_others_waiting(people: tuple[str, ...]) -> None:
    question = staffed(people)
    by_ada = Wish([0, 1], crews={0: [people.index("ada")]})
    decoder = Decoder(question)
    assert decoder.follow(by_ada)
    assert measure(question, decoder.schedule()).weighted_tardiness == 10

    assert measure(question, by(tables.SUBSTITUTES, question, by_ada)).weighted_tardiness == 0


def test_whoever_is_favoured_is_asked_again_when_something_comes_before_an_operation() -> None:
    """The first is placed, and set up anew once the second is before it on the machine: nobody is favoured for work that may
    pause and is not held, but for a start that is given somebody is."""
    crew, orders = (Crew("x"),), (Order("o1", "O1", due=0), Order("o2", "O2", due=0))
    operations = (
        operation("a", order="o1", crew=crew, setup_family="red", may_pause=True, release=40),
        operation("b", order="o2", setup_family="blue"),
    )
    matrix = SetupMatrix("matrix", "Matrix", ("blue", "red"), ((0, 5), (5, 0)))
    question = problem(
        *operations,
        orders=orders,
        machines=(machine(setup_matrix="matrix"),),
        setup_matrices=(matrix,),
        operators=(operator("ada", "x"), operator("bob", "x")),
        objective=Objective(weighted_tardiness=1),
    )
    annealing = Annealing(Decoder(question), 1, [Wish([0, 1])])
    assert annealing.begin(next(dispatch(question))[1], lambda: False)
    people = set()
    for _ in range(TRIES):
        annealing.search.kind[:, tables.WEIGHT_OF_KIND] = [kind == tables.SUBSTITUTES for kind in range(tables.KINDS)]
        kernel.anneal(annealing.decoder.plant, annealing.search, annealing.decoder.scratch, 0.0, 1)
        assert decoded_anew(annealing) == annealing.current()
        people.add(annealing.current().assignments[0].operators)
    assert people == {(("ada",),), (("bob",),)}


def test_what_is_pinned_has_its_people_before_the_list_begins() -> None:
    question = replace(staffed(("ada", "bob", "cas")), pins=(Pin("a", start=0),))
    by(tables.SUBSTITUTES, question, Wish([0, 1]))


@given(problems(), st.sampled_from([tables.CAMPAIGNS, tables.SUBSTITUTES]))
@settings(max_examples=40)
def test_each_kind_alone_makes_nothing_illegal_and_nothing_worse(question: Problem, kind: int) -> None:
    for _, start in dispatch(question):
        begins = Wish([each.setup_start for each in start.assignments])
        decoder = Decoder(question)
        if decoder.follow(begins) and decoder.plant.clusters > 1:
            found = by(kind, question, begins, 60)
            worth = objective_value(question.objective, measure(question, decoder.schedule()))
            assert objective_value(question.objective, measure(question, found)) <= worth
        break


def test_whom_a_list_favours_is_told_with_it() -> None:
    question = plant(60, EVERYTHING)
    annealing = Annealing(Decoder(question), 1)
    assert annealing.begin(next(dispatch(question))[1], lambda: False)
    annealing._aside = None
    annealing.search.kind[:, tables.WEIGHT_OF_KIND] = 0
    annealing.search.kind[tables.SUBSTITUTES, tables.WEIGHT_OF_KIND] = 1
    kernel.anneal(annealing.decoder.plant, annealing.search, annealing.decoder.scratch, 1e9, 50)
    wish = next(annealing.lists())
    assert wish.crews
    again = Decoder(question)
    assert again.follow(wish)
    assert again.schedule() == annealing.current()
