"""What each line of the log is about, written by the product's own path through Celery, the worker and its child."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from billiard.einfo import ExceptionWithTraceback
from billiard.exceptions import WorkerLostError
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from kombu.exceptions import OperationalError as BrokerAway
from redis import Redis
from structlog.contextvars import bound_contextvars, get_contextvars

import scheduler_site.celery  # noqa: F401 - its signals name the task
from runs import broadcast, leases, liveness, worker_signals
from runs.bell import Ringer
from runs.models import Run
from runs.models.heartbeat import ProcessKind
from runs.queues import SOLVE
from runs.steward import EPOCH, Steward
from runs.tasks import solve_run
from scheduler_site.logs import logging_configuration
from solver.process import SolverProcess
from tests.live_stack import wait_until
from tests.plans.making import make_site
from tests.runs.fake_solver import two_operations
from tests.runs.making import claimed, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Everything that is logged, as TAKTLINE_LOG=json writes it."""
    spec = dict(logging_configuration("json", "INFO")["formatters"]["lines"])
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(spec.pop("()")(**spec))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def run() -> Run:
    return make_run(snapshot=make_snapshot(two_operations().to_json()))


def carry_out(run: Run) -> None:
    """As a worker does with the message."""
    solve_run.apply(args=[run.pk], task_id="task-7")


def saying(written: list[dict[str, Any]], event: str) -> dict[str, Any]:
    (found,) = [line for line in written if event in line["event"]]
    return found


def is_about(line: Mapping[str, object], run: Run) -> bool:
    return {"run": run.pk, "attempt": 1, "task_id": "task-7"}.items() <= line.items()


@pytest.mark.parametrize("behaviour", ["finish", "crash"])
def test_every_line_of_an_attempt_names_run_attempt_and_task(
    run: Run, lines: Lines, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", behaviour))
    carry_out(run)
    written = [line for line in lines() if line["logger"].startswith("runs.")]
    assert {"attempt begins", "attempt over"} <= {line["event"] for line in written}
    assert all(is_about(line, run) for line in written), written
    assert not get_contextvars(), "what comes next has nothing to do with it"


def test_celerys_own_line_about_an_error_names_them_too(run: Run, lines: Lines) -> None:
    with patch("runs.execution.search", side_effect=ValueError("ours")):
        carry_out(run)
    assert is_about(saying(lines(), "run failed"), run)
    assert is_about(saying(lines(), "raised unexpected"), run)


def test_the_line_about_a_killed_child_names_what_it_held(run: Run, lines: Lines) -> None:
    claimed(run, "solve@here/task-7")
    lost = WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL).")
    given = (WorkerLostError, ExceptionWithTraceback(lost, ""), None)  # as it comes out of the pool
    with patch("runs.pulse.connection"):
        worker_signals.on_task_failure(SimpleNamespace(name=SOLVE), "task-7", lost)
    logging.getLogger("celery.worker.request").error("Task handler raised error", exc_info=given)
    assert is_about(saying(lines(), "Task handler raised error"), run)


def test_the_steward_names_the_attempt(run: Run, lines: Lines) -> None:
    make_site()
    liveness.seen(liveness.BEAT, ProcessKind.BEAT)
    redis = Redis.from_url(settings.CELERY_BROKER_URL)
    redis.set(EPOCH, "before")
    claimed(run)
    leases.lost("task-1")
    Steward("steward@here/1").go_round()
    redis.flushdb()
    redis.close()
    assert {"run": run.pk, "attempt": 1}.items() <= saying(lines(), "run reaped").items()


@pytest.mark.parametrize(
    ("where", "error", "event"),
    [("current_app.send_task", BrokerAway("gone"), "broker away"), ("ring", OperationalError("gone"), "database away")],
)
def test_a_ring_says_what_whoever_wanted_it_says(lines: Lines, where: str, error: Exception, event: str) -> None:
    ringer = Ringer()
    with patch(f"runs.bell.{where}", side_effect=error):
        with bound_contextvars(attempt=3, request_id="abcdefgh"):
            ringer.want(7, fallback=False)
        ringer.close()
    assert {"run": 7, "attempt": 3, "request_id": "abcdefgh"}.items() <= saying(lines(), event).items()


def test_a_hint_that_is_lost_says_which_attempt_gave_it(lines: Lines) -> None:
    bell = broadcast.Doorbell(lambda: SimpleNamespace(group_send=_refuse))
    with bound_contextvars(run=7, attempt=3):
        bell.announce(7, 12)
    wait_until(lambda: bool(lines()), "the line is written")
    bell.close()
    assert {"run": 7, "attempt": 3, "seq": 12}.items() <= saying(lines(), "hint_lost").items()


def test_so_does_the_one_for_its_beginning() -> None:
    """It is given before the attempt has its name in the log."""
    run = make_run()
    with patch("runs.broadcast.announce", side_effect=lambda *_: said.append(get_contextvars())):
        said: list[dict[str, Any]] = []
        lease = claimed(run)
    assert [(line["run"], line["attempt"]) for line in said] == [(run.pk, lease.attempt)]


def test_djangos_lines_about_refused_requests_name_the_request(lines: Lines) -> None:
    Client().get("/api/v1/runs", headers={"X-Request-ID": "abcdefgh"})
    assert saying(lines(), "/api/v1/runs")["request_id"] == "abcdefgh"


async def _refuse(*_arguments: object) -> None:
    raise OSError("gone")
