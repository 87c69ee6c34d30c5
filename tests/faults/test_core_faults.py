"""A database that breaks off in the middle of a statement or of a commit, and clocks that are wrong."""

from __future__ import annotations

import ast
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from runs import leases
from runs.execution import execute
from runs.leases import NewEvent, Progress
from runs.models import Run, RunEvent
from runs.models.event import EventKind
from runs.models.run import ACTIVE
from runs.retrying import persist
from scheduler_site.env import REPOSITORY
from solver.process import SolverProcess
from tests.faults.proxy import proxied
from tests.faults.table import Tally
from tests.runs.fake_solver import two_operations
from tests.runs.making import claimed, let_lease_run_out, let_wait_pass, make_run, make_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

FAULT_SHARE = 0.2
CLOCKS = {"time", "time_ns", "now", "utcnow", "today"}  # what tells the wall-clock time of this machine


@pytest.mark.fault("F08", "commit_unknown")
def test_an_append_whose_commit_was_not_answered_is_there_once(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorder's way of writing: events in a transaction, repeated as a whole."""
    run = make_run()
    lease = claimed(run)
    parameters = connection.get_connection_params()
    monkeypatch.setattr("runs.retrying.FIRST_PAUSE_SECONDS", 0.001)

    def append(number: int) -> int:
        with transaction.atomic():
            return leases.append(lease, events[number], Progress(bound=number))

    wanted = tally.count(quick=40, full=200)
    events = [[NewEvent(EventKind.BOUND, {"bound": number, "elapsed": 0.0})] for number in wanted]
    with proxied(parameters["host"], int(parameters["port"]), seed=8) as proxy:
        monkeypatch.setitem(connection.settings_dict, "PORT", str(proxy.port))
        connection.close()
        proxy.share = 0.5
        for number in wanted:
            tally.begin()
            began = time.monotonic()
            seq = persist(lambda number=number: append(number))  # type: ignore[misc] # binds the loop's number
            assert seq == number + 3
            tally.recovered(time.monotonic() - began)
        proxy.share = 0.0
        connection.close()
        monkeypatch.undo()
    assert proxy.cuts > len(wanted) // 4
    told = RunEvent.objects.filter(run=run, kind="bound").order_by("seq").values_list("data__bound", flat=True)
    assert list(told) == list(wanted), "each once, in order"
    tally.assert_recovered()


class Breaks:
    """Breaks off a share of the statements about runs, before or after they were carried out."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.count = 0

    def __call__(self, run: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "runs_" not in sql:
            return run(sql, *rest)
        roll = self.dice.random()
        if roll < FAULT_SHARE / 2:
            self._break("before")
        result = run(sql, *rest)
        if roll > 1 - FAULT_SHARE / 2:
            self._break("after")
        return result

    def _break(self, when: str) -> None:
        self.count += 1
        raise OperationalError(f"broken off {when} the statement, on purpose")


def look_after(run: Run) -> None:
    """What the steward does, and the time that passes until its next round."""
    let_lease_run_out(run) if Run.objects.filter(pk=run.pk, state__in=["running", "stopping"]).exists() else let_wait_pass(run)
    leases.reap(timedelta(0))


@pytest.mark.fault("F23", "database_breaks_off")
def test_every_run_ends_though_statements_break_off(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way of a run through a worker, with a solver process; a fifth of its statements break off."""
    monkeypatch.setattr("runs.retrying.FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("runs.retrying.LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(SolverProcess, "command", (sys.executable, "-m", "tests.runs.fake_solver", "finish"))
    broken = 0
    for seed in tally.count(quick=12, full=100):
        run = make_run(snapshot=make_snapshot(two_operations().to_json()))
        breaks = Breaks(seed)
        tally.begin()
        began = time.monotonic()
        message = 0
        while Run.objects.filter(pk=run.pk, state__in=ACTIVE).exists():
            message += 1
            assert message < 20
            with connection.execute_wrapper(breaks), suppress(OperationalError):  # its worker gives up, and the steward comes
                execute(run.pk, f"solve@here/{run.pk}-{message}")
            look_after(run)
        broken += breaks.count
        tally.recovered(time.monotonic() - began)
    assert broken >= tally.tries, "statements did break off"
    tally.assert_recovered()


@contextmanager
def skewed(monkeypatch: pytest.MonkeyPatch, hours: float) -> Iterator[None]:
    """The wall clock of this machine is wrong, as Python code sees it."""
    real_time, real_now = time.time, timezone.now
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: real_time() + hours * 3600)
        wrong.setattr(timezone, "now", lambda: real_now() + timedelta(hours=hours))
        yield


@pytest.mark.fault("F24", "clock_skew")
def test_a_worker_or_a_steward_with_a_wrong_clock_reaps_nobody_early_and_keeps_nobody_late(
    tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours in (-1.0, 1.0):
        tally.begin()
        run, dead = make_run(), make_run()
        with skewed(monkeypatch, hours):
            lease, lost = claimed(run, "solve@here/1"), claimed(dead, "solve@here/2")
            leases.renew(lease, 1.0)
            assert leases.reap(timedelta(0)) == []
            assert leases.overdue() == leases.expire() == []
        assert leases.reap(timedelta(0)) == [], "by a steward whose clock is right"
        with skewed(monkeypatch, hours):
            row = Run.objects.get(pk=run.pk)
            assert row.lease_until is not None
            assert row.claimed_at is not None
            assert 14 < (row.lease_until - row.claimed_at).total_seconds() < 30
        let_lease_run_out(dead)
        with skewed(monkeypatch, hours):
            assert [reaped.run_id for reaped in leases.reap(timedelta(0))] == [lost.run_id]
            leases.cancel(dead.pk, None, "")
            leases.cancel(run.pk, None, "")
            leases.cancelled(lease, NewEvent(EventKind.CANCELLED, {}).uid)
        tally.recovered(0.0)
    tally.assert_recovered()


def clocks_asked(file: Path) -> set[str]:
    """Names of functions called in a module that tell this machine's wall-clock time."""
    calls = [node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCKS}


@pytest.mark.fault("F24", "clock_unasked")
def test_no_decision_about_leases_asks_the_clock_of_the_machine(tally: Tally) -> None:
    """Only PostgreSQL's clock decides; what is measured here is measured by a clock that nobody sets."""
    tally.begin()
    files = [*(REPOSITORY / "runs" / "leases").glob("*.py"), *(REPOSITORY / "runs" / f"{name}.py" for name in DECIDERS)]
    assert {file.name: clocks_asked(file) for file in files if clocks_asked(file)} == {}
    tally.recovered(0.0)


DECIDERS = ("execution", "searching", "work", "steward", "retrying", "worker_signals", "liveness", "bell")
