"""A worker's side of one run in a running stack: `python -m tests.live_writer --events 1000 --rate 20 --bursts 100,300`.

Prints the run's number, keeps its lease until there is a line on stdin, writes the events, finishes the run, prints the number
of its last event and how many hints the channel layer had no room for.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from scheduler_site.env import REPOSITORY
from tests.live_stack import LiveStack

RENEW_SECONDS = 1.0


@dataclass
class Writer:
    """The process that writes, as the test sees it."""

    process: subprocess.Popen[str]
    run: int
    lost_hints: int = 0  # known at its end

    def go(self) -> None:
        """Begin."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    @property
    def is_done(self) -> bool:
        return self.process.poll() is not None

    def last_seq(self) -> int:
        """Wait for its end; the number of the run's last event."""
        out, _ = self.process.communicate(timeout=300)
        assert self.process.returncode == 0
        last, self.lost_hints = map(int, out.split()[-2:])
        return last


@contextmanager
def writing(stack: LiveStack, events: int, rate: float, bursts: Sequence[int] = (), bells: int = 0) -> Iterator[Writer]:
    """A run in the hands of a process that waits for `go`. So many `bells` announce each event of a burst at once."""
    command = [sys.executable, "-m", "tests.live_writer", f"--events={events}", f"--rate={rate}"]
    command += [f"--bursts={','.join(map(str, bursts))}", f"--bells={bells}"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=stack.variables, cwd=REPOSITORY
    )
    try:
        assert process.stdout is not None
        yield Writer(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def batches(events: int, bursts: Sequence[int]) -> list[int]:
    """How many events each write has: one, and the bursts evenly in between."""
    sizes = [1] * (events - sum(bursts))
    for place, size in enumerate(bursts, 1):
        sizes.insert(place * len(sizes) // (len(bursts) + 1), size)
    return sizes


class LostHints(logging.Handler):
    """Counts what the channel layer says that it had no room for."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.count = 0
        log = logging.getLogger("channels_redis.core")
        log.setLevel(logging.INFO)
        log.addHandler(self)
        log.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        self.count += "over capacity" in record.msg


async def ring(run: int, times: int, bells: int) -> None:
    """Past the doorbell, which makes one hint of many. A Redis that is away hears nothing."""
    from runs.broadcast import GROUP, Hint, channel_layer
    from runs.hub import LOST

    async def ring_one() -> None:
        with suppress(*LOST):
            for seq in range(times):
                await channel_layer().group_send(GROUP, Hint(type="run.hint", run=run, seq=seq))

    await asyncio.gather(*(ring_one() for _ in range(bells)))


def write(events: int, rate: float, bursts: Sequence[int], bells: int) -> None:
    """Claim a run of our own, before any worker sees it, and write."""
    from django.db import transaction

    from runs import leases
    from runs.retrying import persist
    from tests.feed.writing import conclude, improve, running, tell

    with transaction.atomic():
        run, lease = running()
    lost = LostHints()
    print(run.pk, flush=True)
    while not select.select([sys.stdin], [], [], RENEW_SECONDS)[0]:
        leases.renew(lease, 1.0)
    begun_at = renewed_at = time.monotonic()
    for number, size in enumerate(batches(events, bursts)):
        persist(lambda size=size: tell(lease, size))  # type: ignore[misc] # binds the loop's size
        if size > 1:
            asyncio.run(ring(run.pk, size, bells))
        if time.monotonic() - renewed_at > RENEW_SECONDS:
            renewed_at = time.monotonic()
            leases.renew(lease, 1.0)
        time.sleep(max(0.0, begun_at + (number + 1) / rate - time.monotonic()))
    improve(lease, 100)
    conclude(lease, 100)
    run.refresh_from_db()
    print(run.last_seq, lost.count, flush=True)


def main() -> None:
    import django

    from scheduler_site import env

    env.use_settings()
    django.setup()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--bursts", default="")
    parser.add_argument("--bells", type=int, default=0)
    wanted = parser.parse_args()
    write(wanted.events, wanted.rate, [int(size) for size in wanted.bursts.split(",") if size], wanted.bells)


if __name__ == "__main__":
    main()
