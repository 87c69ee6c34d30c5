"""Measures how quickly the API accepts runs from a hundred programs at once.

    python -m bench.submit --clients 100 --rate 50 --seconds 20
    python -m bench.submit --url http://127.0.0.1:8000 $(sed 's/^/--token /' tokens.txt)

Without --url it starts the product with servers of its own and the demo plant; clients, web process and PostgreSQL share this
machine, and nobody solves. Each request asks for another run (another time limit), over a connection that stays open. Loads:

steady   arrivals at a fixed rate in total, spread over the clients; a latency counts from when the request was due, not from when
         the client got round to sending it
burst    all clients send at the same moment, and the last answer is waited for: how long the queue in front of the one process is

A site that runs already takes 120 runs a minute of each token (API_REQUESTS_PER_MINUTE) and answers 429 to the rest: give --token
once for each of many, such as 50 for 50 requests a second. `tokens.txt` above has one on each line.

Steady comes once more while somebody edits an order now and then: each edit makes one request read the plant, and others wait.
The processor time of the web process for each request is the figure that does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psutil

from scheduler_site.drill.stack import Stack
from tests.live_stack import start_stack, stop_stack

IDLE = {"web", "postgres", "valkey"}
TARGET_MS = 100
PATIENCE_SECONDS = 30.0
BURSTS = 5
MAKE_TOKENS = """
from django.contrib.auth.models import User
from scheduler_site.models import ApiToken
for number in range({count}):
    token = ApiToken(name=f"bench {{number}}", user=User.objects.get(username="planner"), scopes=["submit", "read"])
    print("token", token.draw_secret())
    token.save()
"""


@dataclass
class Tally:
    """Latencies in milliseconds of what was accepted, and how often each status came."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    runs: set[int] = field(default_factory=set)
    processor_seconds: float = math.nan


