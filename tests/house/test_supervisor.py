"""The supervisor forwards, starts again with back-off, and stops everything in time, even what does not want to."""

import sys
import time
from collections.abc import Callable, Iterator
from unittest.mock import patch

import psutil
import pytest

from scheduler_site import processes
from scheduler_site.processes import Command
from scheduler_site.supervisor import Child, Supervisor

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


class Stage:
    """A supervisor and what it has said."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.supervisor = Supervisor(lambda name, line: self.lines.append((name, line)))
        self.children: list[Child] = []

    def add(self, name: str, script: str) -> Child:
        child = self.supervisor.add(python(name, script))
        self.children.append(child)
        return child

    def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.lines
            self.supervisor.tick()

    def said(self, name: str) -> list[str]:
        return [line for speaker, line in self.lines if speaker == name]


def python(name: str, script: str) -> Command:
    return Command(name, [sys.executable, "-c", script])


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.supervisor.stop(stage.children, 0.0, lambda: True)


def test_forwards_whole_lines_of_both_streams(stage: Stage) -> None:
    stage.add(
        "talker",
        "import sys, time; print('one', flush=True); print('two', file=sys.stderr);"
        "print('half', end='', flush=True); time.sleep(60)",
    )
    stage.until(lambda: {"one", "two"} <= set(stage.said("talker")))
    assert "half" not in stage.said("talker")


def test_a_long_silence_after_half_a_line_loses_nothing(stage: Stage) -> None:
    stage.add("talker", "print('no newline at the end', end='')")
    stage.until(lambda: "no newline at the end" in stage.said("talker"))


def test_starts_again_and_waits_longer_each_time(stage: Stage) -> None:
    child = stage.add("weak", "raise SystemExit(3)")
    stage.until(lambda: len(stage.said("weak")) == 2)
    assert stage.said("weak") == ["ended (exit code 3); starts again in 1 s", "ended (exit code 3); starts again in 2 s"]
    assert child.start_again_at is not None


def test_back_off_has_a_ceiling_and_forgets_after_a_steady_time() -> None:
    child = Child(python("weak", ""))
    assert [child.plan_restart(now=1.0) for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    child.started_at = 100.0
    assert child.plan_restart(now=161.0) == 1.0


def test_names_the_signal(stage: Stage) -> None:
    child = stage.add("victim", "import time; time.sleep(60)")
    assert child.process is not None
    child.process.kill()
    stage.until(lambda: stage.said("victim") == ["ended (killed by signal 9); starts again in 1 s"])
    stage.until(lambda: child.runs)


def test_kills_what_does_not_stop_in_time(stage: Stage) -> None:
    child = stage.add("deaf", DEAF)
    stage.until(lambda: stage.said("deaf") == ["deaf"])
    stage.supervisor.stop([child], 0.3, lambda: False)
    assert not child.runs
    assert stage.said("deaf")[-1] == "did not stop in time and was killed"


def test_kills_all_who_are_late_before_it_waits_for_any(stage: Stage) -> None:
    deaf = [stage.add(name, DEAF) for name in ("one", "two")]
    stage.until(lambda: bool(stage.said("one") and stage.said("two")))
    deeds: list[str] = []

    def note(deed: str, wrapped: Callable[..., None]) -> Callable[..., None]:
        def noted(*given: object) -> None:
            deeds.append(deed)
            wrapped(*given)

        return noted

    with patch.multiple(
        "scheduler_site.supervisor.processes",
        kill_group=note("kill", processes.kill_group),
        make_sure=note("wait", processes.make_sure),
    ):
        stage.supervisor.stop(deaf, 0.0, lambda: False)
    assert deeds[:3] == ["kill", "kill", "wait"]
    assert not any(child.runs for child in deaf)


def test_kills_grandchildren_too(stage: Stage) -> None:
    script = (
        "import subprocess, sys, time; grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(grandchild.pid, flush=True); time.sleep(60)"
    )
    child = stage.add("parent", script)
    stage.until(lambda: bool(stage.said("parent")))
    grandchild = int(stage.said("parent")[0])
    stage.supervisor.stop([child], 5.0, lambda: False)
    stage.until(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE)


def test_stopping_some_leaves_the_others_heard(stage: Stage) -> None:
    stage.add("stays", "import time; time.sleep(0.5); print('still here', flush=True); time.sleep(60)")
    goes = stage.add("goes", "import time; time.sleep(60)")
    stage.supervisor.stop([goes], 5.0, lambda: False)
    stage.until(lambda: stage.said("stays") == ["still here"])


def test_run_once_gives_the_exit_code_and_the_output(stage: Stage) -> None:
    assert stage.supervisor.run_once(python("once", "print('done'); raise SystemExit(4)"), lambda: False) == 4
    assert stage.said("once") == ["done"]
