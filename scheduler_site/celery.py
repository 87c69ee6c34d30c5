"""The Celery application. A message carries a run id and nothing else: PostgreSQL is the truth, Redis the doorbell."""

from __future__ import annotations

import logging.config

from celery import Celery
from celery.signals import setup_logging

from scheduler_site import env

env.use_settings()

app = Celery("taktline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_our_logging(**_signal: object) -> None:
    """Celery would install its own handlers; connecting this signal makes it leave logging to us."""
    from django.conf import settings  # noqa: PLC0415 - settings exist only once Celery has loaded them

    logging.config.dictConfig(settings.LOGGING)
