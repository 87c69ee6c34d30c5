"""The Celery application. A message carries a run id and nothing else: PostgreSQL is the truth, Redis the doorbell."""

from __future__ import annotations

import logging.config
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging

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
