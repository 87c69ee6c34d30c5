"""The steward looks after runs that nobody else looks after. Any number of copies may work side by side.

Every second:   runs whose lease is over are requeued or failed; attempts beyond their time are told to stop; runs that were
                stopped while they waited are concluded; queued runs that no worker may know of are rung for; the circuit is
                judged
now and then:   says that it is alive, and starts scheduled runs when the schedule clock is silent
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from runs import bell, circuit, leases, liveness, schedules
from runs.execution import conclude_waiting
from runs.launch import request_trial
from runs.models import State
from runs.models.heartbeat import ProcessKind
from runs.pulse import bravely
from runs.queues import HIGH_QUEUE, SOLVE_QUEUE, TICK_SECONDS
from runs.retrying import AWAY

ROUND_SECONDS = 1.0
SEEN_EVERY_SECONDS = 5.0
# Of the others after a start of the site. What waited for a worker while it was off has not waited in vain, and a schedule clock
# has not been silent before it has had the time that counts as silence.
HEAD_START_SECONDS = liveness.SILENT.total_seconds()
BROKER_TIMEOUT_SECONDS = 3.0
EPOCH = "taktline:epoch"  # a key in the broker: when it is gone, so is everything that was in the queues

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Broker:
    """How the broker is found: `lost` its data since the last look, `empty` queues by whether dispatching rules answer them."""

    lost: bool
    empty: Mapping[bool, bool]


class Steward:
    """One copy, under the name of its process."""

    def __init__(self, process: str, head_start_seconds: float = HEAD_START_SECONDS) -> None:
        self._process = process
        self._others_are_up_from = time.monotonic() + head_start_seconds
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
            except AWAY as error:
                log.warning("database away", error=str(error))
                connection.close()
            ended.wait(ROUND_SECONDS)
        bravely(lambda: liveness.gone(self._process))

    def go_round(self) -> None:
        """Look at everything once."""
        self._say_alive()
        for reaped in leases.reap():
            # One that was lost for the last time may well have killed its processes: somebody has to look.
            say = log.error if reaped.state is State.FAILED else log.warning
            say("run reaped", run=reaped.run_id, attempt=reaped.attempt, state=reaped.state.value)
        for run_id, attempt in leases.overdue():
            log.warning("run beyond its time", run=run_id, attempt=attempt)
            leases.stop(run_id, None, "The time limit has passed.")
        self._expire()
        for run_id in leases.waiting_to_end():
            conclude_waiting(run_id, f"{self._process}:conclude/{run_id}")
        self._tend_circuit()
        self._ring()
        self._tick_for_beat()

    def _say_alive(self) -> None:
        if time.monotonic() - self._seen_at >= SEEN_EVERY_SECONDS:
            liveness.seen(self._process, ProcessKind.STEWARD)
            liveness.forget()
            self._seen_at = time.monotonic()

    def _expire(self) -> None:
        if time.monotonic() >= self._others_are_up_from:
            for run_id, attempt in leases.expire():
                log.warning("run out of time", run=run_id, attempt=attempt)

    def _ring(self) -> None:
        broker = self._look_at_broker()
        if broker is None:
            return
        for fallback, is_empty in broker.empty.items():
            due = leases.due_rings(broker_lost=broker.lost, queue_empty=is_empty, fallback=fallback)
            for place, run_id in enumerate(due):
                if not bell.send(run_id, fallback=fallback):
                    leases.unring(due[place:])
                    return
            if due:
                log.info("rang", runs=due, broker_lost=broker.lost, fallback=fallback)

    def _look_at_broker(self) -> Broker | None:
        """None while it is away."""
        try:
            return Broker(
                lost=bool(self._redis.set(EPOCH, self._process, nx=True)),
                empty={False: self._redis.llen(SOLVE_QUEUE) == 0, True: self._redis.llen(HIGH_QUEUE) == 0},
            )
        except RedisError as error:
            log.warning("broker away", error=str(error))
            return None

    def _tend_circuit(self) -> None:
        """Judge it, and start a trial by ourselves when nobody asks for a run."""
        circuit.judge()
        if circuit.wants_trial():
            trial = request_trial()
            log.info("trial", run=trial.pk if trial else None)

    def _tick_for_beat(self) -> None:
        """Look at the solve schedules when nobody else does."""
        now = time.monotonic()
        if now < self._others_are_up_from or now - self._ticked_at < TICK_SECONDS:
            return
        if liveness.beat_is_silent():
            self._ticked_at = now
            log.warning("schedule clock silent, the steward looks at the schedules")
            with suppress(schedules.ScheduleFailed):  # it is in the log and on its schedule
                schedules.tick()
