"""The doorbell: a message with a run's id in the queue of the solve workers. It may get lost; the steward rings again."""

from __future__ import annotations

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from runs import leases
from runs.queues import SOLVE

log = structlog.get_logger()


def ring(run_id: int) -> None:
    """Tell the solve workers of a queued run. A broker that is down is no error here."""
    if send(run_id):
        leases.rung(run_id)


def send(run_id: int) -> bool:
    """Put the message into the queue; False when the broker cannot be reached, after 5 s at most."""
    try:
        current_app.send_task(SOLVE, args=[run_id], retry=False)
    except OperationalError as error:
        log.warning("broker away, the steward will ring", run=run_id, error=str(error))
        return False
    return True
