"""The solver process that each child of a solve worker keeps ready: from its start on, and anew after each search.

Not while it searches, when a second one would take processors and memory from the first. Whoever executes no solves keeps none.
"""

from __future__ import annotations

from celery import Task, current_app
from celery.signals import task_postrun, worker_process_init, worker_process_shutdown
from django.conf import settings

from runs.queues import SOLVE, SOLVE_QUEUE
from solver.process import SolverProcess


def connect() -> None:
    """Receive the signals of a worker's children. Celery calls in their main threads, as the solver processes need it."""
    if settings.SPARE_SOLVERS:
        worker_process_init.connect(on_begin)
        worker_process_shutdown.connect(on_end)


def on_begin(**_signal: object) -> None:
    """A child of a worker that serves several queues waits for its first solve: it may never get one."""
    task_postrun.connect(on_task_over)
    if set(current_app.amqp.queues.consume_from) == {SOLVE_QUEUE}:
        _keep()


def on_task_over(sender: Task, **_signal: object) -> None:
    """Its answer is written already."""
    if sender.name == SOLVE:
        _keep()


def on_end(**_signal: object) -> None:
    """The child is about to end, in an orderly way. If it is killed, the solver process ends by itself."""
    SolverProcess.spare.drop()


def _keep() -> None:
    SolverProcess.spare.keep(SolverProcess.command)
