"""`/metrics` for Prometheus. What is counted of runs is counted from their rows at the moment of the scrape.

So every web process tells the same, a restart forgets nothing, and nothing has to be counted where runs are worked on.
"""

# ruff: noqa: S608 - put together from constants; every value is a parameter

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.conf import settings
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from runs import liveness
from runs.figures import QUEUE, SOLVE_SECONDS, TOTALS, WAIT_SECONDS, fetched
from runs.health import Health, assess_lately
from runs.health.asking import Silent, asked
from runs.health.rows import ages, waiting
from runs.health.servers import Unreachable, look_at_broker
from runs.models.breaker import Breaker, BreakerState
from runs.models.run import ACTIVE, ENDED
from runs.retrying import AWAY

# upper ends; those of the limits of health and of the usual time limit are among them
SOLVE_BUCKETS = (1, 5, 15, 30, 60, 120, 300, 480, 570, 600, 900, 1800, 3600)
WAIT_BUCKETS = (0.1, 0.5, 1, 2, 5, 15, 30, 60, 120, 300, 600, 900, 3600)
GAP_BUCKETS = (0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)

# NULL without a plan or a bound, said first: greatest and least pass over a NULL
GAP = """CASE WHEN best_objective IS NULL OR best_bound IS NULL THEN NULL WHEN best_objective = 0 THEN 0.0
    ELSE least(1.0, greatest(0.0, (best_objective - best_bound)::float8 / abs(best_objective))) END"""

# One pass for all of them. The ends are counted downwards, so that a value equal to one is below it; bucket 0 is above them all.
HISTOGRAMS = f"""
SELECT measure, queue, width_bucket(-value, ends), count(*), sum(value)
FROM (
    SELECT {QUEUE} AS queue, {SOLVE_SECONDS} AS solve, {WAIT_SECONDS} AS wait, ({GAP})::float8 AS gap
    FROM runs_run WHERE finished_at IS NOT NULL
) AS ended,
LATERAL (
    VALUES (1, solve, %(solve)s::float8[]), (2, wait, %(wait)s::float8[]), (3, gap, %(gap)s::float8[])
) AS measured (measure, value, ends)
WHERE value IS NOT NULL GROUP BY 1, 2, 3"""

OPEN_GAPS = f"SELECT max({GAP}) FROM runs_run WHERE state IN ('running', 'stopping')"


class SiteCollector(Collector):
    """What the rows, the broker and the health checks tell, asked anew with each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Families of what could be asked: without the database there is the health alone."""
        until = time.monotonic() + settings.HEALTH_SECONDS
        questions = [asked("metrics.rows", _of_rows), asked("metrics.broker", _of_broker)]
        yield _of_health(assess_lately())
        for question in questions:
            try:
                yield from question.answer(until)
            except Silent:
                continue  # the health says so


