"""Real processes, killed and starved: what was asked for is done all the same.

Every test leaves the product running as it found it.
"""

from __future__ import annotations

import psutil

from solver.process.naming import SOLVE
from tests.live_stack import LiveStack, wait_until

ENDED = {"finished", "failed", "cancelled"}

ASK = """
from runs.launch import RunRequest, request_run
from runs.models import ObjectiveProfile
wanted = RunRequest(profile=ObjectiveProfile.default(), limit_seconds={seconds}, threads=1)
print("run", request_run(wanted, None, fresh=True).run.pk)
"""


SCHEDULE = """
from datetime import timedelta
from django.utils import timezone
from runs.models import ObjectiveProfile, SolveSchedule
SolveSchedule.objects.create(
    name="Hourly", interval_minutes=60, watch_from=timezone.now() - timedelta(minutes=59, seconds=57),
    profile=ObjectiveProfile.default(), limit_seconds=2, threads=1,
)
"""


def ask(stack: LiveStack, seconds: float = 60.0) -> int:
    """A fresh run over the demo plant; its id."""
    return int(stack.manage("shell", "--command", ASK.format(seconds=seconds)).split("run ")[-1])


def column(stack: LiveStack, run: int, name: str) -> object:
    ((value,),) = stack.sql(f"SELECT {name} FROM runs_run WHERE id = %s", run)  # noqa: S608 - our own column names
    return value


def events(stack: LiveStack, run: int) -> list[str]:
    return [kind for (kind,) in stack.sql("SELECT kind FROM runs_runevent WHERE run_id = %s ORDER BY seq", run)]


def has_plan(stack: LiveStack, run: int) -> bool:
    return column(stack, run, "incumbent_seq") is not None


def has_ended(stack: LiveStack, run: int) -> bool:
    return column(stack, run, "state") in ENDED


def solving(stack: LiveStack) -> tuple[psutil.Process, psutil.Process]:
    """The Celery child that has a run, and the solver that works for it."""
    worker = psutil.Process(stack.pid("worker-solve"))
    ((child, solver),) = [(child, solver) for child in worker.children() for solver in child.children() if solver.name() == SOLVE]
    return child, solver


def stop(stack: LiveStack, run: int) -> None:
    stack.manage("shell", "--command", f"from runs import leases; leases.stop({run}, None, '')")


def assert_log_is_whole(stack: LiveStack, run: int) -> None:
    rows = stack.sql("SELECT seq, attempt FROM runs_runevent WHERE run_id = %s ORDER BY seq", run)
    assert [seq for seq, _attempt in rows] == list(range(1, len(rows) + 1))
    assert column(stack, run, "last_seq") == len(rows)
    assert events(stack, run)[-1] == column(stack, run, "state")


def test_a_run_gets_its_first_plan_soon_and_a_stop_keeps_it(live_stack: LiveStack) -> None:
    run = ask(live_stack)
    wait_until(lambda: has_plan(live_stack, run), "a first plan")
    ((to_plan,),) = live_stack.sql(
        """SELECT extract(epoch FROM min(kept.stored_at) - run.requested_at)
        FROM runs_run run JOIN runs_incumbent kept ON kept.run_id = run.id WHERE run.id = %s GROUP BY run.id""",
        run,
    )
    print(f"\nasked → first plan stored: {to_plan:.2f} s")
    assert to_plan < 15  # 0.7 s on an idle machine; this one may be busy with other tests
    stop(live_stack, run)
    wait_until(lambda: has_ended(live_stack, run), "the end after a stop")
    ((to_end,),) = live_stack.sql("SELECT extract(epoch FROM finished_at - stop_requested_at) FROM runs_run WHERE id = %s", run)
    print(f"stop → finished: {to_end:.2f} s")
    assert to_end < 15  # as promised; 0.7 s on an idle machine
    assert column(live_stack, run, "outcome") in {"feasible", "optimal"}
    assert column(live_stack, run, "plan_id") is not None
    assert_log_is_whole(live_stack, run)


CIRCUIT = """
from datetime import timedelta
from django.utils import timezone
from runs.models import Breaker, BreakerState
Breaker.objects.all().delete()
if {is_open}:
    Breaker.objects.create(state=BreakerState.OPEN, retry_at=timezone.now() + timedelta(hours=1))
"""


def test_while_the_circuit_is_open_dispatching_rules_answer_in_another_worker(live_stack: LiveStack) -> None:
    live_stack.manage("shell", "--command", CIRCUIT.format(is_open=True))
    try:
        run = ask(live_stack)
        wait_until(lambda: has_ended(live_stack, run), "an answer of the rules")
    finally:
        live_stack.manage("shell", "--command", CIRCUIT.format(is_open=False))
    assert (column(live_stack, run, "state"), column(live_stack, run, "outcome")) == ("finished", "feasible")
    assert column(live_stack, run, "fallback") is True
    assert column(live_stack, run, "plan_id") is not None
    ((owner, seconds),) = live_stack.sql(
        """SELECT owner, extract(epoch FROM finished_at - requested_at)
        FROM runs_attempt JOIN runs_run ON runs_run.id = run_id WHERE run_id = %s""",
        run,
    )
    print(f"\nasked → answered by dispatching rules: {seconds:.2f} s")
    assert str(owner).startswith("high@")
    assert seconds < 15
    assert_log_is_whole(live_stack, run)


