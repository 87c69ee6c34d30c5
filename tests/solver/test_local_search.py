"""Annealing: legal schedules only, better and better, the same for the same seed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings

from solver import list_search, local_search
from solver.bench.plants import EVERYTHING, plant
from solver.decode import Decoder, Wish
from solver.dispatch import dispatch
from solver.incumbent import Incumbent
from solver.kernel import tables
from solver.kernel.loading import kernel
from solver.kernel.states import new_search
from solver.list_search import ListSearch
from solver.local_search import Annealing, Pace, anneal, improve
from solver.problem import Crew, Mode, Objective, Order, Problem, SetupMatrix
from solver.schedule import Schedule, measure, objective_value
from solver.urgings import Urgings
from solver.verify import verify
from tests.solver.examples import machine, operation, operator, problem
from tests.solver.strategies import problems


def value(question: Problem, found: Schedule) -> int:
    return objective_value(question.objective, measure(question, found))


def improved(question: Problem, start: Schedule, tries: int, seed: int = 1) -> list[Schedule]:
    found: list[Schedule] = []
    improve(question, start, Pace(seed, tries), lambda: False, found.append)
    return found


@given(problems())
@settings(max_examples=25)
def test_every_step_is_legal_and_better(question: Problem) -> None:
    for _, start in dispatch(question):
        found = improved(question, start, 100)
        assert all(verify(question, schedule) == () for schedule in found)
        assert all(value(question, later) < value(question, earlier) for earlier, later in pairwise([start, *found]))
        break


def test_a_plant_gets_much_better() -> None:
    question = plant(72, EVERYTHING)
    start = next(dispatch(question))[1]

    found = improved(question, start, 1500)

    assert verify(question, found[-1]) == ()
    assert value(question, found[-1]) < value(question, start)


def test_a_bad_order_on_one_machine_is_put_right() -> None:
    operations = [operation(f"a{number}", 10, order=f"o{number}") for number in range(5)]
    orders = tuple(Order(f"o{number}", f"O{number}", due=50 - 10 * number, weight=1 + number) for number in range(5))
    question = problem(*operations, orders=orders, objective=Objective(weighted_tardiness=1))
    start = Decoder(question).decode([each.id for each in operations])
    assert start is not None
    assert value(question, start) > 0

    assert value(question, improved(question, start, 2000)[-1]) == 0


def test_the_same_seed_finds_the_same() -> None:
    question = plant(36, EVERYTHING)
    start = next(dispatch(question))[1]

    assert improved(question, start, 300, seed=3) == improved(question, start, 300, seed=3)


def test_a_large_problem_is_decoded_once_before_annealing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each list of ten thousand operations takes seconds, and there are twenty-two."""
    monkeypatch.setattr(local_search, "FIRST_LISTS", 0)
    question = plant(18, EVERYTHING)
    start = next(dispatch(question))[1]
    follow, results = Decoder.follow, list[object]()

    def counted(*arguments: Any) -> Any:
        results.append(follow(*arguments))
        return results[-1]

    monkeypatch.setattr(Decoder, "follow", counted)
    improved(question, start, 100)

    assert sum(map(bool, results)) == 1


def test_nothing_to_change_ends_at_once() -> None:
    question = problem(operation("a"))
    start = next(dispatch(question))[1]

    improve(question, start, Pace(1), lambda: False, lambda _: None)


def decoded_anew(annealing: Annealing) -> Schedule:
    """What the current list says when it is decoded from its beginning."""
    decoder, search = annealing.decoder, annealing.search
    decoder.scratch.wanted[:] = search.wanted
    decoder.scratch.hold[:] = search.hold
    decoder.scratch.favour[:] = search.favour
    decoder.scratch.sequence[:] = search.sequence
    kernel.start(decoder.plant, decoder.base, decoder.state, decoder.scratch)
    assert kernel.go_on(decoder.plant, decoder.state, decoder.scratch, 0, decoder.plant.clusters)
    return decoder.schedule()


@given(problems())
@settings(max_examples=25)
def test_what_is_decoded_again_in_part_is_what_the_whole_list_gives(question: Problem) -> None:
    """Annealing keeps states along its list; whatever it holds to be current, the list from its beginning says the same."""
    for _, start in dispatch(question):
        annealing = Annealing(Decoder(question), 1)
        if annealing.begin(start, lambda: False):
            for _ in range(20):
                kernel.anneal(annealing.decoder.plant, annealing.search, annealing.decoder.scratch, 1e9, 5)
                current, value = annealing.current(), annealing.search.memo[tables.VALUE]
                assert objective_value(question.objective, measure(question, current)) == value
                assert verify(question, current) == ()
                assert decoded_anew(annealing) == current
        break


def looked_at() -> dict[str, Problem]:
    """The first is set up again when something of another family comes before it; whether it can be, and by whom, hangs on what
    there is while it runs, long behind that setup."""
    matrix = SetupMatrix("matrix", "Matrix", ("blue", "red"), ((0, 5), (5, 0)))
    machines = (machine(setup_matrix="matrix", initial_family="red"), machine("m2"))
    orders = tuple(Order(f"o{number}", f"O{number}", due=0) for number in range(3))
    change = operation("c", order="o1", setup_family="blue")
    first = operation("f", 100, order="o0", setup_family="red", release=100)
    crew = (Crew("n0", phase="setup"), Crew("n1", phase="setup"), Crew("n2"))
    afternoon, noon, evening = ((100, 1000),), ((93, 110),), ((500, 1000),)
    people = (
        operator("ada", "n0", "n1", windows=noon),
        operator("bob", "n0"),
        operator("cas", "n1", windows=evening),
        operator("dan", "n2", "d"),
        operator("eve", "n2", "z", "y", windows=afternoon),
        operator("fay", "n2", "z", "y", "x2"),
    )
    elsewhere = operation("d", 20, order="o2", modes=(Mode("m2", 20),), crew=(Crew("d"),), release=150)
    pausing = replace(first, may_pause=True, modes=(Mode("m1", 100, teardown=5),), crew=(Crew("x"),))
    behind = operation("d", order="o2", setup_family="red", release=300)
    shifts = (operator("dan", "x", windows=((0, 200), (400, 1000))), operator("eve", "x", windows=afternoon))
    shop = partial(problem, machines=machines, orders=orders, setup_matrices=(matrix,), objective=Objective(flow_time=1))
    return {
        "people": shop(replace(first, crew=crew), change, elsewhere, operators=people),
        "machines": shop(pausing, change, behind, operators=shifts),
    }


