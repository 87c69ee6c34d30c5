"""docs/problem-format.md and its schemas say what the code does."""

import json
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # has no types of its own

from solver import problem as types
from solver.diagnose import diagnose
from solver.faults.fault import FaultCode
from solver.problem import Problem
from solver.rules.grounds import Rule
from solver.schedule import Assignment, Schedule, measure, objective_value
from solver.verify import verify
from tests.solver.examples import operation, operator, problem
from tests.solver.strategies import planned

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

TYPES: dict[str, type[Any]] = {
    "": Problem,
    "cell": types.WorkCell,
    "downtime": types.Downtime,
    "machine": types.Machine,
    "skill": types.SkillLevel,
    "operator": types.Operator,
    "setup_matrix": types.SetupMatrix,
    "order": types.Order,
    "crew": types.Crew,
    "mode": types.Mode,
    "actual": types.Actual,
    "operation": types.Operation,
    "precedence": types.Precedence,
    "pin": types.Pin,
    "baseline_start": types.BaselineStart,
    "objective": types.Objective,
}


def schema(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DOCS / f"{name}.schema.json").read_text())
    return read


PROBLEM = Draft202012Validator(schema("problem"))
SCHEDULE = Draft202012Validator(schema("schedule"))


def example(number: int) -> Any:
    """The JSON blocks of the document in their order: problem, schedule, measures."""
    text = (DOCS / "problem-format.md").read_text()
    return json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[number])


def test_the_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(schema("problem"))
    Draft202012Validator.check_schema(schema("schedule"))


@given(planned())
def test_the_schemas_accept_what_is_written(pair: tuple[Problem, Schedule]) -> None:
    PROBLEM.validate(pair[0].to_json())
    SCHEDULE.validate(pair[1].to_json())


@pytest.mark.parametrize("name", TYPES)
def test_the_problem_schema_has_the_fields_of_the_types(name: str) -> None:
    described = schema("problem")["$defs"][name] if name else schema("problem")
    extra = set() if name else {"schema"}
    own = fields(TYPES[name])
    required = {each.name for each in own if each.default is MISSING and each.default_factory is MISSING}
    assert set(described["properties"]) == {each.name for each in own} | extra
    assert set(described["required"]) == required | extra
    for each in own:
        if each.default not in (MISSING, ()):
            assert described["properties"][each.name]["default"] == each.default


def test_the_schedule_schema_has_the_fields_of_the_types() -> None:
    assert set(schema("schedule")["$defs"]["assignment"]["properties"]) == {each.name for each in fields(Assignment)}


def spoil(path: list[Any], value: Any) -> dict[str, Any]:
    data = problem(operation(), operators=(operator("ada", "mill"),)).to_json()
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["schema"], "taktline.problem/2"),
        (["horizon"], 0),
        (["horizon"], "soon"),
        (["colour"], "red"),
        (["machines", 0, "windows"], [[1, 2, 3]]),
        (["machines", 0, "windows"], [[1]]),
        (["machines", 0, "capacity"], 0),
        (["operations", 0, "modes", 0, "run"], 0),
        (["operations", 0, "modes", 0, "run"], 1.5),
        (["operations", 0, "modes", 0, "run"], 2**53),
        (["operations", 0, "may_pause"], 1),
        (["operations", 0, "crew"], [{"skill": "mill", "phase": "run"}]),
        (["operators", 0, "skills", 0], {"level": 1}),
        (["orders", 0], None),
    ],
)
def test_the_schema_refuses_what_is_broken(path: list[Any], value: Any) -> None:
    assert PROBLEM.is_valid(spoil(["name"], "sound"))
    assert not PROBLEM.is_valid(spoil(path, value))


def test_the_example_is_a_problem_without_faults_and_a_legal_schedule() -> None:
    PROBLEM.validate(example(0))
    SCHEDULE.validate(example(1))
    shop, plan = Problem.from_json(example(0)), Schedule.from_json(example(1))
    assert diagnose(shop) == ()
    assert verify(shop, plan) == ()
    assert (shop.to_json(), plan.to_json()) == (example(0), example(1))


def test_the_example_is_worth_what_the_document_says() -> None:
    shop, plan = Problem.from_json(example(0)), Schedule.from_json(example(1))
    measures = measure(shop, plan)
    assert measures.as_dict() == example(2)
    assert f"= {objective_value(shop.objective, measures)}." in (DOCS / "problem-format.md").read_text()


@pytest.mark.parametrize("name", [each.name for kind in TYPES.values() for each in fields(kind)])
def test_every_field_is_explained(name: str) -> None:
    assert re.search(rf'[`"]{name}[`"]', (DOCS / "problem-format.md").read_text())


@pytest.mark.parametrize(
    ("module", "literal"), [("solver/diagnose.py", get_args(FaultCode)), ("solver/verify.py", get_args(Rule))]
)
def test_every_code_is_in_its_table(module: str, literal: tuple[str, ...]) -> None:
    rows = re.findall(r"^\| (\w+) +\| .*\|$", (ROOT / module).read_text(), re.MULTILINE)
    assert set(rows) - {"code", "rule"} == set(literal)
