"""The steward looks after runs that nobody else looks after. Any number of copies may work side by side.

Every second:   runs whose lease is over are requeued or failed; attempts beyond their time are told to stop; queued runs that no
                worker may know of are rung for
now and then:   says that it is alive, and starts scheduled runs when the schedule clock is silent
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from redis import Redis
from redis.exceptions import RedisError

from runs import bell, leases, liveness, schedules
from runs.models.heartbeat import ProcessKind
from runs.queues import SOLVE_QUEUE, TICK_SECONDS

ROUND_SECONDS = 1.0
SEEN_EVERY_SECONDS = 5.0
BROKER_TIMEOUT_SECONDS = 3.0
EPOCH = "taktline:epoch"  # a key in the broker: when it is gone, so is everything that was in the queues

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Broker:
    """How the broker is found: `lost` its data since the last look, `queue_empty` of messages for solve workers."""

    lost: bool
    queue_empty: bool


class Steward:
    """One copy, under the name of its process."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._redis = Redis.from_url(
            settings.CELERY_BROKER_URL,
            socket_timeout=BROKER_TIMEOUT_SECONDS,
            socket_connect_timeout=BROKER_TIMEOUT_SECONDS,
        )
        self._seen_at = self._ticked_at = float("-inf")

    def work(self, ended: threading.Event) -> None:
        """Round after round until `ended` is set."""
        while not ended.is_set():
            try:
                self.go_round()
            except (OperationalError, InterfaceError) as error:
                log.warning("database away", error=str(error))
                connection.close()
            ended.wait(ROUND_SECONDS)
        liveness.gone(self._process)

    def go_round(self) -> None:
        """Look at everything once."""
        self._say_alive()
        for reaped in leases.reap():
            log.warning("run reaped", run=reaped.run_id, state=reaped.state.value)
        for run_id in leases.overdue():
            log.warning("run beyond its time", run=run_id)
            leases.stop(run_id, None, "The time limit has passed.")
        self._ring()
        self._tick_for_beat()

    def _say_alive(self) -> None:
        if time.monotonic() - self._seen_at >= SEEN_EVERY_SECONDS:
            liveness.seen(self._process, ProcessKind.STEWARD)
            liveness.forget()
            self._seen_at = time.monotonic()

    def _ring(self) -> None:
        broker = self._look_at_broker()
        if broker is None:
            return
        due = leases.due_rings(broker_lost=broker.lost, queue_empty=broker.queue_empty)
        for place, run_id in enumerate(due):
            if not bell.send(run_id):
                leases.unring(due[place:])
                return
        if due:
            log.info("rang", runs=due, broker_lost=broker.lost)

    def _look_at_broker(self) -> Broker | None:
        """None while it is away."""
        try:
            return Broker(
                lost=bool(self._redis.set(EPOCH, self._process, nx=True)),
                queue_empty=self._redis.llen(SOLVE_QUEUE) == 0,
            )
        except RedisError as error:
            log.warning("broker away", error=str(error))
            return None

    def _tick_for_beat(self) -> None:
        """Look at the solve schedules when nobody else does."""
        if time.monotonic() - self._ticked_at >= TICK_SECONDS and liveness.beat_is_silent():
            self._ticked_at = time.monotonic()
            log.warning("schedule clock silent, the steward looks at the schedules")
            schedules.tick()
