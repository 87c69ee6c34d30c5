"""Celery's doorway. Time limits come from the table of queues."""

from __future__ import annotations

from celery import Task, shared_task

from runs import housekeeping, schedules, spares, worker_signals
from runs.execution import answer_at_once, execute
from runs.queues import DISPATCH, SOLVE, TICK

worker_signals.connect()
spares.connect()


@shared_task(name=SOLVE, bind=True)
def solve_run(task: Task, run_id: int) -> str:
    """Carry out a run, if it is still to be had."""
    return execute(run_id, f"{task.request.hostname}/{task.request.id}")


@shared_task(name=DISPATCH, bind=True)
def dispatch_run(task: Task, run_id: int) -> str:
    """The same for a run that is answered by dispatching rules, in a queue where nothing long lies before it."""
    return answer_at_once(run_id, f"{task.request.hostname}/{task.request.id}")


@shared_task(name=TICK, ignore_result=True)
def tick() -> None:
    """Start the runs of the solve schedules that are due."""
    schedules.tick()


for name, chore in housekeeping.CHORES.items():
    shared_task(name=name)(chore)
