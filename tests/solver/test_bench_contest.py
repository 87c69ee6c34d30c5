"""The contestants of the benchmark: the same time for everybody, and only legal schedules count."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from solver.bench import contest, peer, rules
from solver.bench.contest import CONTESTANTS, Heard
from solver.bench.peer import NotForIt, planned, translated
from solver.bench.plants import plant
from solver.dispatch import dispatch
from solver.instances import read_instance
from solver.problem import Crew, Mode, Objective, Order, Precedence, Problem, SetupMatrix
from solver.schedule import Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import assignment, machine, operation, operator, problem, schedule

DATA = Path(__file__).parent / "data"

BOTH = pytest.mark.parametrize("who", ["ours", "pyjobshop"])


def two_families(windows: tuple[tuple[int, int], ...] = ((0, 1000),)) -> Problem:
    """Three runs of 10 on one machine, of two families that take 5 to change over from one to the other."""
    return problem(
        *(operation(key, setup_family=family) for key, family in (("a", "steel"), ("b", "brass"), ("c", "steel"))),
        machines=(machine(windows=windows, setup_matrix="x"),),
        setup_matrices=(SetupMatrix("x", "Changeovers", ("steel", "brass"), ((0, 5), (5, 0))),),
    )


@BOTH
def test_contestants_prove_a_classic(who: str) -> None:
    result = CONTESTANTS[who](read_instance(DATA / "jsp_ft06.txt"), 20, 2, 1)

    assert (result.objective, result.bound, result.remark) == (55, 55, "")
    assert result.first_seconds is not None
    assert result.proof_seconds is not None
    assert result.total_seconds is not None
    assert 0 < result.first_seconds <= result.proof_seconds <= result.total_seconds
    assert result.peak_mb is not None
    assert result.peak_mb > 20


@BOTH
def test_contestants_prove_a_project_in_which_people_bind(who: str) -> None:
    """Three who can stand in for each other, and work for two, two and one of them: two of these cannot be at once."""
    people = tuple(operator(f"p{number}", "weld") for number in range(3))
    question = problem(
        *(operation(f"a{number}", 10 + number, crew=(Crew("weld", count=count),)) for number, count in enumerate((2, 2, 1))),
        machines=(machine("m1", capacity=3),),
        operators=people,
        objective=Objective(makespan=1),
    )

    result = CONTESTANTS[who](question, 20, 2, 1)

    assert (result.objective, result.bound, result.remark) == (21, 21, "")


@BOTH
def test_contestants_know_the_longest_wait(who: str) -> None:
    """Without it the makespan would be 30: the first machine would begin with what is followed at once."""
    question = problem(
        operation("w", modes=(Mode("m2", 20),)),
        operation("x", 10),
        operation("y", modes=(Mode("m2", 10),)),
        operation("z", 15),
        machines=(machine("m1"), machine("m2")),
        precedences=(Precedence("w", "y"), Precedence("x", "y", 0, 0)),
        objective=Objective(makespan=1),
    )

    result = CONTESTANTS[who](question, 20, 2, 1)

    assert (result.objective, result.bound, result.remark) == (35, 35, "")


def test_more_changeovers_than_fit_into_memory_are_not_put_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    question = plant(60, ("calendars", "setups"))
    monkeypatch.setattr(peer, "MOST_CHANGEOVERS", 10)

    with pytest.raises(NotForIt, match="so many changeovers"):
        translated(question)


def test_people_in_changeovers_are_not_put_to_it() -> None:
    """It would have them elsewhere until the run begins."""
    question = two_families()
    operations = tuple(replace(each, crew=(Crew("weld"),)) for each in question.operations)

    with pytest.raises(NotForIt, match="It does not know people in changeovers"):
        translated(replace(question, operations=operations, operators=(operator("ada", "weld"),)))


def test_the_best_rule_is_a_contestant() -> None:
    question = read_instance(DATA / "jsp_ft06.txt")

    result = CONTESTANTS["rules"](question, 20, 2, 1)

    found = [objective_value(question.objective, measure(question, schedule)) for _, schedule in dispatch(question)]
    assert (result.objective, result.bound, result.remark) == (min(found), None, "")
    assert 55 < min(found) < 80


def test_what_the_peer_cannot_say_is_not_put_to_it() -> None:
    question = plant(60)

    assert translated(plant(60, ("calendars", "setups"))) is not None
    with pytest.raises(NotForIt, match="people, limits of cells"):
        translated(question)
    assert CONTESTANTS["pyjobshop"](question, 5, 1, 1).remark.startswith("It does not know people")


@BOTH
def test_contestants_prove_a_shop_with_changeovers(who: str) -> None:
    result = CONTESTANTS[who](two_families(), 20, 2, 1)

    assert (result.objective, result.bound, result.remark) == (35, 35, "")


@BOTH
def test_contestants_know_releases_and_calendars(who: str) -> None:
    """The second run does not fit in what is left of the first window, and the third has to wait for its order."""
    question = problem(
        operation("a", 15),
        operation("b", 15),
        operation("c", 10, order="o2"),
        machines=(machine(windows=((0, 25), (40, 90))),),
        orders=(Order("o1", "O1"), Order("o2", "O2", release=60)),
    )

    result = CONTESTANTS[who](question, 20, 2, 1)

    assert (result.objective, result.bound, result.remark) == (70, 70, "")


@BOTH
def test_contestants_know_the_horizon(who: str) -> None:
    result = CONTESTANTS[who](problem(operation("a", 600), operation("b", 600)), 20, 2, 1)

    assert (result.objective, result.first_seconds, result.remark, result.has_run) == (None, None, "infeasible", True)


def test_a_changeover_in_closed_time_does_not_count() -> None:
    """PyJobShop changes over while the machine is closed, from 10 to 15."""
    question = two_families(((0, 10), (15, 100)))

    theirs, mine = CONTESTANTS["pyjobshop"](question, 20, 2, 1), CONTESTANTS["ours"](question, 20, 2, 1)

    assert (theirs.objective, theirs.first_seconds, theirs.proof_seconds) == (None, None, None)
    assert (theirs.remark, theirs.bound) == ("breaks open_time", 35)
    assert mine.objective == 40


def test_tasks_of_the_peer_are_put_into_our_words() -> None:
    """Two modes before it make the last mode number 3; the changeover comes just before the run; the same two people do both."""
    question = problem(
        operation("a", 10, setup_family="brass"),
        operation("b", modes=(Mode("m2", 10), Mode("m1", 20)), setup_family="steel"),
        operation("c", modes=(Mode("m2", 5),), crew=(Crew("weld", count=2),)),
        operation("d", modes=(Mode("m2", 5),), crew=(Crew("weld", count=2),)),
        machines=(machine(setup_matrix="x"), machine("m2")),
        setup_matrices=(SetupMatrix("x", "Changeovers", ("steel", "brass"), ((0, 5), (5, 0))),),
        operators=(operator("ada", "weld"), operator("bob", "weld")),
    )
    tasks = [
        SimpleNamespace(mode=mode, start=start, end=end) for mode, start, end in ((0, 30, 40), (2, 0, 20), (3, 0, 5), (4, 5, 10))
    ]

    found = planned(question, tasks)

    assert found == schedule(
        assignment("a", 30, 40, setup_start=25),
        assignment("b", 0, 20),
        assignment("c", 0, 5, machine="m2", operators=(("ada", "bob"),)),
        assignment("d", 5, 10, machine="m2", operators=(("ada", "bob"),)),
    )
    assert verify(question, found) == ()


def test_nobody_searches_when_the_time_has_passed_before() -> None:
    """An interpreter takes longer than a hundredth of a second to start. A first plan is made all the same."""
    question = read_instance(DATA / "jsp_ft06.txt")
    by_rule = [objective_value(question.objective, measure(question, found)) for _, found in dispatch(question)]

    late = {who: contestant(question, 0.01, 1, 1) for who, contestant in CONTESTANTS.items()}

    assert (late["pyjobshop"].objective, late["pyjobshop"].remark) == (None, "unknown")
    assert late["rules"].objective == late["ours"].objective == by_rule[0] > min(by_rule)
    assert late["ours"].proof_seconds is None


def test_what_comes_when_is_seen_from_outside() -> None:
    told = [
        Heard(2.5, '{"type": "improved", "elapsed": 0.1, "objective": 70}'),
        Heard(3.5, '{"type": "improved", "elapsed": 1.1, "objective": 60}'),
        Heard(9.5, '{"type": "finished", "elapsed": 6.1, "outcome": "optimal", "objective": 55, "bound": 55}'),
    ]

    result = contest._read(told)

    assert (result.objective, result.first_seconds, result.proof_seconds) == (55, 2.5, 9.5)


@pytest.mark.parametrize(("worth", "first"), [(55, 1.5), (None, None)])
def test_the_log_tells_when_the_peer_had_its_first_plan(worth: int | None, first: float | None) -> None:
    """One that turns out to break a rule is none."""
    finished = {"type": "finished", "outcome": "unknown" if worth is None else "feasible", "objective": worth, "bound": 50}
    log = [
        Heard(1.25, "#Bound   0.11s best:inf   next:[36,100] initial_domain"),
        Heard(1.5, "#1       0.13s best:57    next:[39,56]    main"),
        Heard(1.75, "#2       0.18s best:55    next:[39,54]    main"),
    ]

    assert contest._read([*log, Heard(9.5, json.dumps(finished))]).first_seconds == first


def test_one_that_fails_says_why() -> None:
    result = contest._run(problem(operation("a")), 20, ["solver.bench.nobody"])

    assert (result.objective, result.has_run) == (None, False)
    assert "No module named" in result.remark


def test_the_memory_of_whoever_starts_a_contestant_is_not_its_own() -> None:
    ballast = b"x" * (400 * 2**20)

    peak = CONTESTANTS["rules"](read_instance(DATA / "jsp_ft06.txt"), 20, 1, 1).peak_mb

    assert peak is not None
    assert peak < len(ballast) / 2**20


def test_a_rule_whose_schedule_is_illegal_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = problem(operation("a"), operation("b"))
    (tmp_path / "problem.json").write_text(json.dumps(question.to_json()))

    def cheat(*_: object) -> Iterator[tuple[str, Schedule]]:
        yield "later", schedule(assignment("a", 0, 10), assignment("b", 30, 40))
        yield "both at once", schedule(assignment("a", 0, 10), assignment("b", 0, 10))

    monkeypatch.setattr(rules, "dispatch", cheat)
    monkeypatch.setattr(sys, "argv", ["rules", "--until=1e12", "--threads=1", str(tmp_path / "problem.json")])
    rules.main()

    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["objective"] for event in said] == [40, 40]
    assert said[-1]["remark"] == "breaks capacity"
