"""Celery's doorway."""

from __future__ import annotations

from celery import Task, shared_task

from runs import schedules, worker_signals
from runs.execution import execute
from runs.queues import SOLVE, TICK

# A run's time is limited by its own limits, its lease and the steward; Celery's limit would kill the child without a word.
NO_LIMIT_SECONDS = 7 * 86_400

worker_signals.connect()


@shared_task(name=SOLVE, bind=True, time_limit=NO_LIMIT_SECONDS, soft_time_limit=NO_LIMIT_SECONDS)
def solve_run(task: Task, run_id: int) -> str:
    """Carry out a run, if it is still to be had."""
    return execute(run_id, f"{task.request.hostname}/{task.request.id}")


@shared_task(name=TICK, ignore_result=True)
def tick() -> None:
    """Start the runs of the solve schedules that are due."""
    schedules.tick()
