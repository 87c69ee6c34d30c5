"""Tasks, settings, workers and the files in deploy/ agree with the table of queues, and what does not agree is named."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import call_command
from django.core.management.base import CommandError

from runs.queues import DEFAULT_QUEUE, DISPATCH, HIGH_QUEUE, LOW_QUEUE, QUEUES, ROUTES, SOLVE, SOLVE_QUEUE, TABLE, TICK, queue_of
from scheduler_site import env, routes
from tests.house.test_habits import sources

NAMES = [command.name for command in routes.fleet()]


def test_everything_agrees() -> None:
    out = StringIO()
    call_command("verify_routes", stdout=out)
    assert "every task has its queue, every queue its worker" in out.getvalue()


def test_what_disagrees_ends_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "registered_tasks", lambda: {*ROUTES, "celery.chord", "other.task"} - {"celery.*"})
    with pytest.raises(CommandError, match=r"^Task other\.task has no route\.$"):
        call_command("verify_routes")


def test_a_task_without_a_route_and_a_route_without_a_task_are_named() -> None:
    tasks = {*ROUTES, "celery.chord"} - {"celery.*"}
    assert list(routes.task_faults(tasks)) == []
    assert list(routes.task_faults(tasks | {"runs.other"})) == ["Task runs.other has no route."]
    assert list(routes.task_faults(tasks - {TICK})) == [f"Route {TICK} leads a task that does not exist."]


def test_a_route_into_the_void_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROUTES, TICK, {"queue": "fast"})
    faults = list(routes.task_faults(routes.registered_tasks()))
    assert faults == [f"Route {TICK} leads to the queue fast, which the table does not have."]


def test_settings_that_lead_elsewhere_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "queue_of", lambda _task: LOW_QUEUE)
    faults = list(routes.setting_faults({TICK}))
    assert faults == [f"The settings lead task {TICK} to default, the table to low."]


def test_a_queue_without_a_worker_and_a_worker_without_a_queue_are_named() -> None:
    fleet = routes.fleet()
    assert list(routes.worker_faults(fleet)) == []
    without = [command for command in fleet if command.name != "worker-high"]
    assert list(routes.worker_faults(without)) == ["No worker serves the queue high."]
    other = replace(fleet[1], arguments=["--queues=slow"])
    assert list(routes.worker_faults([*fleet, other])) == ["A worker serves slow, which is no queue of the table."]


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    for path in routes.deploy_lines(NAMES):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(env.REPOSITORY / path, tmp_path / path)
    return tmp_path


def test_files_of_a_deployment_that_lag_behind_are_named(deployment: Path) -> None:
    assert list(routes.deploy_faults(NAMES, deployment)) == []
    faults = list(routes.deploy_faults([*NAMES, "worker-new"], deployment))
    assert {fault.split()[0] for fault in faults} == {"deploy/Procfile", "deploy/taktline@.service", "docs/deploy.md"}


@pytest.mark.parametrize("path", ["deploy/Procfile", "deploy/taktline@.service", "docs/deploy.md"])
def test_a_file_that_differs_is_named(deployment: Path, path: str) -> None:
    file = deployment / path
    file.write_text(file.read_text().replace("worker-low", "worker-lo"))
    assert any(fault.startswith(path) for fault in routes.deploy_faults(NAMES, deployment))


def test_a_missing_file_is_named(deployment: Path) -> None:
    (deployment / "deploy/Procfile").unlink()
    assert len(list(routes.deploy_faults(NAMES, deployment))) == len(NAMES) + 1  # each line and the one above them


def test_a_surplus_process_in_the_procfile_is_named(deployment: Path) -> None:
    with (deployment / "deploy/Procfile").open("a") as file:
        file.write("worker-old: .venv/bin/python manage.py process worker-old\n")
    assert list(routes.deploy_faults(NAMES, deployment)) == ["deploy/Procfile is not what manage.py verify_routes --write makes."]


def test_the_table_in_the_guide_is_written_anew() -> None:
    old = "| queue | what for |\n|---|---|\n| `old` | none |\n\nBelow.\n"
    rows = "\n".join(routes.queue_rows())
    assert routes.write_guide_rows(old) == f"| queue | what for |\n|---|---|\n{rows}\n\nBelow.\n"


@pytest.mark.parametrize(
    ("task", "queue"),
    [(SOLVE, SOLVE_QUEUE), (DISPATCH, HIGH_QUEUE), (TICK, DEFAULT_QUEUE), ("celery.backend_cleanup", LOW_QUEUE)],
)
def test_a_message_goes_to_the_queue_of_the_table(task: str, queue: str) -> None:
    assert queue_of(task) == queue
    assert current_app.amqp.router.route({}, task)["queue"].name == queue


def test_tasks_have_the_time_limit_of_their_queue() -> None:
    for task in routes.registered_tasks():
        if not task.startswith("celery."):
            queue = QUEUES[queue_of(task) or ""]
            assert current_app.tasks[task].time_limit == queue.time_limit
            assert current_app.tasks[task].soft_time_limit < queue.time_limit


def test_solving_takes_the_processors_and_the_rest_one_process_each() -> None:
    solve, *others = TABLE
    assert [solve.side_by_side(processors) for processors in (1, 2, 4, 9)] == [1, 1, 2, 4]
    assert all(queue.side_by_side(64) == 1 for queue in others)


def test_workers_fetch_nothing_ahead_and_low_gives_way() -> None:
    commands = {command.name: command for command in routes.fleet()}
    for queue in TABLE:
        assert "--disable-prefetch" in commands[queue.worker].arguments
        assert commands[queue.worker].niceness == queue.niceness
    assert replace(TABLE[0], prefetch=4).options(1)[3] == "--prefetch-multiplier=4"
    assert commands["worker-low"].niceness > 0 == commands["worker-solve"].niceness


def sends(node: ast.AST) -> bool:
    senders = {"delay", "apply_async", "send_task", "delay_on_commit"}
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in senders


def joins(node: ast.AST) -> bool:
    joining = {"AsyncResult", "ResultSet", "allow_join_result", "chord", "chain", "group", "chunks"}
    if not isinstance(node, ast.ImportFrom) or (node.module or "").split(".")[0] != "celery":
        return False
    return node.module == "celery.result" or bool(joining & {name.name for name in node.names})


def waits_for_a_task(tree: ast.AST) -> Iterator[int]:
    """Lines that could wait for a task: they keep the answer of a call that sends one, or import what joins tasks together."""
    discarded = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Call) and (joins(node) or (sends(node) and id(node) not in discarded)):
            yield node.lineno


def test_no_task_waits_for_another_one() -> None:
    assert [(path, line) for path, tree in sources() for line in waits_for_a_task(tree)] == []


@pytest.mark.parametrize(
    "code",
    ["print(tick.delay().get())", "answer = app.send_task('a')", "from celery import chord", "from celery.result import x"],
)
def test_waiting_for_a_task_would_be_seen(code: str) -> None:
    assert list(waits_for_a_task(ast.parse(code))) == [1]
