"""The command line: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from solver.__main__ import EXIT_NO, EXIT_UNREADABLE, EXIT_YES, main
from solver.instances import read_instance
from solver.problem import Problem
from solver.schedule import Schedule
from solver.verify import verify
from tests.solver.examples import assignment, operation, problem, schedule
from tests.solver.workshop import Workshop

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]


def write(path: Path, data: Problem | Schedule) -> str:
    path.write_text(json.dumps(data.to_json()))
    return str(path)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "solver", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(("name", "best"), [("jsp_ft06.txt", 55), ("fjsp_mk01.txt", 40)])
def test_classics_are_solved_to_their_proven_best(name: str, best: int, tmp_path: Path) -> None:
    out = tmp_path / "schedule.json"

    done = run("solve", str(DATA / name), "--seconds", "60", "--threads", "2", "--seed", "1", "--out", str(out))

    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == EXIT_YES, done.stderr
    assert events[0]["type"] == "stage"
    assert (events[-1]["type"], events[-1]["outcome"], events[-1]["objective"], events[-1]["bound"]) == (
        "finished",
        "optimal",
        best,
        best,
    )
    assert [event["objective"] for event in events if event["type"] == "improved"][-1] == best
    assert verify(read_instance(DATA / name), Schedule.from_json(json.loads(out.read_text()))) == ()
    assert main(["verify", str(DATA / name), str(out)]) == EXIT_YES


def test_an_interrupt_keeps_the_best(tmp_path: Path) -> None:
    question, out = write(tmp_path / "workshop.json", Workshop().problem()), tmp_path / "schedule.json"
    child = subprocess.Popen(
        [sys.executable, "-m", "solver", "solve", question, "--seconds", "100", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if json.loads(line)["type"] == "improved":
            child.send_signal(signal.SIGINT)
            break
    rest, _ = child.communicate(timeout=60)

    assert json.loads(rest.splitlines()[-1])["outcome"] == "feasible"
    assert child.returncode == EXIT_YES
    assert main(["verify", question, str(out)]) == EXIT_YES


def test_what_cannot_be_planned_exits_with_one_and_its_reasons(tmp_path: Path) -> None:
    done = run("solve", write(tmp_path / "problem.json", problem(operation("a", 5000))), "--out", str(tmp_path / "out.json"))

    finished = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, finished["outcome"]) == (EXIT_NO, "infeasible")
    assert finished["reasons"]
    assert not (tmp_path / "out.json").exists()


def test_verify_lists_the_broken_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = write(tmp_path / "problem.json", problem(operation("a"), operation("b", order="o2")))
    overlapping = write(tmp_path / "schedule.json", schedule(assignment("a", 0, 10), assignment("b", 5, 15)))

    assert main(["verify", question, overlapping]) == EXIT_NO
    assert capsys.readouterr().out.startswith("capacity: ")


def test_diagnose_lists_the_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", write(tmp_path / "broken.json", problem(operation("a", modes=())))]) == EXIT_NO
    assert capsys.readouterr().out.startswith("no_mode: ")
    assert main(["diagnose", str(DATA / "five.sm")]) == EXIT_YES
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("missing.json", None, "No such file or directory"),
        ("torn.json", "{", "Line 1: This is not JSON"),
        ("other.json", '{"schema": "taktline.problem/9"}', "schema"),
        ("shop.txt", "1 2\n0 3 1 x\n", "Line 2: “x” is not a whole number of zero or more."),
    ],
)
def test_a_file_that_cannot_be_understood_exits_with_two(
    name: str, text: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)

    assert main(["diagnose", str(tmp_path / name)]) == EXIT_UNREADABLE
    assert told in capsys.readouterr().err


def test_a_schedule_that_is_none_exits_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "schedule.json").write_text('{"assignments": 3}')

    assert main(["verify", str(DATA / "five.sm"), str(tmp_path / "schedule.json")]) == EXIT_UNREADABLE
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["plan"],
        ["solve"],
        ["solve", "x", "--seconds", "0"],
        ["solve", "x", "--seconds", "nan"],
        ["solve", "x", "--threads", "0"],
    ],
)
def test_a_wrong_command_exits_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)

    assert exit_.value.code == EXIT_UNREADABLE
    assert "usage: python -m solver" in capsys.readouterr().err


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    assert "exit codes:" in capsys.readouterr().out


def test_a_schedule_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = run("solve", str(DATA / "five.sm"), "--seconds", "5", "--out", os.fspath(tmp_path / "no" / "folder.json"))

    assert done.returncode == EXIT_UNREADABLE
    assert "No such file or directory" in done.stderr
