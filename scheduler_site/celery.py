"""The Celery application. A message carries a run id and nothing else: PostgreSQL is the truth, Redis the doorbell."""

from __future__ import annotations

import logging.config
import time
import warnings

from celery import Celery, Task
from celery.exceptions import SecurityWarning
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun
from structlog.contextvars import bind_contextvars, unbind_contextvars

from runs.queues import PUBLISHED
from scheduler_site import env

env.use_settings()

# Said to root in six lines at each start. The danger it means is pickle; we accept JSON only, and `up` names root itself.
warnings.simplefilter("ignore", SecurityWarning)

app = Celery("taktline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_our_logging(**_signal: object) -> None:
    """Celery would install its own handlers; connecting this signal makes it leave logging to us."""
    from django.conf import settings  # noqa: PLC0415 - settings exist only once Celery has loaded them

    logging.config.dictConfig(settings.LOGGING)


@before_task_publish.connect
def stamp(headers: dict[str, object], **_signal: object) -> None:
    """Every message says since when it waits: the broker does not."""
    headers[PUBLISHED] = time.time()


@task_prerun.connect
def name_the_task(task_id: str, task: Task, **_signal: object) -> None:
    """Every line that is written while a task is worked on says which one."""
    bind_contextvars(task_id=task_id, task=task.name)


@task_postrun.connect
def forget_the_task(**_signal: object) -> None:
    """What comes next in this process has nothing to do with it."""
    unbind_contextvars("task_id", "task")