class Client:
    """One program with one connection."""

    def __init__(self, url: str, token: str) -> None:
        self._parts = urlsplit(url)
        self._token = token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def submit(self, wanted: dict[str, object], due: float, tally: Tally) -> None:
        """Ask for a run; what is on the line already goes first."""
        async with self._turn, asyncio.timeout(PATIENCE_SECONDS):
            status, body = await self._post(json.dumps(wanted).encode())
        tally.statuses[status] += 1
        if status == 202:
            tally.latencies.append((time.perf_counter() - due) * 1000)
            tally.runs.add(json.loads(body)["id"])

    async def open(self) -> None:
        """Connect, before anything is measured."""
        self._streams = await asyncio.open_connection(self._parts.hostname, self._parts.port)

    async def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            await self._streams[1].wait_closed()

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            await self.open()
        assert self._streams is not None  # noqa: S101 - opened just now
        reader, writer = self._streams
        head = [
            "POST /api/v1/runs HTTP/1.1",
            f"Host: {self._parts.netloc}",
            f"Authorization: Bearer {self._token}",
            f"Idempotency-Key: {uuid4()}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(int(line.partition(":")[2]) for line in answer.split("\r\n") if line.startswith("content-length:"))
        content = await reader.readexactly(length)
        if "connection: close" in answer:
            await self.close()
            self._streams = None
        return int(answer.split(" ", 2)[1]), content


class Bench:
    """The loads, on one set of clients. Every request of all of them asks for another time limit."""

    def __init__(self, clients: Sequence[Client], web: psutil.Process | None) -> None:
        self._clients = clients
        self._web = web
        self._limits: Iterator[float] = (2 + round(number * 0.01, 2) for number in itertools.count())

    def _wanted(self) -> dict[str, object]:
        return {"limit_seconds": next(self._limits), "priority": "low"}

    async def steady(self, rate: float, seconds: float, edit: Callable[[], None] | None = None) -> Tally:
        """`edit` changes the plant every five seconds."""
        tally, spent = Tally(), self._spent()
        began = time.perf_counter() + 0.2
        sent = []
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if edit and number % (5 * int(rate)) == int(rate):
                await asyncio.to_thread(edit)
            client = self._clients[number % len(self._clients)]
            sent.append(asyncio.create_task(client.submit(self._wanted(), due, tally)))
        await asyncio.gather(*sent)
        tally.processor_seconds = self._spent() - spent
        return tally

    async def burst(self) -> Tally:
        """One request of each client, all at the same moment."""
        tally, spent = Tally(), self._spent()
        due = time.perf_counter()
        await asyncio.gather(*(client.submit(self._wanted(), due, tally) for client in self._clients))
        tally.processor_seconds = self._spent() - spent
        return tally

    def _spent(self) -> float:
        """Processor seconds of the web process so far; NaN for one that is not ours."""
        return sum(self._web.cpu_times()[:2]) if self._web else math.nan


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so many are not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def report(name: str, tally: Tally) -> None:
    """One line."""
    figures = "   ".join(
        f"{label} {value:7.1f}"
        for label, value in [
            ("p50", percentile(tally.latencies, 0.50)),
            ("p95", percentile(tally.latencies, 0.95)),
            ("p99", percentile(tally.latencies, 0.99)),
            ("max", max(tally.latencies, default=math.nan)),
        ]
    )
    others = {status: count for status, count in tally.statuses.items() if status != 202}
    accepted = f"{len(tally.latencies)} accepted, {len(tally.runs)} runs" + (f", others {others}" if others else "")
    each = 1000 * tally.processor_seconds / max(1, sum(tally.statuses.values()))
    processor = "" if math.isnan(each) else f"   {each:.1f} ms of processor each"
    sys.stdout.write(f"{name:<34}{figures}  ms   {accepted}{processor}\n")
    sys.stdout.flush()


@contextmanager
def own_stack(count: int) -> Iterator[tuple[Stack, list[str]]]:
    """The product with servers of its own, whose data is as safe as anybody's, and tokens for it."""
    with tempfile.TemporaryDirectory(prefix="taktline-bench-", ignore_cleanup_errors=True) as name:
        stack = start_stack(Path(name), ())
        try:
            for process in set(stack.running) - IDLE:
                stack.stop(process)
            told = stack.manage("shell", "--command", MAKE_TOKENS.format(count=count))
            tokens = [line.split()[1] for line in told.splitlines() if line.startswith("token ")]
            yield stack, tokens
        finally:
            stop_stack(stack)


def touch(stack: Stack) -> None:
    """Somebody gives an order another weight."""
    stack.sql("UPDATE plant_order SET weight = weight % 9 + 1 WHERE id = (SELECT min(id) FROM plant_order)")


async def measure(url: str, tokens: Sequence[str], options: argparse.Namespace, stack: Stack | None = None) -> None:
    """All loads in a row, on connections that are open already."""
    clients = [Client(url, tokens[number % len(tokens)]) for number in range(options.clients)]
    for client in clients:
        await client.open()
    bench = Bench(clients, psutil.Process(stack.pid("web")) if stack else None)
    report("first of all (reads the plant)", await bench.steady(1, 1))
    await bench.burst()  # threads, connections, caches
    report(f"steady, {options.rate:g}/s, plant at rest", await bench.steady(options.rate, options.seconds))
    if stack:
        edited = await bench.steady(options.rate, options.seconds, lambda: touch(stack))
        report(f"steady, {options.rate:g}/s, edit every 5 s", edited)
    for number in range(BURSTS):
        report(f"burst of {options.clients}, number {number + 1}", await bench.burst())
    for client in clients:
        await client.close()


def main() -> None:
    """Starts what is needed, and prints a line for each load."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--rate", type=float, default=50, help="requests a second, all clients together")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--url", help="measure a product that runs already")
    parser.add_argument(
        "--token", action="append", default=[], help="with --url; given once for each of many: each may ask for 120 runs a minute"
    )
    options = parser.parse_args()
    sys.stdout.write(f"target: p95 below {TARGET_MS} ms\n")
    if options.url and not options.token:
        parser.error("--url needs --token, better many of them")
    if options.url:
        asyncio.run(measure(options.url, options.token, options))
        return
    with own_stack(options.clients) as (stack, tokens):
        asyncio.run(measure(stack.url, tokens, options, stack))


if __name__ == "__main__":
    main()
