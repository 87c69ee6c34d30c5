"""Which processes keep a solver process ready, and when."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import psutil
import pytest
from celery import current_app
from celery.signals import task_postrun, worker_process_init, worker_process_shutdown

from runs import spares
from runs.models import Run, State
from runs.queues import DEFAULT_QUEUE, HIGH_QUEUE, LOW_QUEUE, QUEUES, SOLVE, SOLVE_QUEUE, TICK
from runs.tasks import solve_run
from solver.process import SolverProcess
from tests.runs.fake_solver import two_operations
from tests.runs.making import make_run, make_snapshot


@pytest.fixture(autouse=True)
def fake_solvers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """They wait for a question, as long as none is there; nobody keeps one when the test has ended."""
    monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", "finish"))
    yield
    task_postrun.disconnect(spares.on_task_over)
    SolverProcess.spare.drop()


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this process a child of a worker of these queues."""

    def begin(*queues: str) -> None:
        monkeypatch.setattr(current_app.amqp.queues, "_consume_from", {name: current_app.amqp.queues[name] for name in queues})
        spares.on_begin(sender="solve@here")

    return begin


def kept() -> int | None:
    """The pid of the one that waits."""
    waiting = SolverProcess.spare._waiting
    return waiting.child.pid if waiting else None


def task_is_over(name: str) -> None:
    task_postrun.send(sender=current_app.tasks[name])


def is_there(pid: int | None) -> bool:
    return pid is not None and psutil.pid_exists(pid)


def test_a_child_of_a_solve_worker_keeps_one_from_its_start_to_its_end(serving: Callable[..., None]) -> None:
    serving(SOLVE_QUEUE)
    pid = kept()
    assert is_there(pid)
    task_is_over(SOLVE)
    assert kept() == pid, "there is one already"
    spares.on_end(sender="solve@here", pid=os.getpid(), exitcode=0)
    assert not is_there(pid)


@pytest.mark.parametrize("queues", [[HIGH_QUEUE], [DEFAULT_QUEUE], [LOW_QUEUE], list(QUEUES)], ids=",".join)
def test_who_may_never_solve_keeps_none_before_the_first_solve(serving: Callable[..., None], queues: list[str]) -> None:
    serving(*queues)
    task_is_over(TICK)
    assert kept() is None
    task_is_over(SOLVE)
    assert is_there(kept())


def test_who_is_no_child_of_a_worker_keeps_none() -> None:
    task_is_over(SOLVE)
    assert kept() is None


@pytest.mark.django_db(transaction=True)
def test_a_search_takes_it_and_leaves_a_new_one(serving: Callable[..., None]) -> None:
    run = make_run(snapshot=make_snapshot(two_operations().to_json()))
    serving(SOLVE_QUEUE)
    pid = kept()
    asked: list[int] = []
    told = SolverProcess.read

    def read(process: SolverProcess, timeout_seconds: float) -> Any:
        asked.append(process.pid)
        assert kept() is None, "no second one while it searches"
        return told(process, timeout_seconds)

    with patch.object(SolverProcess, "read", read):
        solve_run.apply(args=[run.pk])
    assert Run.objects.get().state == State.FINISHED
    assert set(asked) == {pid}
    assert not is_there(pid)
    assert is_there(kept())


@pytest.mark.parametrize("is_on", [True, False])
def test_it_can_be_switched_off(settings: Any, is_on: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    settings.SPARE_SOLVERS = is_on
    with patch.object(worker_process_init, "connect") as init, patch.object(worker_process_shutdown, "connect") as shutdown:
        spares.connect()
    assert init.called == shutdown.called == is_on
