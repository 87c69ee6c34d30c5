"""Measures how quickly one web process tells many browsers what happens.

    python -m bench.sockets --clients 500 --rate 5 --seconds 30

Starts the product with servers of its own, and opens the clients' websockets on one run whose events come at the given rate. The
latency of an event runs from its row (the database's clock in the statement that writes it, so a little before the commit) to its
arrival at a client; clients, servers and the process that writes share this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil

from tests.line import NO_CODE, TEXT, Closed, Line, run
from tests.live_stack import LiveStack, start_stack, stop_stack
from tests.live_writer import Writer, writing
from tests.people import cookies

AT_ONCE = 20  # sockets being opened side by side
IDLE = {"web", "postgres", "valkey"}
TARGET_MS = 500
PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.2
COME_BACK = (1013, 4429, NO_CODE)


@dataclass(eq=False)
class Client(Line):
    """A browser on the run's page: notes when each event came."""

    arrivals: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def lacks(self, seq: int) -> bool:
        """Whether this event may still come."""
        return self.closed_with is None and seq not in self.arrivals

    def on_message(self, kind: int, data: bytes) -> None:
        now = time.time()
        if kind == TEXT:
            for event in json.loads(data).get("events", ()):
                self.arrivals[event["seq"]] = (now - datetime.fromisoformat(event["at"]).timestamp()) * 1000


@dataclass
class Load:
    """What the web process cost meanwhile."""

    cpu_percent: float
    rss_mb: float
    machine: float


async def measure(stack: LiveStack, writer: Writer, people: list[str]) -> tuple[list[Client], Load]:
    """Open a socket for each of the people, let the events come, and wait until all have arrived. Raises Closed."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def join(cookie: str) -> Client:
        async with gate:
            return await joined(stack, writer.run, cookie)

    clients = await asyncio.gather(*(join(cookie) for cookie in people))
    web = psutil.Process(stack.pid("web"))
    before, began = sum(web.cpu_times()[:2]), time.monotonic()
    writer.go()
    while not writer.is_done:  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0.2)
    spent, took = sum(web.cpu_times()[:2]) - before, time.monotonic() - began
    await reached(clients, await asyncio.to_thread(writer.last_seq))
    for client in clients:
        if client.closed_with is not None:
            raise Closed(client.closed_with)
    return clients, Load(100 * spent / took, web.memory_info().rss / 2**20, os.getloadavg()[0])


async def joined(stack: LiveStack, run_id: int, cookie: str) -> Client:
    """A client that has been told what there is. It comes back when it is asked to, or while its person's sockets of before are
    still being closed; raises Closed for any other reason, and when that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        client = Client()
        with suppress(ConnectionResetError):  # a busy server gives up a handshake that takes it too long
            await client.open(stack.url, f"/ws/runs/{run_id}/", cookie)
            await reached([client], 2)
        if client.closed_with is None:
            return client
        if client.closed_with not in COME_BACK or time.monotonic() > deadline:
            raise Closed(client.closed_with)
        await asyncio.sleep(PAUSE_SECONDS)


async def reached(clients: list[Client], seq: int) -> None:
    """Until all have this event or are closed, or it is clear that some will not get it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(client.lacks(seq) for client in clients) and time.monotonic() < deadline:  # noqa: ASYNC110 - 500 of them
        await asyncio.sleep(0.05)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed (nearest rank); NaN of none."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


def report(clients: list[Client], events: range, load: Load) -> None:
    """The figures, as docs/reliability.md has them."""
    latencies = [took for client in clients for seq, took in client.arrivals.items() if seq in events]
    lines = [
        ("delivered", f"{len(latencies) / (len(events) * len(clients)):.2%}", "100 %"),
        ("latency p50", f"{percentile(latencies, 0.5):.0f} ms", ""),
        ("latency p95", f"{percentile(latencies, 0.95):.0f} ms", f"≤ {TARGET_MS} ms"),
        ("latency p99", f"{percentile(latencies, 0.99):.0f} ms", ""),
        ("web process, processor", f"{load.cpu_percent:.0f} %", ""),
        ("web process, memory", f"{load.rss_mb:.0f} MB", ""),
        ("load average of the machine", f"{load.machine:.1f} on {os.cpu_count()} processors", ""),
    ]
    for what, figure, target in lines:
        sys.stdout.write(f"{what:<30}{figure:>24}{f'   target {target}' if target else ''}\n")


def main() -> None:
    """Start, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    wanted = parser.parse_args()
    events = int(wanted.rate * wanted.seconds)
    with tempfile.TemporaryDirectory(prefix="taktline-bench-", ignore_cleanup_errors=True) as folder:
        stack = start_stack(Path(folder), ())
        try:
            for name in set(stack.running) - IDLE:
                stack.stop(name)
            with writing(stack, events, wanted.rate) as writer:
                clients, load = run(measure(stack, writer, cookies(stack, wanted.clients)))
        finally:
            stop_stack(stack)
    sys.stdout.write(f"{wanted.clients} clients, {wanted.rate:g} events a second for {wanted.seconds:g} s, one web process\n")
    report(clients, range(3, 3 + events), load)


if __name__ == "__main__":
    main()
