"""Public instances become Problems; broken ones are told line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.diagnose import diagnose
from solver.instances import InstanceFormatError, read_instance
from solver.problem import Crew, Mode, Objective, Precedence

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("path", sorted(DATA.glob("*.*[!d]")), ids=lambda path: path.name)
def test_every_instance_is_a_problem_without_faults(path: Path) -> None:
    problem = read_instance(path)

    assert diagnose(problem) == ()
    assert problem.name == path.stem
    assert problem.objective == Objective(makespan=1)


def test_a_job_shop_has_one_mode_for_each_operation() -> None:
    problem = read_instance(DATA / "jsp_ft06.txt")

    assert (len(problem.orders), len(problem.machines), len(problem.operations), len(problem.precedences)) == (6, 6, 36, 30)
    assert problem.operations[0].modes == (Mode("machine-3", 1),)
    assert problem.horizon == 197


def test_a_flexible_job_shop_has_alternatives() -> None:
    problem = read_instance(DATA / "fjsp_mk01.txt")

    assert (len(problem.orders), len(problem.machines), len(problem.operations)) == (10, 6, 55)
    assert problem.operations[0].modes == (Mode("machine-1", 5), Mode("machine-3", 4))
    assert Precedence("operation-1-1", "operation-1-2") in problem.precedences
    assert Precedence("operation-1-6", "operation-2-1") not in problem.precedences


def test_changeovers_have_a_matrix_for_each_machine() -> None:
    problem = read_instance(DATA / "sdst_la11_edata.json")
    data = json.loads((DATA / "sdst_la11_edata.json").read_text())

    assert problem.machines[2].setup_matrix == "matrix-3"
    assert problem.setup_matrices[2].times[1][3] == data["sm"][2][1][3]
    assert problem.operations[0].setup_family == f"family-{data['fam'][0] + 1}"


@pytest.mark.parametrize("name", ["five.sm", "as .rcp"])
def test_resources_of_a_project_become_people(name: str) -> None:
    rcp = "7 2 2 2  0 0 0 3 2 3 4  4 2 0 1 5  3 1 1 1 6  5 0 2 1 6  6 1 1 1 7  3 2 0 1\n 7  0 0 0 0"
    problem = read_instance(DATA / name if name == "five.sm" else rcp)

    assert [operation.modes[0].run for operation in problem.operations] == [4, 3, 5, 6, 3]
    assert [len(operation.crew) for operation in problem.operations] == [1, 2, 1, 2, 1]
    assert problem.operations[2].crew == (Crew("resource-2", count=2),)
    assert [person.skills[0].skill for person in problem.operators] == ["resource-1"] * 2 + ["resource-2"] * 2
    assert {(link.before, link.after) for link in problem.precedences} == {
        ("activity-2", "activity-5"),
        ("activity-3", "activity-6"),
        ("activity-4", "activity-6"),
    }


def test_activities_without_duration_pass_their_order_on() -> None:
    text = "5 1 1  0 0 1 2  2 1 1 3  0 0 1 4  3 1 1 5  0 0 0"

    problem = read_instance(text)

    assert [(link.before, link.after) for link in problem.precedences] == [("activity-2", "activity-4")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["The file is empty."]),
        ("2 2\n0 3 1 2\n0 3 1 x\n", ["Line 3: “x” is not a whole number of zero or more."]),
        ("2 2\n0 3 1 2\n0 3 2 2\n", ["Line 3: Machine 2 does not exist; machines are 0 to 1."]),
        ("# a comment\n3 2\n0 3 1 2\n0 3 1 2\n", ["The first line announces 3 orders, but 2 lines follow it."]),
        (
            "2 2\n0 3 0 2\n1 3 2 2\n",
            ["Line 2: Machine 0 is visited twice.", "Line 3: Machine 2 does not exist; machines are 0 to 1."],
        ),
        ("1 2 1.5\n2 1 1 5 2 1 4\n", ["Line 2: Operation 2 has 1 of its 2 alternatives."]),
        ("1 2 1.5\n2 1 1 5 1 3 4\n", ["Line 2: Machine 3 does not exist; machines are 1 to 2."]),
        ("1 2 1.5\n1 2 1 5 1 4\n", ["Line 2: An operation names the same machine twice."]),
    ],
)
def test_every_fault_of_a_text_is_told(text: str, told: list[str]) -> None:
    with pytest.raises(InstanceFormatError) as raised:
        read_instance(text)

    assert list(raised.value.faults) == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  2      1     4       2    0",
            "  2      1     4       3    0",
            "Line 31: Activity 2 needs 3 of resource 1, of which there are 2.",
        ),
        (
            "   3        1          1           6",
            "   3        2          1           6",
            "Line 21: Activity 3 has 2 modes; only one can be",
        ),
        (
            "   4        1          1           6",
            "   4        1          1           9",
            "Activity 4 has the successor 9, which does not",
        ),
        (
            "  - nonrenewable              :  0",
            "  - nonrenewable              :  1",
            "Nonrenewable resources cannot be represented",
        ),
        ("RESOURCEAVAILABILITIES:", "AVAILABLE:", "The section “RESOURCEAVAILABILITIES” is missing or empty."),
        (
            "  6      1     3       2    0",
            "  5      1     3       2    0",
            "Activity 6 has no row with its duration and demands.",
        ),
    ],
)
def test_every_fault_of_a_project_is_told(old: str, new: str, told: str) -> None:
    text = (DATA / "five.sm").read_text()
    assert old in text

    with pytest.raises(InstanceFormatError, match=told):
        read_instance(text.replace(old, new))


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("fam", 3), 9, "fam[3] is 9, but the last one is 4."),
        (("jobs", 1, 0, 0), [9, 5], "jobs[1][0][0][0] is 9, but the last one is 4."),
        (("jobs", 1, 0, 0), [0], "jobs[1][0][0] must have 2 entries, not 1."),
        (("jobs", 2), [], "jobs[2] has no operations."),
        (("sm", 0, 1), [1, 2], "sm[0][1] must have 5 entries, not 2."),
        (("n",), "many", "n must be a whole number of zero or more."),
    ],
)
def test_faults_of_changeovers_are_told_by_place(path: tuple[str | int, ...], value: object, told: str) -> None:
    data = json.loads((DATA / "sdst_la11_edata.json").read_text())
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    with pytest.raises(InstanceFormatError) as raised:
        read_instance(json.dumps(data))

    assert told in raised.value.faults


def test_broken_json_and_binary_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text('{"n": 2,\n "m": }')
    (tmp_path / "picture.txt").write_bytes(b"12 \xff\xfe")

    with pytest.raises(InstanceFormatError, match="Line 2: This is not JSON"):
        read_instance(tmp_path / "torn.json")
    with pytest.raises(InstanceFormatError, match="The file is not text: byte 3"):
        read_instance(tmp_path / "picture.txt")


@given(st.text(alphabet="0123456789 -.\n{}[]x", max_size=80))
def test_any_text_is_a_problem_or_has_faults(text: str) -> None:
    try:
        problem = read_instance(text)
    except InstanceFormatError:
        return
    assert problem.operations