@pytest.mark.parametrize("where", looked_at())
def test_what_is_set_up_again_is_looked_for_again_whatever_it_meets_there(where: str) -> None:
    question = looked_at()[where]
    annealing = Annealing(Decoder(question), 1, [Wish([0, 1, 2])])
    assert annealing.begin(next(dispatch(question))[1], lambda: False)
    ends = set()
    for _ in range(300):
        kernel.anneal(annealing.decoder.plant, annealing.search, annealing.decoder.scratch, 1e9, 1)
        assert decoded_anew(annealing) == annealing.current()
        assert verify(question, annealing.current()) == ()
        ends.add(annealing.current())
    assert len(ends) > 1


def test_a_twin_decodes_like_the_one_it_was_made_of_and_beside_it() -> None:
    question = plant(60, EVERYTHING)
    first = Decoder(question)
    lists = [[each.id for each in question.operations], [each.id for each in reversed(question.operations)]]
    twin = first.twin()
    found = [first.decode(lists[0]), twin.decode(lists[1]), first.decode(lists[1]), twin.decode(lists[0])]
    assert (found[0], found[1]) == (found[3], found[2])
    assert found == [Decoder(question).decode(each) for each in (lists[0], lists[1], lists[1], lists[0])]


def test_another_search_goes_on_where_one_has_ended() -> None:
    """A schedule alone does not say which list it came from: what was gained would have to be found again."""
    question = plant(60, EVERYTHING)
    first = Annealing(Decoder(question), 1)
    anneal(first, next(dispatch(question))[1], Pace(1, 300), lambda: False, lambda _: None)
    weighed = replace(question, objective=Objective(setup=1))
    second = Annealing(Decoder(weighed), 1, list(first.lists()))
    assert next(second._lists(first.current())) == next(first.lists())
    assert second.decoder.follow(next(first.lists()))
    assert second.decoder.schedule() == first.current()


def test_who_is_ahead_with_what_it_tells_last_goes_on() -> None:
    """To be behind is a reason to stop only until one's own best is told."""
    question = plant(72, EVERYTHING)
    annealing = Annealing(Decoder(question), 1)
    told: list[Schedule] = []

    def should_stop() -> bool:
        return len(told) > 3 or (bool(told) and annealing.best_value < value(question, told[-1]))

    assert anneal(annealing, next(dispatch(question))[1], Pace(1), should_stop, told.append)
    assert len(told) > 3


def test_threads_that_overtake_one_another_use_all_of_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_search, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(list_search, "PATIENCE_OF_EACH", 0.0)
    question = plant(72, EVERYTHING)
    incumbent = Incumbent(question, lambda _: None)
    incumbent.offer(next(dispatch(question, decoder=incumbent.decoder))[1], "rule")
    over = threading.Event()
    stopper = threading.Timer(3.0, over.set)
    searches = [ListSearch(incumbent, seed, 60.0, Urgings()) for seed in (1, 2)]
    stopper.start()
    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(search.run, over.is_set) for search in searches]:
            work.result()
            assert over.is_set(), "it has ended before its time"


def test_a_search_that_never_began_leaves_no_list() -> None:
    assert list(Annealing(Decoder(plant(60, EVERYTHING)), 1).lists()) == []


def test_heat_is_a_share_of_what_is_aimed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    question = plant(60, EVERYTHING)
    heats: list[float] = []
    monkeypatch.setattr(local_search, "kernel", SimpleNamespace(anneal=lambda *given: heats.append(given[3])))
    annealing = Annealing(Decoder(question), 1)
    annealing.search = new_search(annealing.decoder.plant, 1)
    annealing.search.memo[tables.BEST_VALUE] = 1_000_000
    for aimed in (None, 1000):
        annealing.go_on(Pace(1, 100, aimed=aimed))
    assert heats[0] == pytest.approx(1000 * heats[1])


def test_a_move_takes_along_whatever_must_precede_or_follow() -> None:
    question = plant(30, EVERYTHING)
    annealing = Annealing(Decoder(question), 1)
    assert annealing.begin(next(dispatch(question))[1], lambda: False)
    flat, search, scratch = annealing.decoder.plant, annealing.search, annealing.decoder.scratch
    before = search.sequence.tolist()

    for source in range(flat.clusters):
        for target in range(flat.clusters):
            scratch.sequence[:] = search.sequence
            first = kernel.move(flat, search, scratch, source, target)
            after = scratch.sequence.tolist()
            assert sorted(after) == sorted(before)
            assert first == next((place for place, pair in enumerate(zip(before, after, strict=True)) if len({*pair}) > 1), -1)
            index = {cluster: place for place, cluster in enumerate(after)}
            for cluster in after:
                row = flat.cluster[cluster]
                assert all(index[cluster] < index[other] for other in flat.following[row[tables.NEXT] : row[tables.NEXT_END]])
