"""Problems and schedules as JSON and back."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from solver.problem import Problem, ProblemFormatError, problem_hash
from solver.records import FormatFault
from solver.schedule import Schedule, ScheduleFormatError
from tests.solver.examples import assignment, operation, operator, problem, schedule
from tests.solver.strategies import planned, problems


@given(problems())
def test_a_problem_survives_json(original: Problem) -> None:
    assert Problem.from_json(json.loads(json.dumps(original.to_json()))) == original


@given(planned())
def test_a_schedule_survives_json(pair: tuple[Problem, Schedule]) -> None:
    assert Schedule.from_json(json.loads(json.dumps(pair[1].to_json()))) == pair[1]


def test_defaults_are_left_out() -> None:
    assert schedule(assignment("a", 0, 10)).to_json() == {
        "schema": "taktline.schedule/1",
        "assignments": [{"operation": "a", "machine": "m1", "setup_start": 0, "start": 0, "run_end": 10, "end": 10}],
    }


def test_every_fault_is_named_with_its_path() -> None:
    data: Any = problem(operation(), operators=(operator("ada", "weld"),)).to_json()
    data["horizon"] = "soon"
    data["colour"] = "red"
    data["machines"][0]["windows"] = [[0, 10], [20], "later"]
    data["operations"][0]["may_pause"] = 1
    data["operations"][0]["modes"][0] |= {"run": True, "setup": 1.0, "teardown": 2**53}
    data["operations"][0]["crew"] = [{"skill": "weld", "phase": "run"}]
    data["operators"][0]["skills"] = {"weld": 1}
    del data["cells"]
    data["orders"].append("o9")
    with pytest.raises(ProblemFormatError) as caught:
        Problem.from_json(data)
    assert caught.value.faults == (
        FormatFault("colour", "is not a field here"),
        FormatFault("cells", "is missing"),
        FormatFault("horizon", 'must be a whole number, not "soon"'),
        FormatFault("machines[0].windows[1]", "must be a list of 2, not [20]"),
        FormatFault("machines[0].windows[2]", 'must be a list of 2, not "later"'),
        FormatFault("orders[1]", 'must be an object, not "o9"'),
        FormatFault("operations[0].modes[0].run", "must be a whole number, not true"),
        FormatFault("operations[0].modes[0].setup", "must be a whole number, not 1.0"),
        FormatFault(
            "operations[0].modes[0].teardown", "must be between -9007199254740991 and 9007199254740991, not 9007199254740992"
        ),
        FormatFault("operations[0].crew[0].phase", 'must be "setup" or "all", not "run"'),
        FormatFault("operations[0].may_pause", "must be true or false, not 1"),
        FormatFault("operators[0].skills", 'must be a list, not {"weld": 1}'),
    )
    assert "operations[0].may_pause must be true or false, not 1" in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "taktline.problem/1", 7])
def test_a_problem_is_an_object(data: object) -> None:
    with pytest.raises(ProblemFormatError, match="The document must be an object"):
        Problem.from_json(data)


def test_the_schema_must_be_the_one_that_is_known() -> None:
    data = problem(operation()).to_json()
    with pytest.raises(ProblemFormatError, match=r'schema must be "taktline.problem/1", not "taktline.problem/2"'):
        Problem.from_json({**data, "schema": "taktline.problem/2"})
    with pytest.raises(ProblemFormatError, match="schema must be"):
        Problem.from_json({key: value for key, value in data.items() if key != "schema"})


def test_a_schedule_that_is_none_is_refused() -> None:
    with pytest.raises(ScheduleFormatError, match=r"assignments\[0\].run_end is missing"):
        Schedule.from_json({"schema": "taktline.schedule/1", "assignments": [{"operation": "a"}]})


def test_a_long_value_is_shown_in_part() -> None:
    with pytest.raises(ProblemFormatError, match=f'horizon must be a whole number, not "{"x" * 38}…'):
        Problem.from_json({**problem(operation()).to_json(), "horizon": "x" * 500})


def test_the_hash_is_that_of_the_content() -> None:
    shop = problem(operation("a"), operation("b"))
    assert problem_hash(shop) == problem_hash(Problem.from_json(json.loads(json.dumps(shop.to_json()))))
    assert problem_hash(shop) != problem_hash(replace(shop, operations=shop.operations[::-1]))
    assert problem_hash(shop) != problem_hash(replace(shop, horizon=shop.horizon + 1))


def test_the_hash_stays_what_it_was() -> None:
    assert problem_hash(problem(operation())) == "50082362f4a6feb319b3a75ec3c3ccc4d67768cf0eecf96a519d43cc5ec49888"
