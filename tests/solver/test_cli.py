"""The command line: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import solver.__main__
from solver.__main__ import EXIT_FAILED, EXIT_NO, EXIT_UNREADABLE, EXIT_YES, main
from solver.bench.plants import EVERYTHING, plant
from solver.instances import read_instance
from solver.problem import Order, Problem
from solver.schedule import Schedule
from solver.verify import verify
from tests.solver.examples import assignment, operation, problem, schedule

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


def test_iterations_give_the_same_schedule_again(tmp_path: Path) -> None:
    """The two processes hash differently, so that their sets are in another order."""
    question, told = write(tmp_path / "plant.json", plant(60, EVERYTHING)), []
    for number in (1, 2):
        out = tmp_path / f"schedule{number}.json"
        done = run("solve", question, "--iterations", "300", "--seconds", "600", "--threads", str(number), "--out", str(out))
        assert done.returncode == EXIT_YES, done.stderr
        told.append(out.read_text())

    assert told[0] == told[1]


@pytest.mark.parametrize("iterations", ["0", "-1", "2.5", "many"])
def test_iterations_are_a_number(iterations: str) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["solve", str(DATA / "jsp_ft06.txt"), "--iterations", iterations])
    assert refused.value.code == EXIT_UNREADABLE


def test_an_interrupt_keeps_the_best(tmp_path: Path) -> None:
    question, out = write(tmp_path / "plant.json", plant(350, EVERYTHING)), tmp_path / "schedule.json"
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


def test_what_is_no_question_exits_with_two_and_every_fault(tmp_path: Path) -> None:
    """Although one of the faults, alone, would be a proof."""
    orders = (Order("o1", "4711", release=9, due=8),)
    question = problem(operation("a"), operation("b", modes=()), orders=orders)

    done = run("solve", write(tmp_path / "problem.json", question))

    assert done.returncode == EXIT_UNREADABLE
    told = [line.removeprefix(f"{tmp_path}/problem.json: ") for line in done.stderr.splitlines()]
    assert told == ["Order 4711 is due before its release.", "Order 4711, 'Step b' has no machine that can do it."]
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["stage"]


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
        ("long.txt", f"1 1\n0 {'9' * 5000}\n", "Line 2: “999999999999999…” has more than 15 digits."),
        ("long.json", f'{{"n": {"9" * 5000}}}', "A number in this JSON is too long"),
        ("deep.json", "[" * 200_000, "lie too deep"),
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
    ("arguments", "told"),
    [
        ([], "required: COMMAND"),
        (["plan"], "invalid choice: 'plan'"),
        (["solve"], "required: FILE"),
        (["solve", "x", "--seconds", "0"], "--seconds: It must be a number of seconds above 0, not “0”."),
        (["solve", "x", "--seconds", "soon"], "--seconds: It must be a number of seconds above 0, not “soon”."),
        (["solve", "x", "--seconds", "nan"], "not “nan”"),
        (["solve", "x", "--until", "inf"], "--until: It must be an instant in seconds, not “inf”."),
        (["solve", "x", "--until", "5", "--seconds", "5"], "--seconds: not allowed with argument --until"),
        (["solve", "x", "--threads", "0"], "--threads: It must be a whole number of at least 1, not “0”."),
        (["solve", "x", "--gap", "nan"], "--gap: It must be a number from 0 to 1, not “nan”."),
        (["solve", "x", "--seed", "1.5"], "--seed: It must be a whole number, not “1.5”."),
    ],
)
def test_a_wrong_command_exits_with_two(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)

    assert exit_.value.code == EXIT_UNREADABLE
    errors = capsys.readouterr().err
    assert "usage: python -m solver" in errors
    assert told in errors


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    assert "exit codes:" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "told"), [("no/folder.json", "no such folder"), (".", "This is a folder")])
def test_a_schedule_that_could_not_be_written_is_not_searched_for(
    name: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", str(DATA / "five.sm"), "--out", str(tmp_path / name)]) == EXIT_UNREADABLE
    heard = capsys.readouterr()
    assert told in heard.err
    assert heard.out == ""


def test_a_schedule_that_cannot_be_written_after_all_is_told() -> None:
    done = run("solve", str(DATA / "five.sm"), "--seconds", "5", "--out", "/dev/full")

    assert done.returncode == EXIT_UNREADABLE
    assert "No space left on device" in done.stderr


def test_a_search_that_nobody_listens_to_ends_and_keeps_its_best(tmp_path: Path) -> None:
    question, out = write(tmp_path / "plant.json", plant(350, EVERYTHING)), tmp_path / "schedule.json"
    with subprocess.Popen(
        [sys.executable, "-m", "solver", "solve", question, "--seconds", "1000", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == ""

    assert main(["verify", question, str(out)]) == EXIT_YES


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_search_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(solver.__main__, "search", fails)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert main(["solve", str(DATA / "five.sm")]) == EXIT_FAILED