def test_a_killed_celery_child_costs_one_attempt_and_the_run_goes_on_from_its_plan(live_stack: LiveStack) -> None:
    run = ask(live_stack, seconds=12)
    wait_until(lambda: has_plan(live_stack, run), "a first plan")
    child, solver = solving(live_stack)
    child.kill()
    wait_until(lambda: not solver.is_running() or solver.status() == psutil.STATUS_ZOMBIE, "the end of the orphan", seconds=10)
    wait_until(lambda: column(live_stack, run, "attempt") == 2, "a second attempt")
    ((waited,),) = live_stack.sql(
        """SELECT extract(epoch FROM run.claimed_at - max(event.at))
        FROM runs_run run JOIN runs_runevent event ON event.run_id = run.id
        WHERE run.id = %s AND event.attempt = 1 AND event.kind <> 'requeued' GROUP BY run.id""",
        run,
    )
    assert waited < 15  # the lease alone would have lasted as long
    wait_until(lambda: has_ended(live_stack, run), "the end of the run")
    assert (column(live_stack, run, "state"), column(live_stack, run, "failures")) == ("finished", 1)
    assert column(live_stack, run, "plan_id") is not None
    assert events(live_stack, run).count("started") == 2
    assert_log_is_whole(live_stack, run)


def test_a_broker_that_loses_everything_loses_no_run(live_stack: LiveStack) -> None:
    running = ask(live_stack)
    wait_until(lambda: has_plan(live_stack, running), "a first plan")
    queued = ask(live_stack, seconds=3)
    live_stack.kill("valkey")
    live_stack.lose_redis_data()
    meanwhile = ask(live_stack, seconds=3)
    live_stack.start("valkey")
    live_stack.wait_ready("valkey")
    stop(live_stack, running)
    for run in (running, queued, meanwhile):
        wait_until(lambda run=run: has_ended(live_stack, run), f"the end of run {run}")  # type: ignore[misc] # binds the loop's run
        assert (column(live_stack, run, "state"), column(live_stack, run, "attempt")) == ("finished", 1)
        assert_log_is_whole(live_stack, run)


def test_twenty_messages_for_a_run_execute_it_once(live_stack: LiveStack) -> None:
    run = ask(live_stack, seconds=3)
    live_stack.manage("shell", "--command", f"from runs import bell; print([bell.send({run}) for _ in range(20)])")
    wait_until(lambda: has_ended(live_stack, run), "the end of the run")
    after = ask(live_stack, seconds=2)  # its message comes after all of those
    wait_until(lambda: has_ended(live_stack, after), "the end of the run behind them")
    assert events(live_stack, run).count("started") == events(live_stack, run).count("finished") == 1
    assert_log_is_whole(live_stack, run)


def test_a_deployment_gives_the_run_back_at_once_and_charges_nothing(live_stack: LiveStack) -> None:
    run = ask(live_stack)
    wait_until(lambda: has_plan(live_stack, run), "a first plan")
    live_stack.stop("worker-solve")
    ((state, failures, kind, data),) = live_stack.sql(
        """SELECT run.state, run.failures, event.kind, event.data FROM runs_run run JOIN runs_runevent event
        ON event.run_id = run.id AND event.seq = run.last_seq WHERE run.id = %s""",
        run,
    )
    assert (state, failures, kind, data["reason"]) == ("queued", 0, "requeued", "shutdown")
    assert "killed" not in live_stack.log("worker-solve").lower()
    live_stack.start("worker-solve")
    live_stack.wait_ready("worker-solve")
    wait_until(lambda: column(live_stack, run, "attempt") == 2, "a second attempt")
    wait_until(lambda: column(live_stack, run, "stage") != "", "its search")
    stop(live_stack, run)
    wait_until(lambda: has_ended(live_stack, run), "the end of the run")
    assert (column(live_stack, run, "state"), column(live_stack, run, "failures")) == ("finished", 0)
    assert_log_is_whole(live_stack, run)


def test_a_schedule_makes_its_run_by_itself_and_once(live_stack: LiveStack) -> None:
    def made() -> list[int]:
        return [run for (run,) in live_stack.sql("SELECT id FROM runs_run WHERE schedule_id IS NOT NULL")]

    def looked_at() -> object:
        return live_stack.sql("SELECT max(seen_at) FROM runs_heartbeat WHERE kind = 'beat'")

    live_stack.manage("shell", "--command", SCHEDULE)
    wait_until(lambda: bool(made()), "the run of the occurrence")
    before = looked_at()
    wait_until(lambda: looked_at() != before, "another look at the schedules")
    (run,) = made()
    wait_until(lambda: has_ended(live_stack, run), "the end of the run")
    assert column(live_stack, run, "state") == "finished"
    assert live_stack.sql("SELECT last_error FROM runs_solveschedule") == [("",)]
    live_stack.sql("UPDATE runs_solveschedule SET is_enabled = false")
    assert_log_is_whole(live_stack, run)