def exposition() -> bytes:
    """The text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(SiteCollector())
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def _of_health(health: Health) -> Metric:
    family = GaugeMetricFamily("taktline_health_status", "0 healthy, 1 degraded, 2 unhealthy.", labels=["check"])
    for check in health.checks:
        family.add_metric([check.name], check.status.severity)
    return family


def _of_broker() -> list[Metric]:
    try:
        broker = look_at_broker()
    except Unreachable:
        return []
    depth = GaugeMetricFamily("taktline_queue_messages", "Messages that lie in the broker.", labels=["queue"])
    age = GaugeMetricFamily("taktline_queue_oldest_message_seconds", "For how long the oldest of them has.", labels=["queue"])
    for queue, messages in broker.depth.items():
        depth.add_metric([queue], messages)
        age.add_metric([queue], broker.oldest_seconds.get(queue, 0.0))
    return [depth, age]


def _of_rows() -> list[Metric]:
    try:
        return [*_totals(), *_histograms(), *_queues(), *_processes(), *_clocks(), _circuit()]
    except AWAY:
        return []


def _totals() -> Iterable[Metric]:
    active = GaugeMetricFamily("taktline_runs_active", "Runs that have not ended.", labels=["state"])
    ended = CounterMetricFamily("taktline_runs", "Runs that have ended.", labels=["state", "outcome", "failure_code"])
    found = fetched(TOTALS)
    for state in ACTIVE:
        active.add_metric([state], sum(count for of, _outcome, _code, count in found if of == state))
    for state, outcome, code, count in sorted(found):
        if state in ENDED:
            ended.add_metric([state, outcome, code], count)
    gap = GaugeMetricFamily("taktline_runs_active_gap_ratio", "The largest gap of a run that is being solved, 0 to 1.")
    ((largest,),) = fetched(OPEN_GAPS)
    if largest is not None:
        gap.add_metric([], largest)
    return (active, ended, gap)


def _histograms() -> Iterable[Metric]:
    ends = {"solve": SOLVE_BUCKETS, "wait": WAIT_BUCKETS, "gap": GAP_BUCKETS}
    found = fetched(HISTOGRAMS, {name: sorted(-float(end) for end in upper) for name, upper in ends.items()})
    families = (
        HistogramMetricFamily("taktline_run_solve_seconds", "From the first attempt to the end.", labels=["queue"]),
        HistogramMetricFamily("taktline_run_wait_seconds", "From the request to the first attempt.", labels=["queue"]),
        HistogramMetricFamily("taktline_run_gap_ratio", "Gap of the best plan at the end, 0 to 1.", labels=["queue"]),
    )
    for number, (family, upper) in enumerate(zip(families, ends.values(), strict=True), 1):
        for queue in sorted({row[1] for row in found if row[0] == number}):
            rows = [row for row in found if row[:2] == (number, queue)]
            buckets = _cumulated({row[2]: row[3] for row in rows}, upper)
            family.add_metric([queue], buckets=buckets, sum_value=sum(row[4] for row in rows))
    return families


def _cumulated(counts: Mapping[int, int], ends: Sequence[float]) -> list[tuple[str, float]]:
    """PostgreSQL's buckets, 0 above all ends and len(ends) below the first, as Prometheus counts them."""
    buckets: list[tuple[str, float]] = []
    below = 0
    for place, end in enumerate([*map(str, map(float, ends)), "+Inf"]):
        below += counts.get(len(ends) - place, 0)
        buckets.append((end, below))
    return buckets


def _queues() -> Iterable[Metric]:
    count = GaugeMetricFamily("taktline_queue_waiting_runs", "Runs that could be claimed.", labels=["queue"])
    oldest = GaugeMetricFamily("taktline_queue_oldest_seconds", "For how long the oldest of them waits.", labels=["queue"])
    for queue, found in waiting().items():
        count.add_metric([queue], found.runs)
        oldest.add_metric([queue], found.oldest_seconds)
    return (count, oldest)


def _processes() -> Iterable[Metric]:
    labels = ["process", "kind"]
    together = GaugeMetricFamily("taktline_process_memory_bytes", "Resident memory of it and all that it started.", labels=labels)
    largest = GaugeMetricFamily("taktline_process_largest_memory_bytes", "Resident memory of the largest of them.", labels=labels)
    slots = GaugeMetricFamily("taktline_worker_slots", "Tasks that it executes side by side.", labels=labels)
    busy = GaugeMetricFamily("taktline_worker_busy", "Tasks that it executes now.", labels=labels)
    sockets = GaugeMetricFamily("taktline_websockets_open", "Websockets that it holds open.", labels=labels)
    for row in liveness.everybody():
        who = [row.process, row.kind]
        together.add_metric(who, row.memory_mb * 2**20)
        largest.add_metric(who, row.largest_mb * 2**20)
        if row.slots:
            slots.add_metric(who, row.slots)
            busy.add_metric(who, len(row.doing))
        if row.sockets is not None:
            sockets.add_metric(who, row.sockets)
    return (together, largest, slots, busy, sockets)


def _clocks() -> Iterable[Metric]:
    texts = {
        "taktline_steward_seen_timestamp_seconds": "When a steward was last seen.",
        "taktline_schedule_clock_timestamp_seconds": "When somebody last looked at the solve schedules.",
    }
    for (name, text), age in zip(texts.items(), ages(), strict=True):
        family = GaugeMetricFamily(name, text)
        if age is not None:
            family.add_metric([], time.time() - age)
        yield family


def _circuit() -> Metric:
    breaker = Breaker.objects.first()
    now = breaker.state if breaker else BreakerState.CLOSED
    family = GaugeMetricFamily(
        "taktline_circuit_state", "1 for the state in which the circuit is: closed is good.", labels=["state"]
    )
    for state in BreakerState:
        family.add_metric([state], state == now)
    return family
